//! How processes start and end.

use std::time::Duration;

use super::World;
use super::agenda::Happening;
use crate::ident::Incarnation;
use crate::sim::facts::Phase;
use crate::sim::place::HostId;
use crate::sim::process::{Birth, Process};

/// The time that a planned restart takes.
const RESTART: [Duration; 2] = [Duration::from_millis(50), Duration::from_secs(1)];

impl World {
    /// Starts the process of a host that has none.
    pub(super) fn start(&mut self, id: HostId) {
        let index = id.index();
        let seeds = self.seeds();
        let Some(host) = self.hosts.get_mut(index).filter(|host| host.process.is_none()) else {
            return;
        };
        host.powered = true;
        host.starts += 1;
        let birth = Birth {
            id: host.id,
            name: format!("n{index}"),
            start: host.starts,
            safeguards: self.scenario.safeguards,
            interval: self.scenario.interval,
            profile: self.scenario.profile,
            seed: self.dice.seed(),
        };
        let now = host.clock.shown(self.now);
        host.process = Process::start(&birth, now);
        self.truth.started(index, Incarnation::of_start(birth.start));
        self.tally.ended(index);
        self.with_process(id, |process, now, outputs| process.seeds(&seeds, now, outputs));
    }

    /// Tells the process of a host to leave: it does so when it runs.
    pub(super) fn leave(&mut self, id: HostId) {
        let Some(host) = self.hosts.get_mut(id.index()).filter(|host| host.process.is_some())
        else {
            return;
        };
        self.truth.leaves(id.index());
        if host.can_run() {
            self.with_process(id, Process::leave);
        } else {
            host.told_to_leave = true;
        }
    }

    pub(super) fn crash(&mut self, id: HostId, phase: Phase, fault: usize) {
        let index = id.index();
        let Some(host) = self.hosts.get_mut(index) else { return };
        let ran = host.process.is_some();
        host.end();
        host.powered = phase != Phase::Dead;
        if ran {
            self.truth.ended(index, phase);
            let name = self.faults.get(fault).map_or("", |fault| fault.name);
            let running = self.truth.facts().filter(|(_, fact)| fact.phase == Phase::Running);
            self.tally.died(index, name, self.now, running.count());
        } else if phase == Phase::Dead && self.truth.fact(index).is_some_and(|f| f.lives > 0) {
            self.truth.ended(index, phase);
        }
    }

    pub(super) fn restart(&mut self, id: HostId) {
        let Some(host) = self.hosts.get_mut(id.index()).filter(|host| host.process.is_some())
        else {
            return;
        };
        host.end();
        self.truth.ended(id.index(), Phase::Crashed);
        let [least, most] = RESTART;
        let wait = self.dice.between(least, most);
        self.agenda.note(self.now.saturating_add(wait), Happening::Start(id));
    }

    /// Starts a further host with the identity of `id`.
    pub(super) fn copy(&mut self, id: HostId) {
        let Some((original, starts)) =
            self.hosts.get(id.index()).map(|host| (host.id, host.starts))
        else {
            return;
        };
        let nodes = self.scenario.nodes;
        let mut copies = self.hosts.iter_mut().skip(nodes);
        let copy = copies.find(|host| host.id == original && host.process.is_none());
        let Some(copy) = copy else { return };
        copy.starts = starts;
        let copy = copy.place.host;
        self.truth.unaccountable(id.index());
        self.truth.unaccountable(copy.index());
        self.start(copy);
    }
}
