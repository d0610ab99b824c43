//! φ and the thresholds that it is compared with: finite, totally ordered numbers.
//!
//! How φ is computed is the business of the models.

use core::cmp::Ordering;
use core::fmt;

use crate::error::ConfigError;

/// The level of suspicion of one subject (dimensionless, finite, ≥ 0).
///
/// # Formula
///
/// ```text
/// φ = −log₁₀ P(a heartbeat comes later than the silence so far)
/// ```
///
/// Source: \[HDYK04\], section 4.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Phi(f64);

impl Phi {
    /// No suspicion at all.
    pub const ZERO: Self = Self(0.0);

    /// The highest level; what would be infinite, ends here.
    pub const MAX: Self = Self(f64::MAX);

    /// The level `value`, moved into the legal range: negative numbers and NaN (nothing is known)
    /// become 0, infinity becomes [`Phi::MAX`].
    #[must_use]
    pub const fn saturating(value: f64) -> Self {
        if value > 0.0 { Self(if value > f64::MAX { f64::MAX } else { value }) } else { Self(0.0) }
    }

    /// The level `value`, which a formula keeps finite and ≥ 0 (+0, if it is 0).
    #[inline]
    pub(crate) fn of_formula(value: f64) -> Self {
        debug_assert!(value.is_finite() && value.is_sign_positive(), "no level: {value}");
        Self(value)
    }

    /// The level as a number (dimensionless, finite, ≥ 0).
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }

    /// Whether the level has come up to `threshold`.
    #[must_use]
    pub fn reaches(self, threshold: Threshold) -> bool {
        self.0 >= threshold.0
    }
}

/// The level at which one reader of φ draws a conclusion (dimensionless, 0 < threshold ≤ 10⁶).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Threshold(f64);

impl Threshold {
    /// The highest threshold; it stands for a silence of 2,146 standard deviations.
    pub const MAX: Self = Self(1e6);

    /// A threshold at φ = `value`.
    ///
    /// # Errors
    ///
    /// [`ConfigError::Threshold`] unless 0 < `value` ≤ 10⁶; NaN is not.
    pub const fn new(value: f64) -> Result<Self, ConfigError> {
        if value > 0.0 && value <= Self::MAX.0 {
            Ok(Self(value))
        } else {
            Err(ConfigError::Threshold { value })
        }
    }

    /// The threshold as a number (dimensionless, 0 < threshold ≤ 10⁶).
    #[must_use]
    pub const fn value(self) -> f64 {
        self.0
    }
}

// Neither type can hold a NaN, so the order is total and equality is reflexive.
impl Eq for Phi {}
impl Eq for Threshold {}

impl Ord for Phi {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Phi {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Threshold {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.total_cmp(&other.0)
    }
}

impl PartialOrd for Threshold {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// As a number; with an exponent above all thresholds, where it would have up to 309 digits.
impl fmt::Display for Phi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 > Threshold::MAX.0 {
            fmt::LowerExp::fmt(&self.0, f)
        } else {
            fmt::Display::fmt(&self.0, f)
        }
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    /// Goal: no level takes a line of digits.
    #[test]
    fn levels_are_short_to_read() {
        let text = [0.0, 3.25, 1e6, 2e6, f64::MAX].map(|level| format!("{:.2}", Phi(level)));
        assert_eq!(text, ["0.00", "3.25", "1000000.00", "2.00e6", "1.80e308"]);
        assert_eq!(format!("{}", Phi::MAX), "1.7976931348623157e308");
    }

    /// Goal: no float can make an illegal level.
    #[test]
    fn levels_are_moved_into_range() {
        for illegal in [f64::NAN, f64::NEG_INFINITY, -0.0, -1.5, f64::MIN] {
            assert_eq!(Phi::saturating(illegal).value().to_bits(), 0.0_f64.to_bits());
        }
        assert_eq!(Phi::saturating(f64::INFINITY), Phi::MAX);
        assert_eq!(Phi::saturating(2.5).value().to_bits(), 2.5_f64.to_bits());
    }

    /// Goal: thresholds outside the range are refused with a text that names it.
    #[test]
    fn thresholds_out_of_range_name_the_range() {
        for illegal in [0.0, -3.0, f64::NAN, f64::INFINITY, 1_000_000.1] {
            let error = Threshold::new(illegal).expect_err("out of range");
            assert!(format!("{error}").contains("1000000"), "{error}");
        }
        assert!(Threshold::new(f64::MIN_POSITIVE).is_ok());
        assert!(Threshold::new(Threshold::MAX.value()) == Ok(Threshold::MAX));
    }

    /// Goal: reaching is "at or above", not "above".
    #[test]
    fn a_level_equal_to_the_threshold_reaches_it() {
        let threshold = Threshold::new(8.0).expect("in range");
        assert!(Phi::saturating(8.0).reaches(threshold));
        assert!(!Phi::saturating(f64::from_bits(8.0_f64.to_bits() - 1)).reaches(threshold));
    }
}
