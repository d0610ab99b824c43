//! The score of lateness against its own history: φ as the probability that it says (DP2-φ).
//!
//! The score itself is RS2's, of [`RobustScore`](crate::RobustScore); what level is too much is the
//! business of whoever reads φ.

use super::Model;
use super::buckets::{BUCKETS, EDGE_LAST, EDGES, FIRST_EDGE, LAST_EDGE, Place};
use super::lateness::{Lateness, LatenessConfig};
use super::level::{above, greatest_share, level};
use super::search::first_reaching;
use crate::phi::{Phi, Threshold};
use crate::time::{Nanos, small_to_f64};

/// How many scores the prior weighs as much as; measured: 100 to 1,000 do equally well.
const PRIOR_WEIGHT: f64 = 100.0;

/// 100·S₀ at the 89 edges: how many of 100 scores the prior expects to be greater.
///
/// ```text
/// S₀(u) = 0.5 − 2u up to u = 0.1, then straight in log-log through (0.1, 0.3) (0.45, 0.1)
/// (0.9, 0.03) (1.7, 0.01) (4.2, 3e-3) (8.5, 1e-3) (20, 3e-4) (40, 1e-4), then ∝ u^−1.5
/// ```
///
/// Source: measured: what 73 recorded networks have in common \[Study\].
#[rustfmt::skip]
const PRIOR: [f64; BUCKETS + 1] = [
    4.687_500_000e1, 4.628_372_777e1, 4.558_058_262e1, 4.474_439_740e1, 4.375_000_000e1,
    4.256_745_553e1, 4.116_116_524e1, 3.948_879_481e1, 3.750_000_000e1, 3.513_491_106e1,
    3.232_233_047e1, 2.892_715_793e1, 2.548_801_302e1, 2.245_774_747e1, 1.978_774_968e1,
    1.743_518_747e1, 1.536_232_098e1, 1.353_589_724e1, 1.192_661_671e1, 1.050_866_327e1,
    8.327_618_345, 6.163_127_139, 4.561_224_418, 3.375_683_759, 2.500_802_442, 1.853_868_626,
    1.374_290_438, 1.018_774_568, 8.054_629_115e-1, 6.395_375_405e-1, 5.077_927_983e-1,
    4.031_874_748e-1, 3.201_308_494e-1, 2.470_948_859e-1, 1.886_191_530e-1, 1.439_818_746e-1,
    1.099_081_396e-1, 8.534_038_998e-2, 6.687_485_800e-2, 5.240_480_661e-2, 4.106_571_345e-2,
    3.218_011_725e-2, 2.466_944_414e-2, 1.874_472_400e-2, 1.424_291_021e-2, 1.082_227_145e-2,
    8.309_837_339e-3, 6.407_760_551e-3, 4.941_058_844e-3, 3.810_077_219e-3, 2.937_971_166e-3,
    2.265_485_469e-3, 1.746_928_107e-3, 1.347_065_719e-3, 1.038_729_667e-3, 8.009_700_688e-4,
    6.176_323_555e-4, 4.762_596_524e-4, 3.672_463_958e-4, 2.831_856_836e-4, 2.183_660_134e-4,
    1.683_832_149e-4, 1.298_412_084e-4, 1.001_212_586e-4, 7.720_404_444e-5, 5.953_245_655e-5,
    4.590_579_948e-5, 3.539_821_045e-5, 2.729_575_168e-5, 2.104_790_186e-5, 1.623_015_105e-5,
    1.251_515_733e-5, 9.650_505_555e-6, 7.441_557_069e-6, 5.738_224_935e-6, 4.424_776_306e-6,
    3.411_968_960e-6, 2.630_987_733e-6, 2.028_768_882e-6, 1.564_394_666e-6, 1.206_313_194e-6,
    9.301_946_336e-7, 7.172_781_168e-7, 5.530_970_383e-7, 4.264_961_200e-7, 3.288_734_666e-7,
    2.535_961_102e-7, 1.955_493_332e-7, 1.507_891_493e-7,
];

