//! Which pictures a report has, and what is in each.
//!
//! How they look is said in the templates.

use std::ops::RangeInclusive;

use phi_bench::results::{Point, Results};

use super::chart::{Area, Chart, Frame, Shape};
use super::names;
use super::over_all::{self, Place};
use super::scale::{plain, power_of_ten, scientific, step_above, thousands};
use super::series::Series;

const PERIODS: &str = "mean time to detect a crash (heartbeat periods)";
const RATE: &str = "false alarms per heartbeat";

/// What all panels show, so that they compare by eye.
const PANEL_PERIODS: RangeInclusive<f64> = 0.8..=500.0;
const PANEL_RATES: RangeInclusive<f64> = 1e-5..=1.0;

/// What the main picture shows.
const MAIN_RATES: RangeInclusive<f64> = 3e-5..=0.3;

/// The trade-off over all traces with one threshold for all; `narrow` for small screens.
pub(super) fn main(results: &Results, series: &[Series], narrow: bool) -> Chart {
    let places: Vec<Vec<Place>> =
        series.iter().map(|one| over_all::one_threshold(results, &one.name)).collect();
    let (width, height) = if narrow { (380.0, 400.0) } else { (860.0, 480.0) };
    let shape = Shape {
        width,
        height,
        x: 0.9..=longest(&places, series),
        y: MAIN_RATES,
        x_label: PERIODS,
        y_label: RATE,
        decades: false,
    };
    let count = results.traces.len();
    let label = format!("Detection time against false alarms, one threshold for {count} traces");
    let id = if narrow { "main-narrow" } else { "main-wide" };
    let mut frame = Frame::new(id.to_owned(), label, &shape);
    add_hindsight(&mut frame, &over_all::limit(results), &over_all::constant_in_hindsight(results));
    for (one, places) in series.iter().zip(&places) {
        let seen: Vec<&Place> = places.iter().filter(|place| place.rate > 0.0).collect();
        let line: Vec<(f64, f64)> = seen.iter().map(|p| (p.periods, p.rate)).collect();
        frame.line(&one.class, &line, &one.name);
        for place in seen {
            let tip = format!(
                "{}, threshold {}: {} periods, {} false alarms per heartbeat",
                one.name,
                plain(place.threshold),
                two_digits(place.periods),
                scientific(place.rate)
            );
            frame.mark(&one.class, (place.periods, place.rate), tip, false);
        }
    }
    if !narrow {
        for (one, places) in series.iter().zip(&places).filter(|(one, _)| is_named(one)) {
            let line: Vec<(f64, f64)> = places.iter().map(|p| (p.periods, p.rate)).collect();
            names::add(&mut frame, &one.class, &one.name, &line);
        }
    }
    frame.chart
}

/// Whether its name stands at its line: ours and the constant timeout.
fn is_named(one: &Series) -> bool {
    one.kind == "ours" || one.kind == "constant"
}

/// The longest time that is worth its place: where the last of ours and the constant timeout reach
/// one mistake in ten thousand, or the end of their lines.
fn longest(places: &[Vec<Place>], series: &[Series]) -> f64 {
    const LOWEST_RATE: f64 = 1e-4;
    let lines = series.iter().zip(places).filter(|(one, _)| is_named(one)).map(|(_, line)| line);
    let end = |line: &Vec<Place>| {
        let worth = line.iter().filter(|place| place.rate >= LOWEST_RATE);
        worth.map(|place| place.periods).fold(1.0, f64::max)
    };
    step_above(lines.map(end).fold(10.0, f64::max)).clamp(10.0, 200.0)
}

/// The region below the limit, and the constant timeouts of hindsight.
fn add_hindsight(frame: &mut Frame, limit: &[Place], constant: &[Place]) {
    let at = |place: &Place| (place.periods, place.rate);
    let limit: Vec<_> = limit.iter().map(at).collect();
    if limit.len() > 1 {
        let (first, last) = (limit.first(), limit.last());
        let left = |end: Option<&(f64, f64)>| (1e-3, end.map_or(1.0, |(_, rate)| *rate));
        let closed: Vec<_> =
            [left(first)].into_iter().chain(limit.iter().copied()).chain([left(last)]).collect();
        let path = format!("{}Z", frame.path(&closed));
        frame.chart.area = Some(Area { path, class: "limit-area" });
        frame.line("limit", &limit, "the lower limit: no detector can be further left");
    }
    let constant: Vec<_> = constant.iter().map(at).collect();
    frame.line("hindsight", &constant, "the constant timeout that is best for each trace");
}

