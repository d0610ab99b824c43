//! One contender over its thresholds on one trace, and at the wanted rates of mistakes.
//!
//! How one point is measured is the business of [`measure`](crate::measure).

use anyhow::{Context as _, Result};
use phi_bench::results::Point;
use serde::{Deserialize, Serialize};

use crate::contenders::Entry;
use crate::measure::{Course, Measured};
use crate::output::six_digits;

/// The rates at which contenders are compared (mistakes per heartbeat).
pub(crate) const RATES: [f64; 3] = [1e-2, 1e-3, 1e-4];

/// Fewer mistakes than this are too few to speak of a rate.
const MISTAKES_MIN: f64 = 4.0;

/// Halvings between two thresholds of a sweep: leaves a millionth of what lies between them.
const HALVINGS: u32 = 20;

/// One contender on one trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Curve {
    /// By ascending threshold.
    pub(crate) points: Vec<Point>,
    /// The point at each of [`RATES`], where the trace has enough mistakes to tell.
    pub(crate) at_rates: [Option<Point>; RATES.len()],
}

/// Replays `course` through the contender of `entry`.
pub(crate) fn curve(entry: &Entry, course: &Course) -> Result<Curve> {
    let context = || format!("{} on {}", entry.about.name, course.trace.name);
    let thresholds = (entry.thresholds)();
    let measured = (entry.measure)(course, &thresholds).with_context(context)?;
    let points = measured.iter().map(|measured| point(entry, course, measured)).collect();
    let mistakes = Mistakes::of(entry, course)?;
    let mut wanted = [None; RATES.len()];
    for (threshold, rate) in wanted.iter_mut().zip(RATES) {
        let most = course.beats as f64 * rate;
        if most >= MISTAKES_MIN {
            *threshold = lowest(entry, &thresholds, |h| Ok(mistakes.at(h)? as f64 <= most))?;
        }
    }
    let found: Vec<f64> = wanted.iter().flatten().copied().collect();
    let measured = (entry.measure)(course, &found).with_context(context)?;
    let mut measured = measured.iter().map(|measured| point(entry, course, measured));
    let at_rates = wanted.map(|threshold| threshold.and_then(|_| measured.next()));
    Ok(Curve { points, at_rates })
}

/// How many mistakes a contender makes on one trace, whatever threshold is asked for.
pub(crate) struct Mistakes<'a> {
    entry: &'a Entry,
    course: &'a Course,
    /// What each silence reached, ascending; None where that depends on the threshold.
    levels: Option<Vec<f64>>,
}

impl<'a> Mistakes<'a> {
    pub(crate) fn of(entry: &'a Entry, course: &'a Course) -> Result<Self> {
        if entry.learns_from_verdicts {
            return Ok(Self { entry, course, levels: None });
        }
        let mut levels = (entry.levels)(course)?;
        levels.sort_by(f64::total_cmp);
        Ok(Self { entry, course, levels: Some(levels) })
    }

    pub(crate) fn at(&self, threshold: f64) -> Result<u64> {
        match &self.levels {
            Some(levels) => {
                let borne = levels.partition_point(|level| *level <= threshold);
                Ok((levels.len() - borne) as u64)
            }
            None => (self.entry.mistakes)(self.course, threshold),
        }
    }

    /// Mistakes per heartbeat.
    pub(crate) fn rate_at(&self, threshold: f64) -> Result<f64> {
        Ok(self.at(threshold)? as f64 / self.course.beats as f64)
    }
}

/// The lowest threshold of `entry` between the first and the last of `thresholds` that is `within`
/// bounds: between two of them, then by halving its logarithm. The first if that is within already;
/// None if none of them is.
pub(crate) fn lowest(
    entry: &Entry,
    thresholds: &[f64],
    within: impl Fn(f64) -> Result<bool>,
) -> Result<Option<f64>> {
    if entry.learns_from_verdicts {
        lowest_of_all(thresholds, within)
    } else {
        by_halving(thresholds, within)
    }
}

/// The lowest where mistakes only fall as thresholds rise.
fn by_halving(thresholds: &[f64], within: impl Fn(f64) -> Result<bool>) -> Result<Option<f64>> {
    let (mut from, mut to) = (0, thresholds.len()); // those before are without, the rest within
    while from < to {
        let middle = from.midpoint(to);
        match thresholds.get(middle) {
            Some(threshold) if !within(*threshold)? => from = middle + 1,
            _ => to = middle,
        }
    }
    let Some(mut best) = thresholds.get(to).copied() else { return Ok(None) };
    let Some(mut low) = to.checked_sub(1).and_then(|before| thresholds.get(before).copied()) else {
        return Ok(Some(best));
    };
    for _ in 0..HALVINGS {
        let middle = libm::sqrt(low * best);
        if within(middle)? { best = middle } else { low = middle }
    }
    Ok(Some(best))
}

/// The lowest where a higher threshold may make more mistakes than a lower one, because it has
/// learnt otherwise.
fn lowest_of_all(thresholds: &[f64], within: impl Fn(f64) -> Result<bool>) -> Result<Option<f64>> {
    for (place, threshold) in thresholds.iter().enumerate() {
        if within(*threshold)? {
            let last_two = thresholds.get(place.saturating_sub(1)..=place);
            return by_halving(last_two.unwrap_or_default(), within);
        }
    }
    Ok(None)
}

