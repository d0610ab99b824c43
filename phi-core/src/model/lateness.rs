//! Location and scale of the intervals, in units of the promised one, by small clamped steps.
//!
//! How often a score occurs is the business of [`Calibrated`](crate::Calibrated).

use core::time::Duration;

use crate::config::within;
use crate::error::ConfigError;
use crate::time::{INTERVAL_MAX, Nanos, small_to_f64, to_nanos};

/// The longest silence unless configured, in promised intervals: enough not to be felt at φ = 4,
/// which [`Calibrated`](crate::Calibrated) reaches after 28 of them when it knows nothing yet.
const LONGEST_SILENCE_INTERVALS: u64 = 100;

/// Location m and scale s of the intervals, in units of the promised one.
///
/// In this order, lest m and s be loaded as one: a processor has to wait for what it has just
/// stored as two.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub(super) struct Lateness {
    m: f64,
    config: LatenessConfig,
    s: f64,
}

impl Lateness {
    /// m at first: the promise is kept.
    const FIRST_M: f64 = 1.0;
    /// s at first: √(0.2 + ¼).
    const FIRST_S: f64 = 0.670_820_393_249_936_9;
    /// What is added to v for s², lest a regular sender be suspected at the first jitter.
    const FLOOR: f64 = 0.2;
    /// The deviation that each lost heartbeat adds.
    const PER_LOSS: f64 = 0.1;
    /// The greatest deviation that one interval counts for.
    const DEVIATION_MAX: f64 = 10.0;
    /// The greatest weight of one interval.
    const WEIGHT_MAX: f64 = 2.0;
    /// How much of the way to a new deviation, or location, one promised interval goes.
    const GAIN_V: f64 = 1.0 / 16.0;
    const GAIN_M: f64 = 1.0 / 32.0;
    /// The greatest m: whoever beats more seldom keeps no promise, and from here m is back at 1
    /// after 131,072 heartbeats that do.
    const M_MAX: f64 = 4_096.0;

    pub(super) const fn new(config: LatenessConfig) -> Self {
        Self { config, m: Self::FIRST_M, s: Self::FIRST_S }
    }

    pub(super) const fn config(&self) -> &LatenessConfig {
        &self.config
    }

    /// Learns from an interval in which `beats` heartbeats were sent (0 counts as 1).
    ///
    /// s² = 0.2 + v is stored as s, so that no query takes a root: √fl(s²) is s, so nothing drifts.
    pub(super) fn learn(&mut self, interval: Nanos, beats: u64) {
        let x = to_f64(interval.get()) / self.interval();
        let q = to_f64(beats.max(1));
        let error = x - q * self.m;
        let per_beat = if beats > 1 { error / q } else { error }; // seldom worth a division
        let deviation = (error.abs() + Self::PER_LOSS * (q - 1.0)).min(Self::DEVIATION_MAX);
        let weight = x.min(Self::WEIGHT_MAX);
        let square = self.s * self.s;
        let step = (Self::FLOOR + deviation - square) * (weight * Self::GAIN_V);
        self.s = libm::sqrt(square + step);
        let m = self.m + per_beat.clamp(-1.0, 1.0) * (weight * Self::GAIN_M);
        self.m = if m < Self::M_MAX { m } else { Self::M_MAX };
    }

    /// u after a silence of `elapsed`; it never decreases, because each operation rounds
    /// monotonically, and it is finite, because s > 0.4 and η ≥ 1 ns.
    pub(super) fn score(&self, elapsed: Nanos) -> f64 {
        (to_f64(elapsed.get()) - self.m * self.interval()) / (self.s * self.interval())
    }

    /// About the silence at which `score` is reached, at most the longest.
    pub(super) fn silence(&self, score: f64) -> Nanos {
        to_nanos((self.m + score * self.s) * self.interval()).min(self.config.longest_silence)
    }

    /// Whether the longest silence has been reached.
    pub(super) fn is_overlong(&self, elapsed: Nanos) -> bool {
        elapsed >= self.config.longest_silence
    }

    pub(super) fn location(&self) -> Nanos {
        to_nanos(self.m * self.interval())
    }

    pub(super) fn scale(&self) -> Nanos {
        to_nanos(self.s * self.interval())
    }

    pub(super) fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.config = self.config.rescaled(from, to);
    }

    /// m and s, in bits: all that it has learnt.
    #[cfg(feature = "serde")]
    pub(crate) const fn to_bits(self) -> [u64; 2] {
        [self.m.to_bits(), self.s.to_bits()]
    }

    /// The same again, if learning could have led there: 0 ≤ m ≤ 4,096, and 0.2 ≤ s² ≤ 10.2 to a
    /// rounding.
    #[cfg(feature = "serde")]
    pub(crate) fn from_bits(config: LatenessConfig, [m, s]: [u64; 2]) -> Option<Self> {
        const ROUNDING: f64 = 1e-9;
        let (m, s) = (f64::from_bits(m), f64::from_bits(s));
        let least = Self::FLOOR - ROUNDING;
        let greatest = Self::FLOOR + Self::DEVIATION_MAX + ROUNDING;
        let legal = (0.0..=Self::M_MAX).contains(&m)
            && s.is_sign_positive()
            && (least..=greatest).contains(&(s * s));
        legal.then_some(Self { m, config, s })
    }

    /// η (ns).
    #[inline]
    const fn interval(&self) -> f64 {
        small_to_f64(self.config.interval.get())
    }
}