/// The trade-off on one trace.
pub(super) fn panel(results: &Results, series: &[Series], trace: &str, number: usize) -> Chart {
    let shape = Shape {
        width: 380.0,
        height: 300.0,
        x: PANEL_PERIODS,
        y: PANEL_RATES,
        x_label: PERIODS,
        y_label: RATE,
        decades: false,
    };
    let label = format!("Detection time against false alarms on {trace}");
    let mut frame = Frame::new(format!("panel-{number}"), label, &shape);
    let limits = results.limits.iter().filter(|limit| limit.trace == trace);
    let limit: Vec<Place> = limits
        .map(|limit| Place {
            threshold: 0.0,
            periods: limit.detection_mean_periods,
            rate: limit.mistake_rate,
        })
        .filter(|place| place.rate > 0.0)
        .collect();
    add_hindsight(&mut frame, &limit, &[]);
    for one in series {
        let points = results.points.iter();
        let points = points.filter(|p| p.trace == trace && p.contender == one.name);
        let points: Vec<&Point> = points.collect();
        let seen = points.iter().filter(|point| point.mistakes > 0);
        let line: Vec<_> = seen.map(|p| (p.detection_mean_periods, p.mistake_rate)).collect();
        frame.line(&one.class, &line, &one.name);
        let none = points.iter().find_map(|p| Some((*p, p.mistake_rate_bound?)));
        if let Some((point, bound)) = none {
            let tip = format!(
                "{}, threshold {}: no false alarm in {} heartbeats, so fewer than {} each",
                one.name,
                plain(point.threshold),
                thousands(point.beats),
                scientific(bound)
            );
            frame.mark(&one.class, (point.detection_mean_periods, bound), tip, true);
        }
    }
    frame.chart
}

/// Promised against realised shares, mean over traces.
pub(super) fn calibration(results: &Results, series: &[Series], narrow: bool) -> Chart {
    let shares = 1e-5..=1.0;
    let (width, height) = if narrow { (380.0, 360.0) } else { (620.0, 440.0) };
    let shape = Shape {
        width,
        height,
        x: shares.clone(),
        y: shares,
        x_label: "promised: share of silences that may be longer",
        y_label: "share that was longer",
        decades: true,
    };
    let id = if narrow { "calibration-narrow" } else { "calibration-wide" };
    let label = "Share of silences beyond each promise, against what was promised".to_owned();
    let mut frame = Frame::new(id.to_owned(), label, &shape);
    let above = frame.path(&[(1e-5, 1e-5), (1.0, 1.0), (1e-5, 1.0)]);
    frame.chart.area = Some(Area { path: format!("{above}Z"), class: "broken-area" });
    frame.line("kept", &[(1e-5, 1e-5), (1.0, 1.0)], "promises kept exactly");
    let line_of = |one: &Series| {
        let found = results.calibration.iter().find(|found| found.contender == one.name);
        let levels = found.into_iter().flat_map(|found| &found.levels);
        let seen = levels.filter(|level| level.realised > 0.0);
        seen.map(|level| (level.promised, level.realised)).collect::<Vec<_>>()
    };
    for one in series {
        let line = line_of(one);
        frame.line(&one.class, &line, &one.name);
        for (promised, realised) in line {
            let (promise, came) = (power_of_ten(promised), scientific(realised));
            let tip = format!("{}: {promise} promised, {came} came", one.name);
            frame.mark(&one.class, (promised, realised), tip, false);
        }
    }
    for one in series.iter().filter(|one| !narrow && is_named(one)) {
        names::add(&mut frame, &one.class, &one.name, &line_of(one));
    }
    frame.chart
}

/// `value` with two or three digits that matter.
pub(super) fn two_digits(value: f64) -> String {
    let decimals = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.decimals$}")
}
