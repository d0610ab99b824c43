//! Whether promised shares are those that were realised, over all traces.
//!
//! What is promised is the business of the contenders.

use phi_bench::results::{Calibration, Level, Point, TraceCalibration, TraceLevel};

use crate::output::six_digits;

/// The levels whose promises are checked.
const LEVELS: [f64; 4] = [1.0, 2.0, 3.0, 4.0];

/// A promise of fewer gaps than this cannot be checked.
const PROMISED_MIN: f64 = 10.0;

/// A share of which not one gap was seen is taken for that of this many.
const NONE_SEEN: f64 = 0.5;

/// The summary of a contender; `traces` are its points on each, and how many gaps were scored
/// there. None of one that promises nothing.
pub(crate) fn calibration(contender: &str, traces: &[(&[Point], u64)]) -> Option<Calibration> {
    let levels = LEVELS.into_iter().map(|threshold| level(threshold, traces));
    let levels = levels.collect::<Option<Vec<_>>>()?;
    let traces = traces.iter().filter_map(|(points, gaps)| of_trace(points, *gaps));
    let traces: Vec<TraceCalibration> = traces.collect();
    let dex = mean(traces.iter().filter_map(|trace| trace.dex)).map(six_digits);
    Some(Calibration { contender: contender.to_owned(), levels, dex, traces })
}

/// Means over traces at one level.
fn level(threshold: f64, traces: &[(&[Point], u64)]) -> Option<Level> {
    let points = || traces.iter().filter_map(|(points, _)| at(points, threshold));
    Some(Level {
        threshold,
        promised: points().find_map(|point| point.promised)?,
        realised: six_digits(mean(points().filter_map(|point| point.realised))?),
        mistake_rate: six_digits(mean(points().map(|point| point.mistake_rate))?),
    })
}

/// Each promise on one trace, and their mean as far as the trace is long enough for them.
fn of_trace(points: &[Point], gaps: u64) -> Option<TraceCalibration> {
    let level = |threshold| {
        let point = at(points, threshold)?;
        let (promised, longer) = (point.promised?, point.mistakes);
        let dex = dex(promised, longer, gaps).map(six_digits);
        Some(TraceLevel { threshold, promised, longer, realised: point.realised?, dex })
    };
    let levels: Vec<TraceLevel> = LEVELS.into_iter().filter_map(level).collect();
    let dex = mean(levels.iter().filter_map(|level| level.dex)).map(six_digits);
    Some(TraceCalibration { trace: points.first()?.trace.clone(), gaps, levels, dex })
}

/// How far a promised share is from that of `longer` gaps among `gaps`, in decades; None where too
/// few are promised to tell.
fn dex(promised: f64, longer: u64, gaps: u64) -> Option<f64> {
    let gaps = gaps as f64;
    let seen = (longer as f64).max(NONE_SEEN) / gaps;
    (promised * gaps >= PROMISED_MIN).then(|| (libm::log10(promised) - libm::log10(seen)).abs())
}

fn at(points: &[Point], threshold: f64) -> Option<&Point> {
    points.iter().find(|point| point.threshold == threshold)
}

fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = values.fold((0.0, 0_u32), |(sum, count), value| (sum + value, count + 1));
    (count > 0).then(|| sum / f64::from(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(threshold: f64, mistakes: u64, gaps: u64) -> Point {
        Point {
            trace: "t".to_owned(),
            contender: "c".to_owned(),
            threshold,
            beats: 2 * gaps,
            mistakes,
            mistake_rate: mistakes as f64 / (2 * gaps) as f64,
            mistake_rate_bound: None,
            mistakes_per_s: 0.0,
            detection_mean_s: 1.0,
            detection_p99_s: 1.0,
            detection_mean_periods: 1.0,
            detection_p99_periods: 1.0,
            recurrence_mean_s: None,
            duration_mean_s: None,
            accuracy: 1.0,
            promised: Some(10_f64.powf(-threshold)),
            realised: Some(mistakes as f64 / gaps as f64),
        }
    }

    /// Goal: by hand, 10,000 gaps: 1,000 and 1,000 and 0 longer at φ = 1, 2, 3 are 0, 1 and
    /// log₁₀ 20 decades off; φ = 4 promises one gap, which cannot be judged.
    #[test]
    fn by_hand() {
        let points: Vec<Point> = [(1.0, 1_000), (2.0, 1_000), (3.0, 0), (4.0, 0)]
            .into_iter()
            .map(|(threshold, mistakes)| point(threshold, mistakes, 10_000))
            .collect();
        let found = calibration("c", &[(&points, 10_000)]).expect("promised");
        let dex = (0.0 + 1.0 + 20_f64.log10()) / 3.0;
        assert!((found.dex.expect("judged") - dex).abs() < 1e-5, "{found:?}");
        let level = &found.levels[1];
        assert_eq!((level.promised, level.realised, level.mistake_rate), (0.01, 0.1, 0.05));
        let of_it = &found.traces[0];
        assert_eq!((of_it.trace.as_str(), of_it.gaps, of_it.dex), ("t", 10_000, found.dex));
        let seen: Vec<_> = of_it.levels.iter().map(|l| (l.longer, l.dex.is_some())).collect();
        assert_eq!(seen, [(1_000, true), (1_000, true), (0, true), (0, false)]);
    }

    /// Goal: who promises nothing is not judged.
    #[test]
    fn without_a_promise_there_is_nothing_to_judge() {
        let mut points = vec![point(1.0, 5, 100)];
        points[0].promised = None;
        assert!(calibration("c", &[(&points, 100)]).is_none());
    }
}
