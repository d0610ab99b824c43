//! The tables of the command `micro`.
//!
//! Nothing is computed here but how figures are shown.

use std::io::Write;

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

use super::{Document, memory};

pub(super) fn print(output: &mut impl Write, document: &Document) -> Result<()> {
    writeln!(output, "{}\n", document.machine)?;
    if !document.operations.is_empty() {
        writeln!(
            output,
            "Each operation, the loop around it subtracted; ratios by the medians of"
        )?;
        writeln!(output, "this run, against {}, where it is built:\n", document.baseline)?;
        writeln!(output, "{}", operations(document))?;
    }
    if !document.memory.is_empty() {
        writeln!(output, "\nBytes a peer with a full window of 1,000:\n")?;
        writeln!(output, "{}", memory_table(&document.memory))?;
    }
    Ok(())
}

fn operations(document: &Document) -> Table {
    let mut table = plain();
    table.set_header([
        "what",
        "contender",
        "median",
        "least",
        "instructions",
        "times faster",
        "times fewer instr.",
        "goal",
    ]);
    for line in &document.operations {
        let goals = [(line.faster, line.goal_faster), (line.fewer, line.goal_fewer)];
        table.add_row([
            line.what.to_owned(),
            line.contender.to_owned(),
            time(line.ns_median),
            time(line.ns_min),
            line.instructions.map_or_else(none, |count| format!("{count:.0}")),
            line.faster.map_or_else(none, ratio),
            line.fewer.map_or_else(none, ratio),
            verdict(goals),
        ]);
    }
    table
        .column_iter_mut()
        .skip(2)
        .take(5)
        .for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn memory_table(lines: &[memory::Line]) -> Table {
    let mut table = plain();
    table.set_header(["contender", "itself", "process grows by", "goal (itself)"]);
    for line in lines {
        let goal = line.goal.map_or_else(String::new, |goal| {
            format!("≤ {goal}: {}", if line.itself <= goal { "met" } else { "missed" })
        });
        let resident = format!("{:.0}", line.resident);
        table.add_row([line.contender.to_owned(), line.itself.to_string(), resident, goal]);
    }
    table
        .column_iter_mut()
        .skip(1)
        .take(2)
        .for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

fn plain() -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table
}

fn none() -> String {
    "–".to_owned()
}

/// Whether goals were reached: of times faster first, then of times fewer instructions.
fn verdict(goals: [(Option<f64>, Option<f64>); 2]) -> String {
    let shown = goals.into_iter().zip(["", " instr."]).filter_map(|((reached, goal), unit)| {
        let verdict = if reached? >= goal? { "met" } else { "missed" };
        Some(format!("{}×{unit}: {verdict}", goal?))
    });
    shown.collect::<Vec<_>>().join(", ")
}

fn ratio(times: f64) -> String {
    if times < 10.0 { format!("{times:.2}") } else { format!("{times:.1}") }
}

fn time(ns: f64) -> String {
    match ns {
        ns if ns < 1e3 => format!("{ns:.1} ns"),
        ns if ns < 1e6 => format!("{:.1} µs", ns / 1e3),
        _ => format!("{:.2} ms", ns / 1e6),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a goal is shown where there is one, and met or missed only where it was measured.
    #[test]
    fn goals_are_judged_where_they_were_measured() {
        let none = (None, None);
        assert_eq!(verdict([none, none]), "");
        assert_eq!(verdict([(None, Some(4.0)), none]), "");
        assert_eq!(verdict([(Some(4.0), Some(4.0)), none]), "4×: met");
        let both = verdict([(Some(3.9), Some(4.0)), (Some(9.0), Some(3.0))]);
        assert_eq!(both, "4×: missed, 3× instr.: met");
    }
}
