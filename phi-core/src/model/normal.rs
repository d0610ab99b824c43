//! Intervals taken as normally distributed, mean and deviation from a window: the published φ.
//!
//! The tail itself is computed in [`tail`](crate::tail).

use super::Model;
use super::moments::{Moments, OnHeartbeat, OnQuery};
use super::precision::Precision;
use super::search::first_reaching;
use crate::config::{NormalConfig, storable};
use crate::error::ConfigError;
use crate::phi::{Phi, Threshold};
use crate::sample::Sample;
use crate::time::Nanos;
use crate::window::{Storage, Window};

/// The normal model over a window of intervals in the caller's storage `S`, reckoning in `F`, when
/// `M` says.
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
/// expected first interval, which later ones push out \[Akka\] (closer ones where the longest
/// interval is nearer than m/4). A window of one holds the second of
/// them alone, and never a deviation: φ is then computed with the minimum.
///
/// In `f32` φ has 24 bits, and costs a twentieth on processors without double precision. Deadlines
/// agree with φ to the nanosecond in either.
///
/// Source: \[HDYK04\], section 4.3; pause, minimum and first intervals: \[Akka\]. Unlike there, the
/// tail is exact, so a threshold that was tuned on the logistic approximation fires later here:
/// see [`Threshold::from_logistic`].
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// # use phi_core::{Normal, NormalConfig};
/// let config = NormalConfig::for_interval(Duration::from_millis(200))?;
/// let exact = Normal::new([0_u64; 64], config)?; // ns, 8 bytes an interval
/// let small = Normal::new_f32([0_u32; 64], config)?; // µs, 4 bytes
/// let lean = Normal::new([0_u32; 64], config)?.on_query(); // heartbeats cost little
/// let mut elsewhere = vec![0_u32; 1_000];
/// let borrowed = Normal::new(&mut elsewhere[..], config)?;
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Normal<S, F: Precision = f64, M: Moments = OnHeartbeat> {
    window: Window<S>,
    config: NormalConfig,
    line: M::Kept<F::Line>,
}

impl<S: Storage> Normal<S> {
    /// A model that has seen nothing, over `storage`, whose contents do not matter.
    ///
    /// # Errors
    ///
    /// [`ConfigError::WindowCapacity`] unless the storage holds 1 to
    /// [`CAPACITY_MAX`](crate::CAPACITY_MAX) intervals; [`ConfigError::FirstInterval`] when its
    /// [samples](crate::Sample) cannot hold the first interval.
    pub fn new(storage: S, config: NormalConfig) -> Result<Self, ConfigError> {
        Self::over(storage, config)
    }
}

impl<S: Storage> Normal<S, f32> {
    /// The same as [`new`](Normal::new), reckoning in single precision.
    ///
    /// # Errors
    ///
    /// As those of [`new`](Normal::new).
    pub fn new_f32(storage: S, config: NormalConfig) -> Result<Self, ConfigError> {
        Self::over(storage, config)
    }
}

impl<S: Storage, F: Precision> Normal<S, F> {
    fn over(storage: S, config: NormalConfig) -> Result<Self, ConfigError> {
        let mut window = Window::new(storage)?;
        let first = storable::<S::Sample>(config.first_interval())?.get();
        let spread = (first / 4).min(S::Sample::LONGEST.get() - first);
        window.record(Nanos::new(first - spread));
        window.record(Nanos::new(first + spread));
        let line = F::line(&window, &config);
        Ok(Self { window, config, line })
    }

    /// The same, but mean and deviation are computed [when φ is asked for](OnQuery).
    #[must_use]
    pub fn on_query(self) -> Normal<S, F, OnQuery> {
        Normal { window: self.window, config: self.config, line: () }
    }
}

impl<S: Storage, F: Precision, M: Moments> Normal<S, F, M> {
    /// The intervals that it reckons with.
    #[must_use]
    pub const fn window(&self) -> &Window<S> {
        &self.window
    }

    /// The parameters that it reckons with: those it was made with, rescaled if it was.
    #[must_use]
    pub const fn config(&self) -> &NormalConfig {
        &self.config
    }

    /// Lets `change` the window, and takes note of what has become of it.
    #[cfg(feature = "serde")]
    pub(super) fn with_window<R>(&mut self, change: impl FnOnce(&mut Window<S>) -> R) -> R {
        let result = change(&mut self.window);
        self.refresh();
        result
    }

    /// What z is computed with.
    #[inline]
    fn line(&self) -> F::Line {
        M::get(self.line, || self.current_line())
    }

    #[inline]
    fn refresh(&mut self) {
        self.line = M::keep(|| self.current_line());
    }

    /// Apart, so that heartbeat and φ are short enough to become part of the caller.
    #[inline(never)]
    fn current_line(&self) -> F::Line {
        F::line(&self.window, &self.config)
    }
}

impl<S: Storage, F: Precision, M: Moments> Model for Normal<S, F, M> {
    #[inline]
    fn record(&mut self, interval: Nanos, _beats: u64) {
        self.window.record(interval);
        self.refresh();
    }

    #[inline]
    fn phi(&self, elapsed: Nanos) -> Phi {
        F::phi(self.line(), elapsed)
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let line = self.line();
        let guess = F::silence(line, threshold);
        first_reaching(guess, |elapsed| F::phi(line, elapsed).reaches(threshold))
    }

    fn mean(&self) -> Nanos {
        self.window.mean().unwrap_or_default()
    }

    /// That of the window as it is, which may be below the minimum that φ is computed with.
    fn std_dev(&self) -> Nanos {
        self.window.std_dev().unwrap_or_default()
    }

    fn samples(&self) -> usize {
        self.window.len()
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.window.rescale(from, to);
        self.config = self.config.rescaled(from, to);
        self.refresh();
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// Goal: the made-up first intervals give the mean asked for and a quarter of it as deviation.
    #[test]
    fn the_first_intervals_are_akkas() {
        let config = NormalConfig::for_interval(Duration::from_secs(1)).expect("legal");
        let model = Normal::new([0_u64; 10], config).expect("legal");
        assert_eq!(model.mean(), Nanos::new(1_000_000_000));
        assert_eq!(model.std_dev(), Nanos::new(250_000_000));
        assert_eq!(model.samples(), 2);
    }
}
