//! The floats that the normal model may reckon in: `f64`, or `f32` for processors that have only
//! those, or none.
//!
//! The tails themselves are in [`tail`](crate::tail).

use crate::config::NormalConfig;
use crate::phi::{Phi, Threshold};
use crate::tail::{normal_phi, normal_phi_f32, normal_phi_inverse};
use crate::tail_f32::normal_phi_inverse_guess_f32;
use crate::time::{Nanos, to_nanos};
use crate::window::{Storage, Window};

/// A float that [`Normal`](crate::Normal) can reckon in; `f64` and `f32` are.
pub trait Precision: sealed::Arithmetic + sealed::Figures {}

impl Precision for f64 {}
impl Precision for f32 {}

pub(super) mod sealed {
    use core::fmt::Debug;

    use super::{Nanos, NormalConfig, Phi, Storage, Threshold, Window};

    /// What plain figures are: so that code generic over them can do what it could with each.
    #[expect(unnameable_types, reason = "nobody needs to name it")]
    pub trait Figures: Copy + Debug + Send + Sync + Unpin + 'static {}

    impl<T: Copy + Debug + Send + Sync + Unpin + 'static> Figures for T {}

    #[expect(unnameable_types, reason = "nobody else shall implement it")]
    pub trait Arithmetic {
        /// Where φ's z is 0, and how fast z grows: what a window boils down to.
        type Line: Figures;

        /// The line of a window that is not empty.
        fn line<S: Storage>(window: &Window<S>, config: &NormalConfig) -> Self::Line;

        /// φ after a silence of `elapsed`; it never decreases with it.
        fn phi(line: Self::Line, elapsed: Nanos) -> Phi;

        /// About the silence at which `threshold` is reached.
        fn silence(line: Self::Line, threshold: Threshold) -> Nanos;
    }
}

/// z = (t − location)·slope.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "a part of the sealed trait")]
pub struct Line64 {
    /// (ns)
    location: f64,
    /// (1/ns)
    slope: f64,
}

/// The same with the location in integers, so that the difference is exact before it is rounded to
/// 24 bits.
#[derive(Clone, Copy, Debug)]
#[expect(unnameable_types, reason = "a part of the sealed trait")]
pub struct Line32 {
    /// (ns, < 2⁵²)
    location: i64,
    /// (1/ns)
    slope: f32,
}

impl sealed::Arithmetic for f64 {
    type Line = Line64;

    /// ```text
    /// slope = n / max(√(n·Σx² − (Σx)²), n·σ_min), so that σ itself need not be divided out
    /// ```
    #[inline]
    fn line<S: Storage>(window: &Window<S>, config: &NormalConfig) -> Line64 {
        let count = window.float_len();
        let least = config.float_least() * count;
        let root = window.float_spread_root();
        let widest = if root > least { root } else { least };
        Line64 {
            location: window.float_sum() / count + config.float_pause(),
            slope: count / widest,
        }
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "rounding is monotone, exact below 104 days")]
    fn phi(line: Line64, elapsed: Nanos) -> Phi {
        Phi::of_formula(normal_phi((elapsed.get() as Self - line.location) * line.slope))
    }

    fn silence(line: Line64, threshold: Threshold) -> Nanos {
        to_nanos(line.location + normal_phi_inverse(threshold.value()) / line.slope)
    }
}

