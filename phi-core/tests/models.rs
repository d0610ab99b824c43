//! Goal: the models beside the normal one keep their formulas and their promises.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "parameters of the tests are legal; equal states give equal bits; tests are small"
)]

use core::f64::consts::LN_10;
use core::time::Duration;

use phi_core::{
    Calibrated, ConfigError, Detector, Exponential, ExponentialConfig, LatenessConfig, Model,
    Moments, Nanos, Normal, NormalConfig, Phi, Precision, RobustScore, Threshold, Timestamp,
};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

fn unlimited(interval: u64) -> LatenessConfig {
    LatenessConfig::for_interval(Duration::from_nanos(interval))
        .and_then(|config| config.with_longest_silence(Duration::MAX))
        .expect("legal")
}

fn exponential(interval: u64) -> Exponential<[u64; 20]> {
    let config = ExponentialConfig::for_interval(Duration::from_nanos(interval)).expect("legal");
    Exponential::new([0_u64; 20], config).expect("legal")
}

fn threshold(value: f64) -> Threshold {
    Threshold::new(value).expect("legal")
}

fn fed<M: Model>(mut model: M, history: &[(u64, u64)]) -> M {
    for &(interval, beats) in history {
        model.record(Nanos::new(interval), beats);
    }
    model
}

fn phi(model: &impl Model, elapsed: u64) -> f64 {
    model.phi(Nanos::new(elapsed)).value()
}

/// Goal: what is shown of the rhythm is the same with a histogram beside it.
#[test]
fn calibrated_and_robust_show_the_same_rhythm() {
    let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
    let mut calibrated = Detector::new(Calibrated::new(config));
    let mut robust = Detector::new(RobustScore::new(config));
    for beat in 0..100_u64 {
        let now = Timestamp::from_nanos(beat * 1_000_000_000 + beat * beat % 7 * 50_000_000);
        let _ = (calibrated.heartbeat_seq(beat, now), robust.heartbeat_seq(beat, now));
    }
    assert_eq!(calibrated.std_dev(), robust.std_dev());
    assert_eq!(calibrated.mean(), robust.mean());
}

/// Goal: where the longest interval is nearer than a quarter, the first mean is the one asked for.
#[test]
fn the_first_mean_is_the_one_asked_for() {
    let [hour, most] = [Duration::from_secs(3_600), Duration::from_nanos(1 << 50)];
    for interval in [Duration::from_micros(1), Duration::from_secs(1), hour] {
        let config = NormalConfig::for_interval(interval).expect("legal");
        assert_eq!(Detector::new(Normal::new([0_u32; 4], config).expect("legal")).mean(), interval);
    }
    let config = NormalConfig::for_interval(most).expect("legal");
    assert_eq!(Detector::new(Normal::new([0_u64; 4], config).expect("legal")).mean(), most);
}

/// Goal: code that is generic over precision and moments can do what it could with each.
#[test]
fn every_normal_model_is_plain_data() {
    fn plain<F: Precision, M: Moments>(model: &Normal<[u64; 4], F, M>) -> String
    where
        Normal<[u64; 4], F, M>: Send + Sync + Unpin + 'static,
    {
        format!("{:?}", model.clone())
    }
    fn for_each<F: Precision, M: Moments>(model: &Normal<[u64; 4], F, M>) -> String {
        plain(model)
    }
    let model = Normal::new([0; 4], NormalConfig::akka()).expect("legal");
    assert!(for_each(&model).contains("window") && for_each(&model.on_query()).contains("window"));
}

/// The pseudo-code of the study, word for word, with logarithms and a scan, and the share of scores
/// beyond the greatest; the normal way to write it down, and the slow one.
struct Naive {
    eta: f64,
    m: f64,
    v: f64,
    counts: [u64; 88],
    n: u64,
}

impl Naive {
    fn new(eta: u64) -> Self {
        Self { eta: eta as f64, m: 1.0, v: 0.25, counts: [0; 88], n: 0 }
    }

