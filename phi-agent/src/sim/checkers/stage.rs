//! Where checkers are shown histories, sound ones and broken ones.

use std::time::Duration;

use phi_core::Timestamp;

use super::Checker;
use crate::ident::{Incarnation, NodeId};
use crate::sim::history::{Held, Seen, Verdict, What};
use crate::sim::truth::Truth;

/// A few members that start at once, and one checker.
pub(super) struct Stage<C> {
    pub(super) truth: Truth,
    checker: C,
    pub(super) found: Vec<String>,
    numbers: Vec<u64>,
}

pub(super) const FIRST: Incarnation = Incarnation::of_start(1);

pub(super) fn refuted(times: u32) -> Incarnation {
    Incarnation { start: 1, refutation: times }
}

impl<C: Checker> Stage<C> {
    pub(super) fn new(hosts: u32, checker: C) -> Self {
        let ids: Vec<NodeId> = (0..hosts).map(|id| NodeId::from_bits(u128::from(id) + 1)).collect();
        let mut truth = Truth::new(&ids, Timestamp::ORIGIN);
        for host in 0..ids.len() {
            truth.started(host, FIRST);
        }
        let numbers = vec![0; ids.len()];
        Self { truth, checker, found: Vec::new(), numbers }
    }

    /// Lets seconds pass.
    pub(super) fn wait(&mut self, seconds: u64) -> &mut Self {
        self.truth.now = self.truth.now.saturating_add(Duration::from_secs(seconds));
        self.show(&What::Tick)
    }

    pub(super) fn show(&mut self, what: &What<'_>) -> &mut Self {
        let found = &mut self.found;
        self.checker.look(what, &self.truth, &mut |text| found.push(text));
        if let What::Seen(seen) = what {
            self.truth.seen(seen);
        }
        self
    }

    /// An observer says what it holds of a subject, with the next number.
    pub(super) fn says(
        &mut self,
        observer: usize,
        subject: usize,
        verdict: Verdict,
        incarnation: Incarnation,
    ) -> &mut Self {
        self.numbers[observer] += 1;
        let (at, number) = (self.truth.now, self.numbers[observer]);
        self.show(&What::Seen(Seen { at, observer, subject, number, verdict, incarnation }))
    }

    /// All say that all are alive.
    pub(super) fn all_meet(&mut self) -> &mut Self {
        for observer in 0..self.truth.hosts() {
            for subject in (0..self.truth.hosts()).filter(|subject| *subject != observer) {
                self.says(observer, subject, Verdict::Alive, FIRST);
            }
        }
        self
    }

    /// Shows a table.
    pub(super) fn table(&mut self, observer: usize, rows: &[(usize, Verdict, Incarnation)]) {
        let rows: Vec<Held> = rows
            .iter()
            .map(|(subject, verdict, incarnation)| Held {
                subject: Some(*subject),
                verdict: *verdict,
                incarnation: *incarnation,
            })
            .collect();
        let last_event = self.numbers[observer];
        self.show(&What::Table { observer, rows: &rows, last_event });
    }
}
