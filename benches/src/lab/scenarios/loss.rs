//! A share of all packets is lost, each by chance.

use std::time::Duration;

use anyhow::Result;

use super::{recover, set, set_false_downs};
use crate::lab::clock::monotonic_ns;
use crate::lab::events::Verdict;
use crate::lab::faults::filter::Filter;
use crate::lab::judge::pairs;
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

const TIME: Duration = Duration::from_secs(120);

/// The same in a short run.
const TIME_SHORT: Duration = Duration::from_secs(20);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial, per_mille: u32) -> Result<()> {
    let since_ns = monotonic_ns()?;
    let laid = Filter::Loss { per_mille }.lay(stand.network)?;
    stand.watch(if stand.short { TIME_SHORT } else { TIME })?;
    let healed_ns = monotonic_ns()?;
    drop(laid);
    recover(stand, trial, healed_ns)?;
    set_false_downs(stand, trial, (since_ns, u64::MAX), |_| false);
    let doubts = stand.log.ask(|reports| pairs(reports, Verdict::Suspect, since_ns).len());
    set(trial, Metric::Doubters, doubts as f64);
    Ok(())
}
