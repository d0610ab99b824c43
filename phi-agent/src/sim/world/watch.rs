//! What is made of events: told to checkers, counted, written into the story.

use std::net::SocketAddr;
use std::time::Duration;

use super::agenda::{Flight, Happening};
use super::{PAIRS_OFTEN_MAX, SEEDS, World, since_start};
use crate::sim::history::{Held, Moment, Seen, What};
use crate::sim::place::{HostId, Place};
use crate::sim::process::{Found, Process};

/// The time between two looks at all tables, in small worlds and in large ones.
const TICK: [Duration; 2] = [Duration::from_secs(1), Duration::from_secs(20)];

impl World {
    pub(super) fn check(&mut self, what: What<'_>) {
        self.checkers.look(&what, &self.truth, self.now.saturating_since(super::START).into());
    }

    /// An observer says what it holds of a subject from now on.
    pub(super) fn seen(&mut self, seen: Seen) {
        for number in [seen.at.as_nanos(), seen.observer as u64, seen.subject as u64, seen.number] {
            self.trace.number(number);
        }
        self.trace.number(seen.verdict as u64);
        self.check(What::Seen(seen));
        self.tally.seen(&seen, &self.truth);
        self.truth.seen(&seen);
        if let Some(story) = &mut self.story {
            story.push(Moment::Seen(Seen { at: since_start(seen.at), ..seen }));
        }
    }

    pub(super) fn tick(&mut self) {
        self.look_at_all();
        let [often, seldom] = TICK;
        let wait = if self.hosts.len() <= PAIRS_OFTEN_MAX { often } else { seldom };
        self.agenda.note(self.now.saturating_add(wait), Happening::Tick);
    }

    /// Shows all tables to the checkers.
    pub(super) fn look_at_all(&mut self) {
        let mut rows = Vec::new();
        for observer in 0..self.hosts.len() {
            let host = self.hosts.get(observer);
            let Some(process) = host.and_then(|host| host.process.as_ref()) else { continue };
            rows.clear();
            rows.extend(process.rows().map(|row| Held {
                subject: self.truth.home(row.id),
                verdict: row.verdict,
                incarnation: row.incarnation,
            }));
            let last_event = process.last_event();
            self.check(What::Table { observer, rows: &rows, last_event });
        }
        self.check(What::Tick);
    }

    /// Where the seeds are now, as a name server would say.
    pub(super) fn seeds(&self) -> Vec<SocketAddr> {
        self.hosts
            .iter()
            .take(SEEDS.min(self.scenario.nodes))
            .map(|host| host.place.addr())
            .collect()
    }

    pub(super) fn resolve_seeds(&mut self) {
        let seeds = self.seeds();
        for index in 0..self.hosts.len() {
            let id = HostId::new(index);
            self.with_process(id, |process: &mut Process, now, outputs| {
                process.seeds(&seeds, now, outputs);
            });
        }
    }

    /// Lets a liar send one round of falsehoods to everybody.
    pub(super) fn lie(&mut self, id: HostId) {
        let Some(from) = self.hosts.get(id.index()).map(|host| host.place) else { return };
        let others: Vec<(Place, crate::sim::liar::Target)> = self
            .hosts
            .iter()
            .enumerate()
            .filter(|(index, _)| *index != id.index())
            .filter_map(|(index, host)| {
                let incarnation = self.truth.fact(index)?.own;
                Some((host.place, crate::sim::liar::Target { id: host.id, incarnation }))
            })
            .collect();
        let Some(own) = self.truth.fact(id.index()).map(|fact| fact.own) else { return };
        let Some(liar) = self.liars.get_mut(&id) else { return };
        for (to, bytes) in liar.round(&others, own) {
            self.tally.lies += 1;
            self.send(Flight { from, to, sent: self.now, found: Found::Datagram(bytes) });
        }
    }
}
