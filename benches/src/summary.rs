//! What `tradeoff` prints: the comparisons in short, and what there is to choose from.
//!
//! How they come about is the business of [`score`](crate::score).

use std::iter;

use comfy_table::{CellAlignment, Table, presets};
use phi_bench::results::{
    Calibration, Kind, Level, MeanComparison, OneThreshold, Results, TraceInfo, TraceLevel,
};

use crate::contenders::Entry;
use crate::sweep::RATES;
use crate::worlds::World;

/// Above the tables.
const EQUAL: &str = "Time to detect a crash over that of the constant timeout with as many \
    mistakes per heartbeat (@),
each threshold set in hindsight for its trace, geometric mean; the lower limit is what no detector
can be below; – where traces hold too few mistakes to tell, /n where but n of them can be reached:";
const SHARED: &str = "The same with one threshold for all traces, and that threshold; \
    – where none makes so few mistakes:";
const PROMISES: &str = "Share of silences that were longer than promised, mean over traces; \
    dex is how far off, in decades:";

const UNERRING: &str = "No mistake at any threshold that was tried, so the rate is not known but \
    to be below\n(with 95 %), on";
const BY_TRACE: &str = "trace by trace; in parentheses where fewer than ten silences are promised:";

/// All tables, as text.
pub(crate) fn tables(results: &Results) -> String {
    let mut parts = vec![EQUAL.to_owned(), equal(results).to_string()];
    parts.extend(unerring(results));
    parts.extend([SHARED.to_owned(), shared(results).to_string()]);
    if !results.calibration.is_empty() {
        parts.extend([PROMISES.to_owned(), promises(results).to_string()]);
    }
    if let Some(calibration) = promises_of_ours(results) {
        let name = &calibration.contender;
        parts.extend([format!("Of `{name}` {BY_TRACE}"), by_trace(calibration).to_string()]);
    }
    parts.push(String::new());
    parts.join("\n\n").trim_end().to_owned() + "\n"
}

/// Contenders and worlds, as text.
pub(crate) fn list(entries: &[Entry], worlds: &[World]) -> String {
    let mut contenders = empty(["contender", "what it is", "source"]);
    for Entry { about, .. } in entries {
        contenders.add_row([about.name, about.title, about.source]);
    }
    let mut named = empty(["world", "what is in it"]);
    for world in worlds {
        named.add_row([world.name, world.kind]);
    }
    format!(
        "{contenders}\n\n{named}\n\nA world may have a seed: --world pareto:7 (1 unless named)."
    )
}

fn equal(results: &Results) -> Table {
    let rates = RATES.map(|rate| format!("@{rate:e}"));
    let ends = ["all", "over the limit", "worst", "trace of the worst", "bytes"];
    let mut table =
        empty(iter::once("contender".to_owned()).chain(rates).chain(ends.map(str::to_owned)));
    for about in &results.contenders {
        let of_rate = |rate: Option<f64>| {
            let is_it =
                |mean: &&MeanComparison| mean.contender == about.name && mean.mistake_rate == rate;
            results.over_traces.iter().find(is_it)
        };
        let all = of_rate(None);
        let over = |mean: Option<&MeanComparison>| {
            mean.map_or_else(|| "–".to_owned(), |mean| ratio(results, mean))
        };
        let means = RATES.map(|rate| over(of_rate(Some(rate))));
        let ends = [
            over(all),
            shown(all.map(|mean| mean.over_limit)),
            shown(all.map(|mean| mean.worst)),
            all.map_or_else(String::new, |mean| mean.worst_trace.clone()),
            about.cost.bytes.map_or_else(|| "–".into(), |bytes| bytes.to_string()),
        ];
        table.add_row(iter::once(about.name.clone()).chain(means).chain(ends));
    }
    aligned(table)
}

/// A ratio, and of how many comparisons it is where others have more.
fn ratio(results: &Results, mean: &MeanComparison) -> String {
    let of = results.fewer(mean).map_or_else(String::new, |count| format!(" /{count}"));
    format!("{:.2}{of}", mean.over_constant)
}

/// Who made no mistake on a trace, whatever the threshold: that is no rate of 0, but one below what
/// the trace can show.
fn unerring(results: &Results) -> Option<String> {
    let line = |trace: &TraceInfo| {
        let erred = |name: &str| {
            let mut points = results.points.iter().filter(|point| point.trace == trace.name);
            points.any(|point| point.contender == name && point.mistakes > 0)
        };
        let names = results.contenders.iter().map(|about| about.name.as_str());
        let names: Vec<&str> = names.filter(|name| !erred(name)).collect();
        let bound = 3.0 / trace.beats as f64;
        (!names.is_empty())
            .then(|| format!("{}, below {bound:.1e}: {}", trace.name, names.join(", ")))
    };
    let lines: Vec<String> = results.traces.iter().filter_map(line).collect();
    (!lines.is_empty()).then(|| format!("{UNERRING}\n{}", lines.join("\n")))
}

