//! Settings that no agent can run with: what is wrong, and the keys that it hangs on.

use std::net::SocketAddr;

use thiserror::Error;

use super::HumanDuration;
use super::labels::CollectLabelsError;
use crate::driver::StartError;
use crate::proto::config::{Config, NodeConfigError};
use crate::proto::io::SEEDS_MAX;
use crate::wire::bounded::{INTERVAL_MAX, INTERVAL_MIN};

/// Settings that no agent can run with. Each text names the keys.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SettingsError {
    /// A parameter of the protocol out of its range.
    #[error("{key}: {source}")]
    Parameter {
        /// The key.
        key: &'static str,
        /// What is wrong.
        source: NodeConfigError,
    },
    /// An interval out of its range.
    #[error(
        "interval: {0} is out of range; it must be {min} to {max}",
        min = HumanDuration(INTERVAL_MIN),
        max = HumanDuration(INTERVAL_MAX)
    )]
    Interval(HumanDuration),
    /// A silence that counts before two heartbeats were due.
    #[error(
        "tolerate-pause and interval: silence would count after {patience} (the tolerated pause \
         and 1.25 intervals), which is less than two intervals of {interval}, so that one lost \
         heartbeat would be enough; set tolerate-pause to {least} or more, or a shorter interval"
    )]
    Patience {
        /// The silence that would count.
        patience: HumanDuration,
        /// The interval.
        interval: HumanDuration,
        /// The least pause that must be tolerated with it.
        least: HumanDuration,
    },
    /// More observers than there are others.
    #[error(
        "observers and members-max: {observers} members cannot watch each when an agent knows \
         {members_max} at most; lower observers or raise members-max"
    )]
    Observers {
        /// The observers.
        observers: usize,
        /// The most members.
        members_max: usize,
    },
    /// Labels that no member may have.
    #[error("labels: {0}")]
    Labels(#[from] CollectLabelsError),
    /// Too few or too many members.
    #[error("members-max: {0} is out of range; it must be 1 to {max}", max = Config::MEMBERS_MAX)]
    MembersMax(usize),
    /// Too many seeds.
    #[error("seeds: {0} of them; at most {SEEDS_MAX} are of use")]
    Seeds(usize),
    /// An advertised address that nobody could send to from the bound one.
    #[error("advertise and bind: one is IPv4 and the other IPv6; an agent speaks one of them")]
    Family,
    /// A seed on another host, for an agent that speaks to none.
    #[error(
        "seeds and bind: {seed} is on another host, and from {bind} an agent reaches only its own; \
         bind the address at which others reach this host, or drop the seed"
    )]
    SeedBeyondLoopback {
        /// The seed.
        seed: SocketAddr,
        /// The bound address.
        bind: SocketAddr,
    },
    /// An address that is not that of one host.
    #[error("{key}: {addr} {what}; name the address of one host")]
    Unusable {
        /// The key.
        key: &'static str,
        /// The address.
        addr: SocketAddr,
        /// What it is.
        what: &'static str,
    },
    /// A parameter of the normal model for another one.
    #[error("model and {key}: {key} is a parameter of model = \"normal\"; leave one of them out")]
    NotNormal {
        /// The key.
        key: &'static str,
    },
    /// Two ways to say when φ is high enough.
    #[error("threshold and false-alarms-per-day: each sets the other; leave one of them out")]
    ThresholdTwice,
    /// No default for a path.
    #[error("{key}: there is no default here, because {reason}; set it")]
    NoDefault {
        /// The key.
        key: &'static str,
        /// Why.
        reason: &'static str,
    },
    /// Unsealed beyond loopback.
    #[error("bind and insecure-plaintext: {0}")]
    Plaintext(StartError),
}

impl SettingsError {
    /// The keys that its text names.
    #[must_use]
    pub fn keys(&self) -> Vec<&'static str> {
        match self {
            Self::Parameter { key, .. }
            | Self::NoDefault { key, .. }
            | Self::Unusable { key, .. } => vec![key],
            Self::SeedBeyondLoopback { .. } => vec!["seeds", "bind"],
            Self::Interval(_) => vec!["interval"],
            Self::Patience { .. } => vec!["tolerate-pause", "interval"],
            Self::Observers { .. } => vec!["observers", "members-max"],
            Self::Labels(_) => vec!["labels"],
            Self::MembersMax(_) => vec!["members-max"],
            Self::Seeds(_) => vec!["seeds"],
            Self::Family => vec!["advertise", "bind"],
            Self::NotNormal { key } => vec![key, "model"],
            Self::ThresholdTwice => vec!["threshold", "false-alarms-per-day"],
            Self::Plaintext(_) => vec!["bind", "insecure-plaintext"],
        }
    }
}
