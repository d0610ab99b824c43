//! Accusations: made, repeated, told to neighbours, taken back; and what is answered to those of
//! others.
//!
//! ```text
//!  accuser ── accusation(round) ──▶ subject    ──▶ refutes with a higher incarnation
//!                               ├─▶ observers  ──▶ vouch(age of their own last sign), or ask too
//!                               └─▶ neighbours, after 0.3 η or with a second accuser
//! ```
//!
//! Who accuses is who sends: nobody accuses in the name of another, or passes an accusation on.
//! Claims of one accuser about one subject are numbered, so that an accusation and its retraction
//! cannot chase each other. Whether a majority accuses is decided elsewhere.

use std::collections::BTreeSet;
use std::time::Duration;

use phi_core::Timestamp;

use super::link::Accusing;
use super::node::{From, Node};
use super::pace;
use super::safeguard::Safeguard;
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::{Incarnation, NodeId};
use crate::wire::rumor::{Accusation, Finding, Grounds, Rumor};

/// How often one accusation is told to all neighbours, at most.
const FLOODS_MAX: u8 = 2;

impl Node {
    /// Accuses `id`, or goes on to: when to look again.
    pub(super) fn accuse(&mut self, id: NodeId, grounds: Grounds, now: Timestamp) -> Timestamp {
        let interval = self.interval();
        let again_at = now.saturating_add(pace::ACCUSE_AGAIN.of(interval));
        let Some(link) = self.members.watch_mut(id) else { return Timestamp::MAX };
        let fresh = link.accusing.is_none();
        self.rounds = self.rounds.saturating_add(u64::from(fresh));
        let round = self.rounds;
        let begun = Accusing { grounds, round, since: now, again_at: now, floods: 0 };
        let accusing = *link.accusing.get_or_insert(begun);
        let flood_at = accusing.since.saturating_add(pace::ACCUSE_FLOOD.of(interval));
        if now >= accusing.again_at {
            if let Some(accusing) = &mut link.accusing {
                accusing.again_at = again_at;
            }
            self.send_accusation(id, accusing, now);
        }
        let seconded = self.charges(id, now).count() >= 2;
        if accusing.floods < FLOODS_MAX && (now >= flood_at || seconded) {
            self.flood_accusation(id, accusing, now);
        }
        self.count(id, now);
        let accusing = self.accusing(id);
        let flood_at = accusing.filter(|accusing| accusing.floods == 0).map(|_| flood_at);
        let again_at = accusing.map_or(Timestamp::MAX, |accusing| accusing.again_at);
        again_at.min(flood_at.filter(|at| *at > now).unwrap_or(Timestamp::MAX))
    }

    fn accusation(&self, subject: NodeId, accusing: Accusing) -> Option<Accusation> {
        let incarnation = self.members.get(subject)?.state.incarnation;
        let Accusing { grounds, round, .. } = accusing;
        Some(Accusation { subject, incarnation, round, grounds })
    }

    /// To the subject, its observers, and whoever decides in their place.
    fn send_accusation(&mut self, id: NodeId, accusing: Accusing, now: Timestamp) {
        let Some(accusation) = self.accusation(id, accusing) else { return };
        let until = now.saturating_add(pace::CLAIM.of(self.interval()));
        self.claims.accuse(self.own_id(), &accusation, until, now);
        for concerned in self.concerned(id, now) {
            self.send_rumor(concerned, Rumor::Accusation(accusation));
        }
    }

    fn flood_accusation(&mut self, id: NodeId, accusing: Accusing, now: Timestamp) {
        let Some(accusation) = self.accusation(id, accusing) else { return };
        if let Some(accusing) = self.members.watch_mut(id).and_then(|link| link.accusing.as_mut()) {
            accusing.floods += 1;
        }
        if self.has(Safeguard::Flood) {
            self.spread_rumor(Rumor::Accusation(accusation), None, now);
        }
    }

    fn concerned(&self, id: NodeId, now: Timestamp) -> BTreeSet<NodeId> {
        let mut concerned = self.rings.observers(id, &|_| false);
        concerned.extend(self.electorate(id, now));
        concerned.insert(id);
        concerned.remove(&self.own_id());
        concerned
    }

    /// Takes this node's own accusation of `id` back, if there was a sign since.
    pub(super) fn retract_if_answered(&mut self, id: NodeId, now: Timestamp) {
        let Some(link) = self.members.watch_mut(id) else { return };
        let Some(accusing) = link.accusing else { return };
        let answered = match accusing.grounds {
            Grounds::Silent | Grounds::Refused => link.signs.last(),
            Grounds::Deaf => link.signs.last_heard(),
        };
        if answered <= accusing.since {
            return;
        }
        link.accusing = None;
        self.rounds = self.rounds.saturating_add(1);
        let retraction = Rumor::Retraction { subject: id, round: self.rounds };
        self.claims.retract(id, self.own_id(), self.rounds);
        for concerned in self.concerned(id, now) {
            self.send_rumor(concerned, retraction.clone());
        }
        if accusing.floods > 0 {
            self.spread_rumor(retraction, None, now);
        }
        self.count(id, now);
    }