/// A line of the CSV.
fn point(entry: &Entry, course: &Course, measured: &Measured) -> Point {
    let period_ns = course.trace.period.get() as f64;
    let rate = measured.mistakes as f64 / course.beats as f64;
    let promises = entry.about.promises;
    let (threshold, mistakes) = (measured.threshold, measured.mistakes);
    let [mean_ns, p99_ns] = [measured.detection_mean_ns, measured.detection_p99_ns];
    Point {
        trace: course.trace.name.clone(),
        contender: entry.about.name.to_owned(),
        threshold: six_digits(threshold),
        beats: course.beats,
        mistakes,
        mistake_rate: six_digits(rate),
        mistake_rate_bound: (mistakes == 0).then(|| six_digits(rule_of_three(course.beats))),
        mistakes_per_s: six_digits(measured.mistakes_per_s),
        detection_mean_s: six_digits(mean_ns / 1e9),
        detection_p99_s: six_digits(p99_ns / 1e9),
        detection_mean_periods: six_digits(mean_ns / period_ns),
        detection_p99_periods: six_digits(p99_ns / period_ns),
        recurrence_mean_s: measured.recurrence_mean_s.map(six_digits),
        duration_mean_s: measured.duration_mean_s.map(six_digits),
        accuracy: six_digits(measured.accuracy),
        promised: promises.then(|| six_digits(libm::exp10(-threshold))),
        realised: promises.then(|| six_digits(mistakes as f64 / course.gaps as f64)),
    }
}

/// What the rate of mistakes is below, with 95 % confidence, when `beats` went by without one.
///
/// # Formula
///
/// ```text
/// (1 − p)^n = 0.05  ⇒  p ≈ 3/n, the rule of three
/// ```
fn rule_of_three(beats: u64) -> f64 {
    (3.0 / beats as f64).min(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contenders::ALL;
    use crate::worlds::World;

    /// A detector that makes 1,000·(1 − h/100) mistakes at threshold h, of which so many are
    /// allowed.
    fn at(most: f64, thresholds: &[f64]) -> Option<f64> {
        by_halving(thresholds, |h| Ok(1_000.0 * (1.0 - h / 100.0) <= most)).expect("cannot fail")
    }

    /// Goal: the search ends at the lowest threshold that keeps the rate, and stays in its range.
    #[test]
    fn the_search_finds_the_threshold_of_a_rate() {
        let found = at(500.0, &[10.0, 40.0, 80.0, 90.0]).expect("enclosed");
        assert!((50.0..50.0001).contains(&found), "{found}");
        assert_eq!(at(500.0, &[60.0, 70.0]), Some(60.0), "the first is within already");
        assert_eq!(at(500.0, &[10.0, 20.0]), None, "not even the last is");
    }

    /// Goal: where mistakes do not fall with the threshold, the first that is within is found, not
    /// one behind those that are without again.
    #[test]
    fn the_first_of_several_is_found() {
        let within = |h: f64| Ok((25.0..40.0).contains(&h) || h >= 80.0);
        let found = |thresholds: &[f64]| lowest_of_all(thresholds, within).expect("cannot fail");
        let lowest = found(&[10.0, 20.0, 30.0, 50.0, 70.0, 90.0]).expect("enclosed");
        assert!((25.0..25.001).contains(&lowest), "{lowest}");
        assert_eq!((found(&[50.0, 70.0]), found(&[30.0, 50.0])), (None, Some(30.0)));
    }

    /// Goal: of every contender, the point at a rate has that rate, as far as the trace can tell:
    /// no more, and no less by much, unless its sweep begins there. Where mistakes are too few to
    /// tell there is no point, and what makes none has a bound.
    #[test]
    fn points_at_rates_have_them() {
        let course =
            Course::new(World::parse("storm").expect("known").trace_of(6_000)).expect("long");
        for entry in ALL {
            let name = entry.about.name;
            let curve = curve(entry, &course).expect("legal");
            let first = curve.points.first().expect("swept").mistake_rate;
            assert!(curve.at_rates[2].is_none(), "{name}: 6,000 heartbeats tell nothing of 1e-4");
            let at_rates = curve.at_rates.iter().zip(RATES);
            for (point, rate) in at_rates.filter_map(|(p, rate)| p.as_ref().map(|p| (p, rate))) {
                assert!(point.mistake_rate <= rate * 1.001, "{name} {rate}: {point:?}");
                let is_near = point.mistake_rate >= 0.5 * rate || first <= rate;
                assert!(is_near || entry.learns_from_verdicts, "{name} {rate}: {point:?}");
            }
            for point in &curve.points {
                assert_eq!(point.mistakes == 0, point.mistake_rate_bound.is_some(), "{name}");
                assert_eq!(point.promised.is_some(), entry.about.promises, "{name}");
            }
            let times = curve.points.iter().map(|point| point.detection_mean_s);
            assert!(times.is_sorted() || entry.learns_from_verdicts, "{name}");
        }
    }

    /// Goal: nothing seen in 300 heartbeats is a rate below one in a hundred.
    #[test]
    fn none_seen_is_a_bound() {
        assert_eq!(rule_of_three(300), 0.01);
        assert_eq!(rule_of_three(1), 1.0);
    }
}
