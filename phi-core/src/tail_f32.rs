//! The tail of the standard normal in `f32`: for processors that have no double precision.
//!
//! Of the inverse there is but a guess here; deadlines find it by the tail itself.

use core::f32::consts::{LN_10, LOG10_E, PI};

use crate::tail_table_f32::{CELLS, MILLS};

/// Coefficients of one polynomial.
type Cell = [f32; 6];

/// ½·ln 2π.
const HALF_LN_TAU: f32 = 0.918_938_5;

/// What is added to z so that the table's cells lie at powers of two: w = z + 5, 1 ≤ w < 60. Below
/// z = −4 φ is the tail's share itself, but for a few parts in 10⁵; from z = 55 on two terms of the
/// asymptotic expansion are enough for 24 bits, so the last cell only ends the one before.
const TABLE_SHIFT: f32 = 5.0;

/// The bits of w = 1 that tell the cell: sign, exponent and three bits of the fraction.
const CELL_BITS_FIRST: u32 = 0x3f80_0000 >> OFFSET_BITS;

/// The bits of w that tell the place within its cell.
const OFFSET_BITS: u32 = 20;

/// What keeps the power of a square above the smallest normal float, until the last product.
const POWER_SHIFT: f32 = 16.0;

/// From here on φ of −x is less than half the smallest float.
const UNDERFLOW_X: f32 = 14.25;

/// The half of the bits of x whose square is exact.
const HALF_BITS: u32 = 0xffff_f000;

/// The level φ of a standard normal deviation, in single precision.
///
/// `z` is in standard deviations, any float; φ is dimensionless, finite and ≥ 0, within 4 ulp (of
/// `f32`) for every z from −38 to 10⁶, and does not decrease with z. −∞ gives 0, as does NaN; +∞
/// gives `f32::MAX`.
///
/// # Formula
///
/// ```text
/// φ(z) = −log₁₀(1 − Φ(z))
/// z < −4:  (Q + Q²/2)/ln 10, Q = exp(16 − x²/2)·m(1/x²)/x, x = −z
/// z ≥ 55:  (z²/2 + ln z + ½·ln 2π + 1/z²)/ln 10
/// where m is a polynomial of degree 6; between the two, polynomials of degree 5
/// ```
///
/// Near 0 the floats lie closer than the polynomial's rounding can tell apart: there z is taken in
/// steps of 2⁻²³.
///
/// Source: as that of [`normal_phi`](crate::tail::normal_phi).
#[must_use]
#[inline]
pub fn normal_phi_f32(z: f32) -> f32 {
    let z = if z.abs() < 0.5 { (z + 2.0) - 2.0 } else { z };
    let bits = (z + TABLE_SHIFT).to_bits() >> OFFSET_BITS;
    let left = f32::from_bits(bits << OFFSET_BITS) - TABLE_SHIFT;
    // As in double precision: what is not in the table's range has bits outside of it as well.
    let cell = usize::try_from(bits.wrapping_sub(CELL_BITS_FIRST)).unwrap_or(usize::MAX);
    match CELLS.get(cell..).and_then(<[_]>::first_chunk::<2>) {
        Some([cell, next]) => cell_phi(cell, next, z - left),
        None => untabled_phi(z),
    }
}

/// φ by one cell of the table, t from its left edge on.
#[inline]
fn cell_phi([c0, c1, c2, c3, c4, c5]: &Cell, [end, ..]: &Cell, t: f32) -> f32 {
    let t = if t > 0.0 { t } else { 0.0 };
    let phi = c0 + t * (c1 + t * (c2 + t * (c3 + t * (c4 + t * c5))));
    if phi > *end { *end } else { phi }
}

/// φ outside of the table.
#[inline(never)]
fn untabled_phi(z: f32) -> f32 {
    if z < 0.0 {
        near_zero_phi(-z)
    } else if z > 0.0 {
        far_phi(z)
    } else {
        0.0 // NaN
    }
}

/// About the deviation at which `phi` (> 0) is reached: for 0.31 to 10⁶ within 10⁻³ deviations.
///
/// ```text
/// z₀ = √(2L − ln(4πL)), L = φ·ln 10; then steps of Newton's method, with a hazard of z + 1/(z + 1)
/// ```
pub(crate) fn normal_phi_inverse_guess_f32(phi: f32) -> f32 {
    const STEPS: u32 = 3;
    let mut z = first_guess(phi);
    for _ in 0..STEPS {
        let above = z.max(0.0);
        let slope = (above + 1.0 / (above + 1.0)) * LOG10_E;
        z -= (normal_phi_f32(z) - phi) / slope;
    }
    z
}