/// The calibrated model, in 216 bytes: φ is how rarely this sender's heartbeats were as late, on
/// top of what networks are like in general. It is meant as the probability that it says, from the
/// second heartbeat on: where φ = 3 promised that 1 gap in 1,000 is longer, 0.94 were, on average
/// over 73 recorded networks \[Study\].
///
/// # Formula
///
/// ```text
/// φ(t) = −log₁₀ P(u), P(u) = (N(u) + 100·S₀(u)) / (n + 100) for u ≥ 1/64;  φ = 0 below: not late
/// φ(t) = Phi::MAX from the longest silence on
/// where u is the score of RobustScore after a silence t, N(u) how many of the n scores counted so
/// far were greater, but (g/u)⁴ beyond the greatest of them, g, and S₀ the prior's tail
/// ```
///
/// N comes from a histogram of 88 buckets, four an octave, and is taken linear inside each, like
/// S₀; g is where the last bucket in use ends, and from there on N is halved at each edge. When
/// 65,535 scores are counted, all counts are halved: so old ones fade, slowly. Beyond the last
/// bucket P falls as u^−1.5, and it is rounded to 24 bits, whereby φ cannot decrease.
///
/// # What is promised
///
/// If scores are exchangeable (a network that stays as it is), then whatever their distribution, if
/// it is continuous, P(φ > h) ≤ (10^−h·(n + 100) + 1)/(n + 1), up to the width of a bucket. Rates
/// below 1/n were never seen: there the greatest score and the prior speak, and the longest silence
/// caps what they would allow. Thresholds of 2 to 5 make sense.
///
/// It counts silences as an observer sees them, so those that a loss made long are among them.
///
/// Source: measured \[Study\]: with one threshold for 73 recorded networks, and as many mistakes,
/// it needs two thirds (at 10⁻² mistakes a heartbeat) to a fifth (at 10⁻⁴) of the detection time of
/// one constant timeout. That is without what lies beyond the greatest score, lest a silence longer
/// than all before be a surprise at any threshold: its power is that of one halving a bucket, and
/// on eight other networks, with thresholds set in hindsight for 10⁻⁴, it brings the time from 1.27
/// of the best constant's to 1.16.
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// # use phi_core::{Calibrated, Detector, LatenessConfig, Threshold, Timestamp};
/// let config = LatenessConfig::for_interval(Duration::from_secs(1))?;
/// let mut peer = Detector::new(Calibrated::new(config));
/// let threshold = Threshold::new(3.0)?; // one mistake in 1,000 heartbeats
///
/// // Nothing is known of a new peer, so it is given time: 6.776 s.
/// let _ = peer.heartbeat_seq(0, Timestamp::ORIGIN);
/// let young = peer.deadline(threshold).unwrap_or_default();
/// assert_eq!(young.as_nanos() / 1_000_000, 6_776);
///
/// // One that was regular 10,000 times is not: 1.18 s.
/// for beat in 1..=10_000 {
///     let _ = peer.heartbeat_seq(beat, Timestamp::from_nanos(beat * 1_000_000_000));
/// }
/// let known = peer.deadline(threshold).unwrap_or_default();
/// assert_eq!(known.as_nanos() / 100_000_000, 100_011);
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Calibrated {
    lateness: Lateness,
    /// How many of the scores lie beyond each edge: a histogram summed from its end, so that φ
    /// needs two of them, and it never increases.
    beyond: [u16; BUCKETS],
    /// How many scores were counted, halvings included.
    scores: u16,
    /// The edge where the last bucket in use ends; 0 while nobody was late.
    end: u8,
}

impl Calibrated {
    /// A model that has seen nothing.
    #[must_use]
    pub const fn new(config: LatenessConfig) -> Self {
        Self { lateness: Lateness::new(config), beyond: [0; BUCKETS], scores: 0, end: 0 }
    }

    /// The parameters that it reckons with.
    #[must_use]
    pub const fn config(&self) -> &LatenessConfig {
        self.lateness.config()
    }

    #[cfg(feature = "serde")]
    pub(super) const fn lateness_bits(&self) -> [u64; 2] {
        self.lateness.to_bits()
    }

