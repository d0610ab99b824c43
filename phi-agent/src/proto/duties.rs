//! Whom this node watches: its neighbours on the rings, and subjects whose observers are suspected.
//!
//! How it watches them is decided elsewhere.

use std::time::Duration;

use phi_core::Timestamp;

use super::link::Link;
use super::liveness::Liveness;
use super::node::{Node, Phase};
use super::pace;
use super::safeguard::Safeguard;
use super::timers::Timer;
use super::turns::free_turn;
use crate::ident::NodeId;

/// Between two looks for subjects without observers, in parts of an interval.
const TAKEOVER_PAUSE_PARTS: u32 = 20;

impl Node {
    /// Begins and ends watches, if who is present has changed. New neighbours get a heartbeat at
    /// once.
    pub(super) fn update_duties(&mut self, now: Timestamp) {
        if !std::mem::take(&mut self.rings_changed) || self.phase == Phase::Stopped {
            return;
        }
        let neighbours = self.rings.observers(self.own_id(), &|_| false);
        for id in self.members.watched() {
            let taken_over = self.members.watch_mut(id).is_some_and(|link| {
                let for_a_while = link.takeover_until > Timestamp::ORIGIN;
                link.takeover_until > now || for_a_while && link.accusing.is_some()
            });
            let present = self.members.is_present(id);
            if !(present && (taken_over || neighbours.contains(&id))) {
                self.end_duty(id, now);
            }
        }
        for id in neighbours {
            self.begin_duty(id, now);
            // What was taken over for a while may have become this node's own duty.
            if let Some(link) = self.members.watch_mut(id) {
                link.takeover_until = Timestamp::ORIGIN;
            }
            if !self.timers.contains(Timer::Judge(id)) {
                self.timers.set(Timer::Judge(id), now);
            }
        }
        let any_gone = self.members.iter().any(|member| member.state.liveness == Liveness::Down);
        if any_gone && !self.timers.contains(Timer::Dead) {
            self.timers.set(Timer::Dead, now.saturating_add(self.interval()));
        }
    }

    /// Watches `id` from now on, unless that is done already.
    pub(super) fn begin_duty(&mut self, id: NodeId, now: Timestamp) {
        if self.members.get(id).is_none_or(|member| member.watch().is_some()) {
            return;
        }
        let turn = self.free_turn();
        let Some(member) = self.members.get_mut(id) else { return };
        let (interval, detection) = (member.interval, &self.config.detection);
        let link = member.link.get_or_insert_with(|| Box::new(Link::new(interval, detection)));
        link.resume(now);
        link.turn = turn;
        if self.phase == Phase::Running {
            self.send_heartbeat(id, now);
        }
        self.timers.set(Timer::Judge(id), now.saturating_add(pace::FIRST_SIGN.of(self.interval())));
    }

    fn free_turn(&self) -> Duration {
        if !self.has(Safeguard::Turns) {
            return Duration::ZERO;
        }
        let taken = self.members.iter().filter_map(|member| Some(member.watch()?.turn));
        free_turn(taken.collect(), self.interval())
    }

    fn end_duty(&mut self, id: NodeId, now: Timestamp) {
        self.forget_fault(id, now);
        self.timers.cancel(Timer::Judge(id));
        self.timers.cancel(Timer::Heartbeat(id));
        if let Some(link) = self.members.watch_mut(id) {
            (link.duty, link.probing, link.accusing) = (false, None, None);
        }
    }

    /// Whether somebody accuses `id` of being gone in its present life.
    pub(super) fn is_suspected(&self, id: NodeId, now: Timestamp) -> bool {
        self.members.get(id).is_some_and(|member| {
            self.claims.against(id, member.state.incarnation, now).next().is_some()
        })
    }

    /// Looks soon for subjects that suspects were to watch.
    pub(super) fn plan_takeover(&mut self, now: Timestamp) {
        if !self.timers.contains(Timer::Takeover) {
            let pause = self.interval() / TAKEOVER_PAUSE_PARTS;
            self.timers.set(Timer::Takeover, now.saturating_add(pause));
        }
    }

    /// Watches those whom this node would watch if suspects were skipped, for a while.
    pub(super) fn take_over(&mut self, now: Timestamp) {
        let own = self.own_id();
        let suspected = |id: NodeId| self.is_suspected(id, now);
        let candidates = self.rings.candidates(own, &suspected);
        let orphans = candidates.into_iter().filter(|subject| {
            let watched = self.members.get(*subject).is_some_and(|member| member.watch().is_some());
            !watched && self.rings.observers(*subject, &suspected).contains(&own)
        });
        let until = now.saturating_add(pace::TAKEOVER.of(self.interval()));
        let most = 2 * self.config.observers.get();
        for id in orphans.take(most).collect::<Vec<_>>() {
            self.begin_duty(id, now);
            if let Some(link) = self.members.watch_mut(id) {
                link.takeover_until = until;
            }
            self.timers.set(Timer::Judge(id), now);
        }
    }

    /// Ends a watch that was taken over, when its time is up and no accusation hangs on it.
    pub(super) fn is_takeover_over(&self, id: NodeId, now: Timestamp) -> bool {
        let Some(link) = self.members.get(id).and_then(|member| member.watch()) else {
            return false;
        };
        let taken_over = link.takeover_until > Timestamp::ORIGIN;
        taken_over && link.takeover_until <= now && link.accusing.is_none()
    }
}