    fn score(&self, elapsed: u64) -> f64 {
        (elapsed as f64 / self.eta - self.m) / (0.2 + self.v).sqrt()
    }

    fn record(&mut self, interval: u64, beats: u64) {
        let u = self.score(interval);
        if u >= 2.0_f64.powi(-6) {
            let bucket = (0..88).rev().find(|k| u >= edge(*k)).expect("above the first edge");
            self.counts[bucket] += 1;
        }
        self.n += 1;
        let (x, q) = (interval as f64 / self.eta, beats as f64);
        let error = x - q * self.m;
        let deviation = (error.abs() + 0.1 * (q - 1.0)).min(10.0);
        let weight = x.min(2.0);
        self.v += (deviation - self.v) * weight / 16.0;
        self.m += (error / q).clamp(-1.0, 1.0) * weight / 32.0;
    }

    fn phi(&self, elapsed: u64) -> f64 {
        let u = self.score(elapsed);
        if u < edge(0) {
            return 0.0;
        }
        let longer = (0..88).map(|k| {
            // The share of the bucket beyond u, linear in log2 u.
            let share = 4.0 * (edge(k + 1) / u).log2();
            self.counts[k] as f64 * share.clamp(0.0, 1.0)
        });
        let total = self.n as f64 + 100.0;
        -((longer.sum::<f64>() + self.beyond_greatest(u) + 100.0 * prior(u)) / total).log10()
    }

    /// (g/u)⁴ from the end g of the last bucket in use on, to which a line in log2 u rises in it.
    fn beyond_greatest(&self, u: f64) -> f64 {
        let Some(last) = self.counts.iter().rposition(|count| *count > 0) else { return 0.0 };
        let inside = 4.0 * (u / edge(last)).log2();
        if inside < 1.0 { inside.max(0.0) } else { (edge(last + 1) / u).powi(4) }
    }
}

fn edge(k: usize) -> f64 {
    2.0_f64.powf(k as f64 / 4.0 - 6.0)
}

fn prior(u: f64) -> f64 {
    let points: [(f64, f64); 8] = [
        (0.1, 0.3),
        (0.45, 0.1),
        (0.9, 0.03),
        (1.7, 0.01),
        (4.2, 3e-3),
        (8.5, 1e-3),
        (20.0, 3e-4),
        (40.0, 1e-4),
    ];
    if u < 0.1 {
        return 0.5 - 2.0 * u;
    }
    let Some(k) = points.iter().position(|point| u <= point.0) else {
        return 1e-4 * (u / 40.0).powf(-1.5);
    };
    let ((a, from), (b, to)) = (points[k.max(1) - 1], points[k.max(1)]);
    let inside: f64 = (u / a).ln() / (b / a).ln();
    from * (to / from).powf(inside)
}

/// Method: mean of the made-up first interval and one other, by hand; then each law of the formula.
#[test]
fn exponential_is_elapsed_over_mean() {
    let model = fed(exponential(SECOND), &[(3 * SECOND, 1)]);
    assert_eq!(model.mean(), Nanos::new(2 * SECOND));
    assert_eq!(model.std_dev(), model.mean());
    assert_eq!(model.samples(), 2);
    assert!((phi(&model, 10 * SECOND) - 5.0 / LN_10).abs() < 1e-15);
    let full = fed(exponential(77), &[(SECOND / 4, 1); 20]);
    assert_eq!(full.mean(), Nanos::new(SECOND / 4), "the first interval was pushed out");
}

