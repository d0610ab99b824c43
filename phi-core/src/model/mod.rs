//! Arrival models: what a silence of some length says, after the intervals seen so far.
//!
//! A model knows lengths of time only; when the last heartbeat came is the detector's business.

mod buckets;
mod calibrated;
mod exponential;
mod lateness;
#[cfg(feature = "serde")]
mod learnt;
mod level;
mod moments;
mod normal;
mod precision;
mod robust;
mod search;

pub use calibrated::Calibrated;
pub use exponential::{Exponential, ExponentialConfig};
pub use lateness::LatenessConfig;
#[cfg(feature = "serde")]
pub use learnt::{Learnt, Unlearnable};
pub use moments::{Moments, OnHeartbeat, OnQuery};
pub use normal::Normal;
pub use precision::Precision;
pub use robust::RobustScore;

use crate::phi::{Phi, Threshold};
use crate::time::Nanos;

/// What a [`Detector`](crate::Detector) asks of the distribution that it assumes.
///
/// Implement it to bring a model of your own. Two laws must hold, whatever was recorded: `phi`
/// never decreases as `elapsed` grows, and `timeout(t)` is the least `elapsed` whose `phi` reaches
/// t.
///
/// ```
/// use phi_core::{Detector, Model, Nanos, Phi, Threshold, Timestamp};
///
/// /// A timeout of one's own: φ = 1 from the longest interval ever seen on.
/// #[derive(Default)]
/// struct Longest(Nanos, usize);
///
/// impl Model for Longest {
///     fn record(&mut self, interval: Nanos, _beats: u64) {
///         *self = Self(self.0.max(interval), self.1 + 1);
///     }
///     fn phi(&self, elapsed: Nanos) -> Phi {
///         Phi::saturating(elapsed.get() as f64 / self.0.get().max(1) as f64)
///     }
///     fn mean(&self) -> Nanos { self.0 }
///     fn std_dev(&self) -> Nanos { Nanos::ZERO }
///     fn samples(&self) -> usize { self.1 }
///     fn rescale(&mut self, from: Nanos, to: Nanos) { self.0 = self.0.scaled(from, to); }
/// }
///
/// let mut peer = Detector::new(Longest::default());
/// for nanos in [0, 10, 25] {
///     peer.heartbeat(Timestamp::from_nanos(nanos));
/// }
/// assert_eq!(peer.deadline(Threshold::new(2.0)?), Some(Timestamp::from_nanos(55)));
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
pub trait Model {
    /// Learns from one interval between two heartbeats, in which the sender has sent `beats` of
    /// them (≥ 1, the one that ends it included; more where some were lost). Where numbers are not
    /// known it is 1.
    fn record(&mut self, interval: Nanos, beats: u64);

    /// The level after a silence of `elapsed` since the last heartbeat.
    fn phi(&self, elapsed: Nanos) -> Phi;

    /// The shortest silence at which [`phi`](Self::phi) reaches `threshold`; `None` if none does
    /// within 584 years.
    ///
    /// Unless a model knows better, it is searched for from the mean on: some dozens of levels.
    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        search::first_reaching(self.mean(), |elapsed| self.phi(elapsed).reaches(threshold))
    }

    /// The mean interval that it reckons with.
    fn mean(&self) -> Nanos;

    /// The spread of the intervals that it has learnt: their standard deviation, or what the model
    /// has in its place. A minimum that φ is computed with does not show in it.
    fn std_dev(&self) -> Nanos;

    /// How many intervals stand behind mean and deviation.
    fn samples(&self) -> usize;

    /// Takes what was learnt at a promised interval of `from` over to one of `to`: lengths of time
    /// are scaled by to/from. Zero on either side changes nothing.
    fn rescale(&mut self, from: Nanos, to: Nanos);
}

/// A model on the heap: for detectors whose model is chosen at run time, as `Box<dyn Model>`.
#[cfg(feature = "alloc")]
impl<M: Model + ?Sized> Model for alloc::boxed::Box<M> {
    fn record(&mut self, interval: Nanos, beats: u64) {
        (**self).record(interval, beats);
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        (**self).phi(elapsed)
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        (**self).timeout(threshold)
    }

    fn mean(&self) -> Nanos {
        (**self).mean()
    }

    fn std_dev(&self) -> Nanos {
        (**self).std_dev()
    }

    fn samples(&self) -> usize {
        (**self).samples()
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        (**self).rescale(from, to);
    }
}
