//! The trade-off over all traces with one threshold for all of them, as users have to set it; and
//! what could be had with hindsight in each.
//!
//! Nothing is measured here: it is the mean of points.

use std::collections::BTreeMap;

use phi_bench::results::{Point, Results};

/// A place in the picture: detection time (periods), mistakes per heartbeat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Place {
    pub(super) threshold: f64,
    pub(super) periods: f64,
    pub(super) rate: f64,
}

/// One contender at each threshold that was tried on all traces.
///
/// # Formula
///
/// ```text
/// rate:    mean over families of the mean over their traces of mistakes per heartbeat
/// periods: geometric mean over families of that over their traces of the mean detection time
/// ```
pub(super) fn one_threshold(results: &Results, contender: &str) -> Vec<Place> {
    let families = families(results);
    let mut by_threshold: BTreeMap<u64, Vec<&Point>> = BTreeMap::new();
    for point in results.points.iter().filter(|point| point.contender == contender) {
        // Thresholds are positive: their bits are in the same order as they are.
        by_threshold.entry(point.threshold.to_bits()).or_default().push(point);
    }
    let complete = |points: &Vec<&Point>| points.len() == results.traces.len();
    let place = |(bits, points): (u64, Vec<&Point>)| {
        let of = |value: fn(&Point) -> f64| {
            points.iter().map(|p| (families.get(p.trace.as_str()).copied(), value(p))).collect()
        };
        Place {
            threshold: f64::from_bits(bits),
            rate: over_families(of(|point| point.mistake_rate)),
            periods: over_families(of(|point| point.detection_mean_periods.ln())).exp(),
        }
    };
    by_threshold.into_iter().filter(|(_, points)| complete(points)).map(place).collect()
}

/// What no detector can be better than, if each trace makes the same mistakes per heartbeat: from
/// the lowest rate at which every trace holds four mistakes.
pub(super) fn limit(results: &Results) -> Vec<Place> {
    let of_trace = |trace: &str, rate: f64| {
        let limits = results.limits.iter().filter(|limit| limit.trace == trace);
        let within = limits.filter(|limit| limit.mistake_rate <= rate);
        within.map(|limit| limit.detection_mean_periods).reduce(f64::min)
    };
    in_hindsight(results, of_trace)
}

/// The constant timeout that is best for each trace, at the same rates.
pub(super) fn constant_in_hindsight(results: &Results) -> Vec<Place> {
    let Some(constant) = results.contenders.first() else { return Vec::new() };
    let of_trace = |trace: &str, rate: f64| {
        let points = results.points.iter();
        let points = points.filter(|p| p.trace == trace && p.contender == constant.name);
        let within = points.filter(|point| point.mistake_rate <= rate);
        within.map(|point| point.detection_mean_periods).reduce(f64::min)
    };
    in_hindsight(results, of_trace)
}

fn in_hindsight(results: &Results, periods: impl Fn(&str, f64) -> Option<f64>) -> Vec<Place> {
    const STEPS_A_DECADE: i32 = 8;
    const MISTAKES_MIN: f64 = 4.0;
    let families = families(results);
    let shortest = results.traces.iter().map(|trace| trace.beats).min().unwrap_or(0) as f64;
    let rates = (0..=4 * STEPS_A_DECADE)
        .map(|step| 10_f64.powf(-0.5 - f64::from(step) / f64::from(STEPS_A_DECADE)))
        .take_while(|rate| rate * shortest >= MISTAKES_MIN);
    let place = |rate: f64| {
        let of_trace = |name: &str| Some((families.get(name).copied(), periods(name, rate)?.ln()));
        let all: Option<Vec<_>> =
            results.traces.iter().map(|trace| of_trace(trace.name.as_str())).collect();
        Some(Place { threshold: 0.0, periods: over_families(all?).exp(), rate })
    };
    rates.filter_map(place).collect()
}

/// The family of each trace.
fn families(results: &Results) -> BTreeMap<&str, &str> {
    results.traces.iter().map(|trace| (trace.name.as_str(), trace.family.as_str())).collect()
}

/// The mean over families of the mean of each.
fn over_families(values: Vec<(Option<&str>, f64)>) -> f64 {
    let mut families: BTreeMap<Option<&str>, (f64, f64)> = BTreeMap::new();
    for (family, value) in values {
        let (sum, count) = families.entry(family).or_default();
        *sum += value;
        *count += 1.0;
    }
    let sum: f64 = families.values().map(|(sum, count)| sum / count).sum();
    sum / families.len() as f64
}

#[cfg(test)]
mod tests {
    use super::super::sample::sample;
    use super::*;

    /// Goal: with one trace the mean is that trace, by rising threshold; with a second of the same
    /// family and one of another, families weigh the same.
    #[test]
    fn families_weigh_the_same() {
        let mut results = sample();
        let one = one_threshold(&results, "ours");
        let periods: Vec<f64> = one.iter().map(|place| place.periods).collect();
        assert!(periods.iter().zip([1.5, 3.0, 6.0, 12.0]).all(|(a, b)| (a - b).abs() < 1e-9));
        for (name, family, factor) in [("b", "net", 4.0), ("c", "other", 16.0)] {
            let mut points = sample().points;
            for point in &mut points {
                point.trace = name.into();
                point.detection_mean_periods *= factor;
            }
            results.points.extend(points);
            let mut trace = results.traces[0].clone();
            (trace.name, trace.family) = (name.into(), family.into());
            results.traces.push(trace);
        }
        let all = one_threshold(&results, "ours");
        // Within the family net twice as long, in the other 16 times: √(2·16).
        assert!((all[0].periods / 1.5 - 32_f64.sqrt()).abs() < 1e-9, "{:?}", all[0]);
        assert!((all[0].rate - 0.1).abs() < 1e-12);
    }

    /// Goal: what hindsight gives ends where a trace holds too few mistakes to tell.
    #[test]
    fn hindsight_ends_where_nothing_can_be_told() {
        let line = constant_in_hindsight(&sample());
        assert!(!line.is_empty() && line.iter().all(|place| place.rate >= 4e-4));
        let near = |rate: f64| line.iter().find(|place| place.rate <= rate * 1.001).expect("there");
        assert!((near(0.1).periods - 3.0).abs() < 1e-9);
        assert!((near(0.01).periods - 6.0).abs() < 1e-9);
    }
}
