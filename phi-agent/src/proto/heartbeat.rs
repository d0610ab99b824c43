//! Heartbeats: sent to every present member, received to feed its detector.
//!
//! Only heartbeats that the subject itself sent count, each number once, none out of order. What
//! must be said between two beats goes as a standing, which feeds no detector.

use std::time::Duration;

use phi_core::Timestamp;

use super::liveness::{Liveness, State};
use super::members::Member;
use super::node::{Node, Phase};
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::{Incarnation, NodeId};
use crate::wire::bounded::List;
use crate::wire::message::{Heartbeat, Message, Rumor, Standing};

/// The least time between two refutations; an accusation comes again with the next heartbeat.
const REFUTE_SPACING: Duration = Duration::from_millis(100);

impl Node {
    /// Sends a heartbeat to all and sets the next; missed ones are not made up for.
    pub(super) fn on_heartbeat_timer(&mut self, due: Timestamp, now: Timestamp) {
        let rumors = self.gossip.next_beat(&self.members);
        for id in self.members.present() {
            self.send_heartbeat(id, &rumors, now);
        }
        let interval = self.config.identity.interval.get();
        let next = due.saturating_add(interval);
        let next = if next > now { next } else { now.saturating_add(interval) };
        self.timers.set(Timer::Heartbeat, next);
    }

    fn send_heartbeat(&mut self, id: NodeId, rumors: &[Rumor], now: Timestamp) {
        let sent_us = self.session_us(now);
        let identity = &self.config.identity;
        let (incarnation, interval) = (identity.incarnation, identity.interval);
        let Some(member) = self.members.get_mut(id) else { return };
        let heartbeat = Heartbeat {
            incarnation,
            number: member.link.next_number(),
            sent_us,
            interval,
            echo: member.link.echo(now),
            accused: member.accused(),
            rumors: List::first_of(rumors.iter().filter(|rumor| rumor.id != id).copied()),
        };
        let to = member.link.addr;
        self.send(to, Message::Heartbeat(heartbeat));
    }

    pub(super) fn on_heartbeat(
        &mut self,
        id: NodeId,
        heartbeat: &Heartbeat,
        arrived: Timestamp,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let sent = heartbeat.echo.map(|echo| (echo, self.session_time(echo.sent_us)));
        let claim = self.check_life(id, heartbeat.incarnation)?;
        let Some(member) = self.members.get_mut(id) else { return Err(DropReason::Unproven) };
        let is_present = member.state.liveness.is_present();
        if !is_present {
            member.link.detector.resume(arrived);
        }
        member.link.record(heartbeat, arrived)?;
        if !is_present && !member.state.yields_to(claim) {
            self.send_standing(id); // it does not know, and can refute once it does
            return Ok(());
        }
        if let Some((echo, sent)) = sent {
            member.link.record_echo(echo, sent, arrived);
        }
        self.watch(id);
        self.transition(id, claim, now);
        if let Some(claim) = heartbeat.accused {
            self.refute(claim, now);
        }
        self.on_rumors(heartbeat.rumors.as_slice(), now);
        Ok(())
    }

    /// Sends out of turn which life this node is in, and what it holds of `id`.
    pub(super) fn send_standing(&mut self, id: NodeId) {
        let Some(member) = self.members.get(id) else { return };
        let (to, accused) = (member.link.addr, member.accused());
        let standing = Standing { incarnation: self.incarnation(), accused };
        self.send(to, Message::Standing(standing));
    }

    pub(super) fn on_standing(
        &mut self,
        id: NodeId,
        standing: Standing,
        arrived: Timestamp,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let claim = self.check_life(id, standing.incarnation)?;
        let Some(member) = self.members.get_mut(id) else { return Err(DropReason::Unproven) };
        if member.state.liveness != Liveness::Up && member.state.yields_to(claim) {
            member.link.detector.resume(arrived);
        }
        self.transition(id, claim, now);
        if let Some(claim) = standing.accused {
            self.refute(claim, now);
        }
        Ok(())
    }

    /// What a sign of life of `id` in `incarnation` claims, if that life is its session's and not
    /// an earlier one than is known.
    fn check_life(&self, id: NodeId, incarnation: Incarnation) -> Result<State, DropReason> {
        let held = self.members.get(id).ok_or(DropReason::Unproven)?.state.incarnation;
        if incarnation.start != held.start || incarnation < held {
            return Err(DropReason::Stale);
        }
        Ok(State { liveness: Liveness::Up, incarnation })
    }

    /// Contradicts a claim that this node is not alive in its present incarnation: with a higher
    /// one, at once, to all. What is claimed of another incarnation is refuted already, or made up.
    /// Claims that come too soon after a refutation wait until they are repeated, so that no liar
    /// makes this node speak at network speed.
    pub(super) fn refute(&mut self, claim: Incarnation, now: Timestamp) {
        if claim != self.incarnation() || self.phase != Phase::Running || now < self.refute_from {
            return;
        }
        let Some(higher) = claim.next_refutation() else { return };
        self.refute_from = now.saturating_add(REFUTE_SPACING);
        tracing::info!(incarnation = %higher, "Taken for dead by a member: refuting");
        self.config.identity.incarnation = higher;
        for id in self.members.present() {
            self.send_standing(id);
        }
    }
}

impl Member {
    /// What this member has to refute: the incarnation that it is suspect, down or left in.
    pub(super) const fn accused(&self) -> Option<Incarnation> {
        match self.state.liveness {
            Liveness::Up => None,
            Liveness::Suspect | Liveness::Down | Liveness::Left => Some(self.state.incarnation),
        }
    }
}
