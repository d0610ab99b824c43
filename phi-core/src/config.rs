//! Validated parameters of the models: one that exists is legal.

use core::time::Duration;

use crate::error::ConfigError;
use crate::sample::Sample;
use crate::time::{INTERVAL_MAX, Nanos, small_to_f64};

/// Parameters of the model [`Normal`](crate::Normal), in the terms of \[Akka\].
///
/// ```
/// use core::time::Duration;
/// use phi_core::NormalConfig;
///
/// let config = NormalConfig::for_interval(Duration::from_secs(1))?
///     .with_acceptable_pause(Duration::from_secs(3))?;
/// assert_eq!(config.min_std_dev(), Duration::from_millis(100));
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NormalConfig {
    first_interval: Nanos,
    min_std_dev: Nanos,
    acceptable_pause: Nanos,
}

impl NormalConfig {
    /// Parameters for a sender that beats every `interval` (1 ns to 2⁵⁰ ns): the first interval is
    /// expected to be just that, the minimum standard deviation is a tenth of it (the ratio of
    /// \[Akka\]'s defaults, 100 ms at 1 s), and no pause is accepted.
    ///
    /// # Errors
    ///
    /// [`ConfigError::FirstInterval`] when `interval` is out of its range.
    pub fn for_interval(interval: Duration) -> Result<Self, ConfigError> {
        let first_interval = first_interval(interval)?;
        let min_std_dev = Nanos::new((first_interval.get() / 10).max(1));
        Ok(Self { first_interval, min_std_dev, acceptable_pause: Nanos::ZERO })
    }

    /// The parameters of \[Akka\]'s cluster, and of Pekko's, for their heartbeat of 1 s: minimum
    /// standard deviation 100 ms, acceptable pause 3 s. The window there holds 1,000 intervals; the
    /// threshold there, 8, is [`from_logistic`](crate::Threshold::from_logistic) of 8 here, 7.06.
    /// Intervals that end a suspicion are not learnt there: the detector does so with
    /// [`Learning::Trusted`](crate::Learning::Trusted).
    ///
    /// ```
    /// # use phi_core::{Detector, Learning, Normal, NormalConfig, Threshold, Timestamp};
    /// let threshold = Threshold::from_logistic(8.0)?;
    /// let mut peer = Detector::new(Normal::new([0_u64; 1_000], NormalConfig::akka())?)
    ///     .with_learning(Learning::Trusted(threshold));
    /// for beat in 0..=1_000 {
    ///     peer.heartbeat(Timestamp::from_nanos(beat * 1_000_000_000));
    /// }
    /// // 1 s, the pause of 3 s, and 5.2 deviations of 100 ms.
    /// let deadline = peer.deadline(threshold).unwrap_or_default();
    /// assert_eq!(deadline.as_nanos() / 1_000_000, 1_004_522);
    /// # Ok::<(), phi_core::ConfigError>(())
    /// ```
    #[must_use]
    pub const fn akka() -> Self {
        Self {
            first_interval: Nanos::new(1_000_000_000),
            min_std_dev: Nanos::new(100_000_000),
            acceptable_pause: Nanos::new(3_000_000_000),
        }
    }

    /// The same with another minimum standard deviation (1 ns to 2⁵⁰ ns): intervals more regular
    /// than this are taken to be this irregular, lest the first late heartbeat raise an alarm.
    ///
    /// # Errors
    ///
    /// [`ConfigError::MinStdDev`] when it is out of its range.
    pub fn with_min_std_dev(self, min_std_dev: Duration) -> Result<Self, ConfigError> {
        within(Nanos::new(1), min_std_dev)
            .map(|min_std_dev| Self { min_std_dev, ..self })
            .ok_or(ConfigError::MinStdDev { value: min_std_dev })
    }

    /// The same with an acceptable pause (0 to 2⁵⁰ ns): φ comes later by this length, as if the
    /// mean interval were longer.
    ///
    /// # Errors
    ///
    /// [`ConfigError::AcceptablePause`] when it is out of its range.
    pub fn with_acceptable_pause(self, acceptable_pause: Duration) -> Result<Self, ConfigError> {
        within(Nanos::ZERO, acceptable_pause)
            .map(|acceptable_pause| Self { acceptable_pause, ..self })
            .ok_or(ConfigError::AcceptablePause { value: acceptable_pause })
    }

    /// The same for a sender whose interval has changed from `from` to `to`: all lengths scaled,
    /// and kept within their ranges.
    pub(crate) fn rescaled(self, from: Nanos, to: Nanos) -> Self {
        let scaled = |length: Nanos, least| length.scaled(from, to).clamp(least, INTERVAL_MAX);
        Self {
            first_interval: scaled(self.first_interval, Nanos::new(1)),
            min_std_dev: scaled(self.min_std_dev, Nanos::new(1)),
            acceptable_pause: scaled(self.acceptable_pause, Nanos::ZERO),
        }
    }

    /// The least standard deviation (ns).
    #[inline]
    pub(crate) const fn float_least(&self) -> f64 {
        small_to_f64(self.min_std_dev.get())
    }

    /// The acceptable pause (ns).
    #[inline]
    pub(crate) const fn float_pause(&self) -> f64 {
        small_to_f64(self.acceptable_pause.get())
    }

    /// The interval expected before any was seen.
    #[must_use]
    pub fn first_interval(&self) -> Duration {
        self.first_interval.into()
    }

    /// The least standard deviation that φ is computed with.
    #[must_use]
    pub fn min_std_dev(&self) -> Duration {
        self.min_std_dev.into()
    }

    /// By how much later φ comes than mean and deviation alone would have it.
    #[must_use]
    pub fn acceptable_pause(&self) -> Duration {
        self.acceptable_pause.into()
    }
}

/// `length` in nanoseconds, if it is from `least` to [`INTERVAL_MAX`].
pub(crate) fn within(least: Nanos, length: Duration) -> Option<Nanos> {
    let nanos = Nanos::from(length);
    (nanos >= least && nanos <= INTERVAL_MAX).then_some(nanos)
}

/// A first interval that some sample can hold, 1 ns to [`INTERVAL_MAX`].
pub(crate) fn first_interval(interval: Duration) -> Result<Nanos, ConfigError> {
    storable::<u64>(interval)
}

/// A first interval that samples of the type `T` can hold.
pub(crate) fn storable<T: Sample>(interval: Duration) -> Result<Nanos, ConfigError> {
    let nanos = Nanos::from(interval);
    if (T::LEAST..=T::LONGEST).contains(&nanos) {
        return Ok(nanos);
    }
    let (least, longest) = (T::LEAST.into(), T::LONGEST.into());
    Err(ConfigError::FirstInterval { value: interval, least, longest })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOO_LONG: Duration = Duration::from_nanos((1 << 50) + 1);

    /// Goal: each parameter is checked at both ends of its range.
    #[test]
    fn parameters_out_of_range_are_refused() {
        assert!(NormalConfig::for_interval(Duration::ZERO).is_err());
        assert!(NormalConfig::for_interval(TOO_LONG).is_err());
        let config = NormalConfig::for_interval(Duration::from_nanos(1)).expect("legal");
        assert!(config.with_min_std_dev(Duration::ZERO).is_err());
        assert!(config.with_min_std_dev(TOO_LONG).is_err());
        assert!(config.with_acceptable_pause(TOO_LONG).is_err());
        assert!(config.with_acceptable_pause(Duration::ZERO).is_ok());
        assert_eq!(config.min_std_dev(), Duration::from_nanos(1), "never zero");
    }
}
