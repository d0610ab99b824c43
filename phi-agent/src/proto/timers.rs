//! Named deadlines, each at most once, the next one first.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;

use phi_core::Timestamp;

use crate::ident::NodeId;

/// What is due when a deadline has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// When the next beat begins.
    Beat,
    /// When this neighbour gets the heartbeat of this beat.
    Heartbeat(NodeId),
    /// When to look at this member again, if nothing comes from it.
    Judge(NodeId),
    /// When to count the accusations of this member again.
    Count(NodeId),
    /// When this member must have answered what others say of it.
    Answer(NodeId),
    /// When to tell what was learnt from datagrams: once all that have arrived are read.
    Tell,
    /// When to tell of newcomers that were collected.
    Collect,
    /// When to look for subjects whose observers are suspected.
    Takeover,
    /// When to ask one of the dead whether it is.
    Dead,
    /// When to say hello at this address again.
    Contact(SocketAddr),
    /// When to repeat the good-bye, or to stop waiting for its confirmation.
    Leave,
}

/// A table of deadlines; its size is that of the members and contacts.
#[derive(Debug, Default)]
pub(super) struct Timers {
    deadlines: BTreeMap<Timer, Timestamp>,
    order: BTreeSet<(Timestamp, Timer)>,
}

impl Timers {
    /// Sets the deadline of `timer`, in place of the one it had.
    pub(super) fn set(&mut self, timer: Timer, deadline: Timestamp) {
        self.cancel(timer);
        self.deadlines.insert(timer, deadline);
        self.order.insert((deadline, timer));
    }

    /// Sets the deadline of `timer` if it has one, in place of that.
    pub(super) fn set_if(&mut self, timer: Timer, deadline: Timestamp) {
        if self.contains(timer) {
            self.set(timer, deadline);
        }
    }

    /// Forgets the deadline of `timer`, if it had one.
    pub(super) fn cancel(&mut self, timer: Timer) {
        if let Some(deadline) = self.deadlines.remove(&timer) {
            self.order.remove(&(deadline, timer));
        }
    }

    /// Whether `timer` has a deadline.
    pub(super) fn contains(&self, timer: Timer) -> bool {
        self.deadlines.contains_key(&timer)
    }

    /// Forgets all deadlines.
    pub(super) fn clear(&mut self) {
        self.deadlines.clear();
        self.order.clear();
    }

    /// The earliest deadline.
    pub(super) fn next(&self) -> Option<Timestamp> {
        self.order.first().map(|(deadline, _)| *deadline)
    }

    /// Takes out the earliest timer, if its deadline has come.
    pub(super) fn pop_due(&mut self, now: Timestamp) -> Option<(Timer, Timestamp)> {
        let (deadline, timer) = *self.order.first().filter(|(deadline, _)| *deadline <= now)?;
        self.cancel(timer);
        Some((timer, deadline))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a timer has one deadline, the earliest comes first, none comes early.
    #[test]
    fn timers_are_due_once_and_in_order() {
        let at = Timestamp::from_nanos;
        let (a, b) = (Timer::Beat, Timer::Judge(NodeId::from_bits(1)));
        let mut timers = Timers::default();
        timers.set(a, at(30));
        timers.set(b, at(20));
        timers.set(a, at(10));
        assert_eq!(timers.pop_due(at(9)), None);
        assert_eq!(timers.pop_due(at(30)), Some((a, at(10))));
        timers.set(a, at(40));
        timers.cancel(a);
        assert_eq!(timers.next(), Some(at(20)));
        assert_eq!(timers.pop_due(at(30)), Some((b, at(20))));
        assert_eq!(timers.next(), None);
    }
}
