//! Results as small as they can be, for tests: three contenders on one trace.

use phi_bench::results::{
    About, Calibration, Comparison, Cost, FORMAT, Kind, Level, LimitPoint, Made, MeanComparison,
    OneThreshold, Origin, Point, Results, TraceInfo,
};

const TRACE: &str = "net<1>";

/// Three contenders on one trace; `satzger` is faster than ours.
pub(crate) fn sample() -> Results {
    let contenders = [
        ("constant", Kind::Constant, 3.0),
        ("satzger", Kind::Published, 1.2),
        ("ours", Kind::Ours, 1.5),
    ];
    let about = |(name, kind, _): &(&str, Kind, f64)| About {
        name: (*name).to_owned(),
        title: "a detector".to_owned(),
        source: "a source".to_owned(),
        kind: *kind,
        promises: true,
        cost: Cost { bytes: Some(8), heartbeat_ns: Some(1.0), patience_ns: None },
    };
    let ratio = |slow: f64| slow / 3.0;
    Results {
        format: FORMAT,
        made: Made { by: "phi-bench".into(), machine: "a machine".into(), at: "now".into() },
        contenders: contenders.iter().map(about).collect(),
        traces: vec![TraceInfo {
            name: TRACE.into(),
            kind: "trouble".into(),
            family: "net".into(),
            origin: Origin::Included,
            period_s: 0.1,
            beats: 10_000,
            gaps: 9_999,
        }],
        points: contenders.iter().flat_map(|(name, _, slow)| points(name, *slow)).collect(),
        limits: (0..3).map(limit).collect(),
        at_equal_rates: contenders
            .iter()
            .map(|(name, _, slow)| at_equal(name, ratio(*slow)))
            .collect(),
        over_traces: contenders.iter().map(|(name, _, slow)| mean(name, ratio(*slow))).collect(),
        one_threshold: contenders
            .iter()
            .map(|(name, _, slow)| shared(name, ratio(*slow)))
            .collect(),
        calibration: contenders.iter().map(|(name, ..)| kept(name)).collect(),
    }
}

/// Mistakes fall by a factor of ten as the detection time doubles, to none at last.
fn points(contender: &str, slow: f64) -> Vec<Point> {
    let point = |(step, mistakes): (i32, u64)| Point {
        trace: TRACE.into(),
        contender: contender.into(),
        threshold: f64::from(step + 1),
        beats: 10_000,
        mistakes,
        mistake_rate: mistakes as f64 / 1e4,
        mistake_rate_bound: (mistakes == 0).then_some(3e-4),
        mistakes_per_s: mistakes as f64 / 1e3,
        detection_mean_s: slow * f64::from(1 << step) / 10.0,
        detection_p99_s: slow * f64::from(1 << step) / 5.0,
        detection_mean_periods: slow * f64::from(1 << step),
        detection_p99_periods: slow * f64::from(1 << step) * 2.0,
        recurrence_mean_s: None,
        duration_mean_s: None,
        accuracy: 0.99,
        promised: Some(0.1_f64.powi(step)),
        realised: Some(mistakes as f64 / 9_999.0),
    };
    [(0, 1_000), (1, 100), (2, 10), (3, 0)].into_iter().map(point).collect()
}

fn limit(step: i32) -> LimitPoint {
    LimitPoint {
        trace: TRACE.into(),
        mistakes: 1_000 / 10_u64.pow(step.unsigned_abs()),
        mistake_rate: 0.1 / 10_f64.powi(step),
        detection_mean_s: 0.1,
        detection_mean_periods: 0.9 + f64::from(step) / 10.0,
    }
}

fn at_equal(contender: &str, ratio: f64) -> Comparison {
    Comparison {
        trace: TRACE.into(),
        contender: contender.into(),
        mistake_rate: 1e-2,
        threshold: 2.0,
        mistakes: 100,
        detection_mean_periods: ratio * 6.0,
        over_constant: ratio,
        over_limit: ratio * 6.0,
    }
}

fn mean(contender: &str, ratio: f64) -> MeanComparison {
    MeanComparison {
        contender: contender.into(),
        mistake_rate: None,
        count: 1,
        over_constant: ratio,
        over_limit: ratio * 6.0,
        worst: ratio,
        worst_trace: TRACE.into(),
    }
}

fn shared(contender: &str, ratio: f64) -> OneThreshold {
    OneThreshold {
        contender: contender.into(),
        mistake_rate: 1e-2,
        threshold: Some(2.0),
        detection_mean_periods: Some(ratio * 6.0),
        over_constant: Some(ratio),
    }
}

fn kept(contender: &str) -> Calibration {
    let level = |(threshold, realised): (f64, f64)| Level {
        threshold,
        promised: 10_f64.powf(-threshold),
        realised,
        mistake_rate: realised,
    };
    let levels = [(1.0, 0.08), (2.0, 0.012), (3.0, 9e-4)].map(level).to_vec();
    Calibration { contender: contender.into(), levels, dex: Some(0.1), traces: Vec::new() }
}
