//! Questions whether a member is there: asked directly, and through others; and the answers.
//!
//! When to ask, and what silence means, is decided elsewhere.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::Timestamp;

use super::link::Probing;
use super::members::Member;
use super::node::{From, Node, Phase};
use super::pace;
use super::safeguard::Safeguard;
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::bounded::List;
use crate::wire::header::Header;
use crate::wire::message::{Ack, Gossip, Message, Probe, Relay};
use crate::wire::rumor::{Rumor, Rumors};

use super::heartbeat::micros;

/// Unanswered probes after which they become rare.
const PROBES_QUICK: u32 = 15;

/// Members drawn at random that ask in place of this node, beside one other observer: helpers that
/// are always the same fail together.
const HELPERS_AT_RANDOM: usize = 2;

/// The most subjects, and askers of each, that are probed for others at a time.
const RELAYS_MAX: usize = 64;
const ASKERS_MAX: usize = 16;

impl Node {
    /// Asks `id`, if it is time to: when the next question is due.
    pub(super) fn ask(&mut self, id: NodeId, now: Timestamp) -> Timestamp {
        let interval = self.interval();
        let others_help = self.has(Safeguard::IndirectProbes);
        let Some(link) = self.members.watch_mut(id) else { return Timestamp::MAX };
        let fresh = Probing { since_sign: 0, since_answer: 0, refusals: 0, next_at: now };
        let probing = link.probing.get_or_insert(fresh);
        if now < probing.next_at {
            return probing.next_at;
        }
        probing.since_sign = probing.since_sign.saturating_add(1);
        probing.since_answer = probing.since_answer.saturating_add(1);
        let slow = probing.since_sign.min(probing.since_answer) > PROBES_QUICK;
        let by_others = probing.since_answer % 2 == 0;
        let never = link.signs.never();
        let spacing = match (slow, never) {
            (true, _) => pace::PROBE_SPACING_SLOW,
            (false, true) => pace::PROBE_SPACING_NEVER,
            (false, false) => pace::PROBE_SPACING,
        };
        let next = now.saturating_add(self.rng.jittered(spacing.of(interval)));
        if let Some(probing) = self.members.watch_mut(id).and_then(|link| link.probing.as_mut()) {
            probing.next_at = next;
        }
        self.send_probe(id, now);
        if by_others && others_help {
            self.ask_others(id, now);
        }
        next
    }

    pub(super) fn send_probe(&mut self, id: NodeId, now: Timestamp) {
        let accused = self.members.get(id).and_then(Member::accused);
        let probe = Probe {
            subject: id,
            incarnation: self.incarnation(),
            sent_us: self.session_us(now),
            accused,
            rumors: self.riding(now),
        };
        self.send_to(id, Message::Probe(probe));
    }

    /// Asks one other observer and two members at random to ask `subject`.
    fn ask_others(&mut self, subject: NodeId, now: Timestamp) {
        let own = self.own_id();
        let usable = |id: &NodeId| *id != own && *id != subject;
        let observers = self.rings.observers(subject, &|id| self.is_suspected(id, now));
        let mut observers: Vec<NodeId> = observers.into_iter().filter(usable).collect();
        let helpers = if self.has(Safeguard::RandomHelpers) {
            let mut helpers = self.rng.draw(&mut observers, 1);
            let others = self.members.present().map(|member| member.id).filter(usable);
            let mut others: Vec<NodeId> = others.filter(|id| !helpers.contains(id)).collect();
            helpers.extend(self.rng.draw(&mut others, HELPERS_AT_RANDOM));
            helpers
        } else {
            observers.truncate(1 + HELPERS_AT_RANDOM); // the same ones each time
            observers
        };
        for helper in helpers {
            let relay = Relay { incarnation: self.incarnation(), subject };
            self.send_to(helper, Message::Relay(relay));
        }
    }

    pub(super) fn on_probe(&mut self, from: From, probe: &Probe) -> Result<(), DropReason> {
        let From { id, now, .. } = from;
        if probe.subject != self.own_id() {
            return Err(DropReason::Unknown); // whoever is meant is not here any more
        }
        let heard = self.hear(from, probe.incarnation);
        if self.phase != Phase::Running {
            self.send_leave(id); // no good-bye was heard yet
            return heard;
        }
        let stall_us = micros(self.longest_stall(now));
        let ack = Ack {
            incarnation: self.incarnation(),
            echo_us: probe.sent_us,
            stall_us,
            accused: self.members.get(id).and_then(Member::accused),
            rumors: self.riding(now),
        };
        self.send_to(id, Message::Ack(ack));
        heard?;
        if let Some(claim) = probe.accused {
            self.refute(claim, Some(id), now);
        }
        self.on_rumors(from, &probe.rumors)
    }

