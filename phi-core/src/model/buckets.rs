//! The scale on which scores are counted: where in which bucket a number lies, without a logarithm.
//!
//! What the counts mean is the business of [`Calibrated`](crate::Calibrated).

use core::f64::consts::SQRT_2;

/// Buckets of the histogram: 4 an octave from u = 2⁻⁶ to 2¹⁶.
pub(super) const BUCKETS: usize = 88;

/// The number of the last edge, where the last bucket ends.
pub(super) const EDGE_LAST: u16 = 88;

/// The numbers of the edges where buckets begin: 0 to 87.
#[expect(clippy::indexing_slicing, reason = "the loop ends at the last")]
pub(super) static EDGES: [i16; BUCKETS] = {
    let mut edges = [0; BUCKETS];
    let mut edge = 1;
    while edge < BUCKETS {
        edges[edge] = edges[edge - 1] + 1;
        edge += 1;
    }
    edges
};

/// Where the first bucket begins: below it nobody is late.
pub(super) const FIRST_EDGE: f64 = 1.0 / 64.0;

/// Where the last bucket ends: from there on the prior speaks alone.
pub(super) const LAST_EDGE: f64 = 65_536.0;

/// 2^(k/4): where the four buckets of an octave begin, and where the last one ends.
const QUARTERS: [f64; 5] = [1.0, 1.189_207_115_002_721, SQRT_2, 1.681_792_830_507_429, 2.0];

/// Where they begin, and one over their widths.
const SPANS: [(f64, f64); 4] = [per_width(0), per_width(1), per_width(2), per_width(3)];

/// Where a score from 2⁻⁶ to 2¹⁶ lies: in which bucket, and how far inside (0 to 1, linear).
///
/// ```text
/// f64:  sign │ exponent: which octave │ mantissa: 1.0 ≤ · < 2.0, which quarter, how far inside
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) bucket: u16,
    pub(super) inside: f64,
}

impl Place {
    const MANTISSA_BITS: u32 = 52;
    /// The exponent field of [`FIRST_EDGE`].
    const FIRST_EXPONENT: i64 = 1_023 - 6;

    /// The place of `score`, from [`FIRST_EDGE`] on; from [`LAST_EDGE`] on the last bucket's end.
    #[inline]
    pub(super) fn of(score: f64) -> Self {
        if score >= LAST_EDGE {
            return Self { bucket: EDGE_LAST - 1, inside: 1.0 };
        }
        let (octave, mantissa, quarter) = Self::split(score);
        let octave = u16::try_from(octave).unwrap_or(0); // it is at most 21
        let (start, per_width) = SPANS.get(usize::from(quarter)).copied().unwrap_or((1.0, 0.0));
        Self { bucket: 4 * octave + quarter, inside: (mantissa - start) * per_width }
    }

    /// How many edges are at or below any finite `score`, 0 to 88.
    #[inline]
    pub(super) fn edges_reached(score: f64) -> i16 {
        let (octave, _, quarter) = Self::split(score);
        let edges = octave.wrapping_mul(4).wrapping_add(i64::from(quarter)).wrapping_add(1);
        // Negative scores, and those below the first edge, have an octave below 0.
        i16::try_from(edges.clamp(0, i64::from(EDGE_LAST))).unwrap_or(0)
    }

    /// The octave from the first edge on, the mantissa (1.0 to 2.0), and in which quarter it lies.
    #[inline]
    #[expect(clippy::cast_possible_wrap, reason = "the sign stays one")]
    fn split(score: f64) -> (i64, f64, u16) {
        let bits = score.to_bits();
        let octave = (bits as i64 >> Self::MANTISSA_BITS).wrapping_sub(Self::FIRST_EXPONENT);
        let fraction = bits & ((1 << Self::MANTISSA_BITS) - 1);
        let mantissa = f64::from_bits(fraction | 1.0_f64.to_bits());
        let [_, second, third, fourth, _] = QUARTERS;
        let quarter = u16::from(mantissa >= second)
            + u16::from(mantissa >= third)
            + u16::from(mantissa >= fourth);
        (octave, mantissa, quarter)
    }

    /// The score at this place.
    pub(super) fn score(self) -> f64 {
        let (start, width) = quarter_span(self.bucket % 4);
        let exponent = u64::from(self.bucket / 4) + Self::FIRST_EXPONENT.unsigned_abs();
        f64::from_bits(exponent << Self::MANTISSA_BITS) * (start + self.inside * width)
    }
}

/// Start and width of a quarter of an octave, 0 to 3.
const fn quarter_span(quarter: u16) -> (f64, f64) {
    let [first, second, third, fourth, end] = QUARTERS;
    match quarter {
        0 => (first, second - first),
        1 => (second, third - second),
        2 => (third, fourth - third),
        _ => (fourth, end - fourth),
    }
}

/// Start of a quarter of an octave, and one over its width.
const fn per_width(quarter: u16) -> (f64, f64) {
    let (start, width) = quarter_span(quarter);
    (start, 1.0 / width)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: edges are counted as they lie, also by scores that are before, beyond or beside them.
    #[test]
    fn edges_are_counted() {
        for edge in 0..EDGE_LAST {
            let at = Place { bucket: edge, inside: 0.0 }.score();
            let reached = i16::try_from(edge).expect("few") + 1;
            assert_eq!(Place::edges_reached(at), reached);
            assert_eq!(Place::edges_reached(f64::from_bits(at.to_bits() - 1)), reached - 1);
        }
        for (score, edges) in
            [(-1e300, 0), (-0.0, 0), (0.0, 0), (1e-300, 0), (LAST_EDGE, 88), (f64::MAX, 88)]
        {
            assert_eq!(Place::edges_reached(score), edges, "{score}");
        }
    }

    /// Goal: exponent bits and three compares are the logarithm; a place leads back to its score.
    #[test]
    fn places_are_logarithms() {
        for step in 0_u32..100_000 {
            let score = (f64::from(step) * 22.0 / 1e5 - 6.0).exp2();
            let place = Place::of(score);
            let exact = 4.0 * (score.log2() + 6.0);
            let approximate = f64::from(place.bucket) + place.inside;
            assert!((exact - approximate).abs() < 0.0217, "{score}: {exact} {approximate}");
            assert!((place.score() / score - 1.0).abs() < 1e-15, "{score}");
        }
        assert_eq!(Place::of(FIRST_EDGE).bucket, 0);
        assert_eq!(Place::of(f64::from_bits(LAST_EDGE.to_bits() - 1)).bucket, EDGE_LAST - 1);
        assert_eq!(Place::of(f64::MAX).bucket, EDGE_LAST - 1);
    }
}
