//! Measurements: what the protocol must reach, row by row, each a scenario over many seeds.
//!
//! How many runs at a time, and how the table looks, is the command line's business.

mod draft;
mod figures;
mod rows;
mod rules;

use std::time::Duration;

use super::history::Moment;
use super::outcome::Outcome;
use super::scenario::{Scenario, UnknownSafeguard};
pub use rows::rows;

/// A row of the table: one scenario, and what is read off its runs.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Its name on the command line.
    pub name: &'static str,
    /// What happens.
    pub scenario: Scenario,
    /// Seeds that it takes.
    pub seeds: u64,
    /// Seeds for a quick look; 0 leaves it out.
    pub seeds_quick: u64,
    /// What is read off.
    pub figures: Vec<Figure>,
}

/// A figure of a run, and what it must be.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Figure {
    /// What it is.
    pub what: &'static str,
    /// What it must be.
    pub goal: Goal,
    of: Reading,
}

/// How a figure is read off a run.
#[derive(Clone, Copy, Debug)]
enum Reading {
    /// A time in seconds, if what is waited for happens.
    Time(fn(&Run<'_>) -> Option<f64>),
    Count(fn(&Run<'_>) -> usize),
    Rate(fn(&Run<'_>) -> f64),
}

/// What a figure must be, over all seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "what a writer of the table matches")]
pub enum Goal {
    /// The median time in seconds is at most this, and no run lacks one.
    Median(f64),
    /// The sum is at most this.
    Sum(f64),
    /// The mean over all runs is at most this.
    Mean(f64),
    /// The share of runs where it is above 0 is at most this.
    Share(f64),
}

/// A run, as figures see it.
#[derive(Debug)]
struct Run<'a> {
    outcome: &'a Outcome,
    story: &'a [Moment],
}

/// What one figure came to over all seeds.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Measured {
    /// The values in rising order; runs without one are left out.
    pub values: Vec<f64>,
    /// Runs.
    pub runs: usize,
    /// Whether the goal is met.
    pub met: bool,
}

impl Row {
    /// The figures of one seed, in the order of [`figures`](Self::figures).
    #[must_use]
    pub fn measure(&self, seed: u64) -> Vec<Option<f64>> {
        let (outcome, story) = super::run_with_story(&self.scenario, seed);
        let run = Run { outcome: &outcome, story: &story };
        self.figures.iter().map(|figure| figure.of.read(&run)).collect()
    }

    /// The same row with one rule of the protocol switched off.
    ///
    /// # Errors
    ///
    /// [`UnknownSafeguard`] names the most similar one.
    pub fn without(mut self, safeguard: &str) -> Result<Self, UnknownSafeguard> {
        self.scenario = self.scenario.without(safeguard)?;
        Ok(self)
    }

    /// The simulated time of so many seeds, over all members.
    #[must_use]
    pub fn node_time(&self, seeds: u64) -> Duration {
        let nodes = u32::try_from(self.scenario.nodes).unwrap_or(u32::MAX);
        self.scenario.duration * nodes * u32::try_from(seeds).unwrap_or(u32::MAX)
    }
}

impl Reading {
    fn read(self, run: &Run<'_>) -> Option<f64> {
        match self {
            Self::Time(time) => time(run),
            Self::Count(of) => Some(count(of(run))),
            Self::Rate(rate) => Some(rate(run)),
        }
    }
}

impl Goal {
    /// What the values of all runs come to; a run without a value has `None`.
    #[must_use]
    pub fn judged(self, values: &[Option<f64>]) -> Measured {
        let runs = values.len();
        let mut values: Vec<f64> = values.iter().flatten().copied().collect();
        values.sort_by(f64::total_cmp);
        let sum: f64 = values.iter().sum();
        let complete = values.len() == runs && runs > 0;
        let met = complete
            && match self {
                Self::Median(most) => values.get(runs / 2).is_some_and(|median| *median <= most),
                Self::Sum(most) => sum <= most,
                Self::Mean(most) => sum <= most * count(runs),
                Self::Share(most) => {
                    count(values.iter().filter(|value| **value > 0.0).count()) <= most * count(runs)
                }
            };
        Measured { values, runs, met }
    }
}

#[expect(clippy::cast_precision_loss, reason = "runs or events, far below 2⁵³")]
const fn count(number: usize) -> f64 {
    number as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each kind of goal, met and missed; a run without a value misses it.
    #[test]
    fn goals_are_judged() {
        let some = |values: &[f64]| values.iter().copied().map(Some).collect::<Vec<_>>();
        let values = some(&[3.0, 1.0, 0.0, 2.0]);
        for (goal, met) in [
            (Goal::Median(2.0), true),
            (Goal::Median(1.9), false),
            (Goal::Sum(6.0), true),
            (Goal::Sum(5.0), false),
            (Goal::Mean(1.5), true),
            (Goal::Mean(1.4), false),
            (Goal::Share(0.75), true),
            (Goal::Share(0.5), false),
        ] {
            assert_eq!(goal.judged(&values).met, met, "{goal:?}");
        }
        assert!(!Goal::Median(9.0).judged(&[Some(1.0), None]).met);
        assert_eq!(Goal::Sum(0.0).judged(&values).values, [0.0, 1.0, 2.0, 3.0]);
    }

    /// Goal: the scenario of every row is legal, and names are unique.
    #[test]
    fn rows_are_legal() {
        let rows = rows().expect("legal");
        let mut names: Vec<_> = rows.iter().map(|row| row.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), rows.len());
        assert!(rows.iter().all(|row| !row.figures.is_empty() && row.seeds > 0));
    }
}
