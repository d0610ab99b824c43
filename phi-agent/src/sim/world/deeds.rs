//! Faults: how each begins and ends.

use std::time::Duration;

use super::World;
use super::agenda::Happening;
use crate::sim::facts::Phase;
use crate::sim::fault::Deed;
use crate::sim::host::Lateness;
use crate::sim::liar::Liar;
use crate::sim::network::rule::{Rule, Ways};
use crate::sim::place::{HostId, Hosts};
use crate::sim::process::Process;

/// The time until all have looked up the seeds again.
const LOOKUP: Duration = Duration::from_secs(10);

/// A process that is late by more than this is no longer running as it should.
const LATE_CALM_MAX: Duration = Duration::from_secs(1);

impl World {
    pub(super) fn begin(&mut self, number: usize) {
        self.turn_over(number, true);
    }

    pub(super) fn end(&mut self, number: usize) {
        self.turn_over(number, false);
    }

    /// Lets a fault begin, or end, on each of its hosts.
    fn turn_over(&mut self, number: usize, begins: bool) {
        let Some(fault) = self.faults.get(number).cloned() else { return };
        self.truth.fault(begins);
        if begins {
            *self.tally.occurred.entry(fault.name).or_default() += 1;
        }
        if begins && fault.lasts.is_none() && fault.deed.is_over_at_once() {
            self.truth.fault(false);
        }
        self.tell(|| {
            let targets =
                fault.deed.hosts().map(|hosts| format!(" {:?}", hosts.iter().collect::<Vec<_>>()));
            let ways = if let Deed::Net(ways, _) = &fault.deed {
                format!(" {ways}")
            } else {
                String::new()
            };
            let verb = if begins { "" } else { "end of " };
            format!("{verb}{}{}", fault.name, targets.unwrap_or(ways))
        });
        if let Deed::Net(ways, effect) = &fault.deed {
            return self.network_fault(
                number,
                Rule::new(number as u64, ways.clone(), *effect),
                begins,
            );
        }
        let hosts: Vec<HostId> =
            fault.deed.hosts().into_iter().flat_map(Hosts::iter).map(HostId::new).collect();
        for id in hosts {
            if begins {
                self.do_to(id, number, &fault.deed);
            } else {
                self.undo_to(id, number, &fault.deed);
            }
        }
        if begins {
            self.again(number);
        }
    }

    /// Lets a fault that repeats itself do so, and notes the next time.
    pub(super) fn again(&mut self, number: usize) {
        let Some(fault) = self.faults.get(number) else { return };
        let (Deed::RestartStorm(hosts, every) | Deed::Lie(hosts, every)) = &fault.deed else {
            return;
        };
        if fault.lasts.is_some_and(|lasts| self.elapsed() >= fault.at + lasts) {
            return;
        }
        let lies = matches!(fault.deed, Deed::Lie(..));
        let (hosts, every) = (hosts.clone(), *every);
        for id in hosts.iter().map(HostId::new) {
            if lies { self.lie(id) } else { self.restart(id) }
        }
        self.agenda.note(self.now.saturating_add(every), Happening::Again(number));
    }

    fn do_to(&mut self, id: HostId, number: usize, deed: &Deed) {
        match deed {
            Deed::Pause(_) => self.stop(id, |paused, _| *paused += 1),
            Deed::Suspend(_) => {
                self.set_clock_stopped(id, true);
                self.stop(id, |_, suspended| *suspended += 1);
            }
            Deed::Slow(_, most) => self.late(id, number, Lateness::Slow(*most)),
            Deed::Starve(_) => self.late(id, number, Lateness::Starved),
            Deed::Crash(_) => self.crash(id, Phase::Crashed, number),
            Deed::CrashForgetting(_) => {
                self.crash(id, Phase::Crashed, number);
                self.truth.forgot(id.index());
                if let Some(host) = self.hosts.get_mut(id.index()) {
                    host.starts = host.starts.saturating_sub(1);
                }
            }
            Deed::HostDeath(_) => self.crash(id, Phase::Dead, number),
            Deed::DeathOfRing(_) => {
                for host in self.observers(id).into_iter().chain([id]) {
                    self.crash(host, Phase::Dead, number);
                }
            }
            Deed::Restart(_) => self.restart(id),
            Deed::RestartStorm(..) | Deed::ClockStep(_) | Deed::Net(..) => {}
            Deed::Move(_) => {
                if let Some(host) = self.hosts.get_mut(id.index()) {
                    host.place.moves = host.place.moves.wrapping_add(1);
                }
                self.agenda.note(self.now.saturating_add(LOOKUP), Happening::Resolve);
            }
            Deed::Join(_) => self.start(id),
            Deed::Leave(_) => self.leave(id),
            Deed::Copy(_) => self.copy(id),
            Deed::Drift(_, ppm) => self.set_drift(id, Some(*ppm)),
            Deed::Lie(..) => {
                self.liars.entry(id).or_insert_with(|| Liar::new(self.seed));
                self.truth.unaccountable(id.index());
            }
        }
    }