/// Method: chitchat's mean with its prior, Cassandra's first interval and limit, by hand.
#[test]
fn exponential_speaks_cassandra_and_chitchat() {
    let config = ExponentialConfig::chitchat(Duration::from_secs(5), Duration::from_secs(10));
    let model = Exponential::new([0_u64; 1_000], config.expect("legal")).expect("legal");
    let model = fed(model, &[(SECOND, 1), (2 * SECOND, 1), (3 * SECOND, 1), (11 * SECOND, 1)]);
    assert_eq!(model.mean(), Nanos::new(31 * SECOND / 8), "(1 + 2 + 3 + 5·5)/(3 + 5) s");
    let elapsed = 9 * SECOND;
    assert!((phi(&model, elapsed) * LN_10 - 9.0 / 3.875).abs() < 1e-14, "chitchat's level");

    let config = ExponentialConfig::cassandra(Duration::from_secs(1)).expect("legal");
    let model = Exponential::new([0_u64; 1_000], config).expect("legal");
    let model = fed(model, &[(SECOND, 1), (2 * SECOND, 1), (2 * SECOND + 1, 1)]);
    assert_eq!(model.mean(), Nanos::new(1_666_666_667), "(2 + 1 + 2)/3 s");
    let cassandra = 1.0 / LN_10 * (20.0 / (5.0 / 3.0));
    assert!((phi(&model, 20 * SECOND) - cassandra).abs() < 1e-14);
}

/// Method: two intervals by hand. x = 3, q = 1: e = 2, g = 2, w = 2, v = 0.25 + 1.75/8 = 0.46875,
/// m = 1 + 1/16. Then x = 2, q = 2: e = 2 − 2.125 = −0.125, g = 0.225, w = 2,
/// v = 0.46875 − 0.24375/8 = 0.43828125, m = 1.0625 − 0.0625/16 = 1.05859375.
#[test]
fn the_robust_score_matches_a_hand_computed_case() {
    let model = fed(RobustScore::new(unlimited(SECOND)), &[(3 * SECOND, 1), (2 * SECOND, 2)]);
    let s = 0.638_281_25_f64.sqrt();
    assert!((phi(&model, 5 * SECOND) - (5.0 - 1.058_593_75) / s).abs() < 1e-14);
    assert_eq!(phi(&model, SECOND), 0.0, "early is no suspicion");
    assert_eq!(model.mean(), Nanos::new(1_058_593_750));
    let scale = model.std_dev().get();
    assert!(scale.abs_diff(798_925_059) <= 1_000, "{scale}");
    assert_eq!(model.samples(), 2);
}

/// Method: the sender is as regular as ever, the network drops every other heartbeat.
#[test]
fn losses_are_not_slowness() {
    let lossy = fed(RobustScore::new(unlimited(SECOND)), &[(2 * SECOND, 2); 200]);
    assert_eq!(lossy.mean(), Nanos::new(SECOND));
    assert!(lossy.std_dev() < Nanos::new(550_000_000), "√(0.2 + 0.1) s");
    let slow = fed(RobustScore::new(unlimited(SECOND)), &[(2 * SECOND, 1); 200]);
    assert!(slow.mean() > Nanos::new(1_990_000_000));
    let calibrated = fed(Calibrated::new(unlimited(SECOND)), &[(2 * SECOND, 2); 200]);
    assert_eq!(calibrated.mean(), Nanos::new(SECOND));
}

/// Method: an hour of silence in a steady rhythm. It widens the scale by less than 1 s, for a
/// while; as one event of 1,000 it is rightly remembered at φ = 3, until it is one of 3,000.
#[test]
fn an_outage_of_an_hour_is_forgotten() {
    let steady = fed(Calibrated::new(unlimited(SECOND)), &vec![(SECOND, 1); 1_000]);
    let outage = fed(steady, &[(3_600 * SECOND, 1)]);
    let soon = fed(outage, &[(SECOND, 1); 100]);
    let later = fed(soon, &vec![(SECOND, 1); 2_000]);
    let timeout = |model: &Calibrated, level| {
        model.timeout(threshold(level)).expect("reached").get() as f64 / 1e9
    };
    assert!(
        outage.std_dev() < Nanos::new(1_300_000_000) && outage.mean() < Nanos::new(1_100_000_000)
    );
    assert!(soon.std_dev() < Nanos::new(460_000_000));
    assert!(timeout(&outage, 3.0) < 12.0, "{}", timeout(&outage, 3.0));
    assert!(timeout(&soon, 2.0) < 1.05 * timeout(&steady, 2.0), "{}", timeout(&soon, 2.0));
    assert!(timeout(&soon, 3.0) < 3.6, "{}", timeout(&soon, 3.0));
    assert!(timeout(&later, 3.0) < timeout(&steady, 3.0), "{}", timeout(&later, 3.0));
}

