//! `phi-agent simulate --table`: what must be reached, and what is, as markdown.

use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::ops::Range;
use std::time::Duration;

use super::{report, sweep};
use crate::cli::exit::Exit;
use crate::driver::clock;
use crate::sim::{Figure, Goal, Measured, Row, rows};

/// Which rows, and how thoroughly.
#[derive(Clone, Debug)]
pub(super) struct Wanted {
    pub(super) quick: bool,
    /// Names of rows; none means all.
    pub(super) names: Vec<String>,
    /// Rules that are off.
    pub(super) without: Vec<String>,
    /// Seeds instead of each row's own number.
    pub(super) seeds: Option<Range<u64>>,
    pub(super) jobs: NonZeroUsize,
}

pub(super) fn run(wanted: &Wanted, out: &mut impl Write) -> io::Result<Exit> {
    let rows = match rows() {
        Ok(rows) => rows,
        Err(error) => return Ok(Exit::Failed(error.to_string())),
    };
    let without = |row: Row| {
        let all = wanted.without.iter();
        all.map(String::as_str).try_fold(row, Row::without)
    };
    let rows: Vec<Row> = match rows.into_iter().map(without).collect() {
        Ok(rows) => rows,
        Err(error) => return Ok(Exit::BadSettings(error.to_string())),
    };
    if let Some(unknown) = wanted.names.iter().find(|name| rows.iter().all(|r| r.name != **name)) {
        let all: Vec<&str> = rows.iter().map(|row| row.name).collect();
        return Ok(Exit::BadSettings(format!(
            "no row is called {unknown:?}; there are {}",
            all.join(", ")
        )));
    }
    writeln!(out, "| row | figure | goal | median [95 %] max | runs | met |")?;
    writeln!(out, "|---|---|---|---|---|---|")?;
    let started = clock::now();
    let (mut missed, mut simulated) = (0, Duration::ZERO);
    for row in rows.iter().filter(|row| wanted.wants(row)) {
        let seeds = wanted.seeds_of(row);
        simulated += row.node_time(seeds.end - seeds.start);
        let mut by_figure = vec![Vec::new(); row.figures.len()];
        sweep::in_order(
            seeds,
            wanted.jobs,
            |seed| row.measure(seed),
            |values| {
                for (figure, value) in by_figure.iter_mut().zip(values) {
                    figure.push(value);
                }
                Ok(())
            },
        )?;
        for (figure, values) in row.figures.iter().zip(by_figure) {
            let measured = figure.goal.judged(&values);
            missed += usize::from(!measured.met);
            writeln!(out, "{}", line(row, figure, &measured))?;
        }
        out.flush()?;
    }
    let took = Duration::from(clock::now().saturating_since(started));
    let hours = simulated.as_secs_f64() / 3_600.0;
    writeln!(out, "\n{hours:.0} simulated member-hours in {:.0} s.", took.as_secs_f64())?;
    Ok(if missed == 0 { Exit::Done } else { Exit::Failed(format!("{missed} goals are missed")) })
}

impl Wanted {
    fn wants(&self, row: &Row) -> bool {
        let named = self.names.iter().any(|name| name == row.name);
        named || self.names.is_empty() && !self.seeds_of(row).is_empty()
    }

    fn seeds_of(&self, row: &Row) -> Range<u64> {
        let own = if self.quick { row.seeds_quick } else { row.seeds };
        let named = if own == 0 && !self.names.is_empty() { 1 } else { own };
        self.seeds.clone().filter(|_| named > 0).unwrap_or(0..named)
    }
}

fn line(row: &Row, figure: &Figure, measured: &Measured) -> String {
    let Measured { values, runs, met, .. } = measured;
    let sum: f64 = values.iter().sum();
    let (goal, reached) = match figure.goal {
        Goal::Median(most) => {
            let range = report::range(values).map(|range| range.map(short));
            let [median, high, max] = range.unwrap_or_else(|| ["–"; 3].map(str::to_owned));
            (format!("≤ {most} s"), format!("{median} [{high}] {max} s"))
        }
        Goal::Sum(most) => (format!("{most}"), format!("{sum}")),
        Goal::Mean(most) => {
            let mean = sum / f64::from(u32::try_from(values.len().max(1)).unwrap_or(u32::MAX));
            (format!("≤ {most}"), format!("{mean:.0}"))
        }
        Goal::Share(most) => {
            let hit = values.iter().filter(|value| **value > 0.0).count();
            (format!("≤ {} %", most * 100.0), format!("{hit} of {runs}"))
        }
    };
    let lacking = runs - values.len();
    let lacking = if lacking > 0 { format!(", never in {lacking}") } else { String::new() };
    let mark = if *met { "✓" } else { "✗" };
    format!("| {} | {} | {goal} | {reached}{lacking} | {runs} | {mark} |", row.name, figure.what)
}

/// Seconds with the digits that count.
fn short(seconds: f64) -> String {
    if seconds < 1.0 { format!("{seconds:.3}") } else { format!("{seconds:.2}") }
}
