//! The upper tail of the standard normal as a level φ, and back; exact where 1 − F underflows.
//!
//! Deviations in and out are in standard deviations; times and windows are not known here.

use core::f64::consts::{FRAC_1_SQRT_2, FRAC_2_SQRT_PI, LN_2, LN_10, LOG10_E, PI};

pub use crate::tail_f32::normal_phi_f32;

use crate::tail_table::CELLS;

/// Coefficients of one polynomial.
type Cell = [f64; 8];

/// √½ less its nearest double: the part that `FRAC_1_SQRT_2` lacks.
const FRAC_1_SQRT_2_LOW: f64 = -4.833_646_656_726_457e-17;

/// ½·ln 2π, by which the tail's asymptotic expansion is scaled.
const HALF_LN_TAU: f64 = 0.918_938_533_204_672_7;

/// What is added to z so that the table's cells lie at powers of two: w = z + 2, 1 ≤ w < 62. Below
/// z = −1 φ is so small that its relative error needs another formula; from z = 60 on the
/// asymptotic expansion is exact to the last bit, so the last cell only ends the one before.
const TABLE_SHIFT: f64 = 2.0;

/// The bits of w = 1 that tell the cell: sign, exponent and four bits of the fraction.
const CELL_BITS_FIRST: u64 = 0x3ff0;

/// The bits of w that tell the place within its cell.
const OFFSET_BITS: u32 = 48;

/// From here on the hazard is z + 1/z to 10⁻⁶, enough for a slope; `erfc` underflows at 37.5.
const HAZARD_Z: f64 = 30.0;

/// Beyond it 2L alone is exact, and sums with L, or 4πL, come to overflow.
const FAR_PHI: f64 = 1e300;

/// Steps of Newton's method after which the inverse gives up improving; it takes five at most.
const NEWTON_STEPS_MAX: u32 = 32;

/// The level φ of a standard normal deviation.
///
/// `z` is in standard deviations, any float; φ is dimensionless, finite and ≥ 0, within 4 ulp for
/// every z from −38 to 10⁶. −∞ gives 0, as does NaN (nothing is known); +∞ gives `f64::MAX`.
///
/// # Formula
///
/// ```text
/// φ(z) = −log₁₀(1 − Φ(z)) = −log₁₀(erfc(z/√2) / 2)
/// z < −1:  −ln(1 − erfc(−z/√2)/2) / ln 10
/// z ≥ 60:  (z²/2 + ln z + ½·ln 2π − ln(1 − u + 3u² − 15u³ + 105u⁴ − 945u⁵)) / ln 10
/// where Φ is the standard normal distribution function, u = 1/z²
/// ```
///
/// From −1 to 60 the first form is evaluated by polynomials of degree 7, which is faster than any
/// exponential and monotone across their joins.
///
/// Source: the definition of φ, \[HDYK04\]; the expansion, Abramowitz and Stegun 26.2.12.
#[must_use]
#[inline]
pub fn normal_phi(z: f64) -> f64 {
    let bits = (z + TABLE_SHIFT).to_bits();
    let left = f64::from_bits(bits >> OFFSET_BITS << OFFSET_BITS) - TABLE_SHIFT;
    // What is not in the table's range (negative, too far, NaN) has bits outside of it as well.
    let cell = (bits >> OFFSET_BITS).wrapping_sub(CELL_BITS_FIRST);
    match CELLS.get(usize::try_from(cell).unwrap_or(usize::MAX)..).and_then(<[_]>::first_chunk::<2>)
    {
        Some([cell, next]) => cell_phi(cell, next, z - left),
        None => untabled_phi(z),
    }
}

/// φ by one cell of the table, t from its left edge on.
///
/// ```text
/// φ(z₀ + t) = c₀ + c₁t + … + c₇t⁷, at most the c₀ of the next cell, so that no join goes down
/// ```
#[inline]
fn cell_phi(cell: &Cell, [end, ..]: &Cell, t: f64) -> f64 {
    let [c0, c1, c2, c3, c4, c5, c6, c7] = cell;
    let t = if t > 0.0 { t } else { 0.0 };
    let square = t * t;
    let even = c0 + square * (c2 + square * (c4 + square * c6));
    let odd = c1 + square * (c3 + square * (c5 + square * c7));
    let phi = even + t * odd;
    if phi > *end { *end } else { phi }
}

/// φ outside of the table.
#[inline(never)]
fn untabled_phi(z: f64) -> f64 {
    if z < 0.0 {
        -libm::log1p(-0.5 * erfc_over_sqrt_2(-z)) * LOG10_E
    } else if z > 0.0 {
        far_phi(z)
    } else {
        0.0 // NaN
    }
}

/// The deviation z at which φ is reached: the inverse of [`normal_phi`].
///
/// `phi` is dimensionless, > 0; z is in standard deviations. 0, negative levels and NaN give −∞
/// (every deviation reaches them), +∞ gives +∞.
///
/// Measured: within 2 ulp (of 1, where |z| is less) at 802 levels from z = −37.4 to 10⁶; levels
/// below have lost bits themselves.
///
/// # Formula
///
/// ```text
/// z(φ): normal_phi(z) = φ, by Newton's method from z₀ = √(2L − ln(4πL)), L = φ·ln 10
/// φ < log₁₀ 2:  z(φ) = −z(−log₁₀(1 − 10^−φ))
/// φ > 10³⁰⁰:    z(φ) = √(2L)
/// ```
#[must_use]
pub fn normal_phi_inverse(phi: f64) -> f64 {
    if phi.is_nan() || phi <= 0.0 {
        return f64::NEG_INFINITY;
    }
    if phi.is_infinite() {
        return f64::INFINITY;
    }
    if phi > FAR_PHI {
        return 4.0 * libm::sqrt(LN_10 / 8.0 * phi);
    }
    if phi * LN_10 < LN_2 {
        let mirrored = -libm::log10(-libm::expm1(-phi * LN_10));
        return -upper_inverse(mirrored);
    }
    upper_inverse(phi)
}

