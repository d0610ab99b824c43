//! Goal: what was learnt survives a restart to the last bit, and no bytes make a bad detector.
#![cfg(feature = "serde")]
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    reason = "a test; equal states give equal bits; counts are small"
)]

use core::time::Duration;

use phi_core::{
    Calibrated, Detector, Exponential, ExponentialConfig, LatenessConfig, Learnt, Model, Nanos,
    Normal, NormalConfig, RobustScore, Threshold, Timestamp,
};
use proptest::prelude::*;

const SECOND: Duration = Duration::from_secs(1);

fn normal() -> Normal<[u64; 50]> {
    let config = NormalConfig::for_interval(SECOND).expect("legal");
    Normal::new([0_u64; 50], config).expect("legal")
}

fn exponential() -> Exponential<[u32; 50]> {
    let config = ExponentialConfig::for_interval(SECOND).expect("legal");
    Exponential::new([0_u32; 50], config).expect("legal")
}

fn lateness() -> LatenessConfig {
    LatenessConfig::for_interval(SECOND).expect("legal")
}

/// A detector that has heard 500 irregular heartbeats with losses.
fn experienced<M: Model>(model: M) -> Detector<M> {
    let mut detector = Detector::new(model);
    let mut now = Timestamp::ORIGIN;
    for beat in 0..500_u64 {
        now = now.saturating_add(Duration::from_micros(900_000 + beat * beat * 7_919 % 400_000));
        let _ = detector.heartbeat_seq(beat + beat / 20, now);
    }
    detector
}

fn json<M: Learnt>(detector: &Detector<M>) -> String {
    serde_json::to_string(&detector.snapshot()).expect("serialisable")
}

fn read<M: Learnt>(model: M, text: &str) -> Result<Detector<M>, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let detector = Detector::restore(model, &mut deserializer)?;
    deserializer.end().map(|()| detector)
}

/// Both forget when the last heartbeat was, and then judge each silence alike.
fn assert_alike<M: Model>(restored: &mut Detector<M>, mut original: Detector<M>) {
    assert_eq!(restored.last(), None);
    let now = original.last().expect("heard").saturating_add(SECOND);
    original.resume(now);
    restored.resume(now);
    assert_eq!(restored.samples(), original.samples());
    for millis in (0..20_000).step_by(97) {
        let then = now.saturating_add(Duration::from_millis(millis));
        assert_eq!(restored.phi(then).value(), original.phi(then).value(), "after {millis} ms");
    }
    let threshold = Threshold::new(3.0).expect("legal");
    assert_eq!(restored.deadline(threshold), original.deadline(threshold));
}

fn round_trip<M: Learnt + Clone>(fresh: &M) {
    let original = experienced(fresh.clone());
    let mut restored = read(fresh.clone(), &json(&original)).expect("its own snapshot");
    assert_alike(&mut restored, original.clone());

    let config = bincode::config::standard();
    let bytes = bincode::serde::encode_to_vec(original.snapshot(), config).expect("serialisable");
    let mut decoder = bincode::serde::BorrowedSerdeDecoder::from_slice(&bytes, config, ());
    let mut restored =
        Detector::restore(fresh.clone(), decoder.as_deserializer()).expect("its own snapshot");
    assert_alike(&mut restored, original);
}

/// Goal: each model comes back as it was, from a format that describes itself and one that does
/// not.
#[test]
fn knowledge_survives_a_restart() {
    round_trip(&normal());
    round_trip(&normal().on_query());
    round_trip(&exponential());
    round_trip(&RobustScore::new(lateness()));
    round_trip(&Calibrated::new(lateness()));
}

/// Goal: the newest intervals fit into a smaller window of another unit.
#[test]
fn a_window_of_another_size_takes_the_newest() {
    let original = experienced(normal());
    let config = NormalConfig::for_interval(SECOND).expect("legal");
    let small = Normal::new([0_u32; 10], config).expect("legal");
    let restored = read(small, &json(&original)).expect("intervals are intervals");
    let newest: Vec<u64> = original.model().window().intervals().map(Nanos::get).skip(40).collect();
    let kept: Vec<u64> = restored.model().window().intervals().map(Nanos::get).collect();
    assert_eq!(kept, newest, "microseconds were what was learnt");
    assert!(read(exponential(), &json(&original)).is_ok());
}

