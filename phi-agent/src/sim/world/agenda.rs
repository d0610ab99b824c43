//! What will happen, the next thing first; what is due at one time, in the order it was noted.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use phi_core::Timestamp;

use crate::sim::place::{HostId, Place};
use crate::sim::process::Found;

/// Something that will happen.
#[derive(Debug)]
pub(super) enum Happening {
    Arrive(Flight),
    /// The process runs, if this wake-up is still the valid one.
    Run(HostId, u64),
    Start(HostId),
    Begin(usize),
    /// The fault repeats itself.
    Again(usize),
    End(usize),
    /// All look up the seeds again.
    Resolve,
    Tick,
    /// Traffic is counted from now on.
    Measure,
}

/// A datagram or refusal on its way.
#[derive(Debug)]
pub(super) struct Flight {
    pub(super) from: Place,
    pub(super) to: Place,
    pub(super) sent: Timestamp,
    pub(super) found: Found,
}

#[derive(Debug)]
struct Entry {
    at: Timestamp,
    number: u64,
    what: Happening,
}

/// All that will happen.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    entries: BinaryHeap<Reverse<Entry>>,
    noted: u64,
}

impl Agenda {
    pub(super) fn note(&mut self, at: Timestamp, what: Happening) {
        self.noted += 1;
        self.entries.push(Reverse(Entry { at, number: self.noted, what }));
    }

    /// Takes out the next thing, if it happens by `end`.
    pub(super) fn next(&mut self, end: Timestamp) -> Option<(Timestamp, Happening)> {
        self.entries.peek().filter(|Reverse(entry)| entry.at <= end)?;
        self.entries.pop().map(|Reverse(entry)| (entry.at, entry.what))
    }
}

impl PartialEq for Entry {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}

impl Eq for Entry {}

impl PartialOrd for Entry {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Entry {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.at, self.number).cmp(&(other.at, other.number))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: time first, then the order of noting.
    #[test]
    fn things_happen_in_order() {
        let at = Timestamp::from_nanos;
        let mut agenda = Agenda::default();
        for (time, fault) in [(5, 0), (3, 1), (5, 2), (9, 3)] {
            agenda.note(at(time), Happening::Begin(fault));
        }
        let mut order = Vec::new();
        while let Some((time, Happening::Begin(fault))) = agenda.next(at(8)) {
            order.push((time.as_nanos(), fault));
        }
        assert_eq!(order, [(3, 1), (5, 0), (5, 2)]);
    }
}
