//! Goal: the same calls give the same bits in every build and on every processor.
//!
//! Each section digests the bits of all that it computes, over calls drawn from a fixed generator,
//! and compares with a constant that is committed here. So whoever replays a recorded history on
//! another machine sees the same levels and the same deadlines. `.ci/bits` runs it in builds that
//! differ in optimisation, features and target.
//!
//! A digest that changes on purpose, with a formula, is copied from the failure's text.
#![expect(clippy::expect_used, reason = "parameters of the tests are legal")]

use core::time::Duration;

use phi_core::tail::{normal_phi, normal_phi_f32, normal_phi_inverse};
use phi_core::{
    Calibrated, Detector, Exponential, ExponentialConfig, Fleet, Heartbeat, LatenessConfig,
    Learning, Model, Normal, NormalConfig, OnQuery, Outcome, RobustScore, Slot, Threshold,
    Timestamp,
};

/// What each section's digest must be.
const EXPECTED: [(&str, u64); 13] = [
    ("tail", 0xf452_23c9_9234_fee5),
    ("tail, single", 0x4ee2_9910_030c_7ae5),
    ("inverse", 0x3f44_24eb_4833_0e1f),
    ("logistic", 0xf04d_9742_e713_c0a2),
    ("normal", 0xe75b_315b_b511_3718),
    ("normal, on query", 0xa31a_9944_46f6_3e7f),
    ("normal, single", 0x78e0_04fd_bbf8_d144),
    ("exponential", 0xb678_0bfb_bc8f_17f2),
    ("chitchat", 0x6097_cca1_b609_f53c),
    ("robust", 0xedd1_d07f_19e4_8bba),
    ("calibrated", 0x9fca_262b_a785_8cfc),
    ("outcome", 0x2ebe_30ac_8361_aa47),
    ("fleet", 0xb9e8_10e6_e5b4_fdcc),
];

/// Calls of each model.
const CALLS: usize = 20_000;

/// The intervals that senders promise here (ns), from very short to the longest.
const INTERVALS: [u64; 6] = [1, 999, 200_000_007, 1_000_000_000, 60_000_000_000, 1 << 50];

/// Those that fit into windows of microseconds as well.
const INTERVALS_SMALL: [u64; 4] = [1_000, 200_000_007, 1_000_000_000, 60_000_000_000];

/// FNV-1a over 64-bit numbers, byte by byte.
struct Digest(u64);

