//! What `tradeoff` prints: the comparisons in short, and what there is to choose from.
//!
//! How they come about is the business of [`score`](crate::score).

use std::iter;

use comfy_table::{CellAlignment, Table, presets};
use phi_bench::results::{MeanComparison, OneThreshold, Results};

use crate::contenders::Entry;
use crate::sweep::RATES;
use crate::worlds::World;

/// Above the tables.
const EQUAL: &str = "Time to detect a crash over that of the constant timeout with as many \
    mistakes per heartbeat (@),
each threshold set in hindsight for its trace, geometric mean; the lower limit is what no detector
can be below; – where traces hold too few mistakes to tell:";
const SHARED: &str = "The same with one threshold for all traces, and that threshold; \
    – where none makes so few mistakes:";
const PROMISES: &str = "Share of silences that were longer than promised, mean over traces; \
    dex is how far off, in decades:";

/// All tables, as text.
pub(crate) fn tables(results: &Results) -> String {
    let mut parts = vec![EQUAL.to_owned(), equal(results).to_string()];
    parts.extend([SHARED.to_owned(), shared(results).to_string()]);
    if !results.calibration.is_empty() {
        parts.extend([PROMISES.to_owned(), promises(results).to_string()]);
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
        let over = |mean: Option<&MeanComparison>| shown(mean.map(|mean| mean.over_constant));
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
        let shares = calibration.levels.iter().map(|level| format!("{:.2e}", level.realised));
        let dex = [shown(calibration.dex)];
        table.add_row(iter::once(calibration.contender.clone()).chain(shares).chain(dex));
    }
    aligned(table)
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