/// Method: the study's line of figures for a link without surprises (± 4.5 %, as they are rounded).
/// Its figures take the scale of a quiet link; that of a new model, √0.45, is 1.5 times as wide.
#[test]
fn a_quiet_link_gets_the_timeouts_of_the_study() {
    let table = [
        (0, [1.8, 4.8, 19.0, 84.0, 390.0, 8300.0].map(|period| 1.0 + (period - 1.0) * 1.5)),
        (1_000, [1.2, 1.7, 4.6, 18.0, 79.0, 1_700.0]),
        (10_000, [1.0, 1.2, 1.8, 4.8, 19.0, 380.0]),
    ];
    for (n, periods) in table {
        let quiet = fed(Calibrated::new(unlimited(SECOND)), &vec![(SECOND, 1); n]);
        for (level, expected) in [2.0, 3.0, 4.0, 5.0, 6.0, 8.0].into_iter().zip(periods) {
            let timeout = quiet.timeout(threshold(level)).expect("reached").get() as f64 / 1e9;
            assert!((timeout / expected - 1.0).abs() < 0.045, "{n}, φ {level}: {timeout}");
        }
    }
}

/// Method: from the longest silence on every threshold is reached; just before, as without it.
#[test]
fn the_longest_silence_reaches_every_threshold() {
    let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
    let capped = config.with_longest_silence(Duration::from_secs(20)).expect("legal");
    let (robust, calibrated) = (RobustScore::new(capped), Calibrated::new(capped));
    let longest = 20 * SECOND;
    for (at, just_before) in [
        (phi(&robust, longest), phi(&robust, longest - 1)),
        (phi(&calibrated, longest), phi(&calibrated, longest - 1)),
    ] {
        assert_eq!(at, Phi::MAX.value());
        assert!(just_before < 100.0);
    }
    for level in [50.0, 1e6] {
        assert_eq!(robust.timeout(threshold(level)), Some(Nanos::new(longest)));
        assert_eq!(calibrated.timeout(threshold(level)), Some(Nanos::new(longest)));
    }
    let free = Calibrated::new(unlimited(SECOND));
    assert_eq!(calibrated.timeout(threshold(3.0)), free.timeout(threshold(3.0)));
}

/// Method: the promise doubles; what was learnt, in periods, stays to the bit.
#[test]
fn rescaling_keeps_what_was_learnt_in_periods() {
    let history = [(SECOND, 1), (3 * SECOND, 1), (SECOND / 2, 1), (2 * SECOND, 2)];
    let (from, to) = (Nanos::new(SECOND), Nanos::new(2 * SECOND));
    let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
    let mut calibrated = fed(Calibrated::new(config), &history);
    let before = calibrated;
    calibrated.rescale(from, to);
    assert_eq!(phi(&before, 7 * SECOND), phi(&calibrated, 14 * SECOND));
    assert_eq!(calibrated.config().interval(), Duration::from_secs(2));
    assert_eq!(calibrated.config().longest_silence(), Duration::from_secs(200));
    let mut robust = fed(RobustScore::new(unlimited(SECOND)), &history);
    robust.rescale(Nanos::ZERO, to);
    assert_eq!(robust.config(), &unlimited(SECOND));
    robust.rescale(from, to);
    assert_eq!(robust.config(), &unlimited(2 * SECOND));
    let mut mean = fed(exponential(SECOND), &history);
    let before = mean.mean().get();
    mean.rescale(from, to);
    assert_eq!(mean.mean(), Nanos::new(2 * before));
}

