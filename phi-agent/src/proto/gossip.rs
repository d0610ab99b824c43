//! Which addresses ride on the next heartbeats: news first, then one old acquaintance a beat.
//!
//! What is told are addresses to try, never states.

use std::collections::BTreeMap;

use super::members::{Member, Members};
use crate::ident::NodeId;
use crate::wire::message::Rumor;

/// On how many heartbeats news ride; with three, a member misses them all once in 1,000 at 10 %
/// loss, and the old acquaintances bring them later.
const FRESH_BEATS: u8 = 3;

/// The most news on one heartbeat.
const FRESH_MAX: usize = 12;

/// The turn-taking of rumors.
#[derive(Debug, Default)]
pub(super) struct Gossip {
    fresh: BTreeMap<NodeId, u8>,
    last_old: Option<NodeId>,
}

impl Gossip {
    /// Notes that this member is news; bounded by the table, since each is noted once.
    pub(super) fn on_news(&mut self, id: NodeId) {
        self.fresh.insert(id, FRESH_BEATS);
    }

    /// The rumors for the heartbeats of this beat, at most 13.
    pub(super) fn next_beat(&mut self, members: &Members) -> Vec<Rumor> {
        let mut rumors: Vec<Rumor> = Vec::new();
        self.fresh.retain(|id, beats_left| {
            let Some(member) = members.get(*id).filter(|member| member.state.liveness.is_present())
            else {
                return false;
            };
            if rumors.len() < FRESH_MAX {
                rumors.push(rumor(member));
                *beats_left -= 1;
            }
            *beats_left > 0
        });
        if let Some(old) = members.present_after(self.last_old) {
            self.last_old = Some(old.id);
            rumors.push(rumor(old));
        }
        rumors
    }
}

/// What is told of a member.
pub(super) const fn rumor(member: &Member) -> Rumor {
    Rumor { id: member.id, incarnation: member.state.incarnation, addr: member.addr }
}
