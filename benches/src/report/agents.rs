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

/// What figures are called and in what unit they are, in the order of columns; one that is not
/// named here comes last, under the name that the document has for it.
const METRICS: [(&str, &str); 22] = [
    ("first", "first observer reports, s"),
    ("half", "half of the observers report, s"),
    ("last", "last observer reports, s"),
    ("reporters", "observers that report"),
    ("pairs-reported", "pairs reported, %"),
    ("doubters", "observers in doubt"),
    ("false-downs", "false downs"),
    ("blamed-by-faulty", "healthy ones blamed by it"),
    ("full-view-after", "full view after the end, s"),
    ("full-view", "full view, s"),
    ("start-span", "all have been started, s"),
    ("downs-after", "downs after the end"),
    ("link-shown", "agents that show the link"),
    ("bulk-dropped", "bulk traffic dropped, %"),
    ("sent-bytes", "sent by a node, B/s"),
    ("sent-bytes-max", "sent by the busiest node, B/s"),
    ("sent-packets", "packets sent by a node, 1/s"),
    ("cpu", "processor time of an agent, s/min"),
    ("resident", "memory of an agent, MiB"),
    ("proportional", "its share of that, MiB"),
    ("run-delay", "waited for a processor, s/min"),
    ("receive-drops", "datagrams without room"),
];

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
        let all = cells.iter().flat_map(|cell| &cell.trials).flat_map(|trial| trial.figures.keys());
        let mut metrics: Vec<&String> = all.collect();
        metrics.sort_by_key(|metric| (place(metric), *metric));
        metrics.dedup();
        let row = |cell: &&Cell| Row {
            peer: cell.peer.clone(),
            nodes: cell.nodes,
            trials: cell.trials.len(),
            failures: cell.trials.iter().filter(|trial| !trial.failures.is_empty()).count(),
            cells: metrics.iter().map(|metric| shown(cell, metric)).collect(),
        };
        let rows = cells.iter().map(row).collect();
        let title = |metric: &&String| {
            let named = METRICS.get(place(metric)).map(|(_, title)| *title);
            named.unwrap_or(metric.as_str()).to_owned()
        };
        Scenario { name: name.to_owned(), metrics: metrics.iter().map(title).collect(), rows }
    }
}

/// Its place among the columns; that of one without a name is behind all others.
fn place(metric: &str) -> usize {
    METRICS.iter().position(|(key, _)| *key == metric).unwrap_or(METRICS.len())
}

/// Median and range over the trials. What never came is later than all that did.
fn shown(cell: &Cell, metric: &str) -> String {
    let figures = cell.trials.iter().filter_map(|trial| trial.figures.get(metric).copied());
    let mut values: Vec<f64> = figures.map(|value| value.unwrap_or(f64::INFINITY)).collect();
    values.sort_by(f64::total_cmp);
    let (Some(low), Some(high)) = (values.first().copied(), values.last().copied()) else {
        return "–".to_owned();
    };
    let median = Data::new(values).median();
    if low < high {
        format!("{} ({} to {})", number(median), number(low), number(high))
    } else {
        number(median)
    }
}

/// Whole numbers as they are, others with two or three digits that matter.
fn number(value: f64) -> String {
    match value {
        value if value.is_infinite() => "never".to_owned(),
        value if value.fract() == 0.0 => format!("{value}"),
        value => two_digits(value),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: medians, ranges and what never came are those of the trials, what is unknown does no
    /// harm, and each scenario has its own columns, in units.
    #[test]
    fn trials_are_summed_up() {
        let text = r#"{"version":1,"date":"d","machine":"m","kernel":"k","new":[1],
            "peers":[{"peer":"phi","version":"1","configuration":"c"}],"cells":[
            {"peer":"phi","nodes":8,"scenario":"kill","trials":[
             {"rep":1,"figures":{"first":0.5,"last":2.0,"a-new-one":3}},
             {"rep":2,"figures":{"first":0.7,"last":null}},
             {"rep":3,"figures":{"first":0.9,"last":null},"failures":["x"]}]},
            {"peer":"phi","nodes":8,"scenario":"steady","trials":[{"figures":{"cpu":1.25}}]}]}"#;
        let view = serde_json::from_str::<AgentResults>(text).expect("legal").view();
        let kill = &view.scenarios[0];
        assert_eq!(
            kill.metrics,
            ["first observer reports, s", "last observer reports, s", "a-new-one"]
        );
        assert_eq!(kill.rows[0].cells, ["0.70 (0.50 to 0.90)", "never (2 to never)", "3"]);
        assert_eq!((kill.rows[0].trials, kill.rows[0].failures), (3, 1));
        assert_eq!(view.scenarios[1].metrics, ["processor time of an agent, s/min"]);
        assert_eq!(view.scenarios[1].rows[0].cells, ["1.25"]);
    }
}
