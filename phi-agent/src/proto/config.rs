//! Parameters of a node and of its detectors: what exists is legal.
//!
//! The settings file and the command line are read elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{CAPACITY_MAX, ConfigError, Detector, Normal, NormalConfig, Threshold};
use thiserror::Error;

use crate::ident::{Incarnation, Name, NodeId};
use crate::wire::bounded::{INTERVAL_MAX, INTERVAL_MIN, Interval};
use crate::wire::message::Identity;

/// The cluster of who names none.
pub const CLUSTER_DEFAULT: &str = "phi";

/// Bytes of window storage on the heap, for each member that is watched.
pub type Places = Box<[u64]>;

/// Who a node is, and how it works.
#[derive(Clone, Debug)]
pub struct Config {
    /// Who it is.
    pub identity: Identity,
    /// The cluster that it belongs to.
    pub cluster: Name,
    /// How it watches others.
    pub detection: Detection,
    /// The most members that it knows; when all places are taken, the one that has been down or
    /// left for longest makes room, and if there is none, newcomers are refused.
    pub members_max: usize,
}

impl Config {
    /// The most members that a full mesh is for.
    pub const MEMBERS_MAX: usize = 1_024;

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
        let identity = Identity { id, name, advertise: None, incarnation, interval };
        let cluster = CLUSTER_DEFAULT.parse().map_err(|_| NodeConfigError::Cluster)?;
        let members_max = Self::MEMBERS_MAX;
        Ok(Self { identity, cluster, detection: Detection::default(), members_max })
    }

    /// The same, reached by others at `advertise` if that is not where its datagrams come from.
    #[must_use]
    pub fn with_advertise(mut self, advertise: Option<SocketAddr>) -> Self {
        self.identity.advertise = advertise;
        self
    }
}

/// How members are watched: by φ of the normal model, and a wait for refutation.
///
/// Lengths that are not set are multiples of the interval that the subject promises.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    threshold: Threshold,
    window: usize,
    min_std_dev: Option<Duration>,
    acceptable_pause: Option<Duration>,
    down_after: Option<Duration>,
}

/// φ at which a member is suspected: \[Akka\] recommends 8 for a network under control.
const THRESHOLD: f64 = 8.0;

/// Intervals in a window: the default of \[Akka\].
const WINDOW: usize = 1_000;

/// Acceptable pause in intervals of the subject: two heartbeats may be lost without suspicion.
const PAUSE_INTERVALS: u32 = 2;

/// Least standard deviation, as a part of the subject's interval: what \[Akka\] assumes before it
/// has measured. φ then takes 1.4 intervals from 0.3 to 8: room for readers with other thresholds.
const MIN_STD_DEV_PART: u32 = 4;

/// Wait for refutation in intervals of the subject: its answer may be lost twice.
const DOWN_AFTER_INTERVALS: u32 = 3;

impl Default for Detection {
    fn default() -> Self {
        #[expect(clippy::expect_used, reason = "8 is a threshold")]
        let threshold = Threshold::new(THRESHOLD).expect("8 is a threshold");
        Self {
            threshold,
            window: WINDOW,
            min_std_dev: None,
            acceptable_pause: None,
            down_after: None,
        }
    }
}

impl Detection {
    /// The same with another threshold.
    #[must_use]
    pub const fn with_threshold(mut self, threshold: Threshold) -> Self {
        self.threshold = threshold;
        self
    }

    /// The same with windows of this many intervals (1 to 8,192).
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Window`] when it is out of range.
    pub fn with_window(mut self, window: usize) -> Result<Self, NodeConfigError> {
        if !(1..=CAPACITY_MAX).contains(&window) {
            return Err(NodeConfigError::Window { window });
        }
        self.window = window;
        Ok(self)
    }

    /// The same with this least standard deviation (1 ns to 13 days) in place of a quarter of
    /// the subject's interval.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Detector`] when it is out of range.
    pub fn with_min_std_dev(mut self, min_std_dev: Duration) -> Result<Self, NodeConfigError> {
        let _in_range = NormalConfig::for_interval(INTERVAL_MIN)?.with_min_std_dev(min_std_dev)?;
        self.min_std_dev = Some(min_std_dev);
        Ok(self)
    }

    /// The same with this acceptable pause (up to 13 days) in place of two intervals of the
    /// subject.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Detector`] when it is out of range.
    pub fn with_acceptable_pause(mut self, pause: Duration) -> Result<Self, NodeConfigError> {
        let _in_range = NormalConfig::for_interval(INTERVAL_MIN)?.with_acceptable_pause(pause)?;
        self.acceptable_pause = Some(pause);
        Ok(self)
    }

    /// The same with this wait from suspect to down in place of three intervals of the subject.
    #[must_use]
    pub const fn with_down_after(mut self, down_after: Duration) -> Self {
        self.down_after = Some(down_after);
        self
    }

    /// φ at which a member is suspected.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// Intervals in the window of each detector.
    #[must_use]
    pub const fn window(&self) -> usize {
        self.window
    }

    /// How long a member that promises `interval` may stay suspect before it is down.
    #[must_use]
    pub fn down_after(&self, interval: Interval) -> Duration {
        self.down_after.unwrap_or_else(|| interval.get() * DOWN_AFTER_INTERVALS)
    }

    /// A detector for a member that promises `interval`.
    #[expect(clippy::expect_used, reason = "each part was checked when it was set, or is in range")]
    pub(super) fn detector(&self, interval: Interval) -> Detector<Normal<Places>> {
        let interval = interval.get();
        let min_std_dev = self.min_std_dev.unwrap_or_else(|| interval / MIN_STD_DEV_PART);
        let pause = self.acceptable_pause.unwrap_or_else(|| interval * PAUSE_INTERVALS);
        let config = NormalConfig::for_interval(interval)
            .and_then(|config| config.with_acceptable_pause(pause))
            .and_then(|config| config.with_min_std_dev(min_std_dev));
        let storage = vec![0; self.window].into_boxed_slice();
        let model = config.and_then(|config| Normal::new(storage, config));
        Detector::new(model.expect("checked when it was set"))
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
