//! Processes that come before all others leave the agents next to no processor time.

use std::time::Duration;

use anyhow::Result;

use super::{recover, set, set_false_downs};
use crate::lab::clock::monotonic_ns;
use crate::lab::events::Verdict;
use crate::lab::faults::burners::Burners;
use crate::lab::judge::pairs;
use crate::lab::measure::canaries::Canaries;
use crate::lab::measure::{agent_stalls, run_delay};
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

const BURNERS: usize = 16;
const TIME: Duration = Duration::from_secs(60);
const AFTERWARDS: Duration = Duration::from_secs(10);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let before = run_delay(&stand.agents)?;
    let canaries = Canaries::start(TIME)?;
    let since_ns = monotonic_ns()?;
    let mut burners = Burners::start(BURNERS)?;
    stand.watch(TIME)?;
    burners.check()?;
    let over_ns = monotonic_ns()?;
    drop(burners);
    stand.watch(AFTERWARDS)?;
    recover(stand, trial, over_ns)?;
    set_false_downs(stand, trial, (since_ns, u64::MAX), |_| false);
    let doubts = stand.log.ask(|reports| pairs(reports, Verdict::Suspect, since_ns).len());
    set(trial, Metric::Doubters, doubts as f64);
    let minutes = TIME.as_secs_f64() / 60.0;
    let waited_s = (run_delay(&stand.agents)? - before) / stand.agents.len() as f64;
    set(trial, Metric::RunDelay, waited_s / minutes);
    trial.stalls.push(canaries.stalls()?);
    trial.stalls.extend(agent_stalls(stand.peer, &stand.agents)?);
    Ok(())
}
