//! Intervals taken as normally distributed, mean and deviation from a window: the published φ.
//!
//! The tail itself is computed in [`tail`](crate::tail).

use super::Model;
use super::search::{first_reaching, to_nanos};
use crate::config::NormalConfig;
use crate::error::ConfigError;
use crate::phi::{Phi, Threshold};
use crate::tail::{normal_phi, normal_phi_inverse};
use crate::time::Nanos;
use crate::window::{Storage, Window};

/// The normal model over a window of intervals in the caller's storage `S`.
///
/// # Formula
///
/// ```text
/// φ(t) = −log₁₀(1 − Φ((t − μ − p) / max(σ, σ_min)))
/// where t is the silence since the last heartbeat, μ and σ mean and standard deviation of the
/// window, p the acceptable pause, σ_min the minimum standard deviation
/// ```
///
/// Before any heartbeat the window holds two made-up intervals, m − m/4 and m + m/4 with m the
/// expected first interval, which later ones push out \[Akka\].
///
/// Source: \[HDYK04\], section 4.3; pause, minimum and first intervals: \[Akka\]. Unlike there, the
/// tail is exact, so a threshold that was tuned on the logistic approximation fires later here.
#[derive(Clone, Debug)]
pub struct Normal<S> {
    window: Window<S>,
    config: NormalConfig,
}

impl<S: Storage> Normal<S> {
    /// A model that has seen nothing, over `storage`, whose contents do not matter.
    ///
    /// # Errors
    ///
    /// [`ConfigError::WindowCapacity`] unless the storage holds 1 to
    /// [`CAPACITY_MAX`](crate::CAPACITY_MAX) intervals.
    ///
    /// # Examples
    ///
    /// ```
    /// # use core::time::Duration;
    /// # use phi_core::{Normal, NormalConfig};
    /// let config = NormalConfig::for_interval(Duration::from_millis(200))?;
    /// let inline = Normal::new([0; 64], config)?;
    /// let mut elsewhere = vec![0; 1_000];
    /// let borrowed = Normal::new(&mut elsewhere[..], config)?;
    /// # Ok::<(), phi_core::ConfigError>(())
    /// ```
    pub fn new(storage: S, config: NormalConfig) -> Result<Self, ConfigError> {
        let mut window = Window::new(storage)?;
        let first = Nanos::from(config.first_interval()).get();
        window.record(Nanos::new(first - first / 4));
        window.record(Nanos::new(first + first / 4));
        Ok(Self { window, config })
    }

    /// The intervals that it reckons with.
    #[must_use]
    pub const fn window(&self) -> &Window<S> {
        &self.window
    }

    /// The parameters that it was made with.
    #[must_use]
    pub const fn config(&self) -> &NormalConfig {
        &self.config
    }

    /// The silence at which z = 0 (ns).
    #[expect(clippy::cast_precision_loss, reason = "lengths of time up to 2⁵⁰ ns are exact in f64")]
    fn location(&self) -> f64 {
        let pause = Nanos::from(self.config.acceptable_pause()).get() as f64;
        self.window.mean().unwrap_or(0.0) + pause
    }

    /// The silence that adds 1 to z (ns, ≥ 1).
    #[expect(clippy::cast_precision_loss, reason = "lengths of time up to 2⁵⁰ ns are exact in f64")]
    fn scale(&self) -> f64 {
        let least = Nanos::from(self.config.min_std_dev()).get() as f64;
        self.window.std_dev().unwrap_or(0.0).max(least)
    }
}

impl<S: Storage> Model for Normal<S> {
    fn record(&mut self, interval: Nanos, _beats: u64) {
        self.window.record(interval);
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        level(self.location(), self.scale(), elapsed)
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let (location, scale) = (self.location(), self.scale());
        let guess = to_nanos(location + scale * normal_phi_inverse(threshold.value()));
        first_reaching(guess, |elapsed| level(location, scale, elapsed).reaches(threshold))
    }

    fn mean(&self) -> Nanos {
        to_nanos(self.window.mean().unwrap_or(0.0))
    }

    fn std_dev(&self) -> Nanos {
        to_nanos(self.window.std_dev().unwrap_or(0.0))
    }

    fn samples(&self) -> usize {
        self.window.len()
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.window.rescale(from, to);
        self.config = self.config.rescaled(from, to);
    }
}

/// φ of a silence of `elapsed`; it never decreases, because each operation rounds monotonically.
#[expect(clippy::cast_precision_loss, reason = "rounding is monotone, and exact below 104 days")]
fn level(location: f64, scale: f64, elapsed: Nanos) -> Phi {
    Phi::saturating(normal_phi((elapsed.get() as f64 - location) / scale))
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// Goal: the made-up first intervals give the mean asked for and a quarter of it as deviation.
    #[test]
    fn the_first_intervals_are_akkas() {
        let config = NormalConfig::for_interval(Duration::from_secs(1)).expect("legal");
        let model = Normal::new([0; 10], config).expect("legal");
        assert_eq!(model.mean(), Nanos::new(1_000_000_000));
        assert_eq!(model.std_dev(), Nanos::new(250_000_000));
        assert_eq!(model.samples(), 2);
    }
}
