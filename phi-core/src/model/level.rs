//! φ of a share, and back: a logarithm of 24 bits that keeps their order.
//!
//! What the shares are of is the business of [`Calibrated`](crate::Calibrated).

use core::f64::consts::{LOG10_2, LOG10_E};

use crate::phi::{Phi, Threshold};
use crate::time::small_to_f64;

/// 1/c and log₁₀ c of the middles c of 16 cells of the mantissa.
const CELLS: [(f64, f64); 16] = [
    (0.969_696_969_696_969_7, 0.013_363_961_557_981_502),
    (0.914_285_714_285_714_3, 0.038_918_066_030_369_66),
    (0.864_864_864_864_864_9, 0.063_051_745_747_089_02),
    (0.820_512_820_512_820_5, 0.085_914_628_706_593_24),
    (0.780_487_804_878_048_8, 0.107_633_878_399_829_52),
    (0.744_186_046_511_627_9, 0.128_318_477_259_680_54),
    (0.711_111_111_111_111_1, 0.148_062_535_455_437_7),
    (0.680_851_063_829_787_2, 0.166_947_879_615_811_48),
    (0.653_061_224_489_795_9, 0.185_046_101_708_607_7),
    (0.627_450_980_392_156_9, 0.202_420_197_778_030_4),
    (0.603_773_584_905_660_4, 0.219_125_891_280_883_06),
    (0.581_818_181_818_181_8, 0.235_212_711_174_337_87),
    (0.561_403_508_771_929_8, 0.250_724_877_352_585_4),
    (0.542_372_881_355_932_2, 0.265_702_033_322_238_24),
    (0.524_590_163_934_426_3, 0.280_179_856_690_861_04),
    (0.507_936_507_936_507_9, 0.294_190_571_133_675_75),
];

/// The series of log₁₀(1 + r): log₁₀ e over 1 to 5.
const C1: f64 = LOG10_E;
const C2: f64 = LOG10_E / 2.0;
const C3: f64 = LOG10_E / 3.0;
const C4: f64 = LOG10_E / 4.0;
const C5: f64 = LOG10_E / 5.0;

/// Bits of an `f32` below its exponent.
const FRACTION_BITS: u32 = 23;

/// Bits of them that do not tell the cell.
const OFFSET_BITS: u32 = 19;

/// How many more an `f64` has.
const WIDER_BITS: u32 = 29;

/// The exponent field of an `f32` from 1 to 2.
const EXPONENT_OF_ONE: f64 = 127.0;

/// φ of a share (0 to 1), within 10⁻¹⁰. It never decreases as the share falls: shares of 24 bits
/// are so far apart that neither rounding nor the series can turn their order round.
///
/// ```text
/// share = m·2^e, 1 ≤ m < 2;  −log₁₀ share = −(e·log₁₀ 2 + log₁₀ c + log₁₀(1 + r)), r = m/c − 1
/// log₁₀(1 + r) = (r − r²/2 + r³/3 − r⁴/4 + r⁵/5)·log₁₀ e, |r| ≤ 1/33
/// where c is the middle of one of the 16 cells of m
/// ```
#[inline]
pub(super) fn level(share: f32) -> Phi {
    if share < f32::MIN_POSITIVE {
        return level_of_least(share);
    }
    let bits = share.to_bits();
    let fraction = bits & ((1 << FRACTION_BITS) - 1);
    let cell = usize::try_from(fraction >> OFFSET_BITS).unwrap_or(0);
    let (per_middle, log_middle) = CELLS.get(cell).copied().unwrap_or((1.0, 0.0)); // it is there
    let mantissa = f64::from_bits((u64::from(fraction) << WIDER_BITS) | 1.0_f64.to_bits());
    let exponent = small_to_f64(u64::from(bits >> FRACTION_BITS)) - EXPONENT_OF_ONE;
    let r = mantissa * per_middle - 1.0;
    let square = r * r;
    let series = (C1 - C2 * r) + square * ((C3 - C4 * r) + square * C5);
    let level = -((exponent * LOG10_2 + log_middle) + r * series);
    Phi::of_formula(if level > 0.0 { level } else { 0.0 })
}

