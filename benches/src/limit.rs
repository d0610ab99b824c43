//! What no detector can be better than: the least detection time for a number of mistakes.
//!
//! # Formula
//!
//! ```text
//! c_k(L) = Σ T_D(s) over the heartbeats s_k ≤ s < s_{k+1}, when suspicion begins L after arrival k
//! limit(M) = (Σ_k c_k(g_k) − the M greatest savings c_k(g_k) − c_k(0)) / beats
//! where g_k is the silence after arrival k (0 after the last, and where mistakes are not scored)
//! ```
//!
//! Why: until the next arrival, a crash after arrival k and a living sender look alike, so a
//! detector bears one silence L there in both. If L is shorter than the silence that comes, it is a
//! mistake, and none is faster than L = 0; if it is none, L is at least that silence, and none is
//! faster than just that. So whoever makes M mistakes pays at least for the silences of all others,
//! and least where the M are those that save most. Only a detector that knew each next arrival
//! could reach it.
//!
//! What `T_D` is, is the business of [`measure`](crate::measure).

use phi_core::Nanos;

use crate::measure::{Course, Step};

/// The least mean detection time of a trace, by number of mistakes.
pub(crate) struct Limit {
    /// Mean over all heartbeats with no, one, two … mistakes (ns).
    means_ns: Vec<f64>,
}

impl Limit {
    pub(crate) fn of(course: &Course) -> Self {
        let cost = |step: &Step, patience| {
            let crashes = step.crashes.0..step.crashes.1;
            crashes.map(|sequence| course.detection_ns(step, sequence, patience)).sum::<f64>()
        };
        let mut sum_ns = 0.0;
        let mut savings = Vec::with_capacity(course.gaps as usize);
        for step in course.steps() {
            let at_once = cost(&step, Nanos::ZERO);
            match step.gap.filter(|_| step.is_scored()) {
                Some(gap) => {
                    let patient = cost(&step, gap);
                    sum_ns += patient;
                    savings.push(patient - at_once);
                }
                None => sum_ns += at_once,
            }
        }
        savings.sort_by(|a, b| b.total_cmp(a));
        let beats = course.beats.max(1) as f64;
        let mut means_ns = Vec::with_capacity(savings.len() + 1);
        means_ns.push(sum_ns / beats);
        for saving in savings {
            sum_ns -= saving;
            means_ns.push(sum_ns.max(0.0) / beats);
        }
        Self { means_ns }
    }

    /// The least mean detection time of who makes so many mistakes (ns).
    pub(crate) fn mean_ns(&self, mistakes: u64) -> f64 {
        let mistakes = usize::try_from(mistakes).unwrap_or(usize::MAX);
        let mean = self.means_ns.get(mistakes).or_else(|| self.means_ns.last());
        mean.copied().unwrap_or_default()
    }

    /// Numbers of mistakes worth telling, falling: 16 a decade, and none.
    pub(crate) fn mistakes_shown(&self) -> Vec<u64> {
        let most = self.means_ns.len().saturating_sub(1) as f64;
        let steps = 16.0 * most.max(1.0).log10();
        let shown = (0..=steps.floor() as u32).rev();
        let mut shown: Vec<u64> =
            shown.map(|step| libm::exp10(f64::from(step) / 16.0).round() as u64).collect();
        shown.push(0);
        shown.dedup();
        shown
    }
}

#[cfg(test)]
mod tests {
    use phi_bench::results::Kind;
    use phi_core::Timestamp;

    use super::*;
    use crate::contenders::ALL;
    use crate::trace::{Arrival, Trace};
    use crate::worlds::World;

    /// Goal: by hand, a heartbeat each 10 ns from 0 to 149 without 80 and 81: with no mistake, 97
    /// silences of 10 are borne at a cost of 10 each, and one of 30 at 30 + 20 + 10; the last
    /// heartbeat costs nothing. One mistake saves the 60, the second 10.
    #[test]
    fn by_hand() {
        let arrivals = (0..150)
            .filter(|sequence| !(80..82).contains(sequence))
            .map(|sequence| Arrival { sequence, at: Timestamp::from_nanos(sequence * 10) })
            .collect();
        let (name, kind) = ("t".into(), String::new());
        let trace = Trace { name, kind, period: Nanos::new(10), arrivals };
        let limit = Limit::of(&Course::new(trace).expect("long enough"));
        let sum = 96.0 * 10.0 + 60.0;
        for (mistakes, saved) in [(0, 0.0), (1, 60.0), (2, 70.0), (97, sum), (1_000, sum)] {
            let mean = limit.mean_ns(mistakes);
            assert!((mean - (sum - saved) / 100.0).abs() < 1e-9, "{mistakes}: {mean}");
        }
    }

    /// Goal: no contender is below it, at any threshold.
    #[test]
    fn nobody_is_below_it() {
        let all_asked = ALL.iter().filter(|entry| entry.about.kind != Kind::Rival);
        let worlds = ["gamma", "storm"];
        for (entry, world) in all_asked.flat_map(|entry| worlds.map(|world| (entry, world))) {
            let course =
                Course::new(World::parse(world).expect("known").trace_of(2_500)).expect("long");
            let limit = Limit::of(&course);
            for point in (entry.measure)(&course, &(entry.thresholds)()).expect("legal") {
                let least = limit.mean_ns(point.mistakes) * (1.0 - 1e-9);
                let name = entry.about.name;
                assert!(point.detection_mean_ns >= least, "{name} {point:?} {least}");
            }
        }
    }

    /// Goal: what is shown falls to none, each once.
    #[test]
    fn mistakes_shown_fall_to_none() {
        let limit = Limit { means_ns: vec![0.0; 1_001] };
        let shown = limit.mistakes_shown();
        assert!(shown.is_sorted_by(|a, b| a > b), "{shown:?}");
        assert_eq!((shown.first(), shown.last()), (Some(&1_000), Some(&0)));
    }
}
