//! Medians of what was timed, contender beside contender, and how many times as much a rival takes.
//!
//! They are of the same samples that criterion has, those of its warm-up included.

use std::io::{self, Write as _};

use comfy_table::{CellAlignment, Table, presets};
use statrs::statistics::{Data, OrderStatistics as _};

/// One row of the table.
struct Row {
    what: String,
    unit: &'static str,
    /// Of each contender, ours first.
    samples: Vec<(&'static str, Vec<f64>)>,
}

/// Rows in the order in which they came.
#[derive(Default)]
pub(crate) struct Ratios(Vec<Row>);

impl Ratios {
    /// Takes in a sample of `who`.
    pub(crate) fn add(&mut self, what: &str, unit: &'static str, who: &'static str, sample: f64) {
        let Self(rows) = self;
        let place = rows.iter().position(|row| row.what == what).unwrap_or_else(|| {
            rows.push(Row { what: what.to_owned(), unit, samples: Vec::new() });
            rows.len() - 1
        });
        let Some(row) = rows.get_mut(place) else { return };
        match row.samples.iter_mut().find(|(name, _)| *name == who) {
            Some((_, samples)) => samples.push(sample),
            None => row.samples.push((who, vec![sample])),
        }
    }

    /// Prints the table, if there is anything in it.
    pub(crate) fn print(&self) {
        let Self(rows) = self;
        let mut table = Table::new();
        table.load_style(presets::ASCII_MARKDOWN);
        table.set_header(["what", "who", "median", "times ours"]);
        for Row { what, unit, samples } in rows {
            let medians = samples.iter().map(|(who, samples)| (*who, median(samples)));
            let medians: Vec<(&str, f64)> = medians.collect();
            let ours = medians.first().map_or(f64::NAN, |(_, median)| *median);
            for (who, median) in medians {
                let (value, times) = (number(median), format!("{:.2}", median / ours));
                table.add_row([what.clone(), who.to_owned(), format!("{value} {unit}"), times]);
            }
        }
        table.column_iter_mut().skip(2).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
        if !rows.is_empty() {
            writeln!(io::stdout(), "\n{table}").ok();
        }
    }
}

fn median(samples: &[f64]) -> f64 {
    Data::new(samples.to_vec()).median()
}

fn number(value: f64) -> String {
    if value < 100.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}
