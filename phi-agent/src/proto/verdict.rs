//! From φ to a verdict, by one observer alone: over the threshold → suspect, unrefuted → down.
//!
//! ```text
//!  φ ≥ threshold, silence ≥ P          unrefuted for 3 intervals
//!   ┌────┐ ────────────────▶ ┌─────────┐ ────────────────▶ ┌──────┐
//!   │ up │                   │ suspect │                   │ down │
//!   └────┘ ◀──────────────── └─────────┘                   └──────┘
//!      ▲      heartbeat                                        │
//!      └───────────────── higher incarnation ──────────────────┘
//! ```
//!
//! This file is the seam for verdicts of more than one observer: nothing else judges.

use std::time::Duration;

use phi_core::{Nanos, Timestamp};

use super::contacts::Reason;
use super::link::Link;
use super::liveness::{Liveness, State};
use super::node::Node;
use super::timers::Timer;
use crate::ident::NodeId;

/// Wait for refutation in intervals of the subject: its answer may be lost twice.
const DOWN_AFTER_INTERVALS: u32 = 3;

impl Node {
    /// Sets the time at which `id` must be judged, if it stays silent: when φ reaches the
    /// threshold, or when its time as a suspect is up.
    pub(super) fn watch(&mut self, id: NodeId) {
        let Some(member) = self.members.get(id) else { return };
        let timer = Timer::Verdict(id);
        match member.state.liveness {
            Liveness::Up => {
                let Link { detector, interval, .. } = &member.link;
                let detection = &self.config.detection;
                let deadline = detector.deadline(detection.threshold(*interval));
                let last = detector.last().unwrap_or(Timestamp::MAX);
                let patient_until = last.saturating_add(detection.patience(*interval));
                self.timers.set(timer, deadline.unwrap_or(Timestamp::MAX).max(patient_until));
            }
            Liveness::Suspect => {
                let patience = member.link.interval.get() * DOWN_AFTER_INTERVALS;
                self.timers.set(timer, member.since.saturating_add(patience));
            }
            Liveness::Down | Liveness::Left => self.timers.cancel(timer),
        }
    }

    /// Judges `id`, whose time has come.
    pub(super) fn judge(&mut self, id: NodeId, now: Timestamp) {
        let Some(member) = self.members.get(id) else { return };
        let threshold = self.config.detection.threshold(member.link.interval);
        let reached = member.phi(now).reaches(threshold);
        let worse = match member.state.liveness {
            Liveness::Up if reached => Liveness::Suspect,
            Liveness::Suspect => Liveness::Down,
            Liveness::Up | Liveness::Down | Liveness::Left => return self.watch(id),
        };
        let incarnation = member.state.incarnation;
        self.transition(id, State { liveness: worse, incarnation }, now);
        if worse == Liveness::Suspect {
            self.send_standing(id);
        }
    }

    /// Takes over `claim` about `id`, if it overrules what is held.
    pub(super) fn transition(&mut self, id: NodeId, claim: State, now: Timestamp) {
        let Some(member) = self.members.get_mut(id) else { return };
        if !member.state.yields_to(claim) {
            return;
        }
        let before = member.state.liveness;
        member.state = claim;
        if before == claim.liveness {
            return self.watch(id); // a refutation of what is not held here changes nothing to see
        }
        self.on_transition(id, now);
    }

    /// Follows up a change of state that has been entered.
    pub(super) fn on_transition(&mut self, id: NodeId, now: Timestamp) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.since = now;
        let (liveness, addr) = (member.state.liveness, member.link.addr);
        self.tell(id, now);
        self.watch(id);
        if liveness == Liveness::Down {
            self.contact(addr, Reason::Dead, now);
        }
    }

    /// If this node itself was late by more than half an interval, credits that to all: what did
    /// not come meanwhile is not the others' fault. What did come was taken in before, with its
    /// true times.
    pub(super) fn credit_stall(&mut self, now: Timestamp) {
        let late = self.timers.next().map_or(Nanos::ZERO, |due| now.saturating_since(due));
        if Duration::from(late) <= self.config.identity.interval.get() / 2 {
            return;
        }
        self.stats.stalls += 1;
        tracing::debug!(late_ms = late.get() / 1_000_000, "This agent was stalled: crediting all");
        let credited = |mark: Timestamp| mark.saturating_add(late).min(now);
        for id in self.members.present() {
            let Some(member) = self.members.get_mut(id) else { continue };
            if let Some(last) = member.link.detector.last() {
                member.link.detector.resume(credited(last));
            }
            if member.state.liveness == Liveness::Suspect {
                member.since = credited(member.since);
            }
            self.watch(id);
        }
    }
}
