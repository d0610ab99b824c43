//! What others say of members: believed, doubted, or told to whom it concerns.
//!
//! A verdict of others about a member that this node hears is not taken over before that member has
//! had time to answer. A verdict from the other side of a partition is only a *notice*: it changes
//! nothing, but whom it names refutes it. As ordinary news such verdicts killed members by the
//! thousand after a partition of many had healed.

use std::collections::btree_map::Entry;
use std::time::Duration;

use phi_core::Timestamp;

use super::link::Signs;
use super::liveness::{Liveness, State};
use super::node::{From, Hearsay, HearsayKind, Node};
use super::pace::{self, Permille};
use super::safeguard::Safeguard;
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::{Incarnation, NodeId};
use crate::wire::rumor::Rumor;

/// Members that are down of which one is asked a second, by all together.
const DEAD_ASKED_BY: u32 = 8;

impl Node {
    /// Whether this node watches `id` and has heard it lately.
    pub(super) fn hears(&mut self, id: NodeId, now: Timestamp) -> bool {
        self.heard_until(id, now).is_some_and(|until| now < until)
    }

    /// Whether this node watches `id`, and has not heard it for longer than that counts.
    pub(super) fn misses(&mut self, id: NodeId, now: Timestamp) -> bool {
        let from = self.patient_until(id, |signs| signs.life.or(Some(signs.since)), now);
        from.is_some_and(|from| now >= from)
    }

    /// When the silence of `id`, which this node watches and has heard, counts, if nothing more
    /// comes.
    fn heard_until(&mut self, id: NodeId, now: Timestamp) -> Option<Timestamp> {
        self.patient_until(id, |signs| signs.life, now)
    }

    /// The end of the patience with `id`, which this node watches, from a sign of it on.
    fn patient_until(
        &mut self,
        id: NodeId,
        sign: impl Fn(&Signs) -> Option<Timestamp>,
        now: Timestamp,
    ) -> Option<Timestamp> {
        let link = self.members.get(id)?.watch()?;
        let (interval, stall, sign) = (link.interval, link.stall, sign(&link.signs)?);
        Some(sign.saturating_add(self.patience(interval, stall, now)))
    }

    /// Whether `id` was held for gone, or silent, until just now: it speaks of what it saw
    /// meanwhile.
    pub(super) fn is_back(&self, id: NodeId, now: Timestamp) -> bool {
        self.has(Safeguard::ReturnedAbstain)
            && self.members.get(id).is_some_and(|member| member.times.returned_until > now)
    }

    /// Whether a verdict of `source` is none to go by: it is gone or accused, was gone until just
    /// now, or is no neighbour, or not for long enough, of whom it would be known.
    fn may_be_of_another_side(&self, source: NodeId, now: Timestamp) -> bool {
        if !self.has(Safeguard::Notices) {
            return false;
        }
        let watch = self.members.get(source).and_then(|member| member.watch());
        let known_from = now.saturating_sub(pace::KNOWN_FOR.of(self.interval()));
        let known = watch.is_some_and(|link| link.signs.since <= known_from);
        let present = self.members.is_present(source) && !self.is_suspected(source, now);
        !known || !present || self.is_back(source, now)
    }

    /// Takes in that a member was found to be so.
    pub(super) fn on_found(
        &mut self,
        from: From,
        id: NodeId,
        claim: State,
    ) -> Result<(), DropReason> {
        let From { id: source, now, .. } = from;
        if id == self.own_id() {
            if claim.liveness != Liveness::Up {
                self.on_told_gone(claim.incarnation, source, now);
            } else if claim.incarnation > self.incarnation() {
                self.refute(claim.incarnation, Some(source), now);
            }
            return Ok(());
        }
        let Some(held) = self.members.get(id).map(|member| member.state) else {
            self.pull(source, now);
            return Err(DropReason::Unknown);
        };
        if claim.incarnation.start > held.incarnation.start {
            self.pull(source, now); // of a life that is not known here
            return Err(DropReason::Unknown);
        }
        if !held.yields_to(claim) {
            return Err(DropReason::Stale);
        }
        if source == id {
            self.adopt(id, claim, Some(source), now);
            return Ok(());
        }
        match claim.liveness {
            Liveness::Up if self.hears(id, now) => {
                // It will say so itself; but it has answered what was said of it before.
                let before = self.hearsay.get(&id).map(|hearsay| hearsay.state.incarnation);
                if before.is_some_and(|before| claim.incarnation > before) {
                    self.drop_hearsay(id);
                }
                if claim.incarnation > held.incarnation {
                    self.tell_of_later(id, claim.incarnation, now);
                }
                return Err(DropReason::Stale);
            }
            Liveness::Down if self.may_be_of_another_side(source, now) => {
                return self.on_notice(from, id, claim.incarnation);
            }
            Liveness::Down | Liveness::Left
                if self.hears(id, now) && self.has(Safeguard::Challenge) =>
            {
                self.doubt_hearsay(id, claim, now);
                return Ok(());
            }
            Liveness::Up | Liveness::Suspect | Liveness::Down | Liveness::Left => {}
        }
        self.adopt(id, claim, Some(source), now);
        Ok(())
    }

    /// Asks a member of which others say that it is gone, and tells it so.
    pub(super) fn doubt_hearsay(&mut self, id: NodeId, claim: State, now: Timestamp) {
        if self.hearsay.contains_key(&id) {
            return; // it has been asked
        }
        let until = now.saturating_add(pace::CHALLENGE.of(self.interval()));
        let kind = HearsayKind::Verdict;
        self.expect_answer(id, Hearsay { state: claim, since: now, kind }, until);
        if let Some(probing) = self.members.watch_mut(id).and_then(|link| link.probing.as_mut()) {
            probing.next_at = now;
        }
        self.ask(id, now);
        self.send_notice(id, claim.incarnation);
    }