    pub(super) fn on_accusation(
        &mut self,
        from: From,
        accusation: &Accusation,
    ) -> Result<(), DropReason> {
        let From { id: accuser, arrived, now } = from;
        let Accusation { subject, incarnation, .. } = *accusation;
        if subject == self.own_id() {
            self.refute(incarnation, Some(accuser), now);
            return Ok(());
        }
        if !self.members.is_present(accuser) || self.is_back(accuser, now) {
            return Err(DropReason::Gone);
        }
        let held = self.members.get(subject).ok_or(DropReason::Unknown)?.state;
        if incarnation < held.incarnation || !held.liveness.is_present() {
            self.correct(subject, accuser, now);
            return Err(DropReason::Stale);
        }
        let promised = self.members.get(accuser).map(|member| member.interval.get());
        let interval = self.interval().max(promised.unwrap_or_default());
        let until = arrived.saturating_add(pace::CLAIM.of(interval));
        if self.claims.accuse(accuser, accusation, until, now) {
            self.vouch_if_heard(accuser, accusation, now);
            self.timers.set_if(Timer::Judge(subject), now);
        }
        self.count(subject, now);
        Ok(())
    }

    /// Answers an accusation with the age of this node's own last sign, if it has had one lately.
    fn vouch_if_heard(&mut self, accuser: NodeId, accusation: &Accusation, now: Timestamp) {
        let Accusation { subject, grounds, .. } = *accusation;
        let Some(link) = self.members.get(subject).and_then(|member| member.watch()) else {
            return;
        };
        let (interval, declared) = (link.interval, link.stall);
        let (life, heard) = link.signs.told;
        let sign = if grounds == Grounds::Deaf { heard } else { life };
        let Some(sign) = sign else { return };
        let age: Duration = now.saturating_since(sign).into();
        if age >= self.patience(interval, declared, now) {
            return;
        }
        let wait = pace::ANSWER_SPACING.of(self.interval());
        let Some(member) = self.members.get_mut(subject) else { return };
        if !pace::may_again(&mut member.times.vouch, wait, now) {
            return;
        }
        let mut askers = self.electorate(subject, now);
        askers.insert(accuser);
        askers.remove(&self.own_id());
        let askers: Vec<NodeId> = askers.into_iter().collect();
        self.vouch(subject, &askers, now);
    }

    /// Tells `accuser` what is held of `subject`, which its accusation has overlooked.
    fn correct(&mut self, subject: NodeId, accuser: NodeId, now: Timestamp) {
        let wait = pace::ANSWER_SPACING.of(self.interval());
        let Some(member) = self.members.get_mut(subject) else { return };
        if !pace::may_again(&mut member.times.vouch, wait, now) {
            return;
        }
        let finding = member.presence().finding;
        if finding == Finding::Down && !self.members.is_present(accuser) {
            return;
        }
        let Some(incarnation) = self.members.get(subject).map(|member| member.state.incarnation)
        else {
            return;
        };
        let found = Rumor::Found { id: subject, incarnation, finding };
        self.send_rumor(accuser, found);
    }

    pub(super) fn on_retraction(
        &mut self,
        from: From,
        subject: NodeId,
        round: u64,
    ) -> Result<(), DropReason> {
        if !self.members.is_present(from.id) {
            return Err(DropReason::Gone);
        }
        if self.members.get(subject).is_none() {
            return Err(DropReason::Unknown);
        }
        if !self.claims.retract(subject, from.id, round) {
            return Err(DropReason::Overtaken);
        }
        self.count(subject, from.now);
        Ok(())
    }

    pub(super) fn on_vouch(
        &mut self,
        from: From,
        (subject, incarnation, ages): (NodeId, Incarnation, (u64, Option<u64>)),
    ) -> Result<(), DropReason> {
        let From { id: source, arrived, now } = from;
        if !self.members.is_present(source) {
            return Err(DropReason::Gone);
        }
        let held = self.members.get(subject).ok_or(DropReason::Unknown)?.state;
        if incarnation != held.incarnation || subject == source {
            return Err(DropReason::Stale);
        }
        let then = |age_us| arrived.saturating_sub(Duration::from_micros(age_us));
        let counts = self.has(Safeguard::Vouches);
        if let Some(link) = self.members.watch_mut(subject).filter(|_| counts) {
            link.on_vouch(then(ages.0), ages.1.map(then));
            self.retract_if_answered(subject, now);
            self.timers.set_if(Timer::Judge(subject), now);
        }
        Ok(())
    }
}
