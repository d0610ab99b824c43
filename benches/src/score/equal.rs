//! Contenders at equal rates of mistakes, each threshold set in hindsight for its trace: detection
//! time over that of the constant timeout, and over the lower limit.
//!
//! How one threshold does for all traces is the business of
//! [`one_threshold`](super::one_threshold).

use phi_bench::results::{Comparison, MeanComparison};

use super::geometric_mean;
use crate::limit::Limit;
use crate::output::six_digits;
use crate::sweep::{Curve, RATES};

/// The curves of one trace, the constant timeout first, compared.
///
/// The limit is that of the mistakes which the contender made.
pub(crate) fn comparisons(curves: &[Curve], limit: &Limit) -> Vec<Comparison> {
    let Some(constant) = curves.first() else { return Vec::new() };
    let mut comparisons = Vec::new();
    for curve in curves {
        for (rate, (at_rate, base)) in
            RATES.into_iter().zip(curve.at_rates.iter().zip(&constant.at_rates))
        {
            let (Some(point), Some(base)) = (at_rate, base) else { continue };
            let least_s = limit.mean_ns(point.mistakes) / 1e9;
            comparisons.push(Comparison {
                trace: point.trace.clone(),
                contender: point.contender.clone(),
                mistake_rate: rate,
                threshold: point.threshold,
                mistakes: point.mistakes,
                detection_mean_periods: point.detection_mean_periods,
                over_constant: six_digits(point.detection_mean_s / base.detection_mean_s),
                over_limit: six_digits(point.detection_mean_s / least_s),
            });
        }
    }
    comparisons
}

/// Means over traces of a contender, at each rate and at all.
pub(crate) fn over_traces(comparisons: &[Comparison], contender: &str) -> Vec<MeanComparison> {
    let rates = RATES.into_iter().map(Some).chain([None]);
    rates.filter_map(|rate| mean(comparisons, contender, rate)).collect()
}

fn mean(comparisons: &[Comparison], contender: &str, rate: Option<f64>) -> Option<MeanComparison> {
    let of_it = |comparison: &&Comparison| {
        comparison.contender == contender && rate.is_none_or(|rate| comparison.mistake_rate == rate)
    };
    let of_it: Vec<&Comparison> = comparisons.iter().filter(of_it).collect();
    let over_constant: Vec<f64> = of_it.iter().map(|comparison| comparison.over_constant).collect();
    let over_limit: Vec<f64> = of_it.iter().map(|comparison| comparison.over_limit).collect();
    let worst = of_it.iter().max_by(|a, b| a.over_constant.total_cmp(&b.over_constant))?;
    Some(MeanComparison {
        contender: contender.to_owned(),
        mistake_rate: rate,
        count: of_it.len() as u64,
        over_constant: six_digits(geometric_mean(&over_constant)?),
        over_limit: six_digits(geometric_mean(&over_limit)?),
        worst: worst.over_constant,
        worst_trace: worst.trace.clone(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn comparison(trace: &str, rate: f64, over_constant: f64) -> Comparison {
        Comparison {
            trace: trace.to_owned(),
            contender: "c".to_owned(),
            mistake_rate: rate,
            threshold: 1.0,
            mistakes: 4,
            detection_mean_periods: 2.0,
            over_constant,
            over_limit: 2.0 * over_constant,
        }
    }

    /// Goal: means are those of a rate, and of all; the worst is named; where there is nothing at a
    /// rate there is no line.
    #[test]
    fn means_are_of_a_rate_and_of_all() {
        let comparisons =
            [comparison("a", 1e-2, 1.0), comparison("b", 1e-2, 4.0), comparison("a", 1e-3, 0.5)];
        let means = over_traces(&comparisons, "c");
        let shown: Vec<_> =
            means.iter().map(|m| (m.mistake_rate, m.count, m.over_constant)).collect();
        assert_eq!(shown, [(Some(1e-2), 2, 2.0), (Some(1e-3), 1, 0.5), (None, 3, 1.25992)]);
        assert_eq!((means[2].worst, means[2].worst_trace.as_str()), (4.0, "b"));
        assert_eq!(means[0].over_limit, 4.0);
        assert!(over_traces(&comparisons, "d").is_empty());
    }
}
