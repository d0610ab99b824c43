//! Goal: each rule of the protocol is there for something: with one switched off, a row of the
//! table that is met with all of them is missed, or a checker fires.
//!
//! Method: rows and scenarios are run over few seeds, with all rules and without one. What is
//! compared are figures of the same seeds, so the verdict does not depend on chance.

use phi_agent::sim::{Row, Scenario, rows, run, safeguard_names};

/// Rows that are met with all rules and missed without this one, over so many seeds.
const BY_ROW: &[(&str, &str, u64)] = &[
    ("majority", "calm-loss-30", 1),
    ("refutation", "pause-5s", 3),
    ("isolation", "deaf-32", 3),
    ("declared-stalls", "slow-one-32", 20),
    ("vouches", "one-way-32", 3),
    ("refusals", "kill-32", 3),
    ("suspects-abstain", "partition-32", 5),
    ("notices", "partition-32", 3),
    ("sole-elector-waits", "pair-loss-40", 20),
    ("random-helpers", "one-way-32", 10),
    ("indirect-probes", "one-way-32", 3),
    ("riding", "host-death-32-loss-40", 21),
    ("sequence", "late-copies-32", 9),
    ("turns", "pause-2600ms", 20),
    ("pause-credit", "starved-3", 400),
    ("own-stalls", "starved-3", 400),
];

/// Rules without which what a row waits for takes so many times as long, over so many seeds.
const BY_TIME: &[(&str, &str, u64, f64)] =
    &[("hello-pull", "join-61", 9, 20.0), ("flood", "partition-32", 21, 1.02)];

/// Scenarios in which no checker fires with all rules, and one does without this one, in one of so
/// many seeds.
const BY_CHECKER: &[(&str, &str, u64)] = &[("challenge", "lying-member", 12)];

/// The same for faults of all kinds by seed: members, and minutes.
const BY_MIXTURE: &[(&str, usize, u64, u64)] = &[("returned-abstain", 9, 10, 40)];

/// The median of a row's first figure.
fn median(row: &Row, seeds: u64) -> f64 {
    let mut values: Vec<f64> =
        (0..seeds).filter_map(|seed| row.measure(seed).first().copied().flatten()).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().expect("runs")
}

/// Whether all figures of a row are met.
fn is_met(row: &Row, seeds: u64) -> bool {
    let runs: Vec<Vec<Option<f64>>> = (0..seeds).map(|seed| row.measure(seed)).collect();
    row.figures.iter().enumerate().all(|(column, figure)| {
        let values: Vec<Option<f64>> =
            runs.iter().map(|run| run.get(column).copied().flatten()).collect();
        figure.goal.judged(&values).met
    })
}

fn fires(scenario: &Scenario, seeds: u64) -> bool {
    (0..seeds).any(|seed| !run(scenario, seed).findings.is_empty())
}

#[test]
fn rows_are_missed_without_a_rule() {
    let rows = rows().expect("legal");
    std::thread::scope(|scope| {
        for (rule, name, seeds) in BY_ROW {
            let row = rows.iter().find(|row| row.name == *name).expect("a row of the table");
            scope.spawn(move || {
                assert!(is_met(row, *seeds), "{name} with all rules");
                let without = row.clone().without(rule).expect("a rule");
                assert!(!is_met(&without, *seeds), "{name} without {rule}");
            });
        }
    });
}

#[test]
fn it_takes_longer_without_a_rule() {
    let rows = rows().expect("legal");
    for (rule, name, seeds, times) in BY_TIME {
        let row = rows.iter().find(|row| row.name == *name).expect("a row of the table");
        let with = median(row, *seeds);
        let without = median(&row.clone().without(rule).expect("a rule"), *seeds);
        assert!(without > times * with, "{name}: {with} s with {rule}, {without} s without");
    }
}

#[test]
fn checkers_fire_without_a_rule() {
    for (rule, name, seeds) in BY_CHECKER {
        let scenario = Scenario::named(name).expect("shipped");
        assert!(!fires(&scenario, *seeds), "{name} with all rules");
        assert!(fires(&scenario.without(rule).expect("a rule"), *seeds), "{name} without {rule}");
    }
}

/// That the mixture finds nothing with all rules is seen over many more seeds than here.
#[test]
fn the_mixture_finds_what_a_rule_is_for() {
    for (rule, nodes, minutes, seeds) in BY_MIXTURE {
        let length = std::time::Duration::from_secs(60 * minutes);
        let without = Scenario::mixed(*nodes, length).without(rule).expect("a rule");
        assert!(fires(&without, *seeds), "faults of all kinds without {rule}");
    }
}

/// Goal: no rule is left out.
#[test]
fn every_rule_has_its_scenario() {
    let rules = BY_ROW.iter().chain(BY_CHECKER).map(|(rule, ..)| *rule);
    let rules = rules.chain(BY_TIME.iter().map(|(rule, ..)| *rule));
    let mut shown: Vec<&str> = rules.chain(BY_MIXTURE.iter().map(|(rule, ..)| *rule)).collect();
    let mut all: Vec<&str> = safeguard_names().collect();
    shown.sort_unstable();
    all.sort_unstable();
    assert_eq!(shown, all);
}
