//! A robust score of lateness without a window: RS2.
//!
//! Location and scale of the intervals are tracked by small clamped steps, in units of the promised
//! interval. How often a score occurs is the business of [`Calibrated`](crate::Calibrated).

use core::time::Duration;

use super::Model;
use super::search::{first_reaching, to_nanos};
use crate::config::within;
use crate::error::ConfigError;
use crate::phi::{Phi, Threshold};
use crate::sample::INTERVAL_MAX;
use crate::time::Nanos;

/// The longest silence unless configured, in promised intervals: enough not to be felt at φ = 4,
/// which [`Calibrated`](crate::Calibrated) reaches after 28 of them when it knows nothing yet.
const LONGEST_SILENCE_INTERVALS: u64 = 100;

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
        &self.lateness.config
    }

    fn level(&self, elapsed: Nanos) -> Phi {
        if self.lateness.is_overlong(elapsed) {
            return Phi::MAX;
        }
        Phi::saturating(self.lateness.score(elapsed))
    }
}

impl Model for RobustScore {
    fn record(&mut self, interval: Nanos, beats: u64) {
        self.lateness.learn(interval, beats);
        self.samples = self.samples.saturating_add(1);
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        self.level(elapsed)
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let guess = self.lateness.silence(threshold.value());
        first_reaching(guess, |elapsed| self.level(elapsed).reaches(threshold))
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

/// Location m and scale s of the intervals, in units of the promised one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lateness {
    config: LatenessConfig,
    m: f64,
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
        let deviation = (error.abs() + Self::PER_LOSS * (q - 1.0)).min(Self::DEVIATION_MAX);
        let weight = x.min(Self::WEIGHT_MAX);
        let square = self.s * self.s;
        let step = (Self::FLOOR + deviation - square) * (weight * Self::GAIN_V);
        self.s = libm::sqrt(square + step);
        self.m += (error / q).clamp(-1.0, 1.0) * (weight * Self::GAIN_M);
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

    /// η (ns).
    fn interval(&self) -> f64 {
        to_f64(self.config.interval.get())
    }
}

/// Parameters of the models that measure lateness against a promised interval:
/// [`RobustScore`] and [`Calibrated`](crate::Calibrated).
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

    /// The same with another longest silence, from which on φ is [`Phi::MAX`]: every threshold is
    /// reached then, whatever the model believes. 584 years and more stand for none.
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

    /// The silence from which on φ is [`Phi::MAX`].
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
