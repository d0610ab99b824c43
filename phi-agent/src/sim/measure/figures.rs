//! What is read off a run: times from a fault to what members made of it, and what they should not
//! have made of it.
//!
//! In every row the fault begins 60 s after the start; members stay where the row puts them.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Run;
use crate::sim::history::{Moment, Seen, Verdict};
use crate::sim::outcome::Death;

/// When faults of rows begin (s).
pub(super) const FAULT_S: f64 = 60.0;

/// When those that last for half a minute end (s).
const HEAL_S: f64 = 90.0;

/// The member that rows do something to.
const SUBJECT: usize = 1;

impl Run<'_> {
    fn seen(&self) -> impl Iterator<Item = (f64, &Seen)> {
        self.story.iter().filter_map(|moment| match moment {
            Moment::Seen(seen) => {
                Some((Duration::from_nanos(seen.at.as_nanos()).as_secs_f64(), seen))
            }
            Moment::Fault { .. } => None,
        })
    }

    /// Changes to `down` from the fault on.
    fn downs(&self) -> impl Iterator<Item = (f64, &Seen)> {
        self.seen().filter(|(at, seen)| *at >= FAULT_S && seen.verdict == Verdict::Down)
    }
}

/// The time from the first of all deaths until the last of all others has noticed the last.
pub(super) fn last(run: &Run<'_>) -> Option<f64> {
    let times = run.outcome.deaths.iter().map(Death::last_s);
    times.collect::<Option<Vec<f64>>>()?.into_iter().max_by(f64::total_cmp)
}

/// Members held down that ran and could be reached.
pub(super) fn false_downs(run: &Run<'_>) -> usize {
    usize::try_from(run.outcome.false_downs).unwrap_or(usize::MAX)
}

/// The same, suspected.
pub(super) fn suspected(run: &Run<'_>) -> usize {
    usize::try_from(run.outcome.false_suspects).unwrap_or(usize::MAX)
}

/// All changes to `down` from the fault on, in rows where nobody dies.
pub(super) fn any_down(run: &Run<'_>) -> usize {
    run.downs().count()
}

/// The halves of a partition: the lower and the upper numbers.
fn is_cross(run: &Run<'_>, seen: &Seen) -> bool {
    let half = run.outcome.nodes.div_ceil(2);
    (seen.observer < half) != (seen.subject < half)
}

fn cross_pairs(run: &Run<'_>) -> usize {
    let half = run.outcome.nodes.div_ceil(2);
    2 * half * (run.outcome.nodes - half)
}

/// The time until the last cross pair of a partition holds each other down.
pub(super) fn last_cross(run: &Run<'_>) -> Option<f64> {
    let mut pairs = BTreeMap::new();
    for (at, seen) in run.downs().filter(|(at, seen)| *at < HEAL_S && is_cross(run, seen)) {
        pairs.entry((seen.observer, seen.subject)).or_insert(at);
    }
    let last = pairs.values().copied().max_by(f64::total_cmp)?;
    (pairs.len() == cross_pairs(run)).then_some(last - FAULT_S)
}

/// The time from the end of a partition until all hold all alive again.
pub(super) fn healed(run: &Run<'_>) -> Option<f64> {
    let mut held = BTreeMap::new();
    let mut last = HEAL_S;
    for (at, seen) in run.seen() {
        held.insert((seen.observer, seen.subject), seen.verdict);
        last = if at > HEAL_S { at } else { last };
    }
    let nodes = run.outcome.nodes;
    let alive = held.values().filter(|verdict| **verdict == Verdict::Alive).count();
    (alive == nodes * (nodes - 1)).then_some(last - HEAL_S)
}

/// Changes to `down` after the end of a partition.
pub(super) fn downs_after_heal(run: &Run<'_>) -> usize {
    run.downs().filter(|(at, _)| *at > HEAL_S).count()
}

/// The time until the last of all others holds the subject down, though it lives.
pub(super) fn last_of_subject(run: &Run<'_>) -> Option<f64> {
    let mut first = BTreeMap::new();
    for (at, seen) in run.downs().filter(|(_, seen)| seen.subject == SUBJECT) {
        first.entry(seen.observer).or_insert(at);
    }
    let last = first.values().copied().max_by(f64::total_cmp)?;
    (first.len() == run.outcome.nodes - 1).then_some(last - FAULT_S)
}

/// Members that the subject itself takes for dead.
pub(super) fn blamed_by_subject(run: &Run<'_>) -> usize {
    run.downs().filter(|(_, seen)| seen.observer == SUBJECT).count()
}

/// Members other than the subject that anybody takes for dead.
pub(super) fn others_blamed(run: &Run<'_>) -> usize {
    run.downs().filter(|(_, seen)| seen.subject != SUBJECT).count()
}

/// The time from the end of a pause of the subject until all who held it for dead hold it alive.
fn back_after(run: &Run<'_>, pause_s: f64) -> Option<f64> {
    let end = FAULT_S + pause_s;
    let mut down = BTreeSet::new();
    let mut last = end;
    for (at, seen) in run.seen().filter(|(_, seen)| seen.subject == SUBJECT) {
        if seen.verdict == Verdict::Alive && down.remove(&seen.observer) {
            last = at;
        } else if seen.verdict != Verdict::Alive {
            down.insert(seen.observer);
        }
    }
    down.is_empty().then_some(last - end)
}

/// The same for a pause of 5 s.
pub(super) fn back_after_5_s(run: &Run<'_>) -> Option<f64> {
    back_after(run, 5.0)
}

/// The same for a pause of 15 s.
pub(super) fn back_after_15_s(run: &Run<'_>) -> Option<f64> {
    back_after(run, 15.0)
}

/// The time from the fault until all hold all alive, for the first time.
pub(super) fn full_view(run: &Run<'_>) -> Option<f64> {
    let nodes = run.outcome.nodes;
    let mut pairs = BTreeMap::new();
    for (at, seen) in run.seen().filter(|(_, seen)| seen.verdict == Verdict::Alive) {
        pairs.entry((seen.observer, seen.subject)).or_insert(at);
    }
    let last = pairs.values().copied().max_by(f64::total_cmp)?;
    (pairs.len() == nodes * (nodes - 1)).then_some(last - FAULT_S)
}

/// Bytes that a member sent a second.
pub(super) const fn traffic(run: &Run<'_>) -> f64 {
    run.outcome.bytes_per_node_s
}