    fn undo_to(&mut self, id: HostId, number: usize, deed: &Deed) {
        match deed {
            Deed::Pause(_) => self.go_on(id, |paused, _| *paused = paused.saturating_sub(1)),
            Deed::Suspend(_) => {
                self.go_on(id, |_, suspended| *suspended = suspended.saturating_sub(1));
            }
            Deed::Slow(..) | Deed::Starve(_) => {
                let Some(host) = self.hosts.get_mut(id.index()) else { return };
                let before = host.lateness.len();
                host.lateness.retain(|(fault, lateness)| *fault != number || !disturbs(*lateness));
                let ended = host.lateness.len() < before;
                host.lateness.retain(|(fault, _)| *fault != number);
                if ended {
                    self.truth.disturb(id.index(), false);
                }
            }
            Deed::Crash(_) | Deed::CrashForgetting(_) | Deed::HostDeath(_) => {
                let dead = matches!(deed, Deed::HostDeath(_));
                let phase = self.truth.fact(id.index()).map(|fact| fact.phase);
                if phase == Some(if dead { Phase::Dead } else { Phase::Crashed }) {
                    self.start(id);
                }
            }
            Deed::Drift(..) => self.set_drift(id, None),
            Deed::Join(_) => self.leave(id),
            Deed::Leave(_) => self.start(id),
            Deed::Restart(_)
            | Deed::RestartStorm(..)
            | Deed::Move(_)
            | Deed::Copy(_)
            | Deed::ClockStep(_)
            | Deed::Lie(..)
            | Deed::DeathOfRing(_)
            | Deed::Net(..) => {}
        }
    }

    /// Who watches the member on `id`; the four after it where all watch all.
    fn observers(&self, id: HostId) -> Vec<HostId> {
        let process = self.hosts.get(id.index()).and_then(|host| host.process.as_ref());
        let nodes = self.scenario.nodes;
        match process.map(Process::observers) {
            Some(observers) => {
                let homes = observers.into_iter().filter_map(|id| self.truth.home(id));
                homes.map(HostId::new).collect()
            }
            None => (1..=4).map(|step| HostId::new((id.index() + step) % nodes)).collect(),
        }
    }

    fn network_fault(&mut self, number: usize, rule: Rule, begins: bool) {
        if rule.effect.closes() {
            self.close(&rule.ways, begins);
        }
        if begins {
            self.network.add(rule);
        } else if self.network.remove(number as u64).is_some() {
            self.release(number);
        }
    }

    fn close(&mut self, ways: &Ways, begins: bool) {
        let all = || 0..self.hosts.len();
        let pairs = all().flat_map(|from| all().map(move |to| (from, to)));
        let concerned = pairs
            .filter(|(from, to)| from != to && ways.contain(HostId::new(*from), HostId::new(*to)));
        for (from, to) in concerned {
            self.truth.close(from, to, begins);
        }
    }

    fn stop(&mut self, id: HostId, change: impl FnOnce(&mut u32, &mut u32)) {
        if let Some(host) = self.hosts.get_mut(id.index()) {
            change(&mut host.paused, &mut host.suspended);
            self.truth.disturb(id.index(), true);
        }
    }

    fn go_on(&mut self, id: HostId, change: impl FnOnce(&mut u32, &mut u32)) {
        let Some(host) = self.hosts.get_mut(id.index()) else { return };
        change(&mut host.paused, &mut host.suspended);
        let (runs, moves) = (host.paused == 0 && host.suspended == 0, host.suspended == 0);
        if moves {
            self.set_clock_stopped(id, false);
        }
        self.truth.disturb(id.index(), false);
        if runs {
            self.plan(id);
        }
    }

    fn late(&mut self, id: HostId, number: usize, lateness: Lateness) {
        if let Some(host) = self.hosts.get_mut(id.index()) {
            host.lateness.push((number, lateness));
            if disturbs(lateness) {
                self.truth.disturb(id.index(), true);
            }
        }
    }

    fn set_clock_stopped(&mut self, id: HostId, stopped: bool) {
        let now = self.now;
        if let Some(host) = self.hosts.get_mut(id.index()) {
            host.clock.set_stopped(stopped, now);
        }
    }

    fn set_drift(&mut self, id: HostId, ppm: Option<i32>) {
        let now = self.now;
        if let Some(host) = self.hosts.get_mut(id.index()) {
            host.clock.set_drift(ppm.unwrap_or(host.drift_ppm), now);
            self.plan(id);
        }
    }
}

fn disturbs(lateness: Lateness) -> bool {
    match lateness {
        Lateness::Slow(most) => most > LATE_CALM_MAX,
        Lateness::Starved => true,
    }
}
