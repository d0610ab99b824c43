//! Parameters of a node: what exists is legal.
//!
//! The settings file and the command line are read elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{CAPACITY_MAX, ConfigError};
use thiserror::Error;

use super::detection::Detection;
use super::safeguard::Safeguards;
use crate::ident::{Incarnation, Name, NodeId};
use crate::wire::bounded::{INTERVAL_MAX, INTERVAL_MIN, Interval, Labels};
use crate::wire::message::Identity;

/// The cluster of who names none.
pub const CLUSTER_DEFAULT: &str = "phi";

/// By how many members each is watched, at least: an even number, 2 to 16. All members of a cluster
/// should have the same, for each works out by itself who watches whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Observers(usize);

impl Observers {
    /// One ring, on which the members before and after watch.
    pub const MIN: usize = 2;

    /// Eight rings. Traffic grows with them, and ten observers gained no detection time over six.
    /// Measured: the study of the protocol.
    pub const MAX: usize = 16;

    /// So many observers.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Observers`] unless they are an even number from 2 to 16.
    pub const fn new(observers: usize) -> Result<Self, NodeConfigError> {
        if observers < Self::MIN || observers > Self::MAX || !observers.is_multiple_of(2) {
            return Err(NodeConfigError::Observers { observers });
        }
        Ok(Self(observers))
    }

    /// How many.
    #[must_use]
    pub const fn get(self) -> usize {
        self.0
    }
}

impl Default for Observers {
    /// Four: with them, traffic is that of a SWIM agent. Measured: the study of the protocol.
    fn default() -> Self {
        Self(4)
    }
}

/// Who a node is, and how it works.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who it is.
    pub identity: Identity,
    /// The cluster that it belongs to.
    pub cluster: Name,
    /// How it watches others.
    pub detection: Detection,
    /// By how many members each is watched.
    pub observers: Observers,
    /// Rules that are off: none but in the simulator.
    pub safeguards: Safeguards,
    /// The most members that it knows; when all places are taken, the one that has been down or
    /// left for longest makes room, and if there is none, newcomers are refused.
    pub members_max: usize,
}

impl Config {
    /// The most members that it was measured with, and some.
    pub const MEMBERS_MAX: usize = 2_048;

    /// A node with default parameters, which promises a heartbeat every `interval`.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Interval`] unless `interval` is 10 ms to 1 h.
    pub fn new(
        id: NodeId,
        name: Name,
        incarnation: Incarnation,
        interval: Duration,
    ) -> Result<Self, NodeConfigError> {
        let interval = Interval::new(interval).ok_or(NodeConfigError::Interval { interval })?;
        let (labels, observers) = (Labels::default(), Observers::default());
        let (advertise, placed) = (None, incarnation);
        let identity = Identity { id, name, advertise, incarnation, interval, labels, placed };
        let cluster = CLUSTER_DEFAULT.parse().map_err(|_| NodeConfigError::Cluster)?;
        let members_max = Self::MEMBERS_MAX;
        let detection = Detection::default();
        let safeguards = Safeguards::default();
        Ok(Self { identity, cluster, detection, observers, safeguards, members_max })
    }

    /// The same, reached by others at `advertise` if that is not where its datagrams come from.
    #[must_use]
    pub fn with_advertise(mut self, advertise: Option<SocketAddr>) -> Self {
        self.identity.advertise = advertise;
        self
    }

    /// The same, with what its operator says of it.
    #[must_use]
    pub fn with_labels(mut self, labels: Labels) -> Self {
        self.identity.labels = labels;
        self
    }
}

/// A parameter of a node out of its range. Nothing was changed.
#[derive(Clone, Copy, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum NodeConfigError {
    /// An interval between heartbeats out of range.
    #[error("an interval of {interval:?}: it must be {INTERVAL_MIN:?} to {INTERVAL_MAX:?}")]
    Interval {
        /// The length that was given.
        interval: Duration,
    },
    /// Observers that no rings give.
    #[error(
        "{observers} observers: each ring gives two, so it must be an even number from {} to {}",
        Observers::MIN,
        Observers::MAX
    )]
    Observers {
        /// The number that was given.
        observers: usize,
    },
    /// A window of no or too many intervals.
    #[error("a window of {window} intervals: it must hold 1 to {CAPACITY_MAX}")]
    Window {
        /// The number that was given.
        window: usize,
    },
    /// A parameter of the detector.
    #[error(transparent)]
    Detector(#[from] ConfigError),
    /// A cluster that has no legal name.
    #[error("the cluster has no legal name")]
    Cluster,
}
