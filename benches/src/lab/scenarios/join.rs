//! All agents but the seeds start at once.

use std::time::Duration;

use anyhow::Result;

use super::{set, set_false_downs, set_view};
use crate::lab::clock::{monotonic_ns, seconds};
use crate::lab::measure::processes::load_average;
use crate::lab::names::SEEDS;
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

const SEEDS_MEET_MAX: Duration = Duration::from_secs(60);
const JOIN_MAX: Duration = Duration::from_secs(120);
const AFTERWARDS: Duration = Duration::from_secs(5);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let seeds = SEEDS.min(stand.nodes);
    stand.start(1..=seeds)?;
    if !stand.wait_for_view(SEEDS_MEET_MAX)? {
        trial.failures.push("the seeds did not find each other".into());
        return Ok(());
    }
    stand.watch(stand.settle)?;
    trial.load_average = load_average()?;
    let since_ns = monotonic_ns()?;
    stand.start(seeds + 1..=stand.nodes)?;
    set(trial, Metric::StartSpan, seconds(since_ns, monotonic_ns()?));
    stand.wait_for_view(JOIN_MAX)?;
    stand.watch(AFTERWARDS)?;
    set_view(stand, trial, Metric::FullView, since_ns);
    set_false_downs(stand, trial, (since_ns, u64::MAX), |_| false);
    Ok(())
}
