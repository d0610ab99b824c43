//! One subject watched: heartbeats in, φ and its deadlines out.
//!
//! It decides nothing; whoever reads φ does.

use core::time::Duration;

use crate::model::Model;
use crate::phi::{Phi, Threshold};
use crate::time::{Nanos, Timestamp};

/// The φ accrual detector of one subject, over an arrival model `M`.
///
/// ```
/// # use core::time::Duration;
/// # use phi_core::{Detector, Heartbeat, Normal, NormalConfig, Timestamp};
/// let config = NormalConfig::for_interval(Duration::from_secs(1))?;
/// let mut subject = Detector::new(Normal::new([0; 100], config)?);
/// let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
///
/// assert_eq!(subject.heartbeat(second(1)), Heartbeat::First);
/// assert!(matches!(subject.heartbeat(second(2)), Heartbeat::Recorded { .. }));
/// assert!(subject.phi(second(3)) < subject.phi(second(4)));
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Detector<M> {
    model: M,
    last: Option<Timestamp>,
    resumed: bool,
}

/// What a heartbeat turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heartbeat {
    /// The first one: it ends no interval, so nothing was learnt.
    First,
    /// The model has learnt this interval, since the heartbeat before.
    Recorded {
        /// The time since the heartbeat before (ns).
        interval: Nanos,
    },
    /// The first one after [`Detector::resume`]: the time before it was no interval, so nothing was
    /// learnt.
    Resumed,
    /// It is older than the last one: the clock, or the order of arrival, went backwards. Nothing
    /// was learnt, and the last heartbeat stays what it was.
    Backwards {
        /// By how much (ns).
        by: Nanos,
    },
}

impl<M: Model> Detector<M> {
    /// A detector that has heard nothing yet, and so suspects nothing.
    #[must_use]
    pub const fn new(model: M) -> Self {
        Self { model, last: None, resumed: false }
    }

    /// Takes in a heartbeat that arrived at `now`.
    ///
    /// Duplicates and late arrivals are the caller's to reject: by its time alone none can be told.
    pub fn heartbeat(&mut self, now: Timestamp) -> Heartbeat {
        let Some(last) = self.last else {
            self.last = Some(now);
            return Heartbeat::First;
        };
        if now < last {
            return Heartbeat::Backwards { by: last.saturating_since(now) };
        }
        self.last = Some(now);
        if core::mem::take(&mut self.resumed) {
            return Heartbeat::Resumed;
        }
        let interval = now.saturating_since(last);
        self.model.record(interval);
        Heartbeat::Recorded { interval }
    }

    /// Starts the silence anew at `now`, and learns nothing from the interval that the next
    /// heartbeat ends: for a subject that was away, or an observer that was, whose absence says
    /// nothing about the rhythm. A `now` before the last heartbeat leaves that where it is.
    pub fn resume(&mut self, now: Timestamp) {
        self.last = self.last.max(Some(now));
        self.resumed = true;
    }

    /// The level of suspicion at `now`: 0 before the first heartbeat, and at times before the last.
    #[must_use]
    pub fn phi(&self, now: Timestamp) -> Phi {
        self.last.map_or(Phi::ZERO, |last| self.model.phi(now.saturating_since(last)))
    }

    /// The first instant at which φ reaches `threshold` if no heartbeat comes: exact, so that
    /// `phi(deadline)` reaches it and 1 ns earlier does not. [`Timestamp::MAX`] if that lies beyond
    /// the end of time; `None` before the first heartbeat.
    #[must_use]
    pub fn deadline(&self, threshold: Threshold) -> Option<Timestamp> {
        let timeout = self.model.timeout(threshold).unwrap_or(Nanos::MAX);
        self.last.map(|last| last.saturating_add(timeout))
    }

    /// The silence so far; `None` before the first heartbeat, zero at times before the last.
    #[must_use]
    pub fn elapsed(&self, now: Timestamp) -> Option<Duration> {
        self.last.map(|last| now.saturating_since(last).into())
    }

    /// When the last heartbeat arrived; `None` before the first.
    #[must_use]
    pub const fn last(&self) -> Option<Timestamp> {
        self.last
    }

    /// The mean interval that φ is computed with.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.model.mean().into()
    }

    /// The standard deviation of the intervals.
    #[must_use]
    pub fn std_dev(&self) -> Duration {
        self.model.std_dev().into()
    }

    /// How many intervals stand behind mean and deviation.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.model.samples()
    }

    /// The model itself.
    #[must_use]
    pub const fn model(&self) -> &M {
        &self.model
    }
}
