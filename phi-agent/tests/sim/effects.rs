//! Goal: every fault that a scenario may name has an effect, and its own.

use std::collections::BTreeSet;

use phi_agent::sim::{KINDS, Moment, Outcome, Scenario, Verdict, run_with_story};

/// A fault that begins after 20 of 60 s among five members, as its keys say.
fn with(fault: &str) -> (Outcome, Vec<Moment>) {
    let fault =
        if fault.is_empty() { String::new() } else { format!("[[fault]]\nat = \"20s\"\n{fault}") };
    let text = format!("title = \"x\"\nnodes = 5\nduration = \"60s\"\n{fault}");
    let scenario = Scenario::parse("x", &text).expect("legal");
    run_with_story(&scenario, 5)
}

/// Who held node 1 for this, at any time after the fault.
fn holders(story: &[Moment], verdict: Verdict) -> BTreeSet<usize> {
    let seen = story.iter().filter_map(|moment| match moment {
        Moment::Seen(seen) => Some(seen),
        Moment::Fault { .. } => None,
    });
    seen.filter(|seen| seen.at.as_nanos() > 20_000_000_000)
        .filter(|seen| seen.subject == 1 && seen.verdict == verdict)
        .map(|seen| seen.observer)
        .collect()
}

/// Says whether a run shows what its fault should do.
type Shows = fn(&Outcome, &[Moment]) -> bool;

fn all_hold_it(story: &[Moment], verdict: Verdict) -> bool {
    holders(story, verdict).len() >= 4
}

/// How many processes of node 1 have spoken: each numbers its events from 1.
fn processes(story: &[Moment]) -> usize {
    let first = |moment: &Moment| match moment {
        Moment::Seen(seen) => seen.observer == 1 && seen.number == 1,
        Moment::Fault { .. } => false,
    };
    story.iter().filter(|moment| first(moment)).count()
}

fn gone(_: &Outcome, story: &[Moment]) -> bool {
    all_hold_it(story, Verdict::Down)
}

fn gone_and_back(_: &Outcome, story: &[Moment]) -> bool {
    all_hold_it(story, Verdict::Down) && all_hold_it(story, Verdict::Alive)
}

fn only_the_trace(_: &Outcome, _: &[Moment]) -> bool {
    true
}

/// The keys of each fault, and what it must show. Some refusals are those of seeds that start late.
const EFFECTS: &[(&str, &str, Shows)] = &[
    ("pause", "for = \"15s\"\nnodes = [1]", gone_and_back),
    ("slow", "nodes = [1]\nlate = \"300ms\"", only_the_trace),
    ("starve", "nodes = \"all\"", only_the_trace),
    ("suspend", "for = \"15s\"\nnodes = [1]", gone_and_back),
    ("crash", "nodes = [1]", |o, s| gone(o, s) && o.refusals > 20),
    ("crash-forgetting", "for = \"15s\"\nnodes = [1]", gone_and_back),
    ("host-death", "nodes = [1]", |o, s| gone(o, s) && o.refusals < 20),
    ("death-of-a-ring", "nodes = [1]", |o, _| o.deaths.len() == 5),
    ("restart", "nodes = [1]", |_, s| s.len() > 24),
    ("restart-storm", "for = \"10s\"\nnodes = [1]\nevery = \"2s\"", |_, s| processes(s) >= 6),
    ("move", "nodes = [1]", |o, s| o.refusals < 20 && !gone(o, s)),
    ("join", "nodes = [1]", |_, s| all_hold_it(s, Verdict::Alive)),
    ("leave", "nodes = [1]", |_, s| all_hold_it(s, Verdict::Left)),
    ("copy-identity", "nodes = [1]", only_the_trace),
    ("drift", "nodes = [1]\nppm = 100000", only_the_trace),
    ("lie", "nodes = [2]\nevery = \"100ms\"", |o, _| o.network.sent > 2_000),
    ("cut", "from = [0]\nto = [1]", |o, s| o.network.cut > 30 && !gone(o, s)),
    ("mute", "nodes = [1]", |o, s| gone(o, s) && o.network.cut > 100),
    ("deaf", "nodes = [1]", |o, _| o.network.cut > 100),
    ("partition", "for = \"15s\"\nnodes = [1]", gone_and_back),
    ("clog", "for = \"2s\"\nnodes = [1]", |o, s| o.network.held > 8 && !gone(o, s)),
    ("loss", "share = 0.2", |o, _| (0.1..0.3).contains(&share(o, o.network.lost))),
    ("bursts", "good = \"1s\"\nbad = \"1s\"", |o, _| share(o, o.network.lost) > 0.2),
    ("bandwidth", "rate = 50\nqueue = \"1s\"", |o, _| o.network.lost > 100),
    ("delay", "median = \"100ms\"\nsigma = 0.1", only_the_trace),
    ("heavy-tail", "median = \"10ms\"\nalpha = 1.2", only_the_trace),
    ("duplicate", "share = 0.5", |o, _| share(o, o.network.duplicated) > 0.25),
    ("late-copies", "share = 0.5\nby = \"20s\"", |o, _| share(o, o.network.duplicated) > 0.25),
    ("reorder", "share = 0.5\nby = \"1s\"", |o, _| share(o, o.network.reordered) > 0.25),
    ("flip", "share = 0.5", |o, _| share(o, o.network.flipped) > 0.25),
    ("truncate", "share = 0.5", |o, _| share(o, o.network.truncated) > 0.25),
];

#[expect(clippy::cast_precision_loss, reason = "a few thousand datagrams")]
fn share(outcome: &Outcome, count: u64) -> f64 {
    count as f64 / outcome.network.sent as f64
}

/// Method: each fault by itself, against the same seed without any.
#[test]
fn every_fault_has_an_effect() {
    let (calm, story) = with("");
    assert!(calm.findings.is_empty(), "{:?}", calm.findings);
    assert_eq!(story.len(), 20, "five members meet, and nothing else happens");
    for (name, keys, shows) in EFFECTS {
        let (outcome, story) = with(&format!("fault = \"{name}\"\n{keys}"));
        assert_eq!(outcome.occurred.get(name), Some(&1), "{name}");
        assert_ne!(outcome.trace, calm.trace, "{name}");
        assert!(shows(&outcome, &story), "{name}: {outcome:#?}\n{story:#?}");
    }
    let tested = |name: &str| EFFECTS.iter().any(|(tested, ..)| *tested == name);
    let untested: Vec<_> =
        KINDS.iter().map(|kind| kind.name).filter(|name| !tested(name)).collect();
    assert_eq!(untested, ["clock-step"]);
}

/// Method: wall clocks jump, on all hosts: not a byte changes.
#[test]
fn a_step_of_the_wall_clock_changes_nothing() {
    let calm = with("").0;
    let stepped = with("fault = \"clock-step\"\nnodes = \"all\"").0;
    assert_eq!(stepped.trace, calm.trace);
    assert_eq!(stepped.occurred.get("clock-step"), Some(&1));
}