impl Digest {
    const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    fn number(&mut self, number: u64) {
        for byte in number.to_le_bytes() {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn float(&mut self, float: f64) {
        self.number(float.to_bits());
    }

    fn length(&mut self, length: Duration) {
        self.number(length.as_secs());
        self.number(u64::from(length.subsec_nanos()));
    }
}

/// `SplitMix64`: integers only, so that nothing about the calls depends on the machine.
struct Generator(u64);

impl Generator {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`, evenly spread enough.
    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    /// A number of any size: as many of 10 bits as of 60.
    fn any_size(&mut self) -> u64 {
        let shift = self.below(64);
        self.next() >> shift
    }

    /// A float from −2³ to 2²⁰ of any exponent there, made from bits.
    fn deviation(&mut self) -> f64 {
        let exponent = 1_023 - 40 + self.below(60);
        let fraction = self.next() >> 12;
        let size = f64::from_bits((exponent << 52) | fraction);
        if self.below(3) == 0 && size < 40.0 { -size } else { size }
    }

    fn threshold(&mut self) -> Threshold {
        let size = self.deviation().abs().clamp(1e-9, Threshold::MAX.value());
        Threshold::new(size).expect("in range")
    }
}

fn tail() -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(1));
    for _ in 0..200_000 {
        digest.float(normal_phi(random.deviation()));
    }
    for z in [f64::NEG_INFINITY, -39.0, -38.5, -1.0, -0.0, 62.0, 1e9, f64::MAX, f64::NAN] {
        digest.float(normal_phi(z));
    }
    digest.0
}

#[expect(clippy::cast_possible_truncation, reason = "rounded as every processor rounds")]
fn tail_f32() -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(10));
    for _ in 0..200_000 {
        digest.float(normal_phi_f32(random.deviation() as f32).into());
    }
    digest.0
}

fn inverse() -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(2));
    for _ in 0..50_000 {
        digest.float(normal_phi_inverse(random.deviation().abs()));
    }
    digest.0
}

/// Digests what detectors over a model say, call by call.
fn detector<M: Model>(seed: u64, intervals: &[u64], model: impl Fn(Duration) -> M) -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(seed));
    for &interval in intervals {
        let trusted = Learning::Trusted(random.threshold());
        for learning in [Learning::All, trusted] {
            let mut subject =
                Detector::new(model(Duration::from_nanos(interval))).with_learning(learning);
            drive(&mut digest, &mut random, &mut subject, interval);
        }
    }
    digest.0
}

fn drive<M: Model>(
    digest: &mut Digest,
    random: &mut Generator,
    subject: &mut Detector<M>,
    interval: u64,
) {
    let (mut now, mut seq) = (Timestamp::from_nanos(1_000), 0_u64);
    for _ in 0..CALLS / (2 * INTERVALS.len()) {
        now = now.saturating_add(Duration::from_nanos(random.below(2 * interval + 1)));
        match random.below(40) {
            0 => subject.resume(now),
            1 => subject.restart(now),
            2 => subject.pause(Duration::from_nanos(random.below(interval)), now),
            3 => {
                let (from, to) = (random.below(9) + 1, random.below(9) + 1);
                subject.rescale(Duration::from_nanos(from), Duration::from_nanos(to));
                subject.rescale(Duration::from_nanos(to), Duration::from_nanos(from));
            }
            4 => {
                let at = Timestamp::from_nanos(now.as_nanos() / 2);
                digest_heartbeat(digest, subject.heartbeat(at));
            }
            5..20 => digest_heartbeat(digest, subject.heartbeat(now)),
            _ => {
                seq += random.below(4);
                digest_heartbeat(digest, subject.heartbeat_seq(seq, now));
            }
        }
        look(digest, random, subject, now);
    }
}

fn look<M: Model>(
    digest: &mut Digest,
    random: &mut Generator,
    subject: &Detector<M>,
    now: Timestamp,
) {
    let later = now.saturating_add(Duration::from_nanos(random.any_size()));
    digest.float(subject.phi(later).value());
    digest.number(subject.deadline(random.threshold()).map_or(0, Timestamp::as_nanos));
    digest.length(subject.mean());
    digest.length(subject.std_dev());
    digest.number(u64::try_from(subject.samples()).expect("64 bits are enough"));
    digest.number(subject.lost().into());
}

fn digest_heartbeat(digest: &mut Digest, heartbeat: Heartbeat) {
    let numbers = match heartbeat {
        Heartbeat::First => [0, 0, 0],
        Heartbeat::Recorded { interval, lost } => [1, interval.get(), lost],
        Heartbeat::Returned { interval, lost } => [2, interval.get(), lost],
        Heartbeat::Resumed => [3, 0, 0],
        Heartbeat::Late => [4, 0, 0],
        Heartbeat::Duplicate => [5, 0, 0],
        Heartbeat::Backwards { by } => [6, by.get(), 0],
        _ => [7, 0, 0],
    };
    for number in numbers {
        digest.number(number);
    }
}

fn normal_config(interval: Duration) -> NormalConfig {
    NormalConfig::for_interval(interval)
        .and_then(|config| config.with_acceptable_pause(interval / 2))
        .expect("legal")
}

fn normal(interval: Duration) -> Normal<[u64; 64]> {
    Normal::new([0_u64; 64], normal_config(interval)).expect("legal")
}

fn normal_on_query(interval: Duration) -> Normal<[u32; 64], f64, OnQuery> {
    Normal::new([0_u32; 64], normal_config(interval)).expect("legal").on_query()
}

fn normal_f32(interval: Duration) -> Normal<[u32; 64], f32> {
    Normal::new_f32([0_u32; 64], normal_config(interval)).expect("legal")
}

fn exponential(interval: Duration) -> Exponential<[u64; 64]> {
    let config = ExponentialConfig::for_interval(interval).expect("legal");
    Exponential::new([0_u64; 64], config).expect("legal")
}

fn chitchat(interval: Duration) -> Exponential<[u32; 64]> {
    let config = ExponentialConfig::chitchat(interval, interval * 3).expect("legal");
    Exponential::new([0_u32; 64], config).expect("legal")
}

fn logistic() -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(12));
    for _ in 0..20_000 {
        if let Ok(threshold) = Threshold::from_logistic(random.deviation().abs()) {
            digest.float(threshold.value());
        }
    }
    digest.0
}

fn lateness(interval: Duration) -> LatenessConfig {
    LatenessConfig::for_interval(interval)
        .and_then(|config| config.with_longest_silence(interval * 1_000))
        .expect("legal")
}

fn outcome() -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(8));
    let model = Calibrated::new(lateness(Duration::from_secs(1)));
    for _ in 0..20_000 {
        let interval = Duration::from_nanos(random.below(1 << 50) + 1);
        let outcome = Outcome::of_threshold(random.threshold(), interval).expect("legal");
        digest.float(outcome.mistakes_per_day());
        digest.length(outcome.silence(&model).unwrap_or_default());
        if let Ok(outcome) = Outcome::of_mistakes(random.deviation().abs(), interval) {
            digest.float(outcome.threshold().value());
        }
    }
    digest.0
}

fn fleet() -> u64 {
    let (mut digest, mut random) = (Digest::new(), Generator(9));
    let slots = vec![Slot::VACANT; 37];
    let threshold = Threshold::new(3.0).expect("legal");
    let mut fleet = Fleet::new(slots, vec![0_u64; 74], threshold).expect("two to one");
    let config = lateness(Duration::from_secs(1));
    let handles: Vec<_> = (0..37)
        .map(|_| fleet.insert(Detector::new(RobustScore::new(config))).expect("room"))
        .collect();
    let mut now = Timestamp::ORIGIN;
    for _ in 0..20_000 {
        now = now.saturating_add(Duration::from_nanos(random.below(80_000_000)));
        let at = usize::try_from(random.below(37)).expect("small");
        let handle = handles.get(at).copied().expect("37 of them");
        let heartbeat = fleet.heartbeat(handle, now).expect("not removed");
        digest_heartbeat(&mut digest, heartbeat);
        digest.number(fleet.next_deadline().map_or(0, Timestamp::as_nanos));
        fleet.late(now).for_each(|late| digest.number(late.index() as u64));
        let late = fleet.take_late(now).map_or(u64::MAX, |late| late.index() as u64);
        digest.number(late);
    }
    digest.0
}

/// Method: all sections, and all digests in the failure's text, as they would have to be written.
#[test]
fn the_same_calls_give_the_same_bits() {
    let actual = [
        ("tail", tail()),
        ("tail, single", tail_f32()),
        ("inverse", inverse()),
        ("logistic", logistic()),
        ("normal", detector(3, &INTERVALS, normal)),
        ("normal, on query", detector(11, &INTERVALS_SMALL, normal_on_query)),
        ("normal, single", detector(13, &INTERVALS_SMALL, normal_f32)),
        ("exponential", detector(4, &INTERVALS, exponential)),
        ("chitchat", detector(5, &INTERVALS_SMALL, chitchat)),
        ("robust", detector(6, &INTERVALS, |interval| RobustScore::new(lateness(interval)))),
        ("calibrated", detector(7, &INTERVALS, |interval| Calibrated::new(lateness(interval)))),
        ("outcome", outcome()),
        ("fleet", fleet()),
    ];
    let lines = actual.map(|(name, digest)| {
        let [a, b, c, d] = [48, 32, 16, 0].map(|shift| (digest >> shift) & 0xffff);
        format!("    (\"{name}\", 0x{a:04x}_{b:04x}_{c:04x}_{d:04x}),\n")
    });
    assert_eq!(actual, EXPECTED, "the digests are now\n{}", lines.concat());
}
