//! `traces show`: what is in a trace, in figures and as a histogram for a terminal.
//!
//! The figures are those of [`facts`](super::facts).

use std::io::{self, Write};
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;

use super::facts::Facts;
use super::histogram::Row;
use crate::trace::included_readers;
use crate::trace::reader::Reader;

/// Rows of the histogram.
const ROWS: usize = 24;

/// Its longest bar (characters).
const BAR: f64 = 40.0;

/// Show what is in traces: figures and a histogram
#[derive(clap::Args)]
pub(super) struct Args {
    /// Names of included traces, or files (plain or gzip, of any length)
    #[arg(required = true, value_name = "NAME|FILE")]
    traces: Vec<String>,
    /// Print one JSON document instead
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    #[serde(flatten)]
    facts: &'a Facts,
    /// Silences by length (periods).
    histogram: Vec<Bar>,
}

#[derive(Serialize)]
struct Bar {
    low: f64,
    high: f64,
    count: u64,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let facts = args.traces.iter().map(|trace| Facts::count(open(trace)?));
    let facts = facts.collect::<Result<Vec<_>>>()?;
    let mut stdout = io::stdout().lock();
    if args.json {
        let shown: Vec<_> = facts.iter().map(shown).collect();
        serde_json::to_writer(&mut stdout, &shown)?;
        writeln!(stdout)?;
        return Ok(());
    }
    for (number, facts) in facts.iter().enumerate() {
        if number > 0 {
            writeln!(stdout)?;
        }
        print(&mut stdout, facts)?;
    }
    Ok(())
}

/// The included trace of this name, or else the file.
fn open(trace: &str) -> Result<Reader<'static>> {
    if let Some((_, reader)) = included_readers().find(|(name, _)| *name == trace) {
        return reader;
    }
    let path = Path::new(trace);
    let reader = Reader::open(path);
    if path.exists() {
        return reader;
    }
    reader.context("no included trace has this name (`phi-bench traces list`), and no file")
}

fn shown(facts: &Facts) -> Shown<'_> {
    let bar = |row: Row| Bar { low: row.low, high: row.high, count: row.count };
    Shown { facts, histogram: facts.histogram.rows(ROWS).into_iter().map(bar).collect() }
}

fn print(out: &mut impl Write, facts: &Facts) -> Result<()> {
    writeln!(out, "{}: {}", facts.name, facts.kind)?;
    if !facts.origin.is_empty() {
        writeln!(out, "  {}", facts.origin)?;
    }
    let ms = |seconds: f64| format!("{} ms", significant(seconds * 1e3));
    writeln!(
        out,
        "\nheartbeats      {} in {}, {} lost ({:.2} %), {} overtaken",
        facts.sent,
        span(facts.length_s),
        facts.lost,
        facts.lost_percent(),
        facts.overtaken
    )?;
    writeln!(
        out,
        "period          {} promised, {} kept (median)",
        ms(facts.period_s),
        ms(facts.interval_median_s)
    )?;
    let q = facts.silence;
    writeln!(
        out,
        "silences        half up to {}, 90 % {}, 99 % {}, 99.9 % {} periods",
        significant(q.p50),
        significant(q.p90),
        significant(q.p99),
        significant(q.p999)
    )?;
    let longest = facts.longest_silence_periods;
    writeln!(
        out,
        "the longest     {} periods ({}), at {}",
        significant(longest),
        ms(longest * facts.period_s),
        facts.longest_silence_place
    )?;
    writeln!(out, "\nsilence, periods      how many; bars grow with its logarithm")?;
    for row in facts.histogram.rows(ROWS) {
        let Row { low, high, count } = row;
        let bar = bar(count, facts.histogram.total());
        writeln!(out, "{:>8} to {:<8} {count:>8}  {bar}", significant(low), significant(high))?;
    }
    Ok(())
}

/// A bar by the logarithm: one is seen, and all are the longest.
fn bar(count: u64, total: u64) -> String {
    const PARTS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    if count == 0 {
        return String::new();
    }
    let length = (1.0 + count as f64).ln() / (1.0 + total as f64).ln() * BAR;
    let eighths = (length * 8.0).round().max(1.0) as usize;
    let part = PARTS.get(eighths % 8).copied().unwrap_or_default();
    format!("{}{part}", "█".repeat(eighths / 8))
}

/// `value` with three significant digits.
pub(super) fn significant(value: f64) -> String {
    if value == 0.0 || !value.is_finite() {
        return format!("{value}");
    }
    let decimals = (2 - value.abs().log10().floor() as i32).max(0) as usize;
    format!("{value:.decimals$}")
}

/// A length of time in words.
pub(super) fn span(seconds: f64) -> String {
    match seconds {
        s if s < 120.0 => format!("{} s", significant(s)),
        s if s < 7_200.0 => format!("{} min", significant(s / 60.0)),
        s if s < 172_800.0 => format!("{} h", significant(s / 3_600.0)),
        s => format!("{} days", significant(s / 86_400.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: one of a million is seen, and nothing is nothing.
    #[test]
    fn bars_show_the_rare() {
        assert_eq!(bar(0, 10), "");
        assert!(!bar(1, 1_000_000).is_empty());
        assert_eq!(bar(1_000_000, 1_000_000).chars().count(), 40);
    }

    /// Goal: three digits at any magnitude, and units that a person reads.
    #[test]
    fn figures_are_short() {
        for (value, text) in [(0.012_345, "0.0123"), (1.0, "1.00"), (344.4, "344"), (0.0, "0")] {
            assert_eq!(significant(value), text);
        }
        for (seconds, text) in [(7.0, "7.00 s"), (440.0, "7.33 min"), (50_400.0, "14.0 h")] {
            assert_eq!(span(seconds), text);
        }
    }
}
