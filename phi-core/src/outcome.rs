//! From what people want (mistakes a day, detection time) to a threshold, and back.
//!
//! It tells what the model promises. Whether the network keeps to the model, it cannot know.

use core::time::Duration;

use crate::config::within;
use crate::error::ConfigError;
use crate::model::Model;
use crate::phi::Threshold;
use crate::time::Nanos;

const DAY_NS: f64 = 86_400e9;

/// A threshold, and what comes of it for heartbeats of one interval: few mistakes, or a quick
/// detection, of which the one is paid for with the other.
///
/// ```text
///  mistakes a day                          of_mistakes ──▶ threshold ◀── of_silence
///  86400 │╲                                                 │       │
///        │  ╲_                                              ▼       ▼
///      1 │     ‾‾──___                          mistakes_per_day    silence
///        └──────────────▶ silence until suspicion
/// ```
///
/// # A promise is as good as its model
///
/// The mistakes are counted as if φ were a probability. With [`Normal`](crate::Normal) on real
/// networks it is none: at φ = 8.1 that model promises 8·10⁻⁹ mistakes per heartbeat, and realised
/// 3.4·10⁻³ (the median of 73 recorded traces; the worst: 2.0·10⁻²), which at one heartbeat a
/// second is 290 mistakes a day where one in four years was promised. The model
/// [`Calibrated`](crate::Calibrated) counts what it has seen, and keeps its promise at φ = 2 and 3:
/// it realised 9.7·10⁻³ and 9.4·10⁻⁴ in the mean of those traces. No model can promise rates that
/// it has not had the time to see. φ of [`RobustScore`](crate::RobustScore) is no probability at
/// all, and mistakes a day computed from it mean nothing: use it with
/// [`of_silence`](Self::of_silence) only. φ of [`Exponential`](crate::Exponential) is a timeout in
/// units of the mean, and no better in this.
///
/// All of it is said of one subject at one observer: who watches 100 makes 100 times as many. And a
/// longest silence ([`LatenessConfig`](crate::LatenessConfig) has one of 100 intervals) ends every
/// patience, whatever the threshold: mistakes made by it are not among those promised, and
/// thresholds above 5 rest mostly on it and on the prior.
///
/// Measured: \[Study\].
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// use phi_core::{Normal, NormalConfig, Outcome};
///
/// let interval = Duration::from_secs(1);
/// let model = Normal::new([0_u64; 100], NormalConfig::for_interval(interval)?)?;
///
/// // Ten mistakes a day, of 86,400 heartbeats: one in 8,640.
/// let patient = Outcome::of_mistakes(10.0, interval)?;
/// assert!((patient.threshold().value() - 3.9365).abs() < 1e-4);
///
/// let quick = Outcome::of_silence(Duration::from_millis(1_500), interval, &model)?;
/// assert!(quick.silence(&model) <= Some(Duration::from_millis(1_500)));
/// assert!(quick.mistakes_per_day() > 10.0);
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Outcome {
    threshold: Threshold,
    interval: Nanos,
}

impl Outcome {
    /// The lowest threshold, hence the quickest detection, that promises (to a rounding) no more
    /// than `mistakes_per_day` (1/d, 0 < rate < heartbeats a day) with a heartbeat sent each
    /// `interval` (1 ns to 2⁵⁰ ns).
    ///
    /// # Formula
    ///
    /// ```text
    /// φ* = −log₁₀(rate · η)
    /// where η is the interval between heartbeats, in the unit of time of the rate
    /// ```
    ///
    /// A silence ends with each heartbeat, and 10^−φ* of them are taken for a failure.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PromisedInterval`] and [`ConfigError::MistakesPerDay`] when they are out of
    /// their range: as many mistakes as heartbeats would be a threshold of 0.
    pub fn of_mistakes(mistakes_per_day: f64, interval: Duration) -> Result<Self, ConfigError> {
        let interval = checked(interval)?;
        let beats = beats_per_day(interval);
        // As a difference: the quotient of the extremes would underflow.
        let level = libm::log10(beats) - libm::log10(mistakes_per_day);
        Threshold::new(level)
            .map(|threshold| Self { threshold, interval })
            .map_err(|_| ConfigError::MistakesPerDay { value: mistakes_per_day, beats })
    }

    /// The highest threshold, hence the fewest mistakes, that `model` as it is now reaches within
    /// a silence of `silence` since the last heartbeat, one of which is sent each `interval` (1 ns
    /// to 2⁵⁰ ns).
    ///
    /// It is φ of that silence, for φ never falls while a subject is silent; at most 10⁶.
    ///
    /// # Errors
    ///
    /// [`ConfigError::PromisedInterval`] when `interval` is out of its range, and
    /// [`ConfigError::Silence`] when φ is still 0 after `silence`.
    pub fn of_silence(
        silence: Duration,
        interval: Duration,
        model: &impl Model,
    ) -> Result<Self, ConfigError> {
        let interval = checked(interval)?;
        let level = model.phi(silence.into()).value().min(Threshold::MAX.value());
        Threshold::new(level)
            .map(|threshold| Self { threshold, interval })
            .map_err(|_| ConfigError::Silence { value: silence, least: least_silence(model) })
    }

    /// What comes of a threshold that was chosen otherwise, with a heartbeat sent each `interval`
    /// (1 ns to 2⁵⁰ ns).
    ///
    /// # Errors
    ///
    /// [`ConfigError::PromisedInterval`] when `interval` is out of its range.
    pub fn of_threshold(threshold: Threshold, interval: Duration) -> Result<Self, ConfigError> {
        checked(interval).map(|interval| Self { threshold, interval })
    }

    /// The threshold.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }

    /// The mistakes a day that the threshold promises (1/d, ≥ 0); see above for what that is worth.
    ///
    /// # Formula
    ///
    /// ```text
    /// rate = 10^−φ / η
    /// ```
    #[must_use]
    pub fn mistakes_per_day(&self) -> f64 {
        libm::exp10(libm::log10(beats_per_day(self.interval)) - self.threshold.value())
    }

    /// The silence since the last heartbeat at which `model` as it is now reaches the threshold;
    /// `None` if none does within 584 years.
    ///
    /// From a crash to the suspicion it takes at most this and the delay of the network; it is up
    /// to one interval less, as the crash comes up to one interval after the last heartbeat.
    #[must_use]
    pub fn silence(&self, model: &impl Model) -> Option<Duration> {
        model.timeout(self.threshold).map(Duration::from)
    }
}

fn checked(interval: Duration) -> Result<Nanos, ConfigError> {
    within(Nanos::new(1), interval).ok_or(ConfigError::PromisedInterval { value: interval })
}

#[expect(clippy::cast_precision_loss, reason = "intervals up to 2⁵⁰ ns are exact in f64")]
fn beats_per_day(interval: Nanos) -> f64 {
    DAY_NS / interval.get() as f64
}

/// The shortest silence after which there is a threshold at all.
fn least_silence(model: &impl Model) -> Duration {
    let lowest = Threshold::new(f64::MIN_POSITIVE).ok();
    lowest.and_then(|lowest| model.timeout(lowest)).unwrap_or(Nanos::MAX).into()
}
