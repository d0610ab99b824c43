//! An agent is stopped for a while and goes on as if nothing had been.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use nix::sys::signal::Signal;

use super::{recover, set, set_false_downs, set_times, times, victim};
use crate::lab::clock::monotonic_ns;
use crate::lab::events::Verdict;
use crate::lab::judge::{downs, first_downs, pairs};
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

/// How long all are watched after it went on.
const AFTERWARDS: Duration = Duration::from_secs(10);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial, time: Duration) -> Result<()> {
    let node = victim(stand, trial);
    let since_ns = monotonic_ns()?;
    stand.agent(node)?.signal(Signal::SIGSTOP)?;
    stand.watch(time)?;
    let resumed_ns = monotonic_ns()?;
    stand.agent(node)?.signal(Signal::SIGCONT)?;
    stand.watch(AFTERWARDS)?;
    recover(stand, trial, resumed_ns)?;
    let first = stand.log.ask(|reports| first_downs(reports, node, since_ns));
    let doubters = stand.log.ask(|reports| {
        let about = pairs(reports, Verdict::Suspect, since_ns);
        about.into_iter().filter(|(_, subject)| *subject == node).count()
    });
    let blamed: BTreeSet<u8> = stand.log.ask(|reports| {
        let by = downs(reports, since_ns, u64::MAX).filter(|report| report.observer == node);
        by.map(|report| report.subject).collect()
    });
    set(trial, Metric::Reporters, first.len() as f64);
    set(trial, Metric::Doubters, doubters as f64);
    set(trial, Metric::BlamedByFaulty, blamed.len() as f64);
    // Nobody has to report it.
    if !first.is_empty() {
        set_times(trial, since_ns, times(first), usize::from(stand.nodes) - 1);
    }
    set_false_downs(stand, trial, (since_ns, u64::MAX), |report| {
        report.subject == node || report.observer == node
    });
    Ok(())
}
