//! The command `tradeoff`: every contender on every trace, as CSV, as a picture, and in short.
//!
//! What is measured is said in [`measure`](crate::measure).

use std::io::{self, Write as _};
use std::iter;
use std::path::PathBuf;

use anyhow::{Result, ensure};
use comfy_table::{CellAlignment, Table, presets};
use serde::Serialize;
use statrs::statistics::Statistics as _;

use crate::contenders::ALL;
use crate::measure::Point;
use crate::output::{six_digits, write_file};
use crate::plot;
use crate::sweep::{Curve, RATES, sweep};
use crate::trace::Trace;

/// More traces than this make a picture that nobody can read.
const TRACES_MAX: usize = 36;

/// Above the table.
const CAPTION: &str = "Time to detect a crash, over that of the best constant timeout with as many
mistakes per heartbeat (@); – where the trace holds too few to tell:";

/// Detection time against mistakes, of every contender on recorded heartbeats.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recorded heartbeats to use instead of the included ones (plain or gzip; may be repeated)
    #[arg(long, value_name = "FILE")]
    trace: Vec<PathBuf>,
    /// Where to write all points
    #[arg(long, value_name = "FILE.csv", default_value = "target/phi-bench/tradeoff.csv")]
    out: PathBuf,
    /// Where to draw them
    #[arg(long, value_name = "FILE.svg", default_value = "target/phi-bench/tradeoff.svg")]
    svg: PathBuf,
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
}

/// What one trace showed.
pub(crate) struct Finding {
    pub(crate) trace: Trace,
    pub(crate) curves: Vec<Curve>,
}

impl Finding {
    /// A length of time in this trace's periods.
    pub(crate) fn periods(&self, nanos: f64) -> f64 {
        nanos / self.trace.period.get() as f64
    }

    /// A contender's point at rate number `i` of [`RATES`], and its detection time over that of the
    /// constant timeout, which is the first curve; None where either has no point.
    fn against_constant(&self, curve: &Curve, i: usize) -> Option<(Point, f64)> {
        let at_rate = |curve: &Curve| curve.at_rates.get(i).copied().flatten();
        let (point, base) = (at_rate(curve)?, at_rate(self.curves.first()?)?);
        Some((point, point.detection_mean_ns / base.detection_mean_ns))
    }
}

/// One line of the CSV.
#[derive(Serialize)]
struct Row<'a> {
    trace: &'a str,
    contender: &'a str,
    threshold: f64,
    beats: u64,
    mistakes: u64,
    mistake_rate: f64,
    /// Only where there was no mistake: the rate is below this, with 95 % confidence.
    mistake_rate_bound: Option<f64>,
    detection_mean_s: f64,
    detection_p99_s: f64,
    detection_mean_periods: f64,
    detection_p99_periods: f64,
}

/// A contender against the constant timeout that makes as many mistakes.
#[derive(Serialize)]
struct Comparison<'a> {
    trace: &'a str,
    contender: &'a str,
    mistake_rate: f64,
    threshold: f64,
    detection_mean_periods: f64,
    over_constant: f64,
}

#[derive(Serialize)]
struct Document<'a> {
    points: Vec<Row<'a>>,
    at_equal_rates: Vec<Comparison<'a>>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    ensure!(args.trace.len() <= TRACES_MAX, "more than {TRACES_MAX} traces");
    let traces = if args.trace.is_empty() {
        Trace::included()?
    } else {
        args.trace.iter().map(|path| Trace::open(path)).collect::<Result<_>>()?
    };
    let findings = traces
        .into_iter()
        .map(|trace| Ok(Finding { curves: sweep(&trace)?, trace }))
        .collect::<Result<Vec<_>>>()?;

    let points: Vec<Row<'_>> = findings.iter().flat_map(rows).collect();
    write_file(&args.out, csv(&points)?)?;
    write_file(&args.svg, plot::tradeoff(&findings)?)?;
    let mut stdout = io::stdout().lock();
    if args.json {
        let at_equal_rates = findings.iter().flat_map(comparisons).collect();
        serde_json::to_writer(&mut stdout, &Document { points, at_equal_rates })?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{CAPTION}\n")?;
        writeln!(stdout, "{}\n", table(&findings))?;
        writeln!(stdout, "points   {}", args.out.display())?;
        writeln!(stdout, "picture  {}", args.svg.display())?;
    }
    Ok(())
}

fn rows(finding: &Finding) -> impl Iterator<Item = Row<'_>> {
    let row = |contender, point: &Point| Row {
        trace: &finding.trace.name,
        contender,
        threshold: six_digits(point.threshold),
        beats: point.beats,
        mistakes: point.mistakes,
        mistake_rate: six_digits(point.mistake_rate()),
        mistake_rate_bound: point.rate_bound().map(six_digits),
        detection_mean_s: six_digits(point.detection_mean_ns / 1e9),
        detection_p99_s: six_digits(point.detection_p99_ns / 1e9),
        detection_mean_periods: six_digits(finding.periods(point.detection_mean_ns)),
        detection_p99_periods: six_digits(finding.periods(point.detection_p99_ns)),
    };
    finding
        .curves
        .iter()
        .flat_map(move |curve| curve.points.iter().map(move |point| row(curve.contender, point)))
}