impl sealed::Arithmetic for f32 {
    type Line = Line32;

    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        reason = "24 bits are what is wanted; locations are below 2⁵² ns"
    )]
    fn line<S: Storage>(window: &Window<S>, config: &NormalConfig) -> Line32 {
        let count = (window.len() as u64).max(1);
        let mean = (window.sum_ns() + count / 2) / count;
        let pause = Nanos::from(config.acceptable_pause()).get();
        let least = Nanos::from(config.min_std_dev()).get() as Self;
        let deviation = window.float_spread_root_f32() / count as Self;
        Line32 { location: (mean + pause) as i64, slope: 1.0 / deviation.max(least) }
    }

    // Inlined, so that the conversion does not wait for what was last in its register.
    #[inline]
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_wrap,
        reason = "24 bits are what is wanted; silences are kept below 2⁶³ ns"
    )]
    fn phi(line: Line32, elapsed: Nanos) -> Phi {
        let elapsed = elapsed.get().min(i64::MAX as u64) as i64;
        let beyond = elapsed.wrapping_sub(line.location); // both are ≥ 0
        Phi::of_formula(f64::from(normal_phi_f32(beyond as Self * line.slope)))
    }

    /// In single precision and integers alone, so that no other code is linked.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a guess; casts from floats saturate"
    )]
    fn silence(line: Line32, threshold: Threshold) -> Nanos {
        let beyond = normal_phi_inverse_guess_f32(threshold.value() as Self) / line.slope;
        Nanos::new(line.location.saturating_add(beyond as i64).max(0) as u64)
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::sealed::Arithmetic;
    use super::*;

    const PAUSE: u64 = 300_000_000;

    /// Intervals around 1 s, and a pause that is accepted.
    fn irregular() -> (Window<[u64; 8]>, NormalConfig) {
        let mut window = Window::new([0; 8]).expect("legal");
        for millis in [1_000, 850, 1_250, 990, 1_010] {
            window.record(Nanos::new(millis * 1_000_000));
        }
        let config = NormalConfig::for_interval(Duration::from_secs(1))
            .and_then(|config| config.with_acceptable_pause(Duration::from_nanos(PAUSE)));
        (window, config.expect("legal"))
    }

    /// How far from the deadline the guesses are, at most (ns).
    fn worst_guess<F: Arithmetic>() -> u64 {
        let (window, config) = irregular();
        let line = F::line(&window, &config);
        let error = |value| {
            let threshold = Threshold::new(value).expect("legal");
            let guess = F::silence(line, threshold);
            let reaches = |elapsed| F::phi(line, elapsed).reaches(threshold);
            let exact = super::super::search::first_reaching(guess, reaches).expect("time enough");
            guess.get().abs_diff(exact.get())
        };
        [0.35, 1.0, 3.0, 8.0, 20.0, 100.0, 1e4, 1e6].map(error).into_iter().max().unwrap_or(0)
    }

    /// Goal: deadlines are found in few steps, because the guess is next to them: by the exact
    /// inverse to a rounding, by that of single precision to 2/1000 of σ, which is 130 ms here.
    #[test]
    fn the_guess_is_next_to_the_deadline() {
        let (exact, single) = (worst_guess::<f64>(), worst_guess::<f32>());
        assert!(exact <= 2, "{exact} ns");
        assert!(single <= 260_000, "{single} ns");
    }

    /// Goal: the location is the mean, rounded to the nearest nanosecond, and the pause beyond it.
    #[test]
    #[expect(clippy::float_cmp, reason = "the location of f64 is rounded once")]
    fn the_location_is_mean_and_pause() {
        let (_, config) = irregular();
        for (intervals, mean, rounded) in [
            (&[7_u64][..], 7.0, 7),
            (&[1, 2, 2], 5.0 / 3.0, 2),
            (&[1, 1, 2], 4.0 / 3.0, 1),
            (&[2, 1, 2, 2], 1.75, 2),
            (&[9, 2, 1, 1], 3.25, 3),
        ] {
            let mut window = Window::new([0_u64; 8]).expect("legal");
            for interval in intervals {
                window.record(Nanos::new(*interval));
            }
            assert_eq!(f64::line(&window, &config).location, mean + 3e8, "{intervals:?}");
            assert_eq!(f32::line(&window, &config).location, rounded + 300_000_000);
        }
    }

    /// Goal: the slope is one over the deviation, or over the least one if that is greater.
    #[test]
    fn the_slope_is_that_of_the_greater_deviation() {
        let (window, config) = irregular();
        let std_dev = window.float_spread_root() / window.float_len();
        let wide = config.with_min_std_dev(Duration::from_millis(700)).expect("legal");
        for (config, deviation) in [(config, std_dev), (wide, 7e8)] {
            let exact = f64::line(&window, &config).slope * deviation;
            assert!((exact - 1.0).abs() < 1e-15, "{exact}");
            let single = f64::from(f32::line(&window, &config).slope) * deviation;
            assert!((single - 1.0).abs() < 1e-6, "{single}");
        }
    }

    /// Goal: single precision says what double precision does, to its 24 bits.
    #[test]
    fn both_precisions_agree() {
        let (window, config) = irregular();
        let (exact, single) = (f64::line(&window, &config), f32::line(&window, &config));
        for millis in 1_000..20_000 {
            let elapsed = Nanos::new(millis * 1_000_000);
            let (exact, single) = (f64::phi(exact, elapsed), f32::phi(single, elapsed));
            let ratio = single.value() / exact.value();
            assert!((ratio - 1.0).abs() < 1e-5, "after {millis} ms: {single} for {exact}");
        }
    }
}
