//! Results of `phi-bench agents`, as far as a report shows them: its JSON document, of which fields
//! that are not known here are passed over.
//!
//! What the figures mean is said where they are measured.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics as _};

use super::pictures::two_digits;

/// The version that is read.
pub(super) const VERSION: u32 = 1;

/// One run.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct AgentResults {
    pub(super) version: u32,
    date: String,
    machine: String,
    kernel: String,
    peers: Vec<Peer>,
    cells: Vec<Cell>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Peer {
    #[serde(rename = "peer")]
    name: String,
    version: String,
    configuration: String,
}

#[derive(Clone, Debug, Deserialize)]
struct Cell {
    peer: String,
    nodes: u32,
    scenario: String,
    trials: Vec<Trial>,
}

#[derive(Clone, Debug, Deserialize)]
struct Trial {
    #[serde(default)]
    figures: BTreeMap<String, Option<f64>>,
    #[serde(default)]
    failures: Vec<String>,
}

/// What a template shows of a run.
#[derive(Serialize)]
pub(super) struct AgentsView {
    date: String,
    machine: String,
    kernel: String,
    peers: Vec<Peer>,
    scenarios: Vec<Scenario>,
}

#[derive(Serialize)]
struct Scenario {
    name: String,
    metrics: Vec<String>,
    rows: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    peer: String,
    nodes: u32,
    trials: usize,
    failures: usize,
    cells: Vec<String>,
}

impl AgentResults {
    pub(super) fn view(&self) -> AgentsView {
        let mut names: Vec<&str> = Vec::new();
        for cell in &self.cells {
            if !names.contains(&cell.scenario.as_str()) {
                names.push(&cell.scenario);
            }
        }
        AgentsView {
            date: self.date.clone(),
            machine: self.machine.clone(),
            kernel: self.kernel.clone(),
            peers: self.peers.clone(),
            scenarios: names.into_iter().map(|name| self.scenario(name)).collect(),
        }
    }

    fn scenario(&self, name: &str) -> Scenario {
        let cells: Vec<&Cell> = self.cells.iter().filter(|cell| cell.scenario == name).collect();
        let mut metrics: Vec<String> = Vec::new();
        let all = cells.iter().flat_map(|cell| &cell.trials).flat_map(|trial| trial.figures.keys());
        for metric in all {
            if !metrics.contains(metric) {
                metrics.push(metric.clone());
            }
        }
        let row = |cell: &&Cell| Row {
            peer: cell.peer.clone(),
            nodes: cell.nodes,
            trials: cell.trials.len(),
            failures: cell.trials.iter().filter(|trial| !trial.failures.is_empty()).count(),
            cells: metrics.iter().map(|metric| shown(cell, metric)).collect(),
        };
        let rows = cells.iter().map(row).collect();
        Scenario { name: name.to_owned(), metrics, rows }
    }
}

/// Median and range over the trials; how many never came.
fn shown(cell: &Cell, metric: &str) -> String {
    let figures: Vec<Option<f64>> =
        cell.trials.iter().filter_map(|trial| trial.figures.get(metric).copied()).collect();
    let values: Vec<f64> = figures.iter().copied().flatten().collect();
    let missing = figures.len() - values.len();
    let never = format!("{missing} of {} never", figures.len());
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(*value), high.max(*value))
        });
    match (values.len(), missing) {
        (0, 0) => "–".to_owned(),
        (0, _) => never,
        (count, missing) => {
            let median = two_digits(Data::new(values).median());
            let range = format!(" ({} to {})", two_digits(low), two_digits(high));
            let range = if count > 1 && low < high { range } else { String::new() };
            let never = if missing > 0 { format!(", {never}") } else { String::new() };
            format!("{median}{range}{never}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: medians, ranges and what never came are those of the trials, unknown fields are passed
    /// over, and each scenario has its own columns.
    #[test]
    fn trials_are_summed_up() {
        let text = r#"{"version":1,"date":"d","machine":"m","kernel":"k","new":[1],
            "peers":[{"peer":"phi","version":"1","configuration":"c"}],"cells":[
            {"peer":"phi","nodes":8,"scenario":"kill","trials":[
             {"rep":1,"figures":{"first":0.5,"last":2.0}},
             {"rep":2,"figures":{"first":0.7,"last":null}},
             {"rep":3,"figures":{"first":0.9},"failures":["x"]}]},
            {"peer":"phi","nodes":8,"scenario":"steady","trials":[{"figures":{"cpu":1.0}}]}]}"#;
        let view = serde_json::from_str::<AgentResults>(text).expect("legal").view();
        let kill = &view.scenarios[0];
        assert_eq!(kill.metrics, ["first", "last"]);
        assert_eq!(kill.rows[0].cells, ["0.70 (0.50 to 0.90)", "2.00, 1 of 2 never"]);
        assert_eq!((kill.rows[0].trials, kill.rows[0].failures), (3, 1));
        assert_eq!(view.scenarios[1].metrics, ["cpu"]);
    }
}
