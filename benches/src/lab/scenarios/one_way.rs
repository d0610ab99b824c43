//! Faults in one direction: a node that is deaf or mute, a link that works one way only.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Result;
use serde_json::Value;

use super::{recover, set, set_false_downs, set_times, times, victim};
use crate::lab::api;
use crate::lab::clock::monotonic_ns;
use crate::lab::events::Verdict;
use crate::lab::faults::filter::Filter;
use crate::lab::judge::{downs, first_downs, pairs};
use crate::lab::names::node_of;
use crate::lab::peers::phi_socket;
use crate::lab::results::{Metric, Trial};
use crate::lab::stand::Stand;

const TIME: Duration = Duration::from_secs(30);

/// What a node cannot do.
#[derive(Clone, Copy)]
pub(super) enum Side {
    /// Receive.
    Deaf,
    /// Send.
    Mute,
}

pub(super) fn node(stand: &mut Stand<'_>, trial: &mut Trial, side: Side) -> Result<()> {
    let node = victim(stand, trial);
    let since_ns = monotonic_ns()?;
    let filter = match side {
        Side::Deaf => Filter::Deaf(node),
        Side::Mute => Filter::Mute(node),
    };
    let laid = filter.lay(stand.network)?;
    stand.watch(TIME)?;
    let healed_ns = monotonic_ns()?;
    drop(laid);
    let first = stand.log.ask(|reports| first_downs(reports, node, since_ns));
    let blamed: BTreeSet<u8> = stand.log.ask(|reports| {
        let by = downs(reports, since_ns, healed_ns).filter(|report| report.observer == node);
        by.map(|report| report.subject).collect()
    });
    recover(stand, trial, healed_ns)?;
    set(trial, Metric::Reporters, first.len() as f64);
    set(trial, Metric::BlamedByFaulty, blamed.len() as f64);
    set_times(trial, since_ns, times(first), usize::from(stand.nodes) - 1);
    set_false_downs(stand, trial, (since_ns, u64::MAX), |report| {
        report.subject == node || report.observer == node
    });
    Ok(())
}

/// Between two that watch each other, where that can be known.
pub(super) fn link(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let to = victim(stand, trial);
    let from = watched_by(stand, to)?;
    let since_ns = monotonic_ns()?;
    let laid = Filter::OneWay { from, to }.lay(stand.network)?;
    stand.watch(TIME)?;
    let healed_ns = monotonic_ns()?;
    drop(laid);
    recover(stand, trial, healed_ns)?;
    set_false_downs(stand, trial, (since_ns, u64::MAX), |_| false);
    let shown = stand.log.ask(|reports| {
        let links = pairs(reports, Verdict::LinkFault, since_ns).into_iter();
        links.filter(|pair| *pair == (from, to) || *pair == (to, from)).count()
    });
    if stand.peer.is_ours {
        set(trial, Metric::LinkShown, shown as f64);
    }
    Ok(())
}

/// A node that the agent of `observer` watches; of rivals nobody knows, and it is the next one.
fn watched_by(stand: &mut Stand<'_>, observer: u8) -> Result<u8> {
    let next = observer % stand.nodes + 1;
    if !stand.peer.is_ours {
        return Ok(next);
    }
    let answer = api::get(&phi_socket(stand.agent(observer)?.folder()), "/v1/members")?;
    let members = answer.get("members").and_then(Value::as_array);
    let watched = members.into_iter().flatten().find(|member| member["observed"] == true);
    let name = watched.and_then(|member| member.get("name")?.as_str());
    Ok(name.and_then(node_of).unwrap_or(next))
}