    /// How many scores were counted, and how many of them lie beyond each edge.
    #[cfg(feature = "serde")]
    pub(super) const fn counts(&self) -> (u16, &[u16; BUCKETS]) {
        (self.scores, &self.beyond)
    }

    /// The same with other knowledge, if it is some that learning could have led to; that `beyond`
    /// never rises, and begins at `scores` or below, the caller has seen to.
    #[cfg(feature = "serde")]
    pub(super) fn with_knowledge(
        self,
        lateness: [u64; 2],
        scores: u16,
        beyond: [u16; BUCKETS],
    ) -> Option<Self> {
        let lateness = Lateness::from_bits(*self.config(), lateness)?;
        (scores < u16::MAX).then_some(Self { lateness, beyond, scores, end: end_of(&beyond) })
    }

    /// Counts one score, and halves all counts before they could overflow.
    fn count(&mut self, score: f64) {
        self.scores = self.scores.wrapping_add(1); // never wraps: it is halved below
        // All edges are looked at, in a few wide steps: how many are reached nobody can predict.
        let reached = Place::edges_reached(score);
        for (beyond, edge) in self.beyond.iter_mut().zip(&EDGES) {
            *beyond = beyond.wrapping_add(u16::from(*edge < reached)); // at most `scores`
        }
        self.end = self.end.max(u8::try_from(reached).unwrap_or(0)); // it is at most 88
        if self.scores == u16::MAX {
            self.scores /= 2;
            self.beyond.iter_mut().for_each(|beyond| *beyond /= 2);
            self.end = end_of(&self.beyond);
        }
    }

    /// P(u): what share of silences goes on beyond the score, in 24 bits; it never increases with
    /// the score, because each operation rounds monotonically.
    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "rounding to 24 bits is what is wanted")]
    fn share(&self, score: f64) -> f32 {
        (self.longer(score) / self.total()) as f32
    }

    /// N(u) + 100·S₀(u), on a scale on which [`total`](Self::total) stands for all.
    #[inline]
    fn longer(&self, score: f64) -> f64 {
        if score < FIRST_EDGE {
            return self.total();
        }
        if score >= LAST_EDGE {
            let ratio = LAST_EDGE / score;
            return self.longer_than_edge(EDGE_LAST) * (ratio * libm::sqrt(ratio));
        }
        let place = Place::of(score);
        let from = self.longer_than_edge(place.bucket);
        let to = self.longer_than_edge(place.bucket + 1);
        let longer = from - place.inside * (from - to);
        if longer > to { longer } else { to }
    }

    /// The same at an edge of the buckets, 0 to [`EDGE_LAST`].
    #[inline]
    fn longer_than_edge(&self, edge: u16) -> f64 {
        let counted = self.beyond.get(usize::from(edge)).copied().unwrap_or(0); // none at the last
        let counted = small_to_f64(counted.into()) + self.longer_than_greatest(edge);
        counted + PRIOR.get(usize::from(edge)).copied().unwrap_or(0.0)
    }

    /// What the greatest score says of those beyond it: 1 where its bucket ends, and half as much
    /// at each further edge.
    #[inline]
    fn longer_than_greatest(&self, edge: u16) -> f64 {
        match edge.checked_sub(self.end.into()) {
            Some(further) if self.end > 0 => {
                f64::from_bits(1.0_f64.to_bits() - (u64::from(further) << 52))
            }
            _ => 0.0,
        }
    }

    fn total(&self) -> f64 {
        small_to_f64(self.scores.into()) + PRIOR_WEIGHT
    }

    /// About the score at which the share has fallen to `share`: one search over the edges, then
    /// the inverse of [`longer`](Self::longer) in its bucket.
    fn score_of(&self, share: f32) -> f64 {
        // What rounds to `share` begins half a step above it.
        let share = f64::midpoint(f64::from(share), f64::from(above(share)));
        let wanted = share * self.total();
        if wanted >= self.longer_than_edge(0) {
            return FIRST_EDGE;
        }
        let last = self.longer_than_edge(EDGE_LAST);
        if wanted < last {
            let root = libm::cbrt(last / wanted);
            return LAST_EDGE * (root * root);
        }
        let (mut bucket, mut end) = (0, EDGE_LAST); // longer at the bucket's start, not at the end
        while end - bucket > 1 {
            let middle = bucket.midpoint(end);
            if self.longer_than_edge(middle) > wanted { bucket = middle } else { end = middle }
        }
        let (from, to) = (self.longer_than_edge(bucket), self.longer_than_edge(end));
        Place { bucket, inside: (from - wanted) / (from - to) }.score()
    }
}

