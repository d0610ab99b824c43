//! The rows of the table that the protocol must reach.
//!
//! Source of the goals: the cluster issue, from `protocol-sim`; see `docs/measured.md`.

use super::draft::{DEATH, Draft, STARVED, draft, figure, noticed};
use super::figures::{
    any_down, back_after_5_s, back_after_15_s, blamed_by_subject, downs_after_heal, false_downs,
    full_view, healed, last_cross, last_of_subject, others_blamed, traffic,
};
use super::{Figure, Goal, Reading, Row, Run, rules};
use crate::sim::scenario::ParseScenarioError;

const KILL: &str = "fault = \"crash\"\ncount = 1";
const HALVES_2: &str = "fault = \"partition\"\nfor = \"30s\"\ngroups = [[0]]";
const HALVES_32: &str = "fault = \"partition\"\nfor = \"30s\"\nhalf = true";

/// All rows, in the order of the table.
///
/// # Errors
///
/// [`ParseScenarioError`] when one is no legal scenario, which its test rules out.
pub fn rows() -> Result<Vec<Row>, ParseScenarioError> {
    let drafts = [deaths(), calm(), partitions(), pauses(), crowds(), small(), rules::rows()];
    drafts.into_iter().flatten().map(Draft::row).collect()
}

fn nobody() -> Vec<Figure> {
    vec![figure("reported down", Goal::Sum(0.0), Reading::Count(any_down))]
}

fn deaths() -> Vec<Draft> {
    vec![
        draft("kill-32", 32, KILL, noticed(0.5)),
        Draft { loss: 0.3, ..draft("kill-32-loss-30", 32, KILL, noticed(1.0)) },
        draft("host-death-32", 32, DEATH, noticed(3.5)),
        draft("host-death-1000", 1_000, DEATH, noticed(4.5)),
    ]
}

/// Ten simulated hours of 32 members, a row for each share of loss.
fn calm() -> Vec<Draft> {
    let row = |name, loss| Draft {
        length: 3_600,
        loss,
        seeds: [10, 1],
        ..draft(
            name,
            32,
            "",
            vec![figure("false downs", Goal::Sum(0.0), Reading::Count(false_downs))],
        )
    };
    vec![
        row("calm-loss-0", 0.0),
        row("calm-loss-1", 0.01),
        row("calm-loss-10", 0.1),
        row("calm-loss-30", 0.3),
    ]
}

fn partitions() -> Vec<Draft> {
    let figures = |last_s| {
        vec![
            figure("last cross pair", Goal::Median(last_s), Reading::Time(last_cross)),
            figure("full view after the heal", Goal::Median(1.0), Reading::Time(healed)),
            figure("downs after the heal", Goal::Sum(0.0), Reading::Count(downs_after_heal)),
        ]
    };
    let row = |name, nodes, last_s| Draft {
        length: 150,
        ..draft(name, nodes, HALVES_32, figures(last_s))
    };
    let deaf = vec![
        figure("last to notice", Goal::Median(5.0), Reading::Time(last_of_subject)),
        figure("blamed by it", Goal::Sum(0.0), Reading::Count(blamed_by_subject)),
        figure("others blamed", Goal::Sum(0.0), Reading::Count(others_blamed)),
    ];
    let deaf = draft("deaf-32", 32, "fault = \"deaf\"\nnodes = [1]", deaf);
    vec![row("partition-32", 32, 5.0), row("partition-1000", 1_000, 6.5), deaf]
}

fn pauses() -> Vec<Draft> {
    let long = |back: fn(&Run<'_>) -> Option<f64>| {
        vec![
            figure("blamed by it", Goal::Sum(0.0), Reading::Count(blamed_by_subject)),
            figure("all see it alive again", Goal::Median(0.1), Reading::Time(back)),
        ]
    };
    let row = |name, fault, figures| Draft { length: 120, ..draft(name, 32, fault, figures) };
    let stalls = "fault = \"slow\"\nfor = \"60s\"\nnodes = \"all\"\nlate = \"2200ms\"";
    vec![
        row("pause-1s", "fault = \"pause\"\nfor = \"1s\"\nnodes = [1]", nobody()),
        row("pause-2s", "fault = \"pause\"\nfor = \"2s\"\nnodes = [1]", nobody()),
        row("pause-5s", "fault = \"pause\"\nfor = \"5s\"\nnodes = [1]", long(back_after_5_s)),
        row("pause-15s", "fault = \"pause\"\nfor = \"15s\"\nnodes = [1]", long(back_after_15_s)),
        row(
            "starved-32",
            STARVED,
            vec![figure("runs with a false down", Goal::Share(0.005), Reading::Count(any_down))],
        ),
        row("stalls-below-p-32", stalls, nobody()),
    ]
}

fn crowds() -> Vec<Draft> {
    let with = |name, nodes, fault| draft(name, nodes, fault, noticed(4.5));
    let bytes = || vec![figure("bytes a second", Goal::Mean(600.0), Reading::Rate(traffic))];
    let busy = |name, nodes| Draft {
        length: 180,
        seeds: if nodes > 500 { [2, 0] } else { [10, 1] },
        ..draft(name, nodes, "", bytes())
    };
    let many = "fault = \"host-death\"\npart = 0.3";
    let ring = "fault = \"death-of-a-ring\"\ncount = 1";
    let join = "fault = \"join\"\nfirst = 3";
    let full = vec![figure("full view", Goal::Median(0.7), Reading::Time(full_view))];
    vec![
        with("30-percent-die-128", 128, many),
        with("subject-and-observers-32", 32, ring),
        busy("traffic-32", 32),
        busy("traffic-128", 128),
        busy("traffic-1000", 1_000),
        draft("join-61", 64, join, full),
    ]
}

/// Two and three members: the commonest clusters.
fn small() -> Vec<Draft> {
    let pair = vec![
        figure("last cross pair", Goal::Median(5.0), Reading::Time(last_cross)),
        figure("full view after the heal", Goal::Median(1.0), Reading::Time(healed)),
    ];
    vec![
        draft("kill-2", 2, KILL, noticed(0.5)),
        draft("kill-3", 3, KILL, noticed(0.5)),
        draft("host-death-2", 2, DEATH, noticed(5.0)),
        draft("host-death-3", 3, DEATH, noticed(3.5)),
        Draft { length: 150, ..draft("partition-2", 2, HALVES_2, pair) },
    ]
}