/// Goal: what a model takes for an outage it does not learn from another's snapshot either; if
/// nothing is left, it is none to begin with.
#[test]
fn outages_are_not_restored() {
    let config = ExponentialConfig::for_interval(SECOND)
        .and_then(|config| config.with_longest_interval(2 * SECOND))
        .expect("legal");
    let model = || Exponential::new([0_u64; 50], config).expect("legal");
    let text = r#"["intervals", [1000000000, 2000000001, 1500000000, 2000000000]]"#;
    let restored = read(model(), text).expect("three are left");
    assert_eq!((restored.samples(), restored.mean()), (3, Duration::from_millis(1_500)));
    assert!(read(model(), r#"["intervals", [2000000001]]"#).is_err());
}

/// What a detector that always knew the interval of 2 s would say, of what was learnt at 1 s and
/// restored with parameters for 1 s.
fn survives_a_new_interval<M: Learnt + Clone>(fresh: &M) {
    let (original, pace) = (experienced(fresh.clone()), 2 * SECOND);
    let mut restored = read(fresh.clone(), &json(&original)).expect("its own snapshot");
    restored.rescale(SECOND, pace);
    let mut expected = original;
    expected.rescale(SECOND, pace);
    assert_alike(&mut restored, expected);
}

/// Goal: restored at the old interval and then rescaled, a detector is what the one before would
/// have become, parameters included: none of them is scaled twice.
#[test]
fn knowledge_survives_a_new_interval() {
    survives_a_new_interval(&normal());
    survives_a_new_interval(&exponential());
    survives_a_new_interval(&RobustScore::new(lateness()));
    survives_a_new_interval(&Calibrated::new(lateness()));
    let original = experienced(normal());
    let mut restored = read(normal(), &json(&original)).expect("its own");
    restored.rescale(SECOND, 2 * SECOND);
    let config = NormalConfig::for_interval(2 * SECOND).expect("legal");
    assert_eq!(restored.model().config(), &config);
}

/// Goal: what learning cannot have led to is refused with a text that says what would be right.
#[test]
fn hostile_snapshots_are_errors() {
    let fresh = || Calibrated::new(lateness());
    let good = json(&experienced(fresh()));
    let numbers: Vec<u64> = serde_json::from_str(&good["[\"calibrated\",".len()..good.len() - 1])
        .expect("a list of numbers");
    let changed = |place: usize, value: u64| {
        let mut numbers = numbers.clone();
        numbers[place] = value;
        serde_json::to_string(&("calibrated", numbers)).unwrap()
    };
    assert!(read(fresh(), &changed(90, 0)).is_ok(), "the control");
    for bits in [f64::NAN, f64::INFINITY, -1.0, 1e300].map(f64::to_bits) {
        assert!(read(fresh(), &changed(0, bits)).is_err());
        assert!(read(fresh(), &changed(1, bits)).is_err());
    }
    for (place, value) in [(1, 0), (2, 65_535), (2, 0), (3, 60_000), (90, 400), (50, u64::MAX)] {
        let error = read(fresh(), &changed(place, value)).expect_err("impossible").to_string();
        assert!(error.contains("none greater than the one before"), "{place}: {error}");
    }
    for text in [
        serde_json::to_string(&("calibrated", &numbers[..90])).unwrap(),
        serde_json::to_string(&("calibrated", [&numbers[..], &[0]].concat())).unwrap(),
        good.replace("calibrated", "intervals"),
        "[]".into(),
        "[\"calibrated\"]".into(),
        "{}".into(),
        "[\"calibrated\",[1.5]]".into(),
        good.replace(']', ""),
    ] {
        assert!(read(fresh(), &text).is_err(), "{text}");
    }
}

/// Goal: what is no snapshot at all is refused with a text that says what one is.
#[test]
fn errors_say_what_was_expected() {
    for (text, expected) in [
        ("{}", "expected a snapshot: a pair of \"calibrated\" and its numbers"),
        ("[]", "expected a snapshot: a pair of \"calibrated\" and its numbers"),
        ("[5,[]]", "expected \"calibrated\""),
        ("[\"calibrated\",5]", "expected the numbers of a snapshot of the kind \"calibrated\""),
        ("[\"calibrated\"]", "expected a snapshot: a pair of a kind and numbers"),
        ("[\"intervals\",[1]]", "a snapshot of \"intervals\" is none of \"calibrated\""),
    ] {
        let error = read(Calibrated::new(lateness()), text).expect_err("no snapshot").to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

/// Goal: windows of no use, or too long for any window, are refused.
#[test]
fn impossible_windows_are_errors() {
    let fresh = || normal();
    let text = |intervals: &[u64]| serde_json::to_string(&("intervals", intervals)).unwrap();
    assert!(read(fresh(), &text(&[])).is_err());
    assert!(read(exponential(), &text(&[])).is_err());
    assert!(read(fresh(), &text(&[1 << 50])).is_ok());
    assert!(read(fresh(), &text(&[(1 << 50) + 1])).is_err());
    assert!(read(fresh(), &text(&vec![1; 8_192])).is_ok());
    assert!(read(fresh(), &text(&vec![1; 8_193])).is_err());
    let with_prior = ExponentialConfig::for_interval(SECOND).expect("legal").with_prior_weight(5);
    let with_prior = Exponential::new([0_u64; 5], with_prior).expect("legal");
    assert!(read(with_prior, &text(&[])).is_ok(), "a prior needs no interval");
}

/// Regular heartbeats that undo whatever a snapshot may say: 32 for each interval of the greatest
/// location, and some for the scale.
const BEATS: u64 = 132_000;

/// φ never falls while nothing is heard; and after [`BEATS`] regular heartbeats, a silence of three
/// intervals is suspected, if not before.
fn judges_well<M: Model>(mut subject: Detector<M>) -> Result<(), TestCaseError> {
    let beat = |number: u64| Timestamp::from_nanos(number * 1_000_000_000);
    let _ = subject.heartbeat(beat(0));
    let levels = (0..200).map(|step| subject.phi(Timestamp::from_nanos(1 << (step / 4))).value());
    let levels: Vec<_> = levels.collect();
    prop_assert!(levels.is_sorted() && levels.iter().all(|level| level.is_finite()), "{levels:?}");
    for number in 1..=BEATS {
        let _ = subject.heartbeat(beat(number));
    }
    let threshold = Threshold::new(1.0).expect("legal");
    let deadline = subject.deadline(threshold).expect("heard");
    prop_assert!(deadline <= beat(BEATS + 3), "blind until {deadline:?}");
    Ok(())
}

/// What `model` makes of a snapshot: whether it accepts it, and then judges well.
fn accepts<M: Learnt>(model: M, numbers: &[u64]) -> Result<bool, TestCaseError> {
    let text = serde_json::to_string(&(M::KIND, numbers)).expect("numbers");
    match read(model, &text) {
        Ok(detector) => judges_well(detector).map(|()| true),
        Err(_) => Ok(false),
    }
}

/// Without a longest silence, which would hide what the rest of the model does not see.
fn unlimited() -> LatenessConfig {
    lateness().with_longest_silence(Duration::MAX).expect("legal")
}

fn score() -> impl Strategy<Value = [u64; 2]> {
    let location = prop_oneof![0.0..3.0_f64, 0.0..4_096.0_f64, Just(4_096.0)];
    let square = prop_oneof![0.2..10.2_f64, Just(0.2), Just(10.2)];
    (location, square).prop_map(|(m, square)| [m.to_bits(), square.sqrt().to_bits()])
}

prop_compose! {
    /// The numbers of a snapshot of the calibrated model, all legal.
    fn histogram()(
        score in score(),
        scores in prop_oneof![0..65_535_u64, Just(65_534)],
        mut shares in prop::collection::vec(prop_oneof![0.0..1.0_f64, Just(1.0)], 88),
    ) -> Vec<u64> {
        shares.sort_unstable_by(|a, b| b.total_cmp(a));
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "counts")]
        let beyond = shares.iter().map(|share| (share * scores as f64) as u64);
        score.into_iter().chain([scores]).chain(beyond).collect()
    }
}

/// A number to put in place of another: any, one as there are, or a float of any size.
fn other() -> impl Strategy<Value = u64> {
    prop_oneof![
        any::<u64>(),
        0..70_000_u64,
        any::<f64>().prop_map(f64::to_bits),
        (-20.0..60.0_f64).prop_map(|exponent| exponent.exp2().to_bits()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    /// Goal: legal numbers are accepted; with one of them changed they are an error, or as good.
    #[test]
    fn changed_numbers_give_an_error_or_a_good_detector(
        mut histogram in histogram(),
        score in score(),
        samples in any::<u64>(),
        place in prop_oneof![0..3_usize, 0..91_usize],
        other in other(),
    ) {
        let mut score = vec![score[0], score[1], samples];
        prop_assert!(accepts(Calibrated::new(unlimited()), &histogram)?);
        prop_assert!(accepts(RobustScore::new(unlimited()), &score)?);
        histogram[place] = other;
        score[place % 3] = other;
        let _ = accepts(Calibrated::new(unlimited()), &histogram)?;
        let _ = accepts(RobustScore::new(unlimited()), &score)?;
    }

    /// Goal: the same of windows, whose numbers are intervals.
    #[test]
    fn changed_intervals_give_an_error_or_a_good_detector(
        mut intervals in prop::collection::vec(0..=1_u64 << 50, 1..80),
        place in 0..80_usize,
        other in other(),
    ) {
        prop_assert!(accepts(normal(), &intervals)?);
        prop_assert!(accepts(exponential(), &intervals)?);
        let place = place % intervals.len();
        intervals[place] = other;
        let legal = other <= 1 << 50;
        prop_assert_eq!(accepts(normal().on_query(), &intervals)?, legal);
        prop_assert_eq!(accepts(exponential(), &intervals)?, legal);
    }
}