fn csv(rows: &[Row<'_>]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for row in rows {
        writer.serialize(row)?;
    }
    Ok(writer.into_inner()?)
}

fn comparisons(finding: &Finding) -> impl Iterator<Item = Comparison<'_>> {
    let compare = |curve: &Curve, (i, rate)| {
        let (point, over_constant) = finding.against_constant(curve, i)?;
        Some(Comparison {
            trace: &finding.trace.name,
            contender: curve.contender,
            mistake_rate: rate,
            threshold: six_digits(point.threshold),
            detection_mean_periods: six_digits(finding.periods(point.detection_mean_ns)),
            over_constant: six_digits(over_constant),
        })
    };
    let rates = || RATES.into_iter().enumerate();
    let curves = finding.curves.iter();
    curves.flat_map(move |curve| rates().filter_map(move |rate| compare(curve, rate)))
}

/// Detection time of each contender over that of the constant timeout, at equal rates.
fn table(findings: &[Finding]) -> Table {
    let shown = |ratio: Option<f64>| ratio.map_or_else(|| "–".into(), |r| format!("{r:.2}"));
    let names = findings.iter().map(|finding| finding.trace.name.clone());
    let mut rows: Vec<Vec<String>> = iter::once("trace".into())
        .chain(names)
        .chain(["geometric mean".into()])
        .map(|name| vec![name])
        .collect();
    for (i, rate) in RATES.into_iter().enumerate() {
        for (number, contender) in ALL.iter().enumerate().skip(1) {
            let ratio = |finding: &Finding| {
                let curve = finding.curves.get(number)?;
                finding.against_constant(curve, i).map(|(_, ratio)| ratio)
            };
            let ratios: Vec<Option<f64>> = findings.iter().map(ratio).collect();
            let mean = ratios.iter().flatten().geometric_mean();
            let header = format!("{} @{rate:e}", contender.name);
            let mean = shown(Some(mean).filter(|mean| mean.is_finite()));
            let column = iter::once(header).chain(ratios.into_iter().map(shown)).chain([mean]);
            rows.iter_mut().zip(column).for_each(|(row, cell)| row.push(cell));
        }
    }
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let mut rows = rows.into_iter();
    table.set_header(rows.next().unwrap_or_default()).add_rows(rows);
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A short trace with every fifth heartbeat lost, and a silence now and then.
    fn findings() -> Vec<Finding> {
        let lines: Vec<_> = (0..2_000_u64)
            .filter(|s| s % 5 != 4 && s % 101 < 95)
            .map(|s| format!("{s} {}", s * 1_000_000 + s * s % 70_001))
            .collect();
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("t.txt");
        write_file(&path, format!("# name: t, \"x\"\n# period_ns: 1000000\n{}", lines.join("\n")))
            .expect("writable");
        let trace = Trace::open(&path).expect("legal");
        vec![Finding { curves: sweep(&trace).expect("long enough"), trace }]
    }

    /// Goal: the same trace gives the same bytes, with one line a point and one field a column.
    #[test]
    fn the_csv_is_reproducible_and_rectangular() {
        let bytes =
            || csv(&findings().iter().flat_map(rows).collect::<Vec<_>>()).expect("in memory");
        let first = bytes();
        assert_eq!(first, bytes());
        let mut reader = csv::Reader::from_reader(&first[..]);
        let records = reader.records().collect::<Result<Vec<_>, _>>().expect("rectangular");
        let points: usize = findings()[0].curves.iter().map(|curve| curve.points.len()).sum();
        assert_eq!(records.len(), points);
        for record in &records {
            assert_eq!(&record[0], "t, \"x\"");
            assert_eq!(&record[4] == "0", !record[6].is_empty(), "a bound where no mistake was");
        }
    }

    /// Goal: higher thresholds never make more mistakes, nor detect sooner.
    #[test]
    fn curves_are_monotone() {
        for curve in &findings()[0].curves {
            assert!(curve.points.is_sorted_by(|a, b| a.mistakes >= b.mistakes), "mistakes");
            let times = curve.points.iter().map(|point| point.detection_mean_ns);
            assert!(times.is_sorted(), "{}", curve.contender);
        }
    }

    /// Goal: the picture is well-formed enough to hold its title, both names and no NaN.
    #[test]
    fn the_picture_names_everything() {
        let svg = plot::tradeoff(&findings()).expect("drawable");
        for text in ["constant", "phi-normal", "t, &quot;x&quot;", "mistakes per heartbeat"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
