//! Thresholds of the logistic approximation, which nearly everybody uses, as exact levels.
//!
//! The approximation itself is never used for φ.

use crate::error::ConfigError;
use crate::phi::Threshold;
use crate::tail::normal_phi;

/// The approximation's coefficients of z and z³.
const LINEAR: f64 = 1.5976;
const CUBIC: f64 = 0.070_566;

/// The level at which the exact φ is 10⁶, the highest threshold; rounded down.
const LEVEL_MAX: u32 = 302_864_271;

impl Threshold {
    /// The exact φ of the silence at which the logistic approximation of the normal tail reaches
    /// `level` (dimensionless, > 0): a threshold that was tuned on it fires here just when it did
    /// there, given the same mean and deviation.
    ///
    /// | there | 8 | 10 | 12 | 16 |
    /// |---|---|---|---|---|
    /// | here | 7.06 | 8.48 | 9.81 | 12.27 |
    ///
    /// # Formula
    ///
    /// ```text
    /// φ_logistic(z) = log₁₀(1 + exp(1.5976·z + 0.070566·z³)) = level;  threshold = φ(z)
    /// ```
    ///
    /// Source: \[Akka\], whose formula Pekko, Hazelcast and most ports share.
    ///
    /// # Errors
    ///
    /// [`ConfigError::LogisticLevel`] unless `level` is above 0 and at most 302,864,271, where the
    /// threshold here is the highest there is.
    ///
    /// # Examples
    ///
    /// ```
    /// # use phi_core::Threshold;
    /// assert!((Threshold::from_logistic(8.0)?.value() - 7.063).abs() < 1e-3);
    /// # Ok::<(), phi_core::ConfigError>(())
    /// ```
    pub fn from_logistic(level: f64) -> Result<Self, ConfigError> {
        // What is no level has no z, or −∞, and φ = 0 then: no threshold either.
        Self::new(normal_phi(logistic_z(level)))
            .map_err(|_| ConfigError::LogisticLevel { value: level, greatest: LEVEL_MAX })
    }
}

/// The z at which the approximation gives `level`: the one real root of its cubic.
///
/// ```text
/// z³ + p·z = q:  z = 2·√(p/3)·sinh(asinh(3q/(2p)·√(3/p))/3)
/// where p = 1.5976/0.070566, q = ln(10^level − 1)/0.070566
/// ```
fn logistic_z(level: f64) -> f64 {
    let decades = level * core::f64::consts::LN_10;
    let exponent = decades + libm::log(-libm::expm1(-decades));
    let (p, q) = (LINEAR / CUBIC, exponent / CUBIC);
    let root = libm::sqrt(p / 3.0);
    2.0 * root * libm::sinh(libm::asinh(1.5 * q / (p * root)) / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the usual thresholds become the levels that 60-digit arithmetic gives.
    #[test]
    fn usual_thresholds_are_translated() {
        for (there, here) in [(8.0, 7.06), (10.0, 8.48), (12.0, 9.81), (16.0, 12.27)] {
            let threshold = Threshold::from_logistic(there).expect("legal").value();
            assert!((threshold - here).abs() < 0.005, "{there}: {threshold}");
        }
    }

    /// Goal: the root leads back to the level, from the smallest to the largest.
    #[test]
    fn the_root_is_the_approximations() {
        for level in [1e-9, 1e-3, 0.1, 0.301, 0.302, 1.0, 8.0, 300.0, 1e6] {
            let z = logistic_z(level);
            let exponent = z * (LINEAR + CUBIC * z * z);
            let back = if exponent > 700.0 { exponent } else { exponent.exp().ln_1p() };
            let back = back / core::f64::consts::LN_10;
            assert!((back / level - 1.0).abs() < 1e-9, "{level}: {back}");
        }
    }

    /// Goal: the greatest level is as far as it goes, and an error says so.
    #[test]
    fn the_greatest_level_is_the_last() {
        let greatest = f64::from(LEVEL_MAX);
        let threshold = Threshold::from_logistic(greatest).expect("legal").value();
        assert!(threshold > 999_999.99, "{threshold}");
        let error = Threshold::from_logistic(greatest + 1.0).expect_err("too high");
        assert!(std::format!("{error}").ends_with("at most 302864271"), "{error}");
    }

    /// Goal: what is no level is refused, and nothing panics.
    #[test]
    fn other_numbers_are_refused() {
        for level in
            [0.0, -0.0, -1.0, -1e3, f64::MIN, f64::NEG_INFINITY, f64::NAN, f64::INFINITY, f64::MAX]
        {
            let refused = Threshold::from_logistic(level);
            let named = matches!(refused, Err(ConfigError::LogisticLevel { value, .. })
                if value.to_bits() == level.to_bits());
            assert!(named, "{level}: {refused:?}");
        }
    }
}