/// The inverse for levels of at least log₁₀ 2, where z ≥ 0 and φ is convex: Newton's method comes
/// down from the right after its first step and cannot overshoot.
fn upper_inverse(phi: f64) -> f64 {
    let mut z = first_guess(phi);
    for _ in 0..NEWTON_STEPS_MAX {
        let step = (normal_phi(z) - phi) / slope(z);
        let next = (z - step).max(0.0);
        if step.abs() <= z * f64::EPSILON {
            return next;
        }
        z = next;
    }
    z
}

/// z₀ of the formula of the inverse: less than 0.35/z² below the root.
fn first_guess(phi: f64) -> f64 {
    let level = phi * LN_10;
    libm::sqrt((2.0 * level - libm::log(4.0 * PI * level)).max(0.0))
}

/// dφ/dz for z ≥ 0: the hazard of the normal over ln 10.
fn slope(z: f64) -> f64 {
    let hazard = if z >= HAZARD_Z {
        z + 1.0 / z
    } else {
        libm::exp(-0.5 * z * z - HALF_LN_TAU) / (0.5 * libm::erfc(z * FRAC_1_SQRT_2))
    };
    hazard * LOG10_E
}

/// φ by the asymptotic expansion, for z ≥ 60, where five terms leave 10⁻¹⁸ of it; finite up to ∞.
fn far_phi(z: f64) -> f64 {
    let u = 1.0 / (z * z);
    let series = u * (1.0 - u * (3.0 - u * (15.0 - u * (105.0 - u * 945.0))));
    let rest = libm::log(z) + HALF_LN_TAU - libm::log1p(-series);
    ((0.5 * z * z + rest) * LOG10_E).min(f64::MAX)
}

/// erfc(x/√2) for x > 0, with the rounding of x/√2 taken back: for deviations below −1 that
/// rounding alone would cost x²/2 ulp.
///
/// ```text
/// erfc(h + l) ≈ erfc(h) − 2/√π·exp(−h²)·l, where h = fl(x/√2), h + l = x/√2
/// ```
fn erfc_over_sqrt_2(x: f64) -> f64 {
    let high = x * FRAC_1_SQRT_2;
    if high > 28.0 {
        return 0.0;
    }
    let low = libm::fma(x, FRAC_1_SQRT_2, -high) + x * FRAC_1_SQRT_2_LOW;
    libm::erfc(high) - FRAC_2_SQRT_PI * libm::exp(-high * high) * low
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Levels from 0.31 on, eight to a factor of e, up to 10⁶.
    fn levels() -> impl Iterator<Item = f64> {
        (0_u8..120).map(|step| 0.31 * (f64::from(step) / 8.0).exp())
    }

    /// Goal: whatever a table says, no level of a cell is above the first of the next one.
    #[test]
    fn a_cell_ends_below_the_next() {
        let (cell, next) = ([1.0, 4.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], [2.0; 8]);
        for (t, phi) in [(-1.0, 1.0), (0.0, 1.0), (0.125, 1.5), (0.25, 2.0), (0.5, 2.0)] {
            assert_eq!(cell_phi(&cell, &next, t).to_bits(), f64::to_bits(phi), "{t}");
        }
    }

    /// Goal: Newton's method begins next to the root, so that it needs few steps.
    #[test]
    fn the_first_guess_is_near() {
        for phi in levels() {
            let (guess, exact) = (first_guess(phi), normal_phi_inverse(phi));
            let error = guess - exact;
            let bound = 0.35 / (exact * exact);
            assert!(error <= 1e-9 && error > -bound, "{phi}: {guess} {exact}");
        }
    }

    /// Goal: the steps are Newton's: the slope is that of φ, on either side of where it is taken
    /// from z alone.
    #[test]
    fn the_slope_is_that_of_the_level() {
        for step in 0_u16..1_000 {
            let z = f64::from(step) / 10.0;
            let (from, to) = (z - 1e-3, z + 1e-3);
            let difference = (normal_phi(to) - normal_phi(from)) / (to - from);
            assert!((slope(z) / difference - 1.0).abs() < 1e-5, "{z}: {} {difference}", slope(z));
        }
    }

    /// Goal: each term of the expansion is right: it errs by less than the first that it leaves
    /// out, 10395·u⁶, also where that is more than a rounding.
    #[test]
    fn the_expansion_errs_by_less_than_its_next_term() {
        for step in 0_u16..480 {
            let z = 12.0 + f64::from(step) / 10.0;
            let next_term = 10_395.0 / z.powi(12) * LOG10_E;
            let (far, exact) = (far_phi(z), normal_phi(z));
            let bound = next_term + 4.0 * f64::EPSILON * exact;
            assert!((far - exact).abs() < bound, "{z}: {far} {exact}");
        }
    }

    /// Goal: where both forms of the inverse meet, half of the tail is at the deviation +0.
    #[test]
    fn half_of_the_tail_is_at_zero() {
        let half = core::f64::consts::LOG10_2;
        for phi in [half, f64::from_bits(half.to_bits() - 1)] {
            assert_eq!(normal_phi_inverse(phi).to_bits(), 0, "{phi}");
        }
    }
}
