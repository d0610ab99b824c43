//! All contenders over their thresholds on one trace, and each at a wanted rate of mistakes.
//!
//! How one point is measured is the business of [`measure`](crate::measure).

use anyhow::{Context as _, Result, ensure};

use crate::contenders::{ALL, Entry};
use crate::measure::{Point, scored_beats};
use crate::schedule::delays_ns;
use crate::trace::Trace;

/// The rates at which contenders are compared (mistakes per heartbeat).
pub(crate) const RATES: [f64; 2] = [1e-2, 1e-3];

/// Fewer mistakes than this are too few to speak of a rate.
const MISTAKES_MIN: f64 = 4.0;

/// Halvings between two thresholds of a sweep: leaves 0.03 % of the third that lies between them.
const HALVINGS: u32 = 10;

/// One contender on one trace.
pub(crate) struct Curve {
    pub(crate) contender: &'static str,
    /// By ascending threshold.
    pub(crate) points: Vec<Point>,
    /// The point at each of [`RATES`], where the trace has enough mistakes to tell.
    pub(crate) at_rates: [Option<Point>; RATES.len()],
}

/// Each contender on `trace`, in their own order.
pub(crate) fn sweep(trace: &Trace) -> Result<Vec<Curve>> {
    let name = &trace.name;
    ensure!(scored_beats(trace) > 0, "{name}: too short, the first heartbeats are not scored");
    let delays_ns = delays_ns(trace);
    ALL.iter().map(|entry| curve(entry, trace, &delays_ns).with_context(|| name.clone())).collect()
}

fn curve(entry: &Entry, trace: &Trace, delays_ns: &[f64]) -> Result<Curve> {
    let measure = |threshold| (entry.measure)(trace, delays_ns, threshold);
    let points = (entry.thresholds)().into_iter().map(measure).collect::<Result<Vec<_>>>()?;
    let mut at_rates = [None; RATES.len()];
    for (at_rate, rate) in at_rates.iter_mut().zip(RATES) {
        *at_rate = point_at(rate, &points, measure)?;
    }
    Ok(Curve { contender: entry.name, points, at_rates })
}

/// The point of the lowest threshold that makes at most `rate` mistakes per heartbeat: between two
/// points of the sweep, then by halving. None where the sweep does not enclose it.
fn point_at(
    rate: f64,
    points: &[Point],
    measure: impl Fn(f64) -> Result<Point>,
) -> Result<Option<Point>> {
    let within = |point: &Point| point.mistake_rate() <= rate;
    let Some((low, high)) = points.iter().zip(points.iter().skip(1)).find(|(_, high)| within(high))
    else {
        return Ok(None);
    };
    if within(low) || high.beats as f64 * rate < MISTAKES_MIN {
        return Ok(None);
    }
    let (mut low, mut best) = (low.threshold, *high);
    for _ in 0..HALVINGS {
        let middle = measure(low.midpoint(best.threshold))?;
        if within(&middle) { best = middle } else { low = middle.threshold }
    }
    Ok(Some(best))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A detector that makes 1,000·(1 − h/100) mistakes in 10,000 beats at threshold h.
    fn point(threshold: f64) -> Point {
        let mistakes = (1_000.0 * (1.0 - threshold / 100.0)).round() as u64;
        let detection = threshold * 7.0;
        Point {
            threshold,
            beats: 10_000,
            mistakes,
            detection_mean_ns: detection,
            detection_p99_ns: detection,
        }
    }

    fn at(rate: f64, thresholds: &[f64]) -> Option<Point> {
        let points: Vec<_> = thresholds.iter().copied().map(point).collect();
        point_at(rate, &points, |threshold| Ok(point(threshold))).expect("cannot fail")
    }

    /// Goal: the search ends at the lowest threshold that keeps the rate, to 0.1 % of a step.
    #[test]
    fn the_search_finds_the_threshold_of_a_rate() {
        let found = at(0.05, &[10.0, 40.0, 80.0, 90.0]).expect("enclosed");
        assert!((found.threshold - 50.0).abs() < 0.1, "{found:?}");
        assert_eq!(found.mistakes, 500);
    }

    /// Goal: no figure where the sweep does not enclose the rate, or the trace is too short for it.
    #[test]
    fn what_cannot_be_told_is_not_told() {
        assert!(at(0.05, &[60.0, 70.0]).is_none(), "all below");
        assert!(at(0.05, &[10.0, 20.0]).is_none(), "all above");
        assert!(at(3e-4, &[10.0, 100.0]).is_none(), "3 mistakes");
        assert!(at(4e-4, &[10.0, 100.0]).is_some());
    }
}
