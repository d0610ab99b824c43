//! One threshold for all networks, as users have to set it.
//!
//! What a contender could do with a threshold for each is the business of [`equal`](super::equal).

use anyhow::Result;
use phi_bench::results::OneThreshold;
use serde::{Deserialize, Serialize};

use super::geometric_mean;
use crate::contenders::Entry;
use crate::family::family;
use crate::measure::Course;
use crate::output::six_digits;
use crate::sweep::{Mistakes, RATES, lowest};

/// What a contender does with one threshold for all: at each of [`RATES`], None where no threshold
/// within its range makes so few mistakes.
pub(crate) type Shared = [Option<At>; RATES.len()];

/// A threshold, and the detection time at it: geometric mean over families, of that over the traces
/// of each (periods).
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct At {
    threshold: f64,
    detection_mean_periods: f64,
}

/// Finds the thresholds of a contender at which its rate of mistakes, mean over families of the
/// mean over their traces, is each of [`RATES`].
pub(crate) fn shared(entry: &Entry, courses: &[&Course]) -> Result<Shared> {
    let mistakes =
        courses.iter().map(|course| Mistakes::of(entry, course)).collect::<Result<Vec<_>>>()?;
    let names: Vec<&str> = courses.iter().map(|course| course.trace.name.as_str()).collect();
    let thresholds = (entry.thresholds)();
    let mut shared = [None; RATES.len()];
    for (shared, rate) in shared.iter_mut().zip(RATES) {
        let within = |threshold| {
            let rates =
                mistakes.iter().map(|m| m.rate_at(threshold)).collect::<Result<Vec<f64>>>()?;
            Ok(mean(&over_families(&names, &rates, mean)) <= rate)
        };
        if let Some(threshold) = lowest(entry, &thresholds, within)? {
            let detection_mean_periods = detection_periods(entry, courses, &names, threshold)?;
            *shared = Some(At { threshold: six_digits(threshold), detection_mean_periods });
        }
    }
    Ok(shared)
}

fn detection_periods(
    entry: &Entry,
    courses: &[&Course],
    names: &[&str],
    threshold: f64,
) -> Result<f64> {
    let mut periods = Vec::with_capacity(courses.len());
    for course in courses {
        for measured in (entry.measure)(course, &[threshold])? {
            periods.push(measured.detection_mean_ns / course.trace.period.get() as f64);
        }
    }
    let geometric = |values: &[f64]| geometric_mean(values).unwrap_or_default();
    Ok(six_digits(geometric(&over_families(names, &periods, geometric))))
}

/// The mean of each family, by `mean`.
fn over_families(names: &[&str], values: &[f64], mean: impl Fn(&[f64]) -> f64) -> Vec<f64> {
    let mut families: Vec<(&str, Vec<f64>)> = Vec::new();
    for (name, value) in names.iter().zip(values) {
        let name = family(name);
        match families.iter_mut().find(|(family, _)| *family == name) {
            Some((_, values)) => values.push(*value),
            None => families.push((name, vec![*value])),
        }
    }
    families.iter().map(|(_, values)| mean(values)).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The lines of a contender, compared with the constant timeout.
pub(crate) fn against_constant(
    contender: &str,
    shared: &Shared,
    constant: &Shared,
) -> Vec<OneThreshold> {
    let line = |(rate, (at, base)): (f64, (&Option<At>, &Option<At>))| OneThreshold {
        contender: contender.to_owned(),
        mistake_rate: rate,
        threshold: at.map(|at| at.threshold),
        detection_mean_periods: at.map(|at| at.detection_mean_periods),
        over_constant: at
            .zip(*base)
            .map(|(at, base)| six_digits(at.detection_mean_periods / base.detection_mean_periods)),
    };
    RATES.into_iter().zip(shared.iter().zip(constant)).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contenders::ALL;
    use crate::worlds::World;

    /// Goal: each family weighs the same, however many traces it has.
    #[test]
    fn families_weigh_the_same() {
        let names = ["lan_a_1", "lan_b_1", "lan_a_2", "lan_a_3"];
        assert_eq!(over_families(&names, &[1.0, 9.0, 2.0, 6.0], mean), [3.0, 9.0]);
    }

    /// Goal: of one trace, the one threshold for all is that of the trace.
    #[test]
    fn one_trace_has_its_own_threshold() {
        let course =
            Course::new(World::parse("gamma").expect("known").trace_of(6_000)).expect("long");
        for entry in ALL.iter().filter(|entry| !entry.learns_from_verdicts) {
            let name = entry.about.name;
            let curve = crate::sweep::curve(entry, &course).expect("legal");
            let shared = shared(entry, &[&course]).expect("legal");
            let both = shared.iter().zip(&curve.at_rates);
            for (at, point) in both.filter_map(|(at, point)| at.zip(point.as_ref())) {
                let ratio = at.detection_mean_periods / point.detection_mean_periods;
                assert!((ratio - 1.0).abs() < 1e-4, "{name}: {at:?} {point:?}");
            }
        }
    }
}