/// Method: configurations at both ends of their ranges.
#[test]
fn parameters_out_of_range_are_refused() {
    let second = Duration::from_secs(1);
    let refused = |interval| LatenessConfig::for_interval(interval).expect_err("out of range");
    let value = Duration::ZERO;
    assert_eq!(refused(value), ConfigError::PromisedInterval { value });
    assert!(matches!(refused(Duration::MAX), ConfigError::PromisedInterval { .. }));
    let config = LatenessConfig::for_interval(second).expect("legal");
    let value = Duration::from_nanos(999_999_999);
    let error = config.with_longest_silence(value).expect_err("shorter than the interval");
    assert_eq!(error, ConfigError::LongestSilence { value });
    assert!(error.to_string().contains("at least the promised interval"));
    let error = ExponentialConfig::chitchat(second, value).expect_err("shorter than the first");
    assert_eq!(error, ConfigError::LongestInterval { value });
    assert!(ExponentialConfig::for_interval(Duration::ZERO).is_err());
    assert!(ExponentialConfig::cassandra(Duration::MAX).is_err());
    let config = ExponentialConfig::for_interval(second).expect("legal");
    assert!(Exponential::new([0_u64; 0], config).is_err());
}

/// Method: first intervals at both ends of what microseconds in 32 bits can hold, and beyond them:
/// there on-time heartbeats would be stored as something else, and suspected.
#[test]
fn intervals_that_cannot_be_stored_are_refused() {
    let units = |micros: u64| Duration::from_micros(micros);
    let (least, longest) = (units(1), units(u32::MAX.into()));
    let normal = |interval| {
        let config = NormalConfig::for_interval(interval).expect("legal elsewhere");
        Normal::new([0_u32; 5], config).map(drop)
    };
    let single = |interval| {
        let config = NormalConfig::for_interval(interval).expect("legal elsewhere");
        Normal::new_f32([0_u32; 5], config).map(drop)
    };
    let mean = |interval| {
        let config = ExponentialConfig::for_interval(interval).expect("legal elsewhere");
        Exponential::new([0_u32; 5], config.with_prior_weight(5)).map(drop)
    };
    for new in [normal, single, mean] {
        assert!(new(least).is_ok() && new(longest).is_ok());
        for value in [Duration::from_nanos(999), longest + Duration::from_nanos(1)] {
            let error = new(value).expect_err("it cannot be stored");
            assert_eq!(error, ConfigError::FirstInterval { value, least, longest });
            assert!(error.to_string().ends_with("it must be 1µs to 4294.967295s"), "{error}");
        }
    }
    let config = NormalConfig::for_interval(2 * longest).expect("legal");
    assert!(Normal::new([0_u64; 5], config).is_ok(), "nanoseconds in 64 bits can");
}

/// Method: each parameter, as given, and at another pace; a longest interval that is none stays so.
#[test]
fn exponential_parameters_are_kept_and_rescaled() {
    let second = Duration::from_secs(1);
    let config = ExponentialConfig::for_interval(second).expect("legal").with_prior_weight(5);
    assert_eq!((config.first_interval(), config.prior_weight()), (second, 5));
    assert_eq!(config.longest_interval(), Duration::from_nanos(u64::MAX), "none");
    let limited = config.with_longest_interval(3 * second).expect("legal");
    assert_eq!(limited.longest_interval(), 3 * second);
    let shortest = config.with_longest_interval(second).expect("as long as the first is enough");
    assert_eq!(shortest.longest_interval(), second);

    for (config, longest) in [(config, config.longest_interval()), (limited, 6 * second)] {
        let mut model = Exponential::new([0_u64; 20], config).expect("legal");
        model.rescale(Nanos::new(SECOND), Nanos::new(2 * SECOND));
        assert_eq!(model.mean(), Nanos::new(2 * SECOND), "the prior alone");
        assert_eq!(model.config().first_interval(), 2 * second);
        assert_eq!(model.config().longest_interval(), longest);
        assert_eq!(model.config().prior_weight(), 5);
    }
}

