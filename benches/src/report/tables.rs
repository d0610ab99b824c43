//! The tables of a report, as rows of text.
//!
//! How they look is said in the templates.

use phi_bench::results::{Origin, Results, TraceInfo};
use serde::Serialize;

use super::pictures::two_digits;
use super::scale::{power_of_ten, thousands};
use super::series::Series;

/// One contender over all traces.
#[derive(Serialize)]
pub(super) struct Row {
    series: Series,
    /// Detection time over the constant timeout's, by rate.
    one_threshold: Vec<Cell>,
    in_hindsight: Vec<Cell>,
    worst: Option<String>,
    dex: Option<String>,
}

/// A ratio; the bar beside it ends at 1.
#[derive(Serialize)]
struct Cell {
    text: String,
    /// 0 to 100, where 50 is as fast as the constant timeout.
    percent: Option<f64>,
    /// The threshold, where it is told.
    tip: Option<String>,
}

/// The rows, fastest first, by the lowest rate that all can be judged at, and the rates of columns.
pub(super) fn rows(results: &Results, series: &[Series]) -> (Vec<String>, Vec<Row>) {
    let mut rates: Vec<f64> = results.one_threshold.iter().map(|line| line.mistake_rate).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup();
    let mut rows: Vec<(f64, Row)> =
        series.iter().map(|one| (order(results, one, &rates), row(results, one, &rates))).collect();
    rows.sort_by(|a, b| a.0.total_cmp(&b.0));
    let rates = rates.into_iter().map(power_of_ten).collect();
    (rates, rows.into_iter().map(|(_, row)| row).collect())
}

/// What rows are sorted by: the ratio with one threshold at the middle rate.
fn order(results: &Results, one: &Series, rates: &[f64]) -> f64 {
    let rate = rates.get(rates.len() / 2).copied().unwrap_or_default();
    let lines = results.one_threshold.iter();
    let mut lines = lines.filter(|line| line.contender == one.name && line.mistake_rate == rate);
    lines.find_map(|line| line.over_constant).unwrap_or(f64::INFINITY)
}

fn row(results: &Results, one: &Series, rates: &[f64]) -> Row {
    let shared = |rate: &f64| {
        let line = results
            .one_threshold
            .iter()
            .find(|line| line.contender == one.name && line.mistake_rate == *rate);
        let tip = line.and_then(|line| line.threshold).map(|t| format!("threshold {t}"));
        cell(line.and_then(|line| line.over_constant), tip)
    };
    let mean = |rate: Option<f64>| {
        let means = results.over_traces.iter();
        means.into_iter().find(|mean| mean.contender == one.name && mean.mistake_rate == rate)
    };
    let hindsight = |rate: &f64| {
        let mean = mean(Some(*rate));
        let tip = mean.map(|mean| format!("of {} traces", mean.count));
        let mut cell = cell(mean.map(|mean| mean.over_constant), tip);
        if let Some(count) = mean.and_then(|mean| results.fewer(mean)) {
            cell.text = format!("{} /{count}", cell.text);
        }
        cell
    };
    let dex = results.calibration.iter().find(|found| found.contender == one.name);
    let worst = mean(None).map(|mean| format!("{} {}", two_digits(mean.worst), mean.worst_trace));
    Row {
        series: one.clone(),
        one_threshold: rates.iter().map(shared).collect(),
        in_hindsight: rates.iter().map(hindsight).collect(),
        worst,
        dex: dex.and_then(|found| found.dex).map(|dex| format!("{dex:.2}")),
    }
}

fn cell(ratio: Option<f64>, tip: Option<String>) -> Cell {
    let text = ratio.map_or_else(|| "–".to_owned(), two_digits);
    // Halves and doubles are a quarter of the bar away from its middle.
    let percent = ratio.map(|ratio| (50.0 + 25.0 * ratio.log2()).clamp(3.0, 100.0).round());
    Cell { text, percent, tip }
}

/// A trace.
#[derive(Serialize)]
pub(super) struct TraceRow {
    name: String,
    origin: &'static str,
    period: String,
    beats: String,
    rates: Vec<AtRate>,
}

/// All contenders on one trace at one rate.
#[derive(Serialize)]
struct AtRate {
    rate: String,
    /// Detection time over the best constant timeout's, in the order of contenders after it.
    cells: Vec<Cell>,
}

/// All traces in their order.
pub(super) fn traces(results: &Results, series: &[Series]) -> Vec<TraceRow> {
    let mut rates: Vec<f64> = results.at_equal_rates.iter().map(|line| line.mistake_rate).collect();
    rates.sort_by(|a, b| b.total_cmp(a));
    rates.dedup();
    let ratio = |trace: &str, one: &Series, rate: f64| {
        let line = results.at_equal_rates.iter().find(|line| {
            line.trace == trace && line.contender == one.name && line.mistake_rate == rate
        });
        let tip = line.map(|line| format!("threshold {}", line.threshold));
        cell(line.map(|line| line.over_constant), tip)
    };
    let at_rate = |trace: &str, rate: f64| AtRate {
        rate: power_of_ten(rate),
        cells: series.iter().skip(1).map(|one| ratio(trace, one, rate)).collect(),
    };
    let row = |trace: &TraceInfo| TraceRow {
        name: trace.name.clone(),
        origin: match trace.origin {
            Origin::Included => "recorded by this project",
            Origin::File => "from a file",
            Origin::World => "synthetic",
        },
        period: format!("{} ms", two_digits(trace.period_s * 1e3)),
        beats: thousands(trace.beats),
        rates: rates.iter().map(|rate| at_rate(&trace.name, *rate)).collect(),
    };
    results.traces.iter().map(row).collect()
}
