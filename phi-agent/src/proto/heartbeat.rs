//! Heartbeats: sent to every neighbour, received to feed its detector.
//!
//! Only heartbeats that the subject itself sent count, each number once, none out of order. What
//! must be said between two beats goes by other messages, which feed no detector.

use std::time::Duration;

use phi_core::Timestamp;

use super::liveness::{Liveness, State};
use super::members::{Member, whole};
use super::node::{From, Node};
use super::pace;
use super::safeguard::Safeguard;
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::{Incarnation, NodeId};
use crate::wire::message::{Heartbeat, Message};
use crate::wire::rumor::Rumors;

impl Node {
    /// Begins a beat, in which each neighbour gets a heartbeat when its turn comes, and sets the
    /// next; missed ones are not made up for.
    pub(super) fn on_beat(&mut self, due: Timestamp, now: Timestamp) {
        self.beats += 1;
        let interval = self.interval();
        let begun = if due.saturating_add(interval) > now { due } else { now };
        self.timers.set(Timer::Beat, begun.saturating_add(interval));
        for member in self.members.iter() {
            if let Some(link) = member.watch() {
                self.timers.set(Timer::Heartbeat(member.id), begun.saturating_add(link.turn));
            }
        }
        self.remember();
    }

    pub(super) fn send_heartbeat(&mut self, id: NodeId, now: Timestamp) {
        let table = whole(&self.digest());
        let stall = self.longest_stall(now);
        let rumors = self.riding(now);
        let sent_us = self.session_us(now);
        let (incarnation, interval) = (self.incarnation(), self.config.identity.interval);
        let number = self.beats;
        let Some(member) = self.members.get_mut(id) else { return };
        let accused = member.accused();
        let Some(link) = member.watch_mut() else { return };
        let heartbeat = Heartbeat {
            incarnation,
            number,
            sent_us,
            interval,
            echo: link.echo(now),
            accused,
            stall_us: micros(stall),
            hello: std::mem::take(&mut link.hello_due),
            table,
            rumors,
        };
        self.send_to(id, Message::Heartbeat(heartbeat));
    }

    pub(super) fn on_heartbeat(
        &mut self,
        from: From,
        heartbeat: &Heartbeat,
    ) -> Result<(), DropReason> {
        let From { id, arrived, now } = from;
        let sequence = self.has(Safeguard::Sequence);
        let watch = self.members.get(id).and_then(Member::watch);
        let fresh = !sequence || watch.is_none_or(|link| link.is_newer(heartbeat.number));
        self.hear_of(from, heartbeat.incarnation, fresh)?;
        if !self.members.is_present(id) {
            self.notify(id, pace::NOTICE_SPACING_BEATS, now);
            return self.on_rumors(from, &heartbeat.rumors);
        }
        let echoed = heartbeat.echo.map(|echo| (self.session_time(echo.sent_us), echo.held_us));
        if let Some(link) = self.members.watch_mut(id) {
            if heartbeat.hello && link.is_newer(heartbeat.number) {
                link.detector.restart(arrived);
            }
            let recorded = link.record(heartbeat, arrived, sequence);
            if recorded.is_ok()
                && let Some((sent, held_us)) = echoed
            {
                link.on_heard(sent, Duration::from_micros(held_us), arrived);
            }
            if recorded != Err(DropReason::Duplicate) {
                self.report_heard(id, heartbeat, arrived);
            }
            recorded?;
        }
        if let Some(claim) = heartbeat.accused {
            self.refute(claim, Some(id), now);
        }
        self.compare_tables(id, heartbeat, now);
        self.judge(id, now);
        self.on_rumors(from, &heartbeat.rumors)
    }

    /// Takes in that `id` itself has sent something, in which life it says that it is.
    ///
    /// # Errors
    ///
    /// [`DropReason::Stale`] when that is not the life that is known, nor one after it: nothing but
    /// that it is told so was done.
    pub(super) fn hear(&mut self, from: From, incarnation: Incarnation) -> Result<(), DropReason> {
        self.hear_of(from, incarnation, true)
    }

    /// The same for what may be no sign that it lives now, unless it is `fresh`.
    fn hear_of(
        &mut self,
        from: From,
        incarnation: Incarnation,
        fresh: bool,
    ) -> Result<(), DropReason> {
        let From { id, arrived, now } = from;
        self.health.heard = self.health.heard.max(arrived);
        self.set_isolated(false, now);
        let held = self.members.get(id).ok_or(DropReason::Unknown)?.state;
        if incarnation < held.incarnation {
            self.notify(id, pace::NOTICE_SPACING, now);
            return Err(DropReason::Stale);
        }
        let returned = pace::RETURNED.of(self.interval());
        if fresh
            && let Some(member) = self.members.get_mut(id)
            && let Some(link) = member.watch_mut()
        {
            let (silent_from, away) = match link.signs.life {
                Some(life) => (life, pace::AWAY),
                None => (link.signs.since, pace::NEVER_HEARD),
            };
            let away = away.of(link.interval.get());
            link.on_life(arrived);
            if Duration::from(arrived.saturating_since(silent_from)) >= away {
                member.times.returned_until = now.saturating_add(returned);
            }
        }
        if incarnation > held.incarnation {
            self.adopt(id, State { liveness: Liveness::Up, incarnation }, Some(id), now);
        }
        self.retract_if_answered(id, now);
        Ok(())
    }

    pub(super) fn on_rumors(&mut self, from: From, rumors: &Rumors) -> Result<(), DropReason> {
        let mut result = Ok(());
        for rumor in rumors.as_slice() {
            result = self.on_rumor(from, rumor).and(result);
        }
        result
    }

    /// Keeps where members are, for the next process of this node.
    fn remember(&mut self) {
        let present = self.members.present().map(|member| member.addr);
        let addrs = present.take(super::io::REMEMBERED_MAX).collect();
        // Who is alone has nothing better than what it remembers.
        if self.remembered != addrs && !addrs.is_empty() {
            self.output(super::io::Output::Remember(addrs.iter().copied().collect()));
            self.remembered = addrs;
        }
    }
}

pub(super) fn micros(length: Duration) -> u64 {
    u64::try_from(length.as_micros()).unwrap_or(u64::MAX)
}