/// Goal: memory a peer is what the documentation says.
#[test]
fn a_peer_takes_the_memory_that_is_promised() {
    assert_eq!(size_of::<RobustScore>(), 40);
    assert_eq!(size_of::<Calibrated>(), 216);
}

/// Method: records of every kind, so that all counts are halved many times; then, as location moves
/// by at most 1/16 of a period at a time, a million heartbeats to come back.
#[test]
fn millions_of_extremes_do_no_harm() {
    let mut calibrated = Calibrated::new(unlimited(1));
    let mut robust = RobustScore::new(unlimited(1 << 50));
    let mut state = 88_172_645_463_325_252_u64;
    for round in 0_u64..300_000 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let interval = match round % 5 {
            0 => 0,
            1 => u64::MAX,
            _ => state >> (state & 63),
        };
        let beats = if round % 7 == 0 { state } else { 1 };
        calibrated.record(Nanos::new(interval), beats);
        robust.record(Nanos::new(interval), beats);
    }
    assert!(calibrated.samples() >= 32_767 && calibrated.samples() < 65_535);
    for elapsed in [0, 1, 1 << 20, 1 << 50, u64::MAX - 1] {
        assert!(phi(&calibrated, elapsed).is_finite() && phi(&robust, elapsed).is_finite());
    }
    let steady = fed(calibrated, &vec![(1, 1); 1_000_000]);
    assert!(phi(&steady, 100) > 2.0, "old surprises fade");
    assert!(steady.timeout(threshold(1e6)).is_some());
}

/// Method: nothing but zero intervals, and nothing but the longest.
#[test]
fn uniform_extremes_are_finite() {
    for interval in [0, u64::MAX] {
        let calibrated = fed(Calibrated::new(unlimited(SECOND)), &vec![(interval, 1); 70_000]);
        let mean = fed(exponential(1), &vec![(interval, u64::MAX); 70]);
        for elapsed in [0, 1, SECOND, u64::MAX] {
            assert!(phi(&calibrated, elapsed).is_finite());
            assert!(phi(&mean, elapsed).is_finite());
        }
        assert!(calibrated.timeout(threshold(3.0)).is_some());
    }
}

prop_compose! {
    fn history()(base in prop_oneof![1_u64..2_000, 1_000_000..5_000_000_000_u64])(
        intervals in prop::collection::vec(
            (prop_oneof![4 => base / 2..base * 2, 1 => 0..base * 400], 1_u64..4),
            0..150,
        ),
        base in Just(base),
    ) -> (Vec<(u64, u64)>, u64) {
        (intervals, base)
    }
}

proptest! {
    /// Goal: against the pseudo-code, whose buckets are linear in log2 u: RS2 to rounding, DP2-φ
    /// and what the greatest score adds to it to what straight lines inside the buckets make of it.
    #[test]
    fn formulas_are_those_of_the_study(
        (history, base) in history(),
        elapsed in 0_u64..1 << 40,
    ) {
        let mut naive = Naive::new(base);
        for &(interval, beats) in &history {
            naive.record(interval, beats);
        }
        let robust = phi(&fed(RobustScore::new(unlimited(base)), &history), elapsed);
        let score = naive.score(elapsed).max(0.0);
        prop_assert!((robust - score).abs() <= 1e-12 * (1.0 + score), "{robust} {score}");
        let calibrated = phi(&fed(Calibrated::new(unlimited(base)), &history), elapsed);
        let expected = naive.phi(elapsed);
        prop_assert!((calibrated - expected).abs() < 0.04, "{calibrated} {expected}");
    }

    /// Goal: the detector feeds lost heartbeats to the model, so they do not slow it down.
    #[test]
    fn losses_reach_the_model(kept in prop::collection::vec(1_u64..4, 1..200)) {
        let mut peer = Detector::new(RobustScore::new(unlimited(SECOND)));
        let mut number = 0;
        for gap in kept {
            number += gap;
            let _ = peer.heartbeat_seq(number, Timestamp::from_nanos(number * SECOND));
        }
        prop_assert_eq!(peer.mean(), Duration::from_secs(1));
    }
}
