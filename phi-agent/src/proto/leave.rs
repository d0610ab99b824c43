//! Good-bye: told to every present member, confirmed by each, within half a second.
//!
//! Only a member itself can say that it leaves.

use std::time::Duration;

use phi_core::Timestamp;

use super::io::Output;
use super::liveness::{Liveness, State};
use super::node::{Node, Phase};
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::message::{Leave, LeaveAck, Message};

/// The time that leaving takes at most.
const LEAVE_MAX: Duration = Duration::from_millis(500);

/// The wait for confirmations before the good-bye is repeated: five times in all.
const LEAVE_AGAIN: Duration = Duration::from_millis(100);

impl Node {
    pub(super) fn start_leaving(&mut self, now: Timestamp) {
        let unconfirmed = self.members.present().into_iter().collect();
        self.phase = Phase::Leaving { until: now.saturating_add(LEAVE_MAX), unconfirmed };
        self.timers.clear();
        self.on_leave_timer(now);
    }

    pub(super) fn on_leave_timer(&mut self, now: Timestamp) {
        let Phase::Leaving { until, unconfirmed } = &self.phase else { return };
        if unconfirmed.is_empty() || now >= *until {
            return self.stop();
        }
        let (until, unconfirmed) = (*until, unconfirmed.clone());
        let leave = Leave { incarnation: self.incarnation() };
        for id in unconfirmed {
            if let Some(to) = self.members.get(id).map(|member| member.link.addr) {
                self.send(to, Message::Leave(leave));
            }
        }
        self.timers.set(Timer::Leave, until.min(now.saturating_add(LEAVE_AGAIN)));
    }

    pub(super) fn on_leave(
        &mut self,
        id: NodeId,
        leave: Leave,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let Some(member) = self.members.get(id) else { return Err(DropReason::Unproven) };
        if leave.incarnation < member.state.incarnation
            || leave.incarnation.start != member.state.incarnation.start
        {
            return Err(DropReason::Stale);
        }
        let to = member.link.addr;
        self.transition(
            id,
            State { liveness: Liveness::Left, incarnation: leave.incarnation },
            now,
        );
        self.send(to, Message::LeaveAck(LeaveAck { incarnation: leave.incarnation }));
        Ok(())
    }

    pub(super) fn on_leave_ack(&mut self, id: NodeId, ack: LeaveAck) -> Result<(), DropReason> {
        let current = self.incarnation();
        let Phase::Leaving { unconfirmed, .. } = &mut self.phase else {
            return Err(DropReason::Unsolicited);
        };
        if ack.incarnation != current {
            return Err(DropReason::Stale);
        }
        unconfirmed.remove(&id);
        if unconfirmed.is_empty() {
            self.stop();
        }
        Ok(())
    }

    fn stop(&mut self) {
        self.phase = Phase::Stopped;
        self.timers.clear();
        self.output(Output::Stopped);
    }
}
