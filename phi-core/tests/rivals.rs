//! Goal: the mistakes that detectors of this kind are known to make, one test each, are not made.
//!
//! Figures to compare with were computed with 60 digits from the formulas of the models, by a
//! program that shares nothing with this crate.
#![expect(clippy::expect_used, reason = "parameters of the tests are legal")]

use core::f64::consts::{LOG10_2, LOG10_E};
use core::time::Duration;

use phi_core::{
    Calibrated, Detector, Exponential, ExponentialConfig, Heartbeat, LatenessConfig, Learning,
    Model, Nanos, Normal, NormalConfig, RobustScore, Threshold, Timestamp, Window,
};

const MICRO: u64 = 1_000;
const MILLI: u64 = 1_000_000;
const SECOND: u64 = 1_000_000_000;

/// Intervals that a window holds here.
const WINDOW: usize = 100;

/// What two floats may differ by: φ of the calibrated model is rounded to 24 bits of probability.
const TOLERANCE: f64 = 1e-7;

/// A detector whatever its model.
trait Subject {
    fn beat(&mut self, at: u64) -> Heartbeat;
    fn beat_seq(&mut self, seq: u64, at: u64) -> Heartbeat;
    fn phi(&self, at: u64) -> f64;
    fn deadline(&self, level: f64) -> Option<u64>;
    /// Mean, deviation, number and last heartbeat: all there is to be learnt.
    fn learnt(&self) -> (Duration, Duration, usize, Option<Timestamp>);
}

impl<M: Model> Subject for Detector<M> {
    fn beat(&mut self, at: u64) -> Heartbeat {
        self.heartbeat(Timestamp::from_nanos(at))
    }

    fn beat_seq(&mut self, seq: u64, at: u64) -> Heartbeat {
        self.heartbeat_seq(seq, Timestamp::from_nanos(at))
    }

    fn phi(&self, at: u64) -> f64 {
        self.phi(Timestamp::from_nanos(at)).value()
    }

    fn deadline(&self, level: f64) -> Option<u64> {
        self.deadline(Threshold::new(level).expect("legal")).map(Timestamp::as_nanos)
    }

    fn learnt(&self) -> (Duration, Duration, usize, Option<Timestamp>) {
        (self.mean(), self.std_dev(), self.samples(), self.last())
    }
}

