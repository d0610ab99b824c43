//! A row of the table as it is written down: short where rows are alike.

use super::figures::last;
use super::{Figure, Goal, Reading, Row};
use crate::sim::scenario::{ParseScenarioError, Scenario};

pub(super) const DEATH: &str = "fault = \"host-death\"\ncount = 1";
pub(super) const STARVED: &str = "fault = \"starve\"\nfor = \"60s\"\nnodes = \"all\"";

/// A row before its scenario is parsed.
pub(super) struct Draft {
    pub(super) name: &'static str,
    pub(super) nodes: usize,
    /// Seconds.
    pub(super) length: u64,
    pub(super) loss: f64,
    /// The keys of its one fault after `at`, if it has one.
    pub(super) fault: &'static str,
    /// In full, and for a quick look.
    pub(super) seeds: [u64; 2],
    pub(super) figures: Vec<Figure>,
}

impl Draft {
    /// The row: its scenario is written as a file would be, and parsed.
    pub(super) fn row(self) -> Result<Row, ParseScenarioError> {
        let Self { name, nodes, length, loss, fault, seeds: [seeds, seeds_quick], figures } = self;
        let half: Vec<String> = (0..nodes.div_ceil(2)).map(|node| node.to_string()).collect();
        let later: Vec<String> = (3..nodes).map(|node| node.to_string()).collect();
        let fault = fault
            .replace("half = true", &format!("groups = [[{}]]", half.join(", ")))
            .replace("first = 3", &format!("nodes = [{}]", later.join(", ")));
        let fault = match fault.as_str() {
            "" => fault,
            some => format!("[[fault]]\nat = \"60s\"\n{some}\n"),
        };
        let text = format!(
            "title = \"{name}\"\nnodes = {nodes}\nduration = \"{length}s\"\nmeasure-from = \
             \"60s\"\n[network]\nloss = {loss:?}\n{fault}"
        );
        let scenario = Scenario::parse(name, &text)?;
        Ok(Row { name, scenario, seeds, seeds_quick, figures })
    }
}

pub(super) fn draft(
    name: &'static str,
    nodes: usize,
    fault: &'static str,
    figures: Vec<Figure>,
) -> Draft {
    let seeds = if nodes > 500 {
        [10, 0]
    } else if nodes > 100 {
        [50, 3]
    } else {
        [200, 20]
    };
    Draft { name, nodes, length: 80, loss: 0.0, fault, seeds, figures }
}

pub(super) const fn figure(what: &'static str, goal: Goal, of: Reading) -> Figure {
    Figure { what, goal, of }
}

pub(super) fn noticed(within_s: f64) -> Vec<Figure> {
    vec![figure("last to notice", Goal::Median(within_s), Reading::Time(last))]
}
