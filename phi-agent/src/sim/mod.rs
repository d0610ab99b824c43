//! The simulator: the same nodes as the agent's, in a seeded world of faults, under the eyes of
//! checkers. The other driver; see `docs/simulator.md`.
//!
//! A run is a pure function of scenario and seed: no clock, no entropy, no IO, no threads. Whoever
//! wants many runs at once starts them in threads of its own.
//!
//! ```
//! use std::time::Duration;
//! use phi_agent::sim::{Scenario, run};
//!
//! let scenario = Scenario::quiet("three", 3, Duration::from_secs(30));
//! let outcome = run(&scenario, 7);
//! assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
//! assert_eq!(outcome, run(&scenario, 7), "a seed is a run");
//! ```
//!
//! # Order
//!
//! A file imports only files before it: `dice`, `clock`, `place`, `history`, `trace`; `network`,
//! `process`; `fault`, `facts`, `truth`, `host`, `liar`; `scenario`; `checkers`, `outcome`;
//! `world`; `measure`.

mod checkers;
mod clock;
mod dice;
mod facts;
mod fault;
mod history;
mod host;
mod liar;
mod measure;
mod network;
mod outcome;
mod place;
mod process;
mod scenario;
mod trace;
mod truth;
mod world;

pub use checkers::CHECKERS;
pub use fault::{KINDS, Kind};
pub use history::{Finding, Moment, Seen, Verdict};
pub use measure::{Figure, Goal, Measured, Row, rows};
pub use network::Counts;
pub use outcome::{Death, Outcome};
pub use place::HOSTS_MAX;
pub use process::safeguard_names;
pub use scenario::{
    Bounds, MIXED, NAMED, Named, ParseScenarioError, Scenario, SizeError, UnknownSafeguard,
    UnknownScenario,
};

use world::World;

/// Runs a scenario once.
#[must_use]
pub fn run(scenario: &Scenario, seed: u64) -> Outcome {
    World::new(scenario, seed, false).run().0
}

/// Runs a scenario once and keeps its story: faults and changes of mind, in order.
#[must_use]
pub fn run_with_story(scenario: &Scenario, seed: u64) -> (Outcome, Vec<Moment>) {
    World::new(scenario, seed, true).run()
}

/// Adds what `again`, a second run of the same scenario and seed, shows to be different: nothing
/// may be.
pub fn check_determinism(outcome: &mut Outcome, again: &Outcome) {
    if outcome.trace != again.trace {
        outcome.findings.push(Finding {
            at: std::time::Duration::ZERO,
            checker: "determinism",
            text: format!("the trace is {} and, run again, {}", outcome.trace, again.trace),
        });
    }
}