/// z₀ of that formula: less than 0.35/z² below the root, but for its rounding.
fn first_guess(phi: f32) -> f32 {
    let level = phi * LN_10;
    libm::sqrtf((2.0 * level - libm::logf(4.0 * PI * level)).max(0.0))
}

/// φ by two terms of the asymptotic expansion, for z ≥ 55.
fn far_phi(z: f32) -> f32 {
    let rest = libm::logf(z) + HALF_LN_TAU + 1.0 / (z * z);
    ((0.5 * z * z + rest) * LOG10_E).min(f32::MAX)
}

/// φ of −x, for x > 4. The square is taken in two parts, lest its rounding be felt in the power.
///
/// ```text
/// x² = h² + (x − h)(x + h), where h has 12 bits
/// ```
fn near_zero_phi(x: f32) -> f32 {
    if x > UNDERFLOW_X {
        return 0.0;
    }
    let high = f32::from_bits(x.to_bits() & HALF_BITS);
    let rest = 0.5 * (x - high) * (x + high);
    let power = libm::expf(POWER_SHIFT - 0.5 * high * high);
    let power = power - power * rest * (1.0 - rest * (0.5 - rest * (1.0 / 6.0 - rest / 24.0)));
    let u = 1.0 / (x * x);
    let [m0, m1, m2, m3, m4, m5, m6] = MILLS;
    let mills = m0 + u * (m1 + u * (m2 + u * (m3 + u * (m4 + u * (m5 + u * m6)))));
    let phi = power * (mills / x);
    phi + 0.5 * phi * (phi / LOG10_E)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tail::normal_phi_inverse;

    /// Goal: the guess is near enough that deadlines are found by it in few steps.
    #[test]
    fn the_guess_is_near() {
        let mut phi = 0.31_f32;
        while phi < 1e6 {
            let exact = normal_phi_inverse(f64::from(phi));
            let guess = f64::from(normal_phi_inverse_guess_f32(phi));
            assert!((guess - exact).abs() < 1e-3, "{phi}: {guess} {exact}");
            phi *= 1.01;
        }
        for phi in [f32::MIN_POSITIVE, 1e-9, 0.1, 0.3] {
            assert!(normal_phi_inverse_guess_f32(phi).is_finite(), "{phi}");
        }
    }

    /// Goal: whatever a table says, no level of a cell is above the first of the next one.
    #[test]
    fn a_cell_ends_below_the_next() {
        let (cell, next) = ([1.0, 4.0, 0.0, 0.0, 0.0, 0.0], [2.0; 6]);
        for (t, phi) in [(-1.0, 1.0), (0.0, 1.0), (0.125, 1.5), (0.25, 2.0), (0.5, 2.0)] {
            assert_eq!(cell_phi(&cell, &next, t).to_bits(), f32::to_bits(phi), "{t}");
        }
    }

    /// Goal: the search for the guess begins next to it, so that three steps are enough.
    #[test]
    fn the_first_guess_is_near() {
        let mut phi = 0.31_f32;
        while phi < 1e4 {
            let exact = normal_phi_inverse(f64::from(phi));
            let guess = f64::from(first_guess(phi));
            let bound = 0.35 / (exact * exact) + exact / f64::from(1 << 22);
            assert!((guess - exact).abs() < bound, "{phi}: {guess} {exact}");
            phi *= 1.1;
        }
    }

    /// Goal: near 0 deviations less than a step of 2⁻²³ apart have one level, and where the
    /// polynomials alone would fall, it does not.
    #[test]
    fn near_zero_deviations_are_taken_in_steps() {
        for z in [-0.499_9_f32, -0.1, -1e-3, 1e-9, 1e-3, 0.1, 0.499_9] {
            let step = (z + 2.0) - 2.0;
            assert_eq!(normal_phi_f32(z).to_bits(), normal_phi_f32(step).to_bits(), "{z}");
        }
        for z in [-0.000_397_369_24_f32, -0.000_328_704_7] {
            // They are negative: more bits are less.
            let near = [1, 0, -1].map(|step| f32::from_bits(z.to_bits().wrapping_add_signed(step)));
            let levels = near.map(normal_phi_f32);
            assert!(levels.is_sorted(), "{z}: {levels:?}");
        }
    }
}
