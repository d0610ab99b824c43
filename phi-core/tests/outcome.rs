//! Goal: what is wanted is what comes of it, to the last nanosecond, and nonsense is refused.
#![expect(clippy::expect_used, reason = "parameters of the tests are legal")]

use core::time::Duration;

use phi_core::{
    Calibrated, ConfigError, LatenessConfig, Model, Nanos, Normal, NormalConfig, Outcome, Phi,
    Threshold,
};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn model(intervals: &[u64]) -> Normal<[u64; 16]> {
    let config = NormalConfig::for_interval(Duration::from_micros(100)).expect("legal");
    let mut model = Normal::new([0_u64; 16], config).expect("legal");
    for interval in intervals {
        model.record(Nanos::new(*interval), 1);
    }
    model
}

/// A model whose φ is the silence in seconds beyond the first: 0 for a while.
struct Ramp;

impl Model for Ramp {
    fn record(&mut self, _interval: Nanos, _beats: u64) {}

    fn phi(&self, elapsed: Nanos) -> Phi {
        let beyond = Duration::from(elapsed).saturating_sub(SECOND);
        Phi::saturating(beyond.as_secs_f64())
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let beyond = Duration::from_secs_f64(threshold.value()).max(Duration::from_nanos(1));
        Some((SECOND + beyond).into())
    }

    fn mean(&self) -> Nanos {
        SECOND.into()
    }

    fn std_dev(&self) -> Nanos {
        Nanos::ZERO
    }

    fn samples(&self) -> usize {
        0
    }

    fn rescale(&mut self, _from: Nanos, _to: Nanos) {}
}

/// Method: figures that need no computer.
#[test]
fn powers_of_ten_become_thresholds() {
    let cases =
        [(86.4, SECOND, 3.0), (0.864, SECOND, 5.0), (8.64, Duration::from_millis(100), 5.0)];
    for (mistakes, interval, threshold) in cases {
        let outcome = Outcome::of_mistakes(mistakes, interval).expect("legal");
        assert!((outcome.threshold().value() - threshold).abs() < 1e-12, "{mistakes} a day");
        assert!((outcome.mistakes_per_day() / mistakes - 1.0).abs() < 1e-12);
    }
    let eight = Outcome::of_threshold(Threshold::new(8.0).expect("legal"), SECOND).expect("legal");
    assert!((eight.mistakes_per_day() / 8.64e-4 - 1.0).abs() < 1e-12);
}

/// Method: both ends of each range, and the text.
#[test]
fn what_is_out_of_range_is_refused_and_the_range_named() {
    for mistakes in [0.0, -1.0, f64::NAN, f64::INFINITY, 86_400.0, 1e9] {
        let error = Outcome::of_mistakes(mistakes, SECOND).expect_err("out of range");
        assert!(matches!(error, ConfigError::MistakesPerDay { .. }), "{error:?}");
        assert!(
            error.to_string().contains("more than 0 and fewer than the 86400 heartbeats"),
            "{error}"
        );
    }
    for interval in [Duration::ZERO, Duration::from_nanos((1 << 50) + 1), Duration::MAX] {
        let error = ConfigError::PromisedInterval { value: interval };
        let threshold = Threshold::new(1.0).expect("legal");
        assert_eq!(Outcome::of_mistakes(1.0, interval), Err(error));
        assert_eq!(Outcome::of_silence(SECOND, interval, &Ramp), Err(error));
        assert_eq!(Outcome::of_threshold(threshold, interval), Err(error));
    }
    let longest = Duration::from_nanos(1 << 50);
    assert!(Outcome::of_mistakes(f64::from_bits(1), Duration::from_nanos(1)).is_ok());
    assert!(Outcome::of_mistakes(f64::from_bits(1), longest).is_ok());
}

/// Method: a silence at the very edge of the first suspicion.
#[test]
fn a_silence_without_suspicion_is_refused() {
    let least = SECOND + Duration::from_nanos(1);
    let error = Outcome::of_silence(SECOND, SECOND, &Ramp).expect_err("φ is 0");
    assert_eq!(error, ConfigError::Silence { value: SECOND, least });
    assert!(error.to_string().contains("at least 1.000000001s"), "{error}");
    assert!(Outcome::of_silence(least, SECOND, &Ramp).is_ok());
    let longest = Outcome::of_silence(Duration::MAX, SECOND, &Ramp).expect("φ is capped");
    assert!(longest.threshold() <= Threshold::MAX);
}

fn the_highest_within(silence: Duration, model: &impl Model) -> Result<(), TestCaseError> {
    let Ok(outcome) = Outcome::of_silence(silence, SECOND, model) else {
        prop_assert_eq!(model.phi(silence.into()), Phi::ZERO);
        return Ok(());
    };
    prop_assert!(outcome.silence(model).expect("finite") <= silence);
    let value = outcome.threshold().value();
    if value < Threshold::MAX.value() {
        let higher = Threshold::new(f64::from_bits(value.to_bits() + 1)).expect("in range");
        prop_assert!(model.timeout(higher).is_none_or(|timeout| timeout > silence.into()));
    }
    Ok(())
}

proptest! {
    /// Method: both the model that assumes and the one that counts; the threshold keeps within the
    /// silence, and the next higher one does not.
    #[test]
    fn the_threshold_is_the_highest_within_the_silence(
        intervals in prop::collection::vec(1_u64..1_000_000, 0..16),
        silence in 1_000_u64..10_000_000,
    ) {
        let silence = Duration::from_nanos(silence);
        the_highest_within(silence, &model(&intervals))?;
        let config = LatenessConfig::for_interval(Duration::from_micros(100)).expect("legal");
        let mut counting = Calibrated::new(config);
        for interval in intervals {
            counting.record(Nanos::new(interval), 1);
        }
        the_highest_within(silence, &counting)?;
    }

    /// Method: there and back, over all magnitudes.
    #[test]
    fn mistakes_come_back_as_they_went_in(exponent in -30.0_f64..4.9, micros in 1_u64..1_000_000) {
        let wanted = 10.0_f64.powf(exponent);
        let outcome = Outcome::of_mistakes(wanted, Duration::from_micros(micros)).expect("legal");
        prop_assert!((outcome.mistakes_per_day() / wanted - 1.0).abs() < 1e-10);
    }
}
