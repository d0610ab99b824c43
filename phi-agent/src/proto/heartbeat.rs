//! Heartbeats: sent to every present member, received to feed its detector.
//!
//! Only heartbeats that the subject itself sent count, each number once, none out of order.

use phi_core::{Arrival, Timestamp};

use super::liveness::{Liveness, State};
use super::members::Member;
use super::node::Node;
use super::stats::Drop;
use super::timers::Timer;
use crate::ident::{Incarnation, NodeId};
use crate::wire::bounded::List;
use crate::wire::message::{Heartbeat, Message, Rumor};

impl Node {
    /// Sends a heartbeat to all and sets the next; missed ones are not made up for.
    pub(super) fn on_heartbeat_timer(&mut self, due: Timestamp, now: Timestamp) {
        self.beat(now);
        let interval = self.config.identity.interval.get();
        let next = due.saturating_add(interval);
        let next = if next > now { next } else { now.saturating_add(interval) };
        self.timers.set(Timer::Heartbeat, next);
    }

    /// Sends a heartbeat to every present member now.
    fn beat(&mut self, now: Timestamp) {
        let rumors = self.gossip.next_beat(&self.members);
        let present = self.members.iter().filter(|member| member.state.liveness.is_present());
        let present: Vec<NodeId> = present.map(|member| member.id).collect();
        for id in present {
            self.send_heartbeat(id, &rumors, now);
        }
    }

    /// Sends one heartbeat to `id`, whatever its state.
    pub(super) fn send_heartbeat(&mut self, id: NodeId, rumors: &[Rumor], now: Timestamp) {
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
    ) -> Result<(), Drop> {
        let sent = heartbeat.echo.map(|echo| (echo, self.session_time(echo.sent_us)));
        let Some(member) = self.members.get_mut(id) else { return Err(Drop::Unproven) };
        let held = member.state;
        if heartbeat.incarnation.start != held.incarnation.start
            || heartbeat.incarnation < held.incarnation
        {
            return Err(Drop::Stale);
        }
        match member.link.record_number(heartbeat.number) {
            Arrival::Duplicate => return Err(Drop::Duplicate),
            Arrival::Late => return Err(Drop::Late),
            Arrival::New { .. } => {}
        }
        let claim = State { liveness: Liveness::Up, incarnation: heartbeat.incarnation };
        let comes_up = held.yields_to(claim);
        if !held.liveness.is_present() {
            if !comes_up {
                // It does not know what is held of it; it can refute that once it does.
                self.send_heartbeat(id, &[], now);
                return Ok(());
            }
            member.link.detector.resume(arrived);
        }
        member.link.record(heartbeat, &self.config.detection, arrived);
        if let Some((echo, sent)) = sent {
            member.link.record_echo(echo, sent, arrived);
        }
        self.watch(id);
        if comes_up {
            self.transition(id, claim, now);
        }
        if let Some(claim) = heartbeat.accused {
            self.refute(claim, now);
        }
        self.on_rumors(heartbeat.rumors.as_slice(), now);
        Ok(())
    }

    /// Contradicts a claim that this node is not alive: with a higher incarnation, at once, to all.
    pub(super) fn refute(&mut self, claim: Incarnation, now: Timestamp) {
        let current = self.config.identity.incarnation;
        let Some(higher) = current.refuting(claim).filter(|higher| *higher > current) else {
            return;
        };
        tracing::info!(incarnation = %higher, "Taken for dead by a member: refuting");
        self.config.identity.incarnation = higher;
        self.beat(now);
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