/// The same for shares of fewer bits, and none at all.
#[inline(never)]
fn level_of_least(share: f32) -> Phi {
    Phi::saturating(-libm::log(f64::from(share)) * LOG10_E)
}

/// The greatest share whose φ reaches `threshold`: 10^−threshold, rounded, or the one below. The
/// next one above is at least half a step of 24 bits greater than 10^−threshold, which is 10⁻⁸ of
/// φ: a hundred times what [`level`] can err by. There always is one, as the share 0 reaches all.
#[expect(clippy::cast_possible_truncation, reason = "rounding to 24 bits is what is wanted")]
pub(super) fn greatest_share(threshold: Threshold) -> f32 {
    let share = libm::exp10(-threshold.value()) as f32;
    if level(share).reaches(threshold) { share } else { below(share) }
}

/// The next lesser share, of one that is not 0.
const fn below(share: f32) -> f32 {
    f32::from_bits(share.to_bits().saturating_sub(1))
}

/// The next greater share.
pub(super) fn above(share: f32) -> f32 {
    f32::from_bits(share.to_bits() + 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Draw;

    /// Goal: the cells are what they are said to be, and the level is the logarithm to 10⁻¹⁰.
    #[test]
    fn the_level_is_the_logarithm() {
        for (cell, (per_middle, log_middle)) in (0_u16..).zip(CELLS) {
            let middle = 1.0 + (f64::from(cell) + 0.5) / 16.0;
            assert!((per_middle * middle - 1.0).abs() < 1e-15, "{cell}");
            assert!((log_middle - middle.log10()).abs() < 1e-15, "{cell}");
        }
        let mut draw = Draw(5);
        for _ in 0..100_000 {
            #[expect(clippy::cast_possible_truncation, reason = "any share will do")]
            let share = (draw.unit() * -140.0).exp2() as f32;
            let error = level(share).value() + f64::from(share).log10();
            assert!(error.abs() < 1e-10, "{share}: {error}");
        }
        assert_eq!(level(0.0), Phi::MAX);
        assert!(level(1.0).value() < 1e-10);
    }

    /// Goal: shares and levels have opposite orders: all shares of an octave, with every join.
    #[test]
    fn levels_fall_with_shares() {
        for octave in [0.5_f32, 1.0 / 1024.0] {
            let mut share = octave;
            while share < 2.0 * octave {
                assert!(level(above(share)) < level(share), "after {share}");
                share = above(share);
            }
        }
        let least = f32::MIN_POSITIVE.to_bits();
        for bits in least - 1_000..least + 1_000 {
            let share = f32::from_bits(bits);
            assert!(level(above(share)) < level(share), "after {share}");
        }
    }

    /// Goal: the greatest share that reaches a threshold is just that, and φ's order is that of
    /// the shares, whatever the logarithm's last bit does.
    #[test]
    fn the_greatest_share_is_the_last_that_reaches() {
        let mut draw = Draw(7);
        for _ in 0..20_000 {
            let threshold = Threshold::new((draw.unit() * 12.0 - 6.0).exp2()).expect("legal");
            let share = greatest_share(threshold);
            assert!(level(share).reaches(threshold) && !level(above(share)).reaches(threshold));
        }
        let least = f64::from(f32::MIN_POSITIVE).log10();
        let edges = [f64::MIN_POSITIVE, 1e-300, 1e-9, 37.9, -least, 44.85, 46.0, 1e6];
        // Halfway between two shares, where 10^−threshold is rounded either way.
        let halfway = (1_u32..2_000).map(|step| {
            let share = f32::from_bits(step * (1.0_f32.to_bits() / 2_000));
            -f64::midpoint(share.into(), above(share).into()).log10()
        });
        let around =
            |at: f64| [at.to_bits() - 1, at.to_bits(), at.to_bits() + 1].map(f64::from_bits);
        for threshold in halfway.flat_map(around).chain(edges) {
            let threshold = Threshold::new(threshold).expect("legal");
            let share = greatest_share(threshold);
            assert!(level(share).reaches(threshold) && !level(above(share)).reaches(threshold));
        }
    }
}
