//! What is said of this node itself: contradicted with a higher incarnation, at once, to all.
//!
//! It steps over whatever it is told to be in, so that no lie, and no damaged number, stays. The
//! claims of others about others are judged elsewhere.

use phi_core::Timestamp;

use super::claims::first_round;
use super::io::Output;
use super::node::{Node, Phase};
use super::pace;
use super::safeguard::Safeguard;
use crate::ident::{Incarnation, NodeId};
use crate::wire::rumor::{Finding, Rumor};

/// How many starts beyond its own this node steps over: more than anybody else believes of it, and
/// so few that their numbers last for years of lies.
const STARTS_STEP_MAX: u64 = 1 << 33;

impl Node {
    /// Contradicts a claim that this node is not alive in its present life, or is in a later one:
    /// whether it took a higher incarnation. What is claimed of an earlier one is refuted already.
    /// Claims that come too soon after a refutation wait until they are repeated, so that no liar
    /// makes this node speak at network speed.
    pub(super) fn refute(
        &mut self,
        claim: Incarnation,
        teller: Option<NodeId>,
        now: Timestamp,
    ) -> bool {
        let own = self.incarnation();
        let on = self.has(Safeguard::Refutation) && self.phase == Phase::Running;
        if claim.start < own.start || !on {
            return false;
        }
        let risen = claim >= own
            && match claim.next_refutation() {
                Some(higher) if claim.start == own.start => self.rise_to(higher, now),
                _ => self.step_over(claim, now),
            };
        if claim >= own && !risen {
            return false;
        }
        // Whoever told it may be none of the neighbours.
        if let Some(teller) = teller {
            self.contradict(teller, now);
        }
        risen
    }

    /// Goes on in the start after `known`, in which a process of this member was, or is said to be:
    /// whether it does.
    pub(super) fn step_over(&mut self, known: Incarnation, now: Timestamp) -> bool {
        let own = self.incarnation();
        let near = known.start.saturating_sub(own.start) <= STARTS_STEP_MAX;
        let start = known.start.checked_add(1).filter(|_| known.start >= own.start && near);
        let Some(start) = start else { return false };
        let later = Incarnation::of_start(start);
        if !self.rise_to(later, now) {
            return false;
        }
        tracing::warn!(%own, %later, "This member was in a later life before: going on after it");
        self.config.identity.placed = later;
        self.rounds = self.rounds.max(first_round(start));
        self.output(Output::Persist(start));
        self.announce_self(now);
        true
    }

    fn rise_to(&mut self, higher: Incarnation, now: Timestamp) -> bool {
        let wait = pace::REFUTE_SPACING.of(self.interval());
        if !pace::may_again(&mut self.refute_from, wait, now) {
            return false;
        }
        tracing::info!(incarnation = %higher, "Taken for dead by a member: refuting");
        self.config.identity.incarnation = higher;
        self.digest = None;
        let (id, finding) = (self.own_id(), Finding::Alive);
        self.spread_rumor(Rumor::Found { id, incarnation: higher, finding }, None, now);
        true
    }

    /// Tells `teller` in which incarnation this node is, not too often.
    fn contradict(&mut self, teller: NodeId, now: Timestamp) {
        let wait = pace::REFUTE_SPACING.of(self.interval());
        let Some(member) = self.members.get_mut(teller) else { return };
        if pace::may_again(&mut member.times.contradiction, wait, now) {
            self.tell_alive(teller, self.own_id(), self.incarnation());
        }
    }

    /// Tells `id`, which this node hears, that others hold it in a later life than its own: nobody
    /// else may.
    pub(super) fn tell_of_later(&mut self, id: NodeId, incarnation: Incarnation, now: Timestamp) {
        let wait = pace::NOTICE_SPACING.of(self.interval());
        let Some(member) = self.members.get_mut(id) else { return };
        if pace::may_again(&mut member.times.later, wait, now) {
            self.tell_alive(id, id, incarnation);
        }
    }

    fn tell_alive(&mut self, to: NodeId, id: NodeId, incarnation: Incarnation) {
        let found = Rumor::Found { id, incarnation, finding: Finding::Alive };
        self.send_rumor(to, found);
    }
}