    pub(super) fn on_ack(&mut self, from: From, ack: &Ack) -> Result<(), DropReason> {
        let From { id, arrived, now } = from;
        self.hear(from, ack.incarnation)?;
        let sent = self.session_time(ack.echo_us);
        if let Some(link) = self.members.watch_mut(id) {
            link.stall = Duration::from_micros(ack.stall_us);
            link.on_heard(sent, Duration::ZERO, arrived);
        }
        // Whoever answers has heard the question, and is there.
        let ages = [arrived, sent].map(|mark| now.saturating_since(mark).get() / 1_000);
        for (asker, _) in self.relays.remove(&id).unwrap_or_default() {
            self.send_vouch(id, &[asker], (ages[0], Some(ages[1])));
        }
        if let Some(claim) = ack.accused {
            self.refute(claim, Some(id), now);
        }
        self.retract_if_answered(id, now);
        self.timers.set_if(Timer::Judge(id), now);
        self.on_rumors(from, &ack.rumors)
    }

    pub(super) fn on_relay(&mut self, from: From, relay: Relay) -> Result<(), DropReason> {
        let From { id: asker, now, .. } = from;
        self.hear(from, relay.incarnation)?;
        let subject = relay.subject;
        if !self.members.is_present(subject) || !self.members.is_present(asker) {
            return Err(DropReason::Unknown);
        }
        let until = now.saturating_add(self.interval());
        self.relays.retain(|_, askers| {
            askers.retain(|(_, until)| *until > now);
            !askers.is_empty()
        });
        if self.relays.len() >= RELAYS_MAX && !self.relays.contains_key(&subject) {
            return Err(DropReason::Busy);
        }
        let askers = self.relays.entry(subject).or_default();
        askers.retain(|(known, _)| *known != asker);
        if askers.len() >= ASKERS_MAX {
            return Err(DropReason::Busy);
        }
        askers.push((asker, until));
        self.send_probe(subject, now);
        Ok(())
    }

    /// Tells `askers` when `subject` itself was heard, and when it last heard this node.
    pub(super) fn vouch(&mut self, subject: NodeId, askers: &[NodeId], now: Timestamp) {
        let Some(member) = self.members.get(subject) else { return };
        let Some(signs) = member.watch().map(|link| link.signs) else { return };
        let age = |mark: Timestamp| now.saturating_since(mark).get() / 1_000;
        if let (Some(life), heard) = signs.told {
            let heard_us = heard.map(age);
            self.send_vouch(subject, askers, (age(life), heard_us));
        }
    }

    fn send_vouch(&mut self, subject: NodeId, askers: &[NodeId], ages: (u64, Option<u64>)) {
        let Some(member) = self.members.get(subject) else { return };
        let incarnation = member.state.incarnation;
        let (age_us, heard_us) = ages;
        let vouch = Rumor::Vouch { subject, incarnation, age_us, heard_us };
        for asker in askers {
            self.send_rumor(*asker, vouch.clone());
        }
    }

    pub(super) fn send_rumor(&mut self, id: NodeId, rumor: Rumor) {
        self.send_rumors(id, List::first_of([rumor]));
    }

    pub(super) fn send_rumors(&mut self, id: NodeId, rumors: Rumors) {
        let gossip = Gossip { incarnation: self.incarnation(), rumors };
        self.send_to(id, Message::Gossip(gossip));
    }

    /// Takes in that nobody listens where a member should, if it was a datagram of ours that told.
    pub(super) fn on_unreachable(&mut self, to: SocketAddr, quoted: &[u8], now: Timestamp) {
        let ours = Header::parse(quoted).is_ok_and(|header| header.session == self.session);
        let Some(id) = self.members.at(to).filter(|_| ours) else {
            self.stats.count_drop(DropReason::Unsolicited);
            return;
        };
        self.stats.refusals += 1;
        let excused = self.members.get(id).is_some_and(|member| member.is_excused(now));
        if excused || !self.has(Safeguard::Refusals) {
            return;
        }
        self.on_hearsay_refused(id, now);
        let fresh = Probing { since_sign: 0, since_answer: 0, refusals: 0, next_at: now };
        let Some(link) = self.members.watch_mut(id) else { return };
        let probing = link.probing.get_or_insert(fresh);
        probing.refusals = probing.refusals.saturating_add(1);
        if probing.refusals == 1 {
            probing.next_at = now; // ask once more, at once
        }
        self.timers.set(Timer::Judge(id), now);
    }
}
