//! The command `micro`: what a heartbeat and a question cost in time, instructions and memory,
//! against the rivals in the same run.
//!
//! What is done exactly is said in the library, by `replay` and `peers`.

mod instructions;
mod memory;
mod table;
mod timing;

use std::io::{self, Write as _};

use anyhow::{Context as _, Result, ensure};
use phi_bench::cases::{Case, Row, cases};
use phi_bench::entrant::{BASELINE, Entrant as _, Nothing};
use serde::Serialize;

use crate::hint;
use crate::machine;

/// Nanoseconds, instructions and bytes of our detectors and of the rivals
#[derive(clap::Args)]
pub(crate) struct Args {
    /// How often each operation is timed, all in turn
    #[arg(long, value_name = "N", default_value_t = 400)]
    rounds: usize,
    /// Count instructions as well (needs valgrind, takes a minute or two)
    #[arg(long)]
    instructions: bool,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
    /// Measure one row only
    #[arg(long, value_name = "ROW")]
    only: Option<String>,
    /// Of that row do the operation of one contender, and nothing else
    #[arg(long, requires = "only", value_name = "NAME", hide = true)]
    contender: Option<String>,
    /// So many times
    #[arg(long, requires = "contender", value_name = "N", default_value_t = 1, hide = true)]
    count: usize,
}

/// What one operation of one contender costs, the loop around it subtracted.
#[derive(Serialize)]
struct Line {
    row: &'static str,
    what: &'static str,
    contender: &'static str,
    ns_median: f64,
    ns_min: f64,
    instructions: Option<f64>,
    /// Times faster than the baseline, by the medians.
    faster: Option<f64>,
    /// Times fewer instructions than the baseline.
    fewer: Option<f64>,
    goal_faster: Option<f64>,
    goal_fewer: Option<f64>,
}

#[derive(Serialize)]
struct Document {
    machine: String,
    baseline: &'static str,
    operations: Vec<Line>,
    memory: Vec<memory::Line>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    if let (Some(row), Some(contender)) = (&args.only, &args.contender) {
        return run_one(row, contender, args.count);
    }
    let rows: Vec<Row> =
        Row::ALL.into_iter().filter(|row| wanted(args.only.as_deref(), row.key())).collect();
    let with_memory = wanted(args.only.as_deref(), memory::KEY);
    ensure!(with_memory || !rows.is_empty(), "no such row; there are {}", keys().join(", "));
    let cases: Vec<Case> = cases().into_iter().filter(|case| rows.contains(&case.row)).collect();
    let instructions = if args.instructions { instructions::count(&cases)? } else { Vec::new() };
    let mut operations = Vec::new();
    for row in rows {
        let cases: Vec<Case> = cases.iter().copied().filter(|case| case.row == row).collect();
        operations.extend(lines(&timing::time(&cases, args.rounds)?, &instructions));
    }
    let memory = if with_memory { memory::measure()? } else { Vec::new() };
    let document =
        Document { machine: machine::describe(), baseline: BASELINE, operations, memory };
    let mut stdout = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut stdout, &document)?;
        writeln!(stdout)?;
    } else {
        table::print(&mut stdout, &document)?;
        hint::rivals(&mut stdout)?;
    }
    Ok(())
}

fn wanted(only: Option<&str>, key: &str) -> bool {
    only.is_none_or(|only| only == key)
}

fn keys() -> Vec<&'static str> {
    Row::ALL.into_iter().map(Row::key).chain([memory::KEY]).collect()
}

/// What [`instructions`] and [`memory`] start in a process of its own.
fn run_one(row: &str, contender: &str, count: usize) -> Result<()> {
    if row == memory::KEY {
        return memory::print_resident(contender, count);
    }
    let case = cases()
        .into_iter()
        .find(|case| case.row.key() == row && case.contender == contender)
        .with_context(|| format!("no contender `{contender}` in a row `{row}`"))?;
    let mut operation = (case.start)();
    operation.prepare(count)?;
    operation.run();
    Ok(())
}

/// The figures of one row, without the empty loop's.
fn lines(times: &[timing::Time], instructions: &[instructions::Count]) -> Vec<Line> {
    let counted = |case: &Case| {
        let found = |count: &&instructions::Count| {
            count.row == case.row && count.contender == case.contender
        };
        instructions.iter().find(found).map(|count| count.each)
    };
    let of = |name: &str| times.iter().find(|time| time.case.contender == name);
    let loop_ns = of(Nothing::NAME).map_or((0.0, 0.0), |time| (time.median_ns, time.min_ns));
    let loop_count = of(Nothing::NAME).and_then(|time| counted(&time.case)).unwrap_or(0.0);
    let own = |time: &timing::Time| {
        let instructions = counted(&time.case).map(|count| count - loop_count);
        (time.median_ns - loop_ns.0, time.min_ns - loop_ns.1, instructions)
    };
    let baseline = of(BASELINE).map(own);
    let line = |time: &timing::Time| {
        let (ns_median, ns_min, instructions) = own(time);
        Line {
            row: time.case.row.key(),
            what: time.case.row.title(),
            contender: time.case.contender,
            ns_median,
            ns_min,
            instructions,
            faster: baseline.map(|(base, _, _)| base / ns_median),
            fewer: baseline.and_then(|(_, _, base)| Some(base? / instructions?)),
            goal_faster: time.case.goal.map(|goal| goal.faster),
            goal_fewer: time.case.goal.and_then(|goal| goal.fewer),
        }
    };
    times.iter().filter(|time| time.case.contender != Nothing::NAME).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn time(contender: &'static str, median_ns: f64) -> timing::Time {
        let case = cases().into_iter().find(|case| case.row == Row::Pair).expect("there are some");
        timing::Time { case: Case { contender, ..case }, median_ns, min_ns: median_ns / 2.0 }
    }

    /// Goal: the loop is taken from everybody, and ratios are those of what remains.
    #[test]
    fn the_loop_is_subtracted_before_ratios() {
        let times = [time(Nothing::NAME, 2.0), time("ours", 12.0), time(BASELINE, 52.0)];
        let count = |contender, each| instructions::Count { row: Row::Pair, contender, each };
        let counts = [count(Nothing::NAME, 5.0), count("ours", 105.0), count(BASELINE, 405.0)];
        let lines = lines(&times, &counts);
        assert_eq!(lines.len(), 2);
        assert_eq!((lines[0].ns_median, lines[0].ns_min), (10.0, 5.0));
        assert_eq!((lines[0].faster, lines[0].fewer), (Some(5.0), Some(4.0)));
        assert_eq!((lines[1].faster, lines[1].instructions), (Some(1.0), Some(400.0)));
    }

    /// Goal: a child process finds by name what its parent means, and nothing else.
    #[test]
    fn every_case_can_be_named() {
        for case in cases().iter().filter(|case| case.row != Row::Late) {
            if case.row != Row::PeerHeartbeat {
                run_one(case.row.key(), case.contender, 3).expect("named");
            }
        }
        assert!(run_one("pair", "nobody", 1).is_err());
    }
}
