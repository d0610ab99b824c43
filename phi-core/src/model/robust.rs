//! A robust score of lateness without a window: RS2.
//!
//! How often a score occurs is the business of [`Calibrated`](crate::Calibrated).

use super::Model;
use super::lateness::{Lateness, LatenessConfig};
use super::search::first_reaching;
use crate::phi::{Phi, Threshold};
use crate::time::Nanos;

/// The robust score: how many scales a heartbeat is late, in 40 bytes and without a window.
///
/// φ is the score u here: **a score, not a probability**. Nothing says how rare u = 3 is; compare
/// it with thresholds tuned on like networks, or let [`Calibrated`](crate::Calibrated) learn it.
///
/// # Formula
///
/// ```text
/// φ(t) = max((t/η − m)/s, 0) below the longest silence, Phi::MAX from it on
/// after each interval x (in units of η) in which q heartbeats were sent:
///   e = x − q·m,  g = min(|e| + (q − 1)/10, 10),  w = min(x, 2)
///   v += (g − v)·w/16,  m += clamp(e/q, −1, 1)·w/32,  s = √(0.2 + v);  m = 1, v = ¼ at first
///   and m ≤ 4,096: a sender that is slower than that keeps no promise
/// where t is the silence since the last heartbeat, η the promised interval
/// ```
///
/// An interval weighs as much as the silence that it ends, so that a burst of queued heartbeats
/// does not wash out the memory of the pause before it. Lost heartbeats explain an interval: they
/// are no slowness.
///
/// Source: measured, RS2: constants chosen on 35 recorded networks and judged on 38 others.
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// # use phi_core::{Detector, LatenessConfig, RobustScore, Threshold, Timestamp};
/// let config = LatenessConfig::for_interval(Duration::from_secs(1))?
///     .with_longest_silence(Duration::from_secs(30))?;
/// let mut peer = Detector::new(RobustScore::new(config));
/// for beat in 0..1_000 {
///     peer.heartbeat_seq(beat, Timestamp::from_nanos(beat * 1_000_000_000));
/// }
/// let silence = |threshold| -> Result<_, phi_core::ConfigError> {
///     let deadline = peer.deadline(Threshold::new(threshold)?).unwrap_or_default();
///     Ok(deadline.as_nanos() / 1_000_000 - 999_000)
/// };
/// assert_eq!(silence(8.0)?, 4_577); // 1 + 8·√0.2 periods
/// assert_eq!(silence(1_000.0)?, 30_000);
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct RobustScore {
    lateness: Lateness,
    samples: usize,
}

impl RobustScore {
    /// A model that has seen nothing.
    #[must_use]
    pub const fn new(config: LatenessConfig) -> Self {
        Self { lateness: Lateness::new(config), samples: 0 }
    }

    /// The parameters that it reckons with.
    #[must_use]
    pub const fn config(&self) -> &LatenessConfig {
        self.lateness.config()
    }

    #[cfg(feature = "serde")]
    pub(super) const fn lateness_bits(&self) -> [u64; 2] {
        self.lateness.to_bits()
    }

    /// The same with other knowledge, if it is some that learning could have led to.
    #[cfg(feature = "serde")]
    pub(super) fn with_knowledge(self, lateness: [u64; 2], samples: usize) -> Option<Self> {
        let lateness = Lateness::from_bits(*self.config(), lateness)?;
        Some(Self { lateness, samples })
    }
}

impl Model for RobustScore {
    fn record(&mut self, interval: Nanos, beats: u64) {
        self.lateness.learn(interval, beats);
        self.samples = self.samples.saturating_add(1);
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        if self.lateness.is_overlong(elapsed) {
            return Phi::MAX;
        }
        Phi::saturating(self.lateness.score(elapsed))
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let guess = self.lateness.silence(threshold.value());
        first_reaching(guess, |elapsed| self.phi(elapsed).reaches(threshold))
    }

    /// The robust location, m·η: near the mean, but moved by no outlier.
    fn mean(&self) -> Nanos {
        self.lateness.location()
    }

    /// The robust scale, s·η: not a standard deviation, and never below 0.447·η.
    fn std_dev(&self) -> Nanos {
        self.lateness.scale()
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.lateness.rescale(from, to);
    }
}
