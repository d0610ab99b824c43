//! An agent is no more: its process is killed, or its host is cut off for good.

use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::{set, set_false_downs, set_times, times, victim};
use crate::lab::clock::monotonic_ns;
use crate::lab::events::Report;
use crate::lab::faults::{filter::Filter, link::Cut};
use crate::lab::judge::first_downs;
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

/// The longest wait for all observers.
const DETECTION_MAX: Duration = Duration::from_secs(90);

/// How long the rest are watched after the last has reported.
const AFTERWARDS: Duration = Duration::from_secs(5);

/// How long losses go on before the kill.
const LOSSES_BEFORE: Duration = Duration::from_secs(10);

pub(super) fn kill(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let node = victim(stand, trial);
    let since_ns = monotonic_ns()?;
    stand.agent(node)?.signal(Signal::SIGKILL)?;
    measure(stand, trial, node, since_ns, |report| report.subject == node)
}

pub(super) fn kill_under_loss(
    stand: &mut Stand<'_>,
    trial: &mut Trial,
    per_mille: u32,
) -> Result<()> {
    let _laid = Filter::Loss { per_mille }.lay(stand.network)?;
    stand.watch(LOSSES_BEFORE)?;
    kill(stand, trial)
}

pub(super) fn host(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let node = victim(stand, trial);
    let since_ns = monotonic_ns()?;
    let _cut = Cut::new(stand.network, node)?;
    // What the one who is cut off says of others nobody hears.
    measure(stand, trial, node, since_ns, |r| r.subject == node || r.observer == node)
}

fn measure(
    stand: &mut Stand<'_>,
    trial: &mut Trial,
    node: u8,
    since_ns: u64,
    is_true: impl Fn(&Report) -> bool,
) -> Result<()> {
    let others = usize::from(stand.nodes) - 1;
    let all = |reports: &[Report]| first_downs(reports, node, since_ns).len() == others;
    stand.wait(DETECTION_MAX, all)?;
    stand.watch(AFTERWARDS)?;
    let first = stand.log.ask(|reports| first_downs(reports, node, since_ns));
    set(trial, Metric::Reporters, first.len() as f64);
    set_times(trial, since_ns, times(first), others);
    set_false_downs(stand, trial, (since_ns, u64::MAX), is_true);
    Ok(())
}
