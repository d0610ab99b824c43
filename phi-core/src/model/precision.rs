//! The floats that the normal model may reckon in: `f64`, or `f32` for processors that have only
//! those, or none.
//!
//! The tails themselves are in [`tail`](crate::tail).

use super::search::to_nanos;
use crate::config::NormalConfig;
use crate::phi::{Phi, Threshold};
use crate::tail::{normal_phi, normal_phi_f32, normal_phi_inverse};
use crate::tail_f32::normal_phi_inverse_guess_f32;
use crate::time::Nanos;
use crate::window::{Storage, Window};

/// A float that [`Normal`](crate::Normal) can reckon in; `f64` and `f32` are.
pub trait Precision: sealed::Arithmetic {}

impl Precision for f64 {}
impl Precision for f32 {}

pub(super) mod sealed {
    use super::{Nanos, NormalConfig, Phi, Storage, Threshold, Window};

    #[expect(unnameable_types, reason = "nobody else shall implement it")]
    pub trait Arithmetic {
        /// Where φ's z is 0, and how fast z grows: what a window boils down to.
        type Line: Copy + core::fmt::Debug;

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
        let mean = (window.sum() + count / 2) / count;
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