/// Parameters of the models that measure lateness against a promised interval:
/// [`RobustScore`](crate::RobustScore) and [`Calibrated`](crate::Calibrated).
///
/// ```
/// use core::time::Duration;
/// use phi_core::LatenessConfig;
///
/// let config = LatenessConfig::for_interval(Duration::from_millis(200))?;
/// assert_eq!(config.longest_silence(), Duration::from_secs(20));
/// let patient = config.with_longest_silence(Duration::from_secs(3_600))?;
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LatenessConfig {
    interval: Nanos,
    longest_silence: Nanos,
}

impl LatenessConfig {
    /// Parameters for a sender that promises a heartbeat every `interval` (1 ns to 2⁵⁰ ns), with a
    /// longest silence of 100 intervals.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PromisedInterval`] when `interval` is out of its range.
    pub fn for_interval(interval: Duration) -> Result<Self, ConfigError> {
        let interval = within(Nanos::new(1), interval)
            .ok_or(ConfigError::PromisedInterval { value: interval })?;
        let longest_silence = Nanos::new(interval.get().saturating_mul(LONGEST_SILENCE_INTERVALS));
        Ok(Self { interval, longest_silence })
    }

    /// The same with another longest silence, from which on φ is [`Phi::MAX`](crate::Phi::MAX):
    /// every threshold is reached then, whatever the model believes. 584 years and more stand for
    /// none.
    ///
    /// # Errors
    ///
    /// [`ConfigError::LongestSilence`] when it is shorter than the promised interval.
    pub fn with_longest_silence(self, longest: Duration) -> Result<Self, ConfigError> {
        let longest_silence = Nanos::from(longest);
        if longest_silence < self.interval {
            return Err(ConfigError::LongestSilence { value: longest });
        }
        Ok(Self { longest_silence, ..self })
    }

    /// The interval that the sender promises, η.
    #[must_use]
    pub fn interval(&self) -> Duration {
        self.interval.into()
    }

    /// The silence from which on φ is [`Phi::MAX`](crate::Phi::MAX).
    #[must_use]
    pub fn longest_silence(&self) -> Duration {
        self.longest_silence.into()
    }

    /// The same for a sender whose interval has changed from `from` to `to`; the longest silence
    /// stays as many intervals as it was, unless there is none.
    fn rescaled(self, from: Nanos, to: Nanos) -> Self {
        let interval = self.interval.scaled(from, to).clamp(Nanos::new(1), INTERVAL_MAX);
        let unlimited = self.longest_silence == Nanos::MAX;
        let scaled = self.longest_silence.scaled(from, to).max(interval);
        Self { interval, longest_silence: if unlimited { Nanos::MAX } else { scaled } }
    }
}

#[expect(clippy::cast_precision_loss, reason = "rounding is monotone, and exact below 2⁵³")]
const fn to_f64(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> LatenessConfig {
        LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal")
    }

    /// Goal: a silence found for a score has that score, to the nanosecond, and is cut at the
    /// longest.
    #[test]
    fn the_silence_of_a_score_has_that_score() {
        let mut lateness = Lateness::new(config());
        lateness.learn(Nanos::new(2_500_000_000), 1); // m and s are neither 1 nor each other
        for score in [0.0, 0.015_625, 0.5, 3.0, 100.0] {
            let found = lateness.score(lateness.silence(score));
            assert!((found - score).abs() < 2e-9, "{score}: {found}");
        }
        let longest = Nanos::from(config().longest_silence());
        assert_eq!(lateness.silence(1e6), longest);
    }

    /// Goal: knowledge is taken over up to the limits of what learning leads to, not beyond.
    #[cfg(feature = "serde")]
    #[test]
    fn knowledge_is_legal_up_to_its_limits() {
        let legal = |m: f64, square: f64| {
            let bits = [m.to_bits(), square.sqrt().to_bits()];
            Lateness::from_bits(config(), bits).is_some_and(|found| found.to_bits() == bits)
        };
        assert!(legal(1.0, 0.2) && legal(1.0, 10.2), "the deviation at its limits");
        assert!(!legal(1.0, 0.2 - 1e-6) && !legal(1.0, 10.2 + 1e-6), "and beyond");
        assert!(legal(0.0, 1.0) && legal(4_096.0, 1.0), "the location at its limits");
        assert!(!legal(-1e-300, 1.0) && !legal(4_096.000_001, 1.0), "and beyond");
        let negative = [1.0_f64.to_bits(), (-1.0_f64).to_bits()];
        assert!(Lateness::from_bits(config(), negative).is_none(), "no scale is negative");
    }

    /// Goal: a sender of any slowness leads no farther than what is taken over, and one that keeps
    /// its promise leads back from there in the number of heartbeats that the limit says.
    #[test]
    fn the_location_stays_where_it_can_return_from() {
        let mut lateness = Lateness::new(config());
        (0..70_000).for_each(|_| lateness.learn(Nanos::MAX, 1));
        assert_eq!(lateness.m.to_bits(), Lateness::M_MAX.to_bits());
        (0..131_072).for_each(|_| lateness.learn(config().interval, 1));
        assert!(lateness.m < 2.0, "{}", lateness.m);
    }

    /// Goal: the longest silence may be as short as the promised interval.
    #[test]
    fn the_longest_silence_may_be_the_interval() {
        let interval = Duration::from_secs(1);
        let capped = config().with_longest_silence(interval).expect("legal");
        assert_eq!(capped.longest_silence(), interval);
        assert!(config().with_longest_silence(Duration::from_nanos(999_999_999)).is_err());
    }
}
