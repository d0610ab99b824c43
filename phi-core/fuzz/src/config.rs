//! Any parameters: what is refused says why, and what is accepted works.

use core::time::Duration;

use arbitrary::Arbitrary;
use phi_core::{
    CAPACITY_MAX, Calibrated, ConfigError, Detector, Exponential, ExponentialConfig, INTERVAL_MAX,
    Interpreter, LatenessConfig, Model, Nanos, Normal, NormalConfig, Outcome, RobustScore,
    Threshold, Timestamp, Window,
};

use crate::{Length, laws};

#[derive(Arbitrary, Debug)]
pub(crate) struct Input {
    interval: Span,
    length: Span,
    level: f64,
    other_level: f64,
    weight: u16,
    capacity: u16,
    heard: Vec<Length>,
}

/// A length of time that no nanoseconds need hold.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Span {
    Short(Length),
    Any(Duration),
}

impl Span {
    fn duration(self) -> Duration {
        match self {
            Self::Short(length) => length.duration(),
            Self::Any(duration) => duration,
        }
    }
}

pub(crate) fn run(input: Input) {
    let (interval, length) = (input.interval.duration(), input.length.duration());
    let threshold = accepted(Threshold::new(input.level));
    assert_eq!(threshold.is_some(), input.level > 0.0 && input.level <= Threshold::MAX.value());
    let _ = accepted(Threshold::from_logistic(input.other_level));
    windows(&input);
    if let (Some(threshold), Some(other)) = (threshold, accepted(Threshold::new(input.other_level)))
    {
        let reader = accepted(Interpreter::new(threshold).with_trust_below(other));
        assert_eq!(reader.is_some(), other <= threshold);
    }
    let threshold = threshold.unwrap_or(Threshold::new(8.0).expect("in range"));
    let heard = input.heard.as_slice();
    if let Some(config) = accepted(NormalConfig::for_interval(interval)) {
        let config = accepted(config.with_acceptable_pause(length)).unwrap_or(config);
        let config = accepted(config.with_min_std_dev(length)).unwrap_or(config);
        judged(Normal::new([0_u64; 3], config).expect("three places"), threshold, &input, heard);
        if let Some(single) = accepted(Normal::new_f32([0_u32; 3], config)) {
            judged(single, threshold, &input, heard);
        }
    }
    if let Some(config) = accepted(ExponentialConfig::for_interval(interval)) {
        let config = config.with_prior_weight(input.weight);
        let config = accepted(config.with_longest_interval(length)).unwrap_or(config);
        assert!(config.longest_interval() >= config.first_interval());
        let model = Exponential::new([0_u64; 3], config).expect("three places");
        judged(model, threshold, &input, heard);
    }
    let _ = accepted(ExponentialConfig::cassandra(interval));
    let _ = accepted(ExponentialConfig::chitchat(interval, length));
    if let Some(config) = accepted(LatenessConfig::for_interval(interval)) {
        assert!(Nanos::from(interval) <= INTERVAL_MAX && interval > Duration::ZERO);
        let config = accepted(config.with_longest_silence(length)).unwrap_or(config);
        assert!(config.longest_silence() >= config.interval());
        judged(RobustScore::new(config), threshold, &input, heard);
        judged(Calibrated::new(config), threshold, &input, heard);
    }
}

fn windows(input: &Input) {
    let mut places = vec![0_u64; input.capacity.into()];
    let window = accepted(Window::new(places.as_mut_slice()));
    assert_eq!(window.is_some(), (1..=CAPACITY_MAX).contains(&input.capacity.into()));
    if let Some(mut window) = window {
        for length in &input.heard {
            window.record(Nanos::from(length.duration()));
        }
        assert_eq!(window.len(), input.heard.len().min(input.capacity.into()));
    }
}

/// A model with these parameters, and with whatever it has heard, keeps the laws and its promises.
fn judged(mut model: impl Model, threshold: Threshold, input: &Input, heard: &[Length]) {
    for length in heard {
        model.record(length.duration().into(), length.nanos() % 3);
    }
    promised(&model, threshold, input);
    let mut subject = Detector::new(model);
    laws::hold(&subject, Timestamp::MAX, threshold);
    let _ = subject.heartbeat(Timestamp::from_nanos(1));
    let now = Timestamp::ORIGIN.saturating_add(input.length.duration());
    laws::hold(&subject, now, threshold);
}

fn promised(model: &impl Model, threshold: Threshold, input: &Input) {
    let interval = Duration::from_secs(1);
    let outcome = Outcome::of_threshold(threshold, interval).expect("a second is in range");
    let rate = outcome.mistakes_per_day();
    assert!(rate.is_finite() && rate >= 0.0, "{rate}");
    assert_eq!(outcome.silence(model), model.timeout(threshold).map(Duration::from));
    let (silence, interval) = (input.length.duration(), input.interval.duration());
    if let Some(outcome) = accepted(Outcome::of_silence(silence, interval, model)) {
        let found = outcome.silence(model).expect("it was reached");
        assert!(found <= silence, "{found:?} is more than {silence:?}");
    }
    if let Some(outcome) = accepted(Outcome::of_mistakes(input.other_level, interval)) {
        // Rates that no 53 bits are left for come back as nearly as they can.
        let rate = outcome.mistakes_per_day() / input.other_level;
        let is_subnormal = input.other_level < f64::MIN_POSITIVE;
        assert!((rate - 1.0).abs() < 1e-9 || is_subnormal, "{outcome:?}: {rate}");
    }
}

/// What was accepted; what was refused has said why.
fn accepted<T>(result: Result<T, ConfigError>) -> Option<T> {
    result.map_err(|error| assert!(error.to_string().len() > 10, "{error:?}")).ok()
}
