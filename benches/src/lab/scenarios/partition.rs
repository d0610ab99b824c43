//! One half of the nodes cannot reach the other, and then can again.

use std::time::Duration;

use anyhow::Result;

use super::{recover, set, set_false_downs, set_times, times};
use crate::lab::clock::monotonic_ns;
use crate::lab::faults::filter::Filter;
use crate::lab::judge::{downs, first_pairs};
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

/// How long the cut lasts, whenever all have noticed.
const TIME: Duration = Duration::from_secs(30);

/// The same in a short run.
const TIME_SHORT: Duration = Duration::from_secs(20);

const AFTERWARDS: Duration = Duration::from_secs(5);

pub(super) fn play(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let half = half(stand.nodes, trial.rep);
    let crosses = |observer: u8, subject: u8| half.contains(&observer) != half.contains(&subject);
    let since_ns = monotonic_ns()?;
    let laid = Filter::Island(&half).lay(stand.network)?;
    stand.watch(if stand.short { TIME_SHORT } else { TIME })?;
    let healed_ns = monotonic_ns()?;
    drop(laid);
    let cross = stand.log.ask(|reports| first_pairs(reports, since_ns, crosses));
    recover(stand, trial, healed_ns)?;
    stand.watch(AFTERWARDS)?;
    let pairs = 2 * half.len() * (usize::from(stand.nodes) - half.len());
    set(trial, Metric::PairsReported, 100.0 * cross.len() as f64 / pairs as f64);
    set_times(trial, since_ns, times(cross), pairs);
    let after = stand.log.ask(|reports| downs(reports, healed_ns, u64::MAX).count());
    set(trial, Metric::DownsAfter, after as f64);
    set_false_downs(stand, trial, (since_ns, healed_ns), |report| {
        crosses(report.observer, report.subject)
    });
    Ok(())
}

/// Half of the nodes, each time another half.
fn half(nodes: u8, rep: u32) -> Vec<u8> {
    /// So far that neighbours in the count are not always on one side.
    const STEP: u32 = 7;
    let nodes = u32::from(nodes);
    let nth = |count: u32| ((count + rep * STEP) % nodes + 1) as u8;
    (0..nodes / 2).map(nth).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    /// Goal: half of them, of all there are, and another half each time.
    #[test]
    fn halves_differ() {
        let halves: Vec<BTreeSet<u8>> =
            (1..=5).map(|rep| half(8, rep).into_iter().collect()).collect();
        for half in &halves {
            assert_eq!(half.len(), 4);
            assert!(half.iter().all(|node| (1..=8).contains(node)));
        }
        assert_eq!(halves.iter().collect::<BTreeSet<_>>().len(), 5);
    }
}
