//! Intervals taken as exponentially distributed: the mean-only model of Cassandra and chitchat.
//!
//! It knows no spread: regular and irregular senders of the same mean are judged alike.

use core::f64::consts::LN_10;
use core::time::Duration;

use super::Model;
use super::search::first_reaching;
use crate::config::{first_interval, storable};
use crate::error::ConfigError;
use crate::phi::{Phi, Threshold};
use crate::time::{INTERVAL_MAX, Nanos, to_nanos};
use crate::window::{Storage, Window};

/// How many intervals chitchat's prior weighs as much as.
const CHITCHAT_PRIOR_WEIGHT: u16 = 5;

/// The exponential model over a window of intervals in the caller's storage `S`.
///
/// # Formula
///
/// ```text
/// φ(t) = t / (μ·ln 10),  μ = max((Σx + w·p) / (n + w), 1 ns)
/// where t is the silence since the last heartbeat, Σx and n sum and number of the intervals in
/// the window, p the prior interval and w its weight (0: p is a made-up interval in the window
/// instead, which later ones push out)
/// ```
///
/// So φ = 8 is a silence of 18.4 mean intervals. Heartbeats are far more regular than the formula
/// assumes, so its φ is no probability; as a timeout in units of the mean it does well.
///
/// # Thresholds of others
///
/// | there | level there | the same silence here |
/// |---|---|---|
/// | Cassandra | `PHI_FACTOR`·t/μ, convicts at 8 | φ = 8 |
/// | chitchat | t/μ, dead at 8 | φ = 8/ln 10 = 3.474 |
///
/// Source: Cassandra's `FailureDetector`, where `PHI_FACTOR` = 1/ln 10; chitchat's
/// `failure_detector`, whose prior is additive smoothing.
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// # use phi_core::{Detector, Exponential, ExponentialConfig, Threshold, Timestamp};
/// let config = ExponentialConfig::cassandra(Duration::from_secs(1))?;
/// let mut peer = Detector::new(Exponential::new([0_u64; 1_000], config)?);
/// let _ = peer.heartbeat(Timestamp::ORIGIN);
/// // Before any interval a mean of two gossip rounds: convicted after 2 s · 8·ln 10 = 36.8 s.
/// let deadline = peer.deadline(Threshold::new(8.0)?).expect("there was a heartbeat");
/// assert_eq!(deadline.as_nanos() / 1_000_000, 36_841);
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Exponential<S> {
    window: Window<S>,
    config: ExponentialConfig,
}

impl<S: Storage> Exponential<S> {
    /// A model that has seen nothing, over `storage`, whose contents do not matter.
    ///
    /// # Errors
    ///
    /// [`ConfigError::WindowCapacity`] unless the storage holds 1 to
    /// [`CAPACITY_MAX`](crate::CAPACITY_MAX) intervals; [`ConfigError::FirstInterval`] when its
    /// [samples](crate::Sample) cannot hold the first interval.
    pub fn new(storage: S, config: ExponentialConfig) -> Result<Self, ConfigError> {
        let mut window = Window::new(storage)?;
        storable::<S::Sample>(config.first_interval.into())?;
        if config.prior_weight == 0 {
            window.record(config.first_interval);
        }
        Ok(Self { window, config })
    }

    /// The intervals that it reckons with, the prior not among them.
    #[must_use]
    pub const fn window(&self) -> &Window<S> {
        &self.window
    }

    #[cfg(feature = "serde")]
    pub(super) fn forget(&mut self) {
        self.window.clear();
    }

    /// The parameters that it reckons with: those it was made with, rescaled if it was.
    #[must_use]
    pub const fn config(&self) -> &ExponentialConfig {
        &self.config
    }

    /// μ of the formula (ns, ≥ 1).
    #[expect(clippy::cast_precision_loss, reason = "one rounding of each exact sum, n below 2¹⁴")]
    fn mean_ns(&self) -> f64 {
        let weight = f64::from(self.config.prior_weight);
        let prior = weight * self.config.first_interval.get() as f64;
        let sum = self.window.sum_ns() as f64 + prior;
        (sum / (self.window.len() as f64 + weight)).max(1.0)
    }
}

impl<S: Storage> Model for Exponential<S> {
    fn record(&mut self, interval: Nanos, _beats: u64) {
        if interval <= self.config.longest_interval {
            self.window.record(interval);
        }
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        level(self.mean_ns() * LN_10, elapsed)
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let per_level = self.mean_ns() * LN_10;
        let guess = silence(per_level, threshold);
        first_reaching(guess, |elapsed| level(per_level, elapsed).reaches(threshold))
    }

    fn mean(&self) -> Nanos {
        to_nanos(self.mean_ns())
    }

    /// The same as the mean: so it is in an exponential distribution.
    fn std_dev(&self) -> Nanos {
        self.mean()
    }

    fn samples(&self) -> usize {
        self.window.len()
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.window.rescale(from, to);
        self.config = self.config.rescaled(from, to);
    }
}

/// Parameters of the model [`Exponential`].
///
/// ```
/// use core::time::Duration;
/// use phi_core::ExponentialConfig;
///
/// let config = ExponentialConfig::for_interval(Duration::from_secs(1))?
///     .with_prior_weight(5)
///     .with_longest_interval(Duration::from_secs(10))?;
/// let same = ExponentialConfig::chitchat(Duration::from_secs(1), Duration::from_secs(10))?;
/// assert_eq!(config, same);
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExponentialConfig {
    first_interval: Nanos,
    prior_weight: u16,
    longest_interval: Nanos,
}