type Subjects = [(&'static str, Box<dyn Subject>); 4];

/// One detector of each model, for heartbeats that are promised every `interval` (ns).
fn subjects(interval: u64, learning: Learning) -> Subjects {
    [
        ("normal", Box::new(normal(interval).with_learning(learning))),
        ("exponential", Box::new(exponential(interval).with_learning(learning))),
        ("robust", Box::new(robust(interval).with_learning(learning))),
        ("calibrated", Box::new(calibrated(interval).with_learning(learning))),
    ]
}

fn normal(interval: u64) -> Detector<Normal<[u64; WINDOW]>> {
    let config = NormalConfig::for_interval(Duration::from_nanos(interval)).expect("legal");
    Detector::new(Normal::new([0_u64; WINDOW], config).expect("legal"))
}

fn exponential(interval: u64) -> Detector<Exponential<[u64; WINDOW]>> {
    let config = ExponentialConfig::for_interval(Duration::from_nanos(interval)).expect("legal");
    Detector::new(Exponential::new([0_u64; WINDOW], config).expect("legal"))
}

fn robust(interval: u64) -> Detector<RobustScore> {
    Detector::new(RobustScore::new(lateness(interval)))
}

fn calibrated(interval: u64) -> Detector<Calibrated> {
    Detector::new(Calibrated::new(lateness(interval)))
}

fn lateness(interval: u64) -> LatenessConfig {
    LatenessConfig::for_interval(Duration::from_nanos(interval))
        .and_then(|config| config.with_longest_silence(Duration::MAX))
        .expect("legal")
}

/// Arrival times (ns) of a first heartbeat at `start` and one after each of `intervals`.
fn times(start: u64, intervals: impl IntoIterator<Item = u64>) -> Vec<u64> {
    let mut now = start;
    let later = intervals.into_iter().map(|interval| {
        now += interval;
        now
    });
    [start].into_iter().chain(later).collect()
}

/// `count` intervals around `mean`, by turns shorter and longer by `deviation` (ns): that is their
/// standard deviation.
fn alternating(mean: u64, deviation: u64, count: usize) -> impl Iterator<Item = u64> {
    [mean - deviation, mean + deviation].into_iter().cycle().take(count)
}

/// Lets `subject` hear heartbeats at `times`, and returns the last of these.
fn hear(subject: &mut dyn Subject, times: &[u64]) -> u64 {
    for &now in times {
        let _ = subject.beat(now);
    }
    times.last().copied().expect("some heartbeats")
}

/// Lets each of the subjects hear heartbeats at `times`, and returns the last of these.
fn feed(subjects: &mut Subjects, times: &[u64]) -> u64 {
    let each = subjects.iter_mut().map(|(_, subject)| hear(subject.as_mut(), times));
    each.max().expect("four models")
}

/// A second between heartbeats, a tenth of it their deviation: 400 of them, all models.
fn a_second_give_or_take() -> (Subjects, u64) {
    let mut all = subjects(SECOND, Learning::All);
    let last = feed(&mut all, &times(7 * SECOND, alternating(SECOND, SECOND / 10, 400)));
    (all, last)
}

/// Their levels after that rhythm, a second and a half, and a minute, after the last heartbeat.
const AT_1500_MS: [f64; 4] =
    [6.542_645_672_390_65, 0.651_441_722_854_88, 0.891_162_956_027_04, 2.207_479_176];
const AT_60_S: [f64; 4] =
    [75_592.124_518_454_4, 26.057_668_914_195_1, 107.661_694_204_745, 5.343_940_308];

#[track_caller]
fn assert_close(name: &str, actual: f64, expected: f64) {
    let difference = (actual - expected).abs();
    assert!(difference <= TOLERANCE * expected.max(1.0), "{name}: {actual}, not {expected}");
}

#[track_caller]
fn assert_levels(subjects: &Subjects, at: u64, expected: [f64; 4]) {
    for ((name, subject), expected) in subjects.iter().zip(expected) {
        assert_close(name, subject.phi(at), expected);
    }
}

/// Defect: a level of −0, which prints as "-0" and orders below 0, before anything was heard.
#[test]
fn silence_before_the_first_heartbeat_is_a_plain_zero() {
    for (name, subject) in subjects(SECOND, Learning::All) {
        for at in [0, 1, SECOND, u64::MAX] {
            assert_eq!(subject.phi(at).to_bits(), 0, "{name}");
        }
        assert_eq!(subject.deadline(8.0), None, "{name}");
    }
}

/// Defect: NaN, or no suspicion for ever, as long as one heartbeat has left no interval to divide
/// by; or infinity, or an error of the domain of the logarithm, once an exponential underflows.
#[test]
fn one_heartbeat_and_silence_is_suspected() {
    let mut all = subjects(SECOND, Learning::All);
    let last = feed(&mut all, &[3 * SECOND]);
    let expected = [106.841_669_949_965_7, 2.822_914_132_371, 8.198_915_917_499, 2.971_918_662];
    assert_levels(&all, last + 6_500 * MILLI, expected);
    let expected = [283.378_551_168_048_3, 4.342_944_819_032, 13.416_407_864_999, 3.278_508_965];
    assert_levels(&all, last + 10 * SECOND, expected);
}

/// Defect: a scale of zero where all intervals are equal, so that φ leaps from 0 to infinity, or
/// stays 0 for ever.
#[test]
fn a_rhythm_without_variance_keeps_a_scale() {
    let mut all = subjects(100 * MILLI, Learning::All);
    let last = feed(&mut all, &times(SECOND, [100 * MILLI; 200]));
    assert_levels(&all, last + 100 * MILLI, [LOG10_2, LOG10_E, 0.0, 0.0]);
    let expected = [6.542_645_672_391, 0.651_441_722_855, 1.118_032_256_585, 2.155_475_500];
    assert_levels(&all, last + 150 * MILLI, expected);
    let expected = [212_829.405_582_260, 43.429_448_190_325, 221.370_386_803_781, 5.588_656_191];
    assert_levels(&all, last + 10 * SECOND, expected);
}

/// Defect: an unchecked subtraction of times: a panic in one build, infinity in the other.
#[test]
fn a_query_before_the_last_heartbeat_is_one_at_it() {
    let (all, last) = a_second_give_or_take();
    for (name, subject) in &all {
        for at in [0, last - SECOND, last - 1] {
            assert_eq!(subject.phi(at).to_bits(), subject.phi(last).to_bits(), "{name}");
        }
    }
    let [(_, normal), ..] = &all;
    assert!(
        (normal.phi(0) / 3.309_260_121_306_722e-24 - 1.0).abs() < 1e-12,
        "ten deviations early"
    );
}

/// Defect: a heartbeat from the past makes a negative interval, which throws, or is stored as a
/// number near 2⁶⁴, or as 0, and stays in the window.
#[test]
fn a_heartbeat_from_the_past_leaves_no_interval() {
    let (mut all, last) = a_second_give_or_take();
    for (name, subject) in &mut all {
        let before = subject.learnt();
        let by = Nanos::new(5 * SECOND);
        assert_eq!(subject.beat(last - 5 * SECOND), Heartbeat::Backwards { by }, "{name}");
        assert_eq!(subject.learnt(), before, "{name}");
    }
    assert_levels(&all, last + 1_500 * MILLI, AT_1500_MS);
}

/// Defect: infinity after a minute of silence, so that all dead peers look alike.
#[test]
fn a_minute_of_silence_has_a_level() {
    let (all, last) = a_second_give_or_take();
    assert_levels(&all, last + 60 * SECOND, AT_60_S);
}

/// Defect: times in whole milliseconds: all intervals of 10 µs become 0, and a peer that is dead
/// for 100,000 of them is never suspected, or was from the start.
#[test]
fn intervals_of_ten_microseconds_are_not_zero() {
    let mut all = subjects(10 * MICRO, Learning::All);
    let last = feed(&mut all, &times(SECOND, [10 * MICRO; 200]));
    assert_levels(&all, last + 10 * MICRO, [LOG10_2, LOG10_E, 0.0, 0.0]);
    let expected = [217_142_898_034.92, 43_429.448_190_325, 223_604.215_252_437, 10.098_251_25];
    assert_levels(&all, last + SECOND, expected);
}

/// Defect: the same, less loud: intervals of 400 and 600 µs that become 0 and 1 ms.
#[test]
fn parts_of_a_millisecond_are_not_rounded_away() {
    let mut peer = normal(500 * MICRO);
    let arrivals = times(SECOND, alternating(500 * MICRO, 100 * MICRO, 200));
    let last = hear(&mut peer, &arrivals);
    assert_eq!(peer.mean(), Duration::from_micros(500));
    assert_eq!(peer.std_dev(), Duration::from_micros(100));
    assert_close("two deviations", Subject::phi(&peer, last + 700 * MICRO), 1.643_016_080_140_937);
}

/// Defect: the sum of a window that has wrapped divided by the number of all intervals ever seen:
/// the mean goes to zero, and φ grows with the age of the process.
#[test]
fn a_full_window_keeps_its_mean() {
    for count in [102, 150, 200, 1_000, 10_000] {
        let mut all = subjects(SECOND, Learning::All);
        let last = feed(&mut all, &times(SECOND, alternating(SECOND, SECOND / 10, count)));
        let expected = [1.643_016_080_140_94, 0.521_153_378_283_90];
        for ((name, subject), expected) in all.iter().zip(expected) {
            assert_close(name, subject.phi(last + 1_200 * MILLI), expected);
            assert_eq!(subject.learnt().2, WINDOW, "{name}");
        }
        for (name, subject) in &all {
            let mean = subject.learnt().0;
            let off = mean.abs_diff(Duration::from_secs(1));
            assert!(off < Duration::from_millis(15), "{name} after {count}: {mean:?}");
            assert!(subject.phi(last + 1_100 * MILLI) < 3.0, "{name} after {count}");
        }
    }
}

/// Defect: the same, as its users met it: a time to detect that changes while nothing else does,
/// and heartbeats on time that arrive at suspects.
#[test]
fn the_time_to_detect_does_not_age() {
    let mut all = subjects(SECOND, Learning::All);
    let mut suspected = 0;
    for (name, subject) in &mut all {
        for beat in 0..10_000 {
            suspected += usize::from(subject.phi(beat * SECOND) >= 8.0);
            let _ = subject.beat_seq(beat, beat * SECOND);
            let expected = match *name {
                "normal" => 1_561_200_125,
                "exponential" => 18_420_680_744,
                _ => continue,
            };
            if beat > 101 {
                assert_eq!(subject.deadline(8.0), Some(beat * SECOND + expected), "{name}");
            }
        }
    }
    assert_eq!(suspected, 0);
}

/// Defect: no window, so that thousands of heartbeats do not make a change of the rhythm forgotten.
#[test]
fn a_new_rhythm_fills_the_window_and_the_old_one_is_gone() {
    let shift = [SECOND].repeat(1_000).into_iter().chain([100 * MILLI; 101]);
    let arrivals = times(SECOND, shift);
    let config = NormalConfig::for_interval(Duration::from_secs(1))
        .and_then(|config| config.with_min_std_dev(Duration::from_millis(10)))
        .expect("legal");
    let mut peer = Detector::new(Normal::new([0_u64; WINDOW], config).expect("legal"));
    let last = hear(&mut peer, &arrivals);
    assert_close("normal", Subject::phi(&peer, last + 140 * MILLI), 4.499_334_907_556_479);
    let mut peer = exponential(SECOND);
    hear(&mut peer, &arrivals);
    assert_close("exponential", Subject::phi(&peer, last + 140 * MILLI), 0.608_012_274_664_553);
}

/// Defect: a datagram that the network has doubled taken for an interval of 0, by which the mean
/// halves and the deviation grows to as much.
#[test]
fn a_duplicate_is_no_interval_of_zero() {
    let arrivals = times(7 * SECOND, alternating(SECOND, SECOND / 10, 400));
    let mut twice = subjects(SECOND, Learning::All);
    for (name, subject) in &mut twice {
        for (seq, &now) in (0..).zip(&arrivals) {
            let _ = subject.beat_seq(seq, now);
            assert_eq!(subject.beat_seq(seq, now), Heartbeat::Duplicate, "{name}");
            assert_eq!(subject.beat_seq(seq, now + MILLI), Heartbeat::Duplicate, "{name}");
        }
    }
    let (once, last) = a_second_give_or_take();
    for ((name, twice), (_, once)) in twice.iter().zip(&once) {
        assert_eq!(twice.learnt(), once.learnt(), "{name}");
    }
    assert_levels(&twice, last + 1_500 * MILLI, AT_1500_MS);
}

/// Defect: a first interval that is ten times too short, and a rule not to learn while suspecting:
/// the peer is suspect for ever, and nothing is ever learnt of it.
#[test]
fn a_first_interval_ten_times_too_short_is_unlearnt() {
    let mut all = subjects(SECOND, Learning::All);
    let last = feed(&mut all, &times(0, [10 * SECOND; 500]));
    assert_levels(&all, last + 10 * SECOND, [LOG10_2, LOG10_E, 0.0, 0.0]);
    let expected = [2_173.871_542_869_034, 0.868_588_963_807, 22.360_679_770_896, 3.575_424_966];
    assert_levels(&all, last + 20 * SECOND, expected);
}

/// Defect: φ that falls while the peer is silent, or that is infinite most of the time, so that
/// levels of silent peers cannot be compared.
#[test]
fn phi_neither_falls_nor_overflows_from_millisecond_to_millisecond() {
    let (all, last) = a_second_give_or_take();
    for (name, subject) in &all {
        let levels: Vec<f64> =
            (0..=20_000).map(|millis| subject.phi(last + millis * MILLI)).collect();
        assert!(levels.is_sorted() && levels.iter().all(|level| level.is_finite()), "{name}");
    }
    let expected = [7_841.693_253_918_312, 8.685_889_638_065, 34.656_202_752_630, 4.593_723_721];
    assert_levels(&all, last + 20 * SECOND, expected);
}

/// Defect: the logistic approximation of the normal (12 % off at z = 5, infinite from z = 22 on),
/// erf without the √2 of the normal, or 1 − F, which is 0 from z = 8.3 on.
#[test]
fn phi_is_the_tail_of_the_normal_at_every_deviation() {
    let mut peer = normal(10 * SECOND);
    let arrivals = times(0, alternating(10 * SECOND, 200 * MILLI, 200));
    // The deviation is less than the least that this interval would give.
    let config = NormalConfig::for_interval(Duration::from_secs(10))
        .and_then(|config| config.with_min_std_dev(Duration::from_millis(1)))
        .expect("legal");
    let mut narrow = Detector::new(Normal::new([0_u64; WINDOW], config).expect("legal"));
    hear(&mut peer, &arrivals);
    let last = hear(&mut narrow, &arrivals);
    for (z, expected) in [
        (-3, 0.000_586_649_313_790_066_7),
        (0, LOG10_2),
        (1, 0.799_545_541_491_970_5),
        (3, 2.869_699_035_929_369),
        (5, 6.542_645_672_390_654),
        (8, 15.206_142_551_017_15),
        (10, 23.118_053_405_486_08),
        (20, 88.560_095_343_075_58),
        (38, 315.539_789_703_962_5),
        (40, 349.437_006_459_345_8),
        (100, 2_173.871_542_869_034),
    ] {
        let silence = (50 + z) * 200 * i64::from(1_000_000);
        let at = last.saturating_add_signed(silence);
        let phi = Subject::phi(&narrow, at);
        assert!((phi / expected - 1.0).abs() < 1e-14, "z = {z}: {phi}, not {expected}");
        assert!(Subject::phi(&peer, at) <= expected.max(0.31), "a wider deviation says less");
    }
}

/// Defect: a threshold of 8 that is reached at a true level of 7.06, because the tail falls too
/// fast: alarms are nine times as frequent as was asked for, and at 16 5,000 times.
#[test]
fn a_threshold_is_reached_where_the_normal_reaches_it() {
    let config = NormalConfig::for_interval(Duration::from_secs(10))
        .and_then(|config| config.with_min_std_dev(Duration::from_millis(200)))
        .expect("legal");
    let mut peer = Detector::new(Normal::new([0_u64; WINDOW], config).expect("legal"));
    let arrivals = times(0, alternating(10 * SECOND, 200 * MILLI, 200));
    let last = hear(&mut peer, &arrivals);
    for (level, silence) in [
        (1.0, 10_256_310_314),
        (8.0, 11_122_400_249),
        (12.0, 11_406_896_766),
        (16.0, 11_644_416_444),
    ] {
        assert_eq!(Subject::deadline(&peer, level), Some(last + silence), "φ = {level}");
    }
}

/// Defect: intervals a time taken for the time of an interval, and a deviation about that.
#[test]
fn the_mean_is_a_time_and_the_deviation_is_about_it() {
    let mut all = subjects(250 * MILLI, Learning::All);
    feed(&mut all, &times(SECOND, alternating(500 * MILLI, 250 * MILLI, 200)));
    let [normal, exponential, ..] = all.map(|(_, subject)| subject.learnt());
    assert_eq!((normal.0, normal.1), (Duration::from_millis(500), Duration::from_millis(250)));
    assert_eq!(exponential.0, Duration::from_millis(500));
}

/// Defect: the time of the last heartbeat overwritten before it is asked whether the peer was
/// suspected: so an hour of outage is learnt after all, and for a whole window no silence counts.
#[test]
fn an_outage_of_an_hour_is_not_learnt_when_only_trusted_is() {
    let threshold = Threshold::new(5.0).expect("legal");
    let mut all = subjects(SECOND, Learning::Trusted(threshold));
    let last = feed(&mut all, &times(7 * SECOND, alternating(SECOND, SECOND / 10, 400)));
    let interval = Nanos::new(3_600 * SECOND);
    let back = last + interval.get();
    for (name, subject) in &mut all {
        let before = subject.learnt();
        assert_eq!(subject.beat(back), Heartbeat::Returned { interval, lost: 0 }, "{name}");
        let after = subject.learnt();
        assert_eq!((before.0, before.1, before.2), (after.0, after.1, after.2), "{name}");
    }
    assert_levels(&all, back + 1_500 * MILLI, AT_1500_MS);
    assert_levels(&all, back + 60 * SECOND, AT_60_S);
}

/// Defect: a window of n that holds n + 1, and the mean of an empty one, 0/0.
#[test]
fn a_window_of_n_holds_n_and_an_empty_one_has_no_mean() {
    let mut window = Window::new([0_u64; 3]).expect("legal");
    assert_eq!((window.mean(), window.std_dev()), (None, None));
    for interval in [1_000, 1, 2, 6] {
        window.record(Nanos::new(interval));
    }
    assert_eq!((window.len(), window.mean()), (3, Some(Nanos::new(3))));
    window.clear();
    assert_eq!((window.mean(), window.std_dev()), (None, None));
}

/// Defect: a time of 0 taken for "not given", so that the clock is asked instead.
#[test]
fn the_origin_of_time_is_an_instant_like_any_other() {
    let mut all = subjects(SECOND, Learning::All);
    for (name, subject) in &mut all {
        assert_eq!(subject.beat(0), Heartbeat::First, "{name}");
        assert_eq!(subject.learnt().3, Some(Timestamp::ORIGIN), "{name}");
        let again = subject.beat(0);
        assert_eq!(again, Heartbeat::Recorded { interval: Nanos::ZERO, lost: 0 }, "{name}");
    }
    let (all, last) = a_second_give_or_take();
    for (name, subject) in &all {
        assert_eq!(subject.phi(0).to_bits(), subject.phi(last).to_bits(), "{name}");
    }
}
