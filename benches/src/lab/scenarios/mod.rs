//! What is done to the agents in a trial, and what is measured of it: one file for each kind of
//! fault.
//!
//! All agree on this: the fault begins when the command that makes it is given, and ends when the
//! one that ends it is; what the command itself takes counts against the agents.

mod bulk;
mod burners;
mod deaths;
mod join;
mod loss;
mod one_way;
mod partition;
mod pause;
mod steady;

use std::collections::BTreeMap;
use std::time::Duration;

use anyhow::Result;

use crate::lab::clock::seconds;
use crate::lab::events::Report;
use crate::lab::judge::{downs, full_view, middle};
use crate::lab::measure::processes::load_average;
use crate::lab::results::{Blame, Metric, ScenarioName, Trial};
use crate::lab::stand::Stand;

/// The longest wait for agents to see each other again after a fault.
const RECOVERY_MAX: Duration = Duration::from_secs(120);

/// False `down`s of a trial that are kept one by one.
const BLAMES_MAX: usize = 2_000;

/// Holds a trial: starts the agents, plays `scenario`, and fills in what was measured.
///
/// # Errors
///
/// When an agent ends by itself, a fault cannot be made, or somebody asks to stop.
pub(crate) fn play(scenario: ScenarioName, stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    if scenario == ScenarioName::Join {
        return join::play(stand, trial);
    }
    if !stand.meet()? {
        trial.failures.push("the agents did not find each other".into());
        return Ok(());
    }
    trial.load_average = load_average()?;
    match scenario {
        ScenarioName::Kill => deaths::kill(stand, trial),
        ScenarioName::HostDeath => deaths::host(stand, trial),
        ScenarioName::KillLoss30 => deaths::kill_under_loss(stand, trial, 300),
        ScenarioName::Loss1 => loss::play(stand, trial, 10),
        ScenarioName::Loss10 => loss::play(stand, trial, 100),
        ScenarioName::Loss30 => loss::play(stand, trial, 300),
        ScenarioName::Pause1 => pause::play(stand, trial, Duration::from_secs(1)),
        ScenarioName::Pause2 => pause::play(stand, trial, Duration::from_secs(2)),
        ScenarioName::Pause5 => pause::play(stand, trial, Duration::from_secs(5)),
        ScenarioName::Pause15 => pause::play(stand, trial, Duration::from_secs(15)),
        ScenarioName::Burners => burners::play(stand, trial),
        ScenarioName::Partition => partition::play(stand, trial),
        ScenarioName::Deaf => one_way::node(stand, trial, one_way::Side::Deaf),
        ScenarioName::Mute => one_way::node(stand, trial, one_way::Side::Mute),
        ScenarioName::OneWay => one_way::link(stand, trial),
        ScenarioName::Bulk => bulk::play(stand, trial),
        ScenarioName::Steady => steady::play(stand, trial),
        ScenarioName::Join => Ok(()),
    }
}

/// Roughly how long a trial takes beside the wait until all see each other (s).
pub(crate) const fn typical_s(scenario: ScenarioName) -> u64 {
    match scenario {
        ScenarioName::Kill | ScenarioName::HostDeath => 10,
        ScenarioName::KillLoss30 | ScenarioName::Join => 20,
        ScenarioName::Loss1 | ScenarioName::Loss10 | ScenarioName::Loss30 => 125,
        ScenarioName::Pause1 | ScenarioName::Pause2 | ScenarioName::Pause5 => 15,
        ScenarioName::Pause15 => 27,
        ScenarioName::Burners => 80,
        ScenarioName::Partition => 40,
        ScenarioName::Deaf | ScenarioName::Mute | ScenarioName::OneWay | ScenarioName::Bulk => 38,
        ScenarioName::Steady => 62,
    }
}

/// Why trials of `scenario` are held one after the other: clusters beside each other would change
/// what is measured. None where they would not.
pub(crate) const fn alone_because(scenario: ScenarioName) -> Option<&'static str> {
    match scenario {
        ScenarioName::Burners => Some("burners take the processors of all clusters"),
        ScenarioName::Join => Some("processes start as fast as processors are free"),
        ScenarioName::Steady => Some("memory is shared by all agents of a kind, and caches by all"),
        _ => None,
    }
}

/// The node that a fault is done to, each time another one; the seeds come last.
fn victim(stand: &Stand<'_>, trial: &Trial) -> u8 {
    let turn = trial.rep.saturating_sub(1) % u32::from(stand.nodes);
    stand.nodes - turn as u8
}

/// Sets when the first, half and the last of `expected` reports came, if that many did.
fn set_times(trial: &mut Trial, since_ns: u64, mut times_ns: Vec<u64>, expected: usize) {
    times_ns.sort_unstable();
    let since = |at_ns: u64| seconds(since_ns, at_ns);
    let last = times_ns.last().copied().filter(|_| times_ns.len() >= expected);
    let half = middle(&times_ns).filter(|_| times_ns.len() * 2 >= expected);
    trial.figures.extend([
        (Metric::First, times_ns.first().copied().map(since)),
        (Metric::Half, half.map(since)),
        (Metric::Last, last.map(since)),
    ]);
    trial.reported_s = times_ns.into_iter().map(since).collect();
}

/// Counts false `down`s, those that `is_true` does not hold of, from `from_ns` to `until_ns`.
fn set_false_downs(
    stand: &Stand<'_>,
    trial: &mut Trial,
    (from_ns, until_ns): (u64, u64),
    is_true: impl Fn(&Report) -> bool,
) {
    let blame = |report: &Report| Blame {
        observer: report.observer,
        subject: report.subject,
        at_s: seconds(from_ns, report.at_ns),
    };
    let blames: Vec<Blame> = stand.log.ask(|reports| {
        downs(reports, from_ns, until_ns).filter(|report| !is_true(report)).map(blame).collect()
    });
    set(trial, Metric::FalseDowns, blames.len() as f64);
    trial.blames.extend(blames.into_iter().take(BLAMES_MAX));
}

/// Waits until all living agents see each other again, and sets how long after `healed_ns` that
/// was.
fn recover(stand: &mut Stand<'_>, trial: &mut Trial, healed_ns: u64) -> Result<()> {
    stand.wait_for_view(RECOVERY_MAX)?;
    set_view(stand, trial, Metric::FullViewAfter, healed_ns);
    Ok(())
}

/// Sets since when all living agents have seen each other.
fn set_view(stand: &Stand<'_>, trial: &mut Trial, metric: Metric, since_ns: u64) {
    let living = stand.living();
    let full_ns = stand.log.ask(|reports| full_view(reports, &living));
    trial.figures.insert(metric, full_ns.map(|at_ns| seconds(since_ns, at_ns.max(since_ns))));
}

fn set(trial: &mut Trial, metric: Metric, value: f64) {
    trial.figures.insert(metric, Some(value));
}

/// The values of a map, for lists of times.
fn times<K>(first: BTreeMap<K, u64>) -> Vec<u64> {
    first.into_values().collect()
}
