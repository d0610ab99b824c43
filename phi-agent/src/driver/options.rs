//! What to start an agent with, and why it may not start.

use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use thiserror::Error;

use super::seeds::{PORT_DEFAULT, Seed};
use super::socket::BindError;
use super::state::StateError;
use crate::ident::Name;
use crate::proto::config::{Config, NodeConfigError, Observers};
use crate::proto::detection::Detection;
use crate::wire::bounded::Labels;

/// What to start an agent with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where to listen; port 0 lets the kernel choose.
    pub bind: SocketAddr,
    /// Where others reach it, if that is not where its datagrams come from; port 0 stands for that
    /// of the bound address.
    pub advertise: Option<SocketAddr>,
    /// Where to find the first members.
    pub seeds: Vec<Seed>,
    /// Its name.
    pub name: Name,
    /// The cluster that it belongs to.
    pub cluster: Name,
    /// The time between its heartbeats, 10 ms to 1 h.
    pub interval: Duration,
    /// How it watches others.
    pub detection: Detection,
    /// By how many members each is watched; the same in the whole cluster.
    pub observers: Observers,
    /// What its operator says of it.
    pub labels: Labels,
    /// The most members that it knows.
    pub members_max: usize,
    /// Where its identity is kept; without, it is somebody new at each start.
    pub state_dir: Option<PathBuf>,
    /// Whether it may be bound beyond loopback although nothing is sealed.
    pub insecure_plaintext: bool,
}

impl Options {
    /// An agent called `name` with default options: on loopback, on [`PORT_DEFAULT`], with a
    /// heartbeat every second, without a state directory.
    #[must_use]
    pub fn new(name: Name, cluster: Name) -> Self {
        Self {
            bind: SocketAddr::from(([127, 0, 0, 1], PORT_DEFAULT)),
            advertise: None,
            seeds: Vec::new(),
            name,
            cluster,
            interval: Duration::from_secs(1),
            detection: Detection::default(),
            observers: Observers::default(),
            labels: Labels::default(),
            members_max: Config::MEMBERS_MAX,
            state_dir: None,
            insecure_plaintext: false,
        }
    }

    /// Whether the agent may be reached from where it would be.
    ///
    /// # Errors
    ///
    /// [`StartError::PlaintextBeyondLoopback`] when other hosts could reach it, which nobody has
    /// allowed.
    pub const fn check_reach(&self) -> Result<(), StartError> {
        if self.bind.ip().is_loopback() || self.insecure_plaintext {
            return Ok(());
        }
        Err(StartError::PlaintextBeyondLoopback { bind: self.bind })
    }
}

/// Why an agent did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// Nothing is sealed yet, so that anybody on the network could lie.
    #[error(
        "{bind} can be reached by other hosts, and datagrams are not sealed: whoever is on the \
         network could forge heartbeats. Bind loopback (--bind 127.0.0.1:{PORT_DEFAULT}), or \
         accept that with --insecure-plaintext (in the settings file: insecure-plaintext = true)"
    )]
    PlaintextBeyondLoopback {
        /// The address.
        bind: SocketAddr,
    },
    /// The address cannot be bound.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The state directory cannot be used.
    #[error(transparent)]
    State(#[from] StateError),
    /// An option is illegal.
    #[error(transparent)]
    Config(#[from] NodeConfigError),
    /// The kernel gives no entropy.
    #[error("the kernel gives no entropy: {0}")]
    Entropy(io::Error),
}
