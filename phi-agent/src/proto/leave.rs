//! Good-bye: said to the neighbours and some others, confirmed by them, never mistaken for a death.
//!
//! A leaver passes on what it hears until two members that stay have confirmed, so that many may
//! leave at once. A planned restart is a good-bye that says for how long.

use std::collections::BTreeSet;
use std::time::Duration;

use phi_core::Timestamp;

use super::io::{Change, Output, RESTART_MAX};
use super::liveness::{Liveness, State};
use super::node::{From, Leaving, Node, Phase};
use super::pace;
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::message::{Leave, LeaveAck, Message};
use crate::wire::rumor::Rumor;

/// Members beside the neighbours that are told.
const TOLD_AT_RANDOM: usize = 3;

/// Confirmations after which a leaver may end.
const CONFIRMED_MIN: usize = 2;

impl Node {
    pub(super) fn start_leaving(&mut self, back_within: Option<Duration>, now: Timestamp) {
        let mut told: BTreeSet<NodeId> = self.members.watched().into_iter().collect();
        let mut others: Vec<NodeId> = self.members.present().map(|member| member.id).collect();
        others.retain(|id| !told.contains(id));
        told.extend(self.rng.draw(&mut others, TOLD_AT_RANDOM));
        let until = now.saturating_add(pace::LEAVE_RELAY.of(self.interval()));
        let confirmed = BTreeSet::new();
        self.phase = Phase::Leaving(Leaving { until, told, confirmed, back_within });
        self.timers.clear();
        self.on_leave_timer(now);
    }

    pub(super) fn on_leave_timer(&mut self, now: Timestamp) {
        let Phase::Leaving(leaving) = &self.phase else { return };
        let rest: Vec<NodeId> = leaving.told.difference(&leaving.confirmed).copied().collect();
        if rest.is_empty() || now >= leaving.until {
            return self.stop();
        }
        let until = leaving.until;
        for id in rest {
            self.send_leave(id);
        }
        let again = now.saturating_add(pace::LEAVE_AGAIN.of(self.interval()));
        self.timers.set(Timer::Leave, until.min(again));
    }

    /// Says good-bye to `id`.
    pub(super) fn send_leave(&mut self, id: NodeId) {
        let Phase::Leaving(leaving) = &self.phase else { return };
        let back_within_us = leaving.back_within.map(super::heartbeat::micros);
        let leave = Leave { incarnation: self.incarnation(), back_within_us };
        self.send_to(id, Message::Leave(leave));
    }

    pub(super) fn on_leave(&mut self, from: From, leave: Leave) -> Result<(), DropReason> {
        let From { id, now, .. } = from;
        let held = self.members.get(id).ok_or(DropReason::Unknown)?.state;
        let incarnation = leave.incarnation;
        if incarnation < held.incarnation || incarnation.start != held.incarnation.start {
            return Err(DropReason::Stale);
        }
        if let Some(within_us) = leave.back_within_us {
            let within = Duration::from_micros(within_us);
            if incarnation > held.incarnation {
                self.adopt(id, State::up(incarnation), Some(id), now);
            }
            let _known = self.on_restarting(from, State::up(incarnation), (id, within));
        } else {
            self.adopt(id, State { liveness: Liveness::Left, incarnation }, Some(id), now);
        }
        if self.phase == Phase::Running {
            self.send_to(id, Message::LeaveAck(LeaveAck { incarnation }));
        }
        Ok(())
    }

    pub(super) fn on_leave_ack(&mut self, id: NodeId, ack: LeaveAck) -> Result<(), DropReason> {
        let current = self.incarnation();
        let Phase::Leaving(leaving) = &mut self.phase else {
            return Err(DropReason::Unsolicited);
        };
        if ack.incarnation != current {
            return Err(DropReason::Stale);
        }
        leaving.confirmed.insert(id);
        let enough = leaving.confirmed.len() >= CONFIRMED_MIN.min(leaving.told.len());
        if enough {
            self.stop();
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.phase = Phase::Stopped;
        self.timers.clear();
        self.output(Output::Stopped);
    }

    /// Takes in that a member restarts on purpose: it is not accused until it should be back.
    pub(super) fn on_restarting(
        &mut self,
        from: From,
        claim: State,
        (id, within): (NodeId, Duration),
    ) -> Result<(), DropReason> {
        let now = from.now;
        // Once in a life, so that nobody keeps a member excused for ever.
        let within = within.max(self.interval()).min(RESTART_MAX);
        if from.id != id && self.members.watch_mut(id).is_some() {
            return Err(DropReason::Stale); // it will say so itself
        }
        let member = self.members.get_mut(id).ok_or(DropReason::Unknown)?;
        if member.state.incarnation != claim.incarnation
            || !member.state.liveness.is_present()
            || member.excused_until > Timestamp::ORIGIN
        {
            return Err(DropReason::Stale);
        }
        member.excused_until = now.saturating_add(within);
        self.tell(id, Change::Restarting { within }, now);
        let within_us = super::heartbeat::micros(within);
        let incarnation = claim.incarnation;
        let rumor = Rumor::Restarting { id, incarnation, within_us };
        self.spread_rumor(rumor, Some(from.id), now);
        self.timers.set_if(Timer::Judge(id), now);
        Ok(())
    }
}
