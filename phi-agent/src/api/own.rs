//! The JSON of what an agent says of itself.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use serde::{Deserialize, Serialize};

use super::view::{MonoNs, seconds};
use crate::driver::{Lateness, Observation};
use crate::ident::{Incarnation, Name};
use crate::proto::stats::Stats;

/// `GET /v1/self`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct SelfView {
    /// When this was seen.
    pub as_of_ns: MonoNs,
    /// Its name.
    pub name: Name,
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// Its cluster.
    pub cluster: Name,
    /// What its operator says of it.
    pub labels: BTreeMap<Name, String>,
    /// The address that it is bound to.
    pub addr: SocketAddr,
    /// Where others reach it, if that was set.
    pub advertise: Option<SocketAddr>,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// The time between its heartbeats (s).
    pub interval_s: f64,
    /// By how many members each is watched.
    pub observers: usize,
    /// What φ is computed with: `calibrated` or `normal`.
    pub model: String,
    /// φ at which the silence of a member with its own interval counts.
    pub threshold: f64,
    /// How long that silence must be in any case (s).
    pub patience_s: f64,
    /// Whether it hears nobody, and so accuses nobody.
    pub isolated: bool,
    /// Whether other hosts can reach it although its datagrams are not sealed.
    pub insecure_plaintext: bool,
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The receive buffer that the kernel granted (bytes).
    pub receive_buffer_bytes: usize,
    /// Datagrams that found no room in it; null where the kernel does not say.
    pub receive_drops: Option<u64>,
    /// Datagrams that the kernel did not take; the log says to whom, and why.
    pub unsent: u64,
    /// How late its own timers were: what this host does to it.
    pub timers_late: LatenessView,
    /// Agents that refuse it.
    pub refused_by: Vec<RefusalView>,
    /// Its counters.
    pub stats: serde_json::Value,
}

/// How often the timers of an agent were how late.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LatenessView {
    /// Upper bounds of the buckets (ms), ascending; the last bucket has none.
    pub bounds_ms: Vec<u64>,
    /// How many timers were below each bound and not below the one before: one more than bounds.
    pub counts: Vec<u64>,
    /// The latest of all (s).
    pub longest_s: f64,
}

impl From<&Lateness> for LatenessView {
    fn from(lateness: &Lateness) -> Self {
        Self {
            bounds_ms: Lateness::bounds_ms().to_vec(),
            counts: lateness.counts().to_vec(),
            longest_s: seconds(lateness.longest()),
        }
    }
}

/// An agent that refuses this one.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RefusalView {
    /// Its address.
    pub addr: SocketAddr,
    /// Why.
    pub reason: String,
}

impl SelfView {
    /// What is shown of an agent that sees this, and of whose datagrams so many found no room.
    pub(super) fn new(seen: &Observation, receive_drops: Option<u64>) -> Self {
        let node = &seen.node;
        let identity = &node.config.identity;
        let refused_by = node
            .refusals
            .iter()
            .map(|(addr, reason)| RefusalView { addr: *addr, reason: reason.as_str().to_owned() });
        Self {
            as_of_ns: MonoNs(seen.as_of),
            name: identity.name.clone(),
            id: identity.id.to_string(),
            cluster: node.config.cluster.clone(),
            labels: identity
                .labels
                .iter()
                .map(|(key, value)| (key.clone(), value.to_owned()))
                .collect(),
            addr: node.local_addr,
            advertise: identity.advertise,
            incarnation: identity.incarnation,
            interval_s: seconds(identity.interval.get()),
            observers: node.config.observers.get(),
            model: node.config.detection.model().as_str().to_owned(),
            patience_s: seconds(node.config.detection.patience(identity.interval)),
            threshold: node.config.detection.threshold(identity.interval).value(),
            isolated: node.isolated,
            insecure_plaintext: !node.local_addr.ip().is_loopback(),
            pid: std::process::id(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            receive_buffer_bytes: node.receive_buffer_bytes,
            receive_drops,
            unsent: node.unsent,
            timers_late: LatenessView::from(&node.timers_late),
            refused_by: refused_by.collect(),
            stats: stats_json(&node.stats),
        }
    }
}

fn stats_json(stats: &Stats) -> serde_json::Value {
    serde_json::to_value(stats).unwrap_or_default()
}