fn shared(results: &Results) -> Table {
    let columns = RATES.map(|rate| [format!("@{rate:e}"), "periods".into(), "threshold".into()]);
    let mut table = empty(iter::once("contender".to_owned()).chain(columns.into_iter().flatten()));
    for about in &results.contenders {
        let of_it = |line: &&OneThreshold| line.contender == about.name;
        let cells = results.one_threshold.iter().filter(of_it).flat_map(|line| {
            let threshold = line.threshold.map_or_else(|| "–".into(), |h| format!("{h:.4}"));
            [shown(line.over_constant), shown(line.detection_mean_periods), threshold]
        });
        table.add_row(iter::once(about.name.clone()).chain(cells));
    }
    aligned(table)
}

fn promises(results: &Results) -> Table {
    let first = results.calibration.first().map(|calibration| &calibration.levels);
    let levels = first.into_iter().flatten().map(|level| format!("φ = {}", level.threshold));
    let header = iter::once("contender".to_owned()).chain(levels).chain(["dex".to_owned()]);
    let mut table = empty(header);
    for calibration in &results.calibration {
        let shares = calibration.levels.iter().map(|level| rate(level.realised));
        let dex = [shown(calibration.dex)];
        table.add_row(iter::once(calibration.contender.clone()).chain(shares).chain(dex));
    }
    aligned(table)
}

/// Those of the last of ours, which users get unless they choose.
fn promises_of_ours(results: &Results) -> Option<&Calibration> {
    let of_ours = |calibration: &&Calibration| {
        let mut contenders = results.contenders.iter();
        contenders.any(|about| about.kind == Kind::Ours && about.name == calibration.contender)
    };
    results.calibration.iter().rfind(of_ours)
}

fn by_trace(calibration: &Calibration) -> Table {
    let levels = calibration.levels.iter().map(|level| format!("φ = {}", level.threshold));
    let names = ["trace", "silences"].map(str::to_owned);
    let mut table = empty(names.into_iter().chain(levels).chain(["dex".to_owned()]));
    for trace in &calibration.traces {
        let names = [trace.trace.clone(), trace.gaps.to_string()];
        let shares = trace.levels.iter().map(share);
        table.add_row(names.into_iter().chain(shares).chain([shown(trace.dex)]));
    }
    let mut add = |name: &str, value: fn(&Level) -> f64, dex: String| {
        let values = calibration.levels.iter().map(|level| rate(value(level)));
        let names = [name.to_owned(), String::new()];
        table.add_row(names.into_iter().chain(values).chain([dex]));
    };
    add("mean", |level| level.realised, shown(calibration.dex));
    add("mean, mistakes per heartbeat", |level| level.mistake_rate, String::new());
    aligned(table)
}

/// A share, in parentheses where it cannot be judged.
fn share(level: &TraceLevel) -> String {
    let share = rate(level.realised);
    if level.dex.is_some() { share } else { format!("({share})") }
}

/// A rate; one of which nothing was seen is not known to be 0.
fn rate(value: f64) -> String {
    if value > 0.0 { format!("{value:.2e}") } else { "none".to_owned() }
}

fn shown(value: Option<f64>) -> String {
    value.map_or_else(|| "–".into(), |value| format!("{value:.2}"))
}

fn empty<T: Into<String>>(header: impl IntoIterator<Item = T>) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header(header.into_iter().map(Into::into).collect::<Vec<String>>());
    table
}

fn aligned(mut table: Table) -> Table {
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

#[cfg(test)]
mod tests {
    use phi_bench::results::TraceCalibration;

    use super::*;
    use crate::report::sample;

    /// Goal: who never erred is said not to have a known rate, with the bound, and where; a share
    /// of which nothing was seen is not called 0.
    #[test]
    fn nothing_seen_is_not_zero() {
        let mut results = sample::sample();
        assert!(!tables(&results).contains("No mistake at any threshold"));
        let of_ours = results.points.iter_mut().filter(|point| point.contender == "ours");
        of_ours.for_each(|point| point.mistakes = 0);
        let last = results.calibration.last_mut().expect("ours");
        let level =
            TraceLevel { threshold: 3.0, promised: 1e-3, longer: 0, realised: 0.0, dex: Some(1.3) };
        last.traces = vec![TraceCalibration {
            trace: "net<1>".to_owned(),
            gaps: 9_999,
            levels: vec![level, TraceLevel { dex: None, ..level }],
            dex: Some(1.3),
        }];
        let text = tables(&results);
        assert!(text.contains("net<1>, below 3.0e-4: ours\n"), "{text}");
        assert!(text.contains(" none |") && text.contains(" (none) |"), "{text}");
    }
}