    /// Tells a member in which of its incarnations it is held for gone.
    fn send_notice(&mut self, id: NodeId, incarnation: Incarnation) {
        self.send_rumor(id, Rumor::Notice { id, incarnation });
    }

    fn expect_answer(&mut self, id: NodeId, hearsay: Hearsay, until: Timestamp) {
        if let Entry::Vacant(place) = self.hearsay.entry(id) {
            place.insert(hearsay);
            self.timers.set(Timer::Answer(id), until);
        }
    }

    /// Decides whether what others said of `id` is so: it has had its time to answer.
    pub(super) fn on_answer_timer(&mut self, id: NodeId, now: Timestamp) {
        let Some(hearsay) = self.hearsay.remove(&id) else { return };
        let unheard = pace::HEARD_MAX.of(self.interval());
        let signs = self.members.get(id).and_then(|member| member.watch()).map(|link| link.signs);
        let answered = signs.is_some_and(|signs| {
            let hears: Duration = now.saturating_since(signs.last_heard()).into();
            signs.life.is_some_and(|life| life >= hearsay.since) && hears < unheard
        });
        if answered {
            return;
        }
        if let HearsayKind::Notice { asked: false } = hearsay.kind {
            // News that it has refuted may have been lost on its way.
            self.send_notice(id, hearsay.state.incarnation);
            let kind = HearsayKind::Notice { asked: true };
            let until = now.saturating_add(pace::CHALLENGE.of(self.interval()));
            return self.expect_answer(id, Hearsay { kind, ..hearsay }, until);
        }
        let is_notice = hearsay.kind != HearsayKind::Verdict;
        let until = self.heard_until(id, now).filter(|until| is_notice && *until > now);
        if let Some(until) = until {
            // It was there lately: its silence is to count by itself.
            return self.expect_answer(id, hearsay, until);
        }
        self.adopt(id, hearsay.state, None, now);
    }

    pub(super) fn drop_hearsay(&mut self, id: NodeId) {
        if self.hearsay.remove(&id).is_some() {
            self.timers.cancel(Timer::Answer(id));
        }
    }

    /// A refusal answers for a member that others say is gone.
    pub(super) fn on_hearsay_refused(&mut self, id: NodeId, now: Timestamp) {
        if let Some(hearsay) = self.hearsay.get(&id).copied() {
            self.drop_hearsay(id);
            self.adopt(id, hearsay.state, None, now);
        }
    }

    /// Takes in that somebody holds a member for gone, without believing it yet.
    pub(super) fn on_notice(
        &mut self,
        from: From,
        id: NodeId,
        incarnation: Incarnation,
    ) -> Result<(), DropReason> {
        let From { id: source, now, .. } = from;
        if id == self.own_id() {
            self.on_told_gone(incarnation, source, now);
            return Ok(());
        }
        let claim = State { liveness: Liveness::Down, incarnation };
        let held = self.members.get(id).ok_or(DropReason::Unknown)?.state;
        if !held.yields_to(claim) || incarnation.start != held.incarnation.start {
            return Err(DropReason::Stale);
        }
        if self.hearsay.contains_key(&id) {
            return Err(DropReason::Overtaken);
        }
        let until = now.saturating_add(pace::NOTICE_ASK.of(self.interval()));
        let kind = HearsayKind::Notice { asked: false };
        self.expect_answer(id, Hearsay { state: claim, since: now, kind }, until);
        self.spread_rumor(Rumor::Notice { id, incarnation }, Some(source), now);
        Ok(())
    }

    /// This node itself is held for gone: it says that it is not, and accuses nobody for a while,
    /// but not again at once, so that nobody keeps it from accusing.
    fn on_told_gone(&mut self, incarnation: Incarnation, source: NodeId, now: Timestamp) {
        let refuted = self.refute(incarnation, Some(source), now);
        let hold = pace::HOLD.of(self.interval());
        let before = self.health.hold_until;
        if refuted && (before == Timestamp::ORIGIN || now >= before.saturating_add(hold)) {
            self.health.hold_until = now.saturating_add(hold);
        }
    }

    /// Tells a member that it is held for gone, not too often.
    pub(super) fn notify(&mut self, id: NodeId, spacing: Permille, now: Timestamp) {
        let wait = spacing.of(self.interval());
        let returned = pace::RETURNED.of(self.interval());
        let Some(member) = self.members.get_mut(id) else { return };
        if !pace::may_again(&mut member.times.notice, wait, now) {
            return;
        }
        member.times.returned_until = now.saturating_add(returned);
        let incarnation = member.state.incarnation;
        self.send_notice(id, incarnation);
        if spacing == pace::NOTICE_SPACING {
            self.pull(id, now);
        }
    }

    /// Asks one of those that are down whether it is, so that partitions heal by themselves.
    pub(super) fn on_dead_timer(&mut self, now: Timestamp) {
        let mut down: Vec<NodeId> = self
            .members
            .iter()
            .filter(|member| member.state.liveness == Liveness::Down)
            .map(|member| member.id)
            .collect();
        if down.is_empty() {
            return;
        }
        let members = u32::try_from(self.members.present().count() + 1).unwrap_or(u32::MAX);
        for id in self.rng.draw(&mut down, 1) {
            self.send_probe(id, now);
        }
        let wait = (self.interval() * members / DEAD_ASKED_BY).max(self.interval());
        let wait = self.rng.jittered(wait);
        self.timers.set(Timer::Dead, now.saturating_add(wait));
    }
}