/// The edge where the last bucket in use ends; 0 if none is.
fn end_of(beyond: &[u16; BUCKETS]) -> u8 {
    u8::try_from(beyond.partition_point(|&beyond| beyond > 0)).unwrap_or(0) // at most 88
}

impl Model for Calibrated {
    fn record(&mut self, interval: Nanos, beats: u64) {
        self.count(self.lateness.score(interval));
        self.lateness.learn(interval, beats);
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        if self.lateness.is_overlong(elapsed) {
            return Phi::MAX;
        }
        level(self.share(self.lateness.score(elapsed)))
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        let share = greatest_share(threshold);
        let guess = self.lateness.silence(self.score_of(share));
        first_reaching(guess, |elapsed| {
            self.lateness.is_overlong(elapsed) || self.share(self.lateness.score(elapsed)) <= share
        })
    }

    /// The robust location, m·η: near the mean, but moved by no outlier.
    fn mean(&self) -> Nanos {
        self.lateness.location()
    }

    /// The robust scale, s·η: not a standard deviation, and never below 0.447·η.
    fn std_dev(&self) -> Nanos {
        self.lateness.scale()
    }

    /// How many scores φ rests on, 0 to 65,534; halved from time to time.
    fn samples(&self) -> usize {
        usize::from(self.scores)
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.lateness.rescale(from, to);
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;
    use crate::draw::Draw;

    fn fresh() -> Calibrated {
        Calibrated::new(LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal"))
    }

    /// φ of the score that comes after `n` others.
    fn level_after(n: u16, mut score: impl FnMut() -> f64) -> Phi {
        let mut model = fresh();
        (0..n).for_each(|_| model.count(score()));
        level(model.share(score()))
    }

    /// Goal: the table is the prior of the study, recomputed at each edge.
    #[test]
    fn the_prior_is_the_studys() {
        let points = [
            (0.1_f64, 0.3_f64),
            (0.45, 0.1),
            (0.9, 0.03),
            (1.7, 0.01),
            (4.2, 3e-3),
            (8.5, 1e-3),
            (20.0, 3e-4),
            (40.0, 1e-4),
            (4e9, 1e-16),
        ];
        for (edge, tabled) in (0_u16..).zip(PRIOR) {
            let u = (f64::from(edge) / 4.0 - 6.0).exp2();
            let found = points.windows(2).find(|pair| u >= pair[0].0 && u <= pair[1].0);
            let tail = found.map_or(0.5 - 2.0 * u, |pair| {
                let slope = (pair[1].1 / pair[0].1).ln() / (pair[1].0 / pair[0].0).ln();
                pair[0].1 * (u / pair[0].0).powf(slope)
            });
            assert!((tabled / (100.0 * tail) - 1.0).abs() < 1e-9, "{edge}: {tabled} {tail}");
        }
    }

    /// Goal: shares never increase, neighbouring floats and edges of the buckets included.
    #[test]
    fn shares_fall_with_the_score() {
        let mut draw = Draw(1);
        let mut model = fresh();
        for _ in 0..5_000 {
            model.count((draw.unit() * 40.0 - 20.0).exp2());
            let base = (draw.unit() * 26.0 - 8.0).exp2();
            let edge =
                Place { bucket: Place::of(base.max(FIRST_EDGE)).bucket, inside: 0.0 }.score();
            for start in [base, edge, LAST_EDGE, FIRST_EDGE] {
                let near = |step| model.share(f64::from_bits(start.to_bits() - 4 + step));
                assert!((0..8).all(|step| near(step) >= near(step + 1)), "at {start}");
            }
        }
    }

    /// Goal: the proven bound, on scores that are exchangeable, heavy-tailed and not the prior's:
    /// P(φ > h) ≤ (10^−h·(n + 100) + 1)/(n + 1) for the score after n others.
    #[test]
    fn exchangeable_scores_exceed_phi_no_more_often_than_proven() {
        let mut draw = Draw(42);
        for (n, trials) in [(10_u16, 20_000_u16), (100, 6_000), (1_000, 2_000), (10_000, 300)] {
            for (h, power) in [(1.0_f64, 0.7_f64), (2.0, 0.7), (1.0, 3.0), (2.0, 3.0)] {
                let bound = (10.0_f64.powf(-h) * (f64::from(n) + 100.0) + 1.0) / f64::from(n + 1);
                let score = |draw: &mut Draw| draw.unit().powf(-1.0 / power) - 1.5; // some on time
                let trial = |_: &u16| level_after(n, || score(&mut draw)).value() > h;
                let exceeding = u32::try_from((0..trials).filter(trial).count()).expect("few");
                let rate = f64::from(exceeding) / f64::from(trials);
                let noise = 4.0 * (bound.min(1.0) / f64::from(trials)).sqrt();
                assert!(rate <= bound + noise, "n {n}, h {h}: {rate} > {bound}");
            }
        }
    }

    /// Goal: beyond the greatest score N is halved at each edge, from 1 where its bucket ends; it
    /// is what was counted before that, and nothing where nobody was late.
    #[test]
    fn the_greatest_score_speaks_for_those_beyond_it() {
        let counted = |model: &Calibrated, edge: u16| {
            model.longer(Place { bucket: edge, inside: 0.0 }.score()) - PRIOR[usize::from(edge)]
        };
        let mut on_time = fresh();
        on_time.count(-1.0);
        assert!((0..EDGE_LAST).all(|edge| counted(&on_time, edge).to_bits() == 0));

        for greatest in [0, 20, EDGE_LAST - 1] {
            let mut model = on_time;
            model.count(Place { bucket: greatest, inside: 0.0 }.score());
            model.count(Place { bucket: greatest, inside: 0.5 }.score());
            for edge in 0..EDGE_LAST {
                let further = edge.checked_sub(greatest + 1);
                let expected = further.map_or(2.0, |further| (-f64::from(further)).exp2());
                assert!((counted(&model, edge) - expected).abs() < 1e-12, "{greatest}, {edge}");
            }
        }
    }

    /// Goal: halving keeps shares, to a count.
    #[test]
    fn halving_keeps_shares() {
        let mut draw = Draw(3);
        let mut model = fresh();
        for _ in 0..65_534 {
            model.count((draw.unit() * 12.0 - 7.0).exp2());
        }
        let before = model;
        model.count(-1.0);
        assert_eq!(model.scores, 32_767);
        for (old, new) in before.beyond.iter().zip(&model.beyond) {
            assert_eq!(old / 2, *new);
        }
    }

    /// Goal: deadlines are found in few steps, because the score guessed for a share has that
    /// share, to its last bit; for a new model and an old one, in the buckets and beyond.
    #[test]
    fn the_score_of_a_share_has_that_share() {
        let mut draw = Draw(11);
        let mut old = fresh();
        (0..3_000).for_each(|_| old.count((draw.unit() * 16.0 - 8.0).exp2()));
        for model in [fresh(), old] {
            for step in 0_u16..1_200 {
                let share = model.share((f64::from(step) / 50.0 - 6.0).exp2());
                let found = model.share(model.score_of(share));
                assert!(found.to_bits().abs_diff(share.to_bits()) <= 1, "{share}: {found}");
            }
            let most = model.share(FIRST_EDGE);
            for share in [above(most), 0.9, 1.0] {
                assert_eq!(model.score_of(share).to_bits(), FIRST_EDGE.to_bits(), "{share}");
            }
        }
    }

    /// Goal: whoever is late by the first edge is counted as late, not earlier.
    #[test]
    fn lateness_begins_at_the_first_edge() {
        let model = fresh();
        assert!(model.share(f64::from_bits(FIRST_EDGE.to_bits() - 1)) > 0.999);
        assert!((model.share(FIRST_EDGE) - 0.468_75).abs() < 1e-6, "100·S₀ of 100");
    }
}