impl ExponentialConfig {
    /// Parameters for a sender that beats every `interval` (1 ns to 2⁵⁰ ns): it is the first
    /// interval of the window, and all others are learnt, however long.
    ///
    /// # Errors
    ///
    /// [`ConfigError::FirstInterval`] when `interval` is out of its range.
    pub fn for_interval(interval: Duration) -> Result<Self, ConfigError> {
        let first_interval = first_interval(interval)?;
        Ok(Self { first_interval, prior_weight: 0, longest_interval: Nanos::MAX })
    }

    /// Cassandra's parameters for a gossip round of `round` (there 1 s; 1 ns to 2⁴⁹ ns): the first
    /// interval of the window is two rounds, and longer ones are not learnt. The window there holds
    /// 1,000 intervals, the threshold is 8.
    ///
    /// # Errors
    ///
    /// [`ConfigError::FirstInterval`] when two rounds are out of the range of an interval.
    pub fn cassandra(round: Duration) -> Result<Self, ConfigError> {
        let config = Self::for_interval(round.saturating_mul(2))?;
        Ok(Self { longest_interval: config.first_interval, ..config })
    }

    /// chitchat's parameters: the prior mean `initial` (there 5 s; 1 ns to 2⁵⁰ ns) weighs as much
    /// as 5 intervals, for ever, and intervals longer than `longest` (there 10 s) are not learnt.
    /// The window there holds 1,000 intervals; its threshold of 8 is 8/ln 10 here.
    ///
    /// # Errors
    ///
    /// [`ConfigError::FirstInterval`] when `initial` is out of its range,
    /// [`ConfigError::LongestInterval`] when `longest` is shorter.
    pub fn chitchat(initial: Duration, longest: Duration) -> Result<Self, ConfigError> {
        Self::for_interval(initial)?
            .with_prior_weight(CHITCHAT_PRIOR_WEIGHT)
            .with_longest_interval(longest)
    }

    /// The same with a prior that stays: the first interval weighs as much as `weight` intervals of
    /// the window, for ever. 0: it is the window's first interval and will be pushed out.
    #[must_use]
    pub const fn with_prior_weight(self, weight: u16) -> Self {
        Self { prior_weight: weight, ..self }
    }

    /// The same, but intervals longer than `longest` are taken for outages and not learnt. A sender
    /// that is always slower than that then stays unknown for ever.
    ///
    /// # Errors
    ///
    /// [`ConfigError::LongestInterval`] when it is shorter than the first interval.
    pub fn with_longest_interval(self, longest: Duration) -> Result<Self, ConfigError> {
        let longest_interval = Nanos::from(longest);
        if longest_interval < self.first_interval {
            return Err(ConfigError::LongestInterval { value: longest });
        }
        Ok(Self { longest_interval, ..self })
    }

    /// The interval expected before any was seen.
    #[must_use]
    pub fn first_interval(&self) -> Duration {
        self.first_interval.into()
    }

    /// How many intervals the first one weighs as much as, for ever; 0 if it will be pushed out.
    #[must_use]
    pub const fn prior_weight(&self) -> u16 {
        self.prior_weight
    }

    /// The longest interval that is learnt; 584 years if there is none.
    #[must_use]
    pub fn longest_interval(&self) -> Duration {
        self.longest_interval.into()
    }

    /// The same for a sender whose interval has changed from `from` to `to`.
    fn rescaled(self, from: Nanos, to: Nanos) -> Self {
        let first_interval =
            self.first_interval.scaled(from, to).clamp(Nanos::new(1), INTERVAL_MAX);
        let unlimited = self.longest_interval == Nanos::MAX;
        let scaled = self.longest_interval.scaled(from, to).max(first_interval);
        let longest_interval = if unlimited { Nanos::MAX } else { scaled };
        Self { first_interval, longest_interval, ..self }
    }
}

/// φ of a silence of `elapsed`, when one of `per_level` (ns, > 0) raises it by 1; it never
/// decreases, because the conversion and the division round monotonically.
#[expect(clippy::cast_precision_loss, reason = "rounding is monotone, and exact below 104 days")]
fn level(per_level: f64, elapsed: Nanos) -> Phi {
    Phi::saturating(elapsed.get() as f64 / per_level)
}

/// About the silence at which `threshold` is reached.
fn silence(per_level: f64, threshold: Threshold) -> Nanos {
    to_nanos(threshold.value() * per_level)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: deadlines are found in few steps, because the guess lies within a rounding of them.
    #[test]
    fn the_guess_is_next_to_the_deadline() {
        let config = ExponentialConfig::for_interval(Duration::from_secs(3)).expect("legal");
        let model = Exponential::new([0_u64; 4], config).expect("legal");
        for value in [1e-9, 0.3, 1.0, 8.0, 1e3, 1e6] {
            let threshold = Threshold::new(value).expect("legal");
            let guess = silence(model.mean_ns() * LN_10, threshold).get();
            let exact = model.timeout(threshold).expect("time enough").get();
            assert!(guess.abs_diff(exact) <= 1 + (exact >> 51), "φ = {value}: {guess} {exact}");
        }
    }
}
