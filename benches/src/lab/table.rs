//! Results as a table for people: medians with their ranges, beside what must be reached.

use comfy_table::{CellAlignment, Table, presets};

use crate::lab::goals::{Goal, goal, is_met};
use crate::lab::results::{Cell, Metric, PeerName, Results, Summary};

/// A line for each figure of each cell.
pub(crate) fn render(results: &Results) -> String {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "scenario",
        "agents",
        "peer",
        "what",
        "median [range]",
        "trials",
        "goal",
        "",
    ]);
    for cell in &results.cells {
        for metric in cell.metrics() {
            table.add_row(row(cell, metric));
        }
    }
    for column in [1, 4, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.to_string()
}

fn row(cell: &Cell, metric: Metric) -> [String; 8] {
    let bound = goal(cell.scenario, metric).map_or_else(String::new, |goal| match goal {
        Goal::AtMost(most) => format!("≤ {most}"),
        Goal::AtLeast(least) => format!("≥ {least}"),
    });
    // The goals are ours.
    let met = is_met(cell, metric).filter(|_| cell.peer == PeerName::Phi);
    let met = met.map_or("", |met| if met { "yes" } else { "NO" });
    [
        word(&cell.scenario),
        cell.nodes.to_string(),
        word(&cell.peer),
        metric.about().to_owned(),
        cell.summary(metric).map_or_else(|| "never".to_owned(), |summary| value(metric, &summary)),
        trials(cell, metric),
        bound,
        met.to_owned(),
    ]
}

fn value(metric: Metric, summary: &Summary) -> String {
    let unit = metric.unit();
    let Summary { median, min, max, missing, .. } = *summary;
    let shown = |value: f64| if value.is_finite() { number(value) } else { "never".to_owned() };
    let max = if missing > 0 { "never".to_owned() } else { number(max) };
    format!("{} [{}..{max}] {unit}", shown(median), number(min)).trim_end().to_owned()
}

/// How many trials there were, and whether they ran beside others.
fn trials(cell: &Cell, metric: Metric) -> String {
    let with = || cell.trials.iter().filter(|trial| trial.figures.contains_key(&metric));
    match with().map(|trial| trial.at_once).max() {
        Some(some) if some > 1 => format!("{}, {some} at once", with().count()),
        _ => with().count().to_string(),
    }
}

/// Three significant digits, and whole numbers as they are.
fn number(value: f64) -> String {
    if value.fract() == 0.0 {
        return format!("{value}");
    }
    let decimals = match value.abs() {
        large if large >= 100.0 => 0,
        middling if middling >= 10.0 => 1,
        small if small >= 1.0 => 2,
        _ => 3,
    };
    format!("{value:.decimals$}")
}

/// A name as it is written in JSON and on the command line.
pub(crate) fn word(name: &impl serde::Serialize) -> String {
    let value = serde_json::to_value(name).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lab::results::{ScenarioName, Trial, VERSION};

    /// Goal: a line a figure, with what is missing said, and a goal for ours only.
    #[test]
    fn each_figure_has_a_line() {
        let trial = |last| Trial {
            figures: [(Metric::Last, last), (Metric::FalseDowns, Some(0.0))].into(),
            ..Trial::default()
        };
        let cell = |peer| Cell {
            peer,
            nodes: 32,
            scenario: ScenarioName::HostDeath,
            trials: vec![trial(Some(3.0412)), trial(None), trial(Some(2.5))],
        };
        let results = Results {
            version: VERSION,
            date: String::new(),
            machine: String::new(),
            kernel: String::new(),
            peers: Vec::new(),
            cells: vec![cell(PeerName::Phi), cell(PeerName::Serf)],
        };
        let shown = render(&results);
        assert_eq!(shown.lines().count(), 2 + 4, "{shown}");
        assert!(shown.contains("3.04 [2.50..never] s"), "{shown}");
        assert_eq!(shown.matches("| yes |").count(), 2, "{shown}");
        assert_eq!(shown.matches("≤ 3.5").count(), 2, "{shown}");
    }
}
