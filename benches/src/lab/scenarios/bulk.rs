//! Bulk traffic fills the queue before one node: its heartbeats wait, and some find no room.

use std::time::Duration;

use anyhow::Result;

use super::{recover, set, set_false_downs, victim};
use crate::lab::clock::monotonic_ns;
use crate::lab::events::Verdict;
use crate::lab::faults::bulk::Bulk;
use crate::lab::judge::pairs;
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

const TIME: Duration = Duration::from_secs(30);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let node = victim(stand, trial);
    let sender = node % stand.nodes + 1;
    let since_ns = monotonic_ns()?;
    let mut bulk = Bulk::start(stand.network, sender, node)?;
    stand.watch(TIME)?;
    set(trial, Metric::BulkDropped, bulk.dropped_percent()?);
    let healed_ns = monotonic_ns()?;
    drop(bulk);
    recover(stand, trial, healed_ns)?;
    set_false_downs(stand, trial, (since_ns, u64::MAX), |_| false);
    let doubts = stand.log.ask(|reports| pairs(reports, Verdict::Suspect, since_ns).len());
    set(trial, Metric::Doubters, doubts as f64);
    Ok(())
}
