//! What all curves together say: contenders against the constant timeout, and promises.
//!
//! How curves come about is the business of [`sweep`](crate::sweep).

mod calibration;
mod equal;
mod one_threshold;

pub(crate) use self::calibration::calibration;
pub(crate) use self::equal::{comparisons, over_traces};
pub(crate) use self::one_threshold::{Shared, against_constant, shared};

use statrs::statistics::Statistics as _;

/// The geometric mean of what there is; None of nothing.
fn geometric_mean(values: &[f64]) -> Option<f64> {
    // statrs takes the logarithms of the platform, which need not be those of another.
    if values.is_empty() {
        return None;
    }
    let logarithms = values.iter().map(|value| libm::log(*value));
    Some(libm::exp(logarithms.mean()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: by hand.
    #[test]
    fn geometric_means() {
        assert!((geometric_mean(&[1.0, 8.0, 27.0]).expect("three") - 6.0).abs() < 1e-12);
        assert_eq!(geometric_mean(&[]), None);
    }
}
