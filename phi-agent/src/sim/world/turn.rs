//! What datagrams and processes do: arrive, wake up, read, fire, send.

use phi_core::Timestamp;

use super::World;
use super::agenda::{Flight, Happening};
use crate::sim::facts::Phase;
use crate::sim::history::{Seen, What};
use crate::sim::host::Arrival;
use crate::sim::network::{Damage, Fate};
use crate::sim::place::{HostId, Place};
use crate::sim::process::{Found, Outputs, Process, SEAL_BYTES, damaged_place};

/// Bytes around each datagram: Ethernet, IPv4, UDP.
const AROUND_BYTES: usize = 14 + 20 + 8;

/// Bytes of a refused datagram that a refusal quotes.
const QUOTED_BYTES_MAX: usize = 128;

/// Datagrams that one clogged way holds back; beyond that they are lost.
const HELD_MAX: usize = 100_000;

impl World {
    pub(super) fn arrive(&mut self, flight: Flight) {
        let now = self.now;
        let Flight { from, to, sent, found } = flight;
        let Some(host) = self.hosts.get_mut(to.host.index()) else { return };
        if host.place != to || !host.powered || host.suspended > 0 {
            self.tally.into_nothing += 1;
            return;
        }
        let bytes = match &found {
            Found::Datagram(bytes) | Found::Unreachable(bytes) => bytes,
        };
        self.trace.time(now);
        self.trace.number(u64::from(to.host.0) << 16 | u64::from(from.host.0));
        self.trace.bytes(bytes);
        if host.process.is_none() {
            if let Found::Datagram(bytes) = found
                && host.may_refuse(from.host, now)
            {
                self.refuse(from, to, bytes);
            }
            return;
        }
        if !host.receive(from, found, now) {
            self.tally.socket_drops += 1;
        }
        let age = now.saturating_since(sent).into();
        self.truth.heard(from.host.index(), to.host.index(), age);
        self.runnable(to.host);
    }

    /// Sends a port unreachable in the name of the host at `by`.
    fn refuse(&mut self, to: Place, by: Place, mut quoted: Vec<u8>) {
        self.tally.refusals += 1;
        quoted.truncate(QUOTED_BYTES_MAX);
        let sent = self.now;
        self.depart(Flight { from: by, to, sent, found: Found::Unreachable(quoted) });
    }

    /// Notes that the process has something to do now, if it had not already.
    pub(super) fn runnable(&mut self, id: HostId) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(id.index()) else { return };
        if host.can_run() && host.wake.runnable_at > now {
            host.wake.runnable_at = now;
            self.note_run(id, now);
        }
    }

    /// Sets the wake-up of an idle process from its deadline.
    pub(super) fn plan(&mut self, id: HostId) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(id.index()) else { return };
        let Some(process) = &host.process else { return };
        let due = if host.socket.is_empty() { host.clock.when(process.deadline()) } else { now };
        host.wake.runnable_at = due.max(now);
        let at = host.wake.runnable_at;
        self.note_run(id, at);
    }

    fn note_run(&mut self, id: HostId, runnable_at: Timestamp) {
        let Some(host) = self.hosts.get_mut(id.index()) else { return };
        host.wake.token += 1;
        let token = host.wake.token;
        if runnable_at < Timestamp::MAX {
            let at = runnable_at.saturating_add(host.latency(&mut self.dice));
            self.agenda.note(at, Happening::Run(id, token));
        }
    }

    pub(super) fn run_process(&mut self, id: HostId, token: u64) {
        let Some(host) = self.hosts.get_mut(id.index()) else { return };
        if host.wake.token != token || !host.can_run() {
            return; // overtaken, or still to be planned when the pause ends
        }
        let now = host.clock.shown(self.now);
        let outputs = &mut self.outputs;
        if let Some(process) = &mut host.process {
            for Arrival { at, from, found } in host.socket.drain(..) {
                process.read(from.addr(), &found, (at, now), outputs);
            }
            if std::mem::take(&mut host.told_to_leave) {
                process.leave(now, outputs);
            }
            process.fire(now, outputs);
        }
        self.settle(id);
    }

    /// Lets the process of `id` do something out of turn.
    pub(super) fn with_process(
        &mut self,
        id: HostId,
        deed: impl FnOnce(&mut Process, Timestamp, &mut Outputs),
    ) {
        let Some(host) = self.hosts.get_mut(id.index()) else { return };
        let now = host.clock.shown(self.now);
        if let Some(process) = &mut host.process {
            deed(process, now, &mut self.outputs);
            self.settle(id);
        }
    }

    /// Deals with what came out of a process, and plans its next turn.
    fn settle(&mut self, id: HostId) {
        let index = id.index();
        let mut outputs = std::mem::take(&mut self.outputs);
        let Some(host) = self.hosts.get_mut(index) else { return };
        let from = host.place;
        if let Some(incarnation) = host.process.as_ref().map(Process::incarnation) {
            self.truth.in_incarnation(index, incarnation);
            self.check(What::Own { host: index, incarnation });
        }
        for change in &outputs.changes {
            let (id, number) = (change.id, change.number);
            if !change.of_state {
                self.check(What::Aside { observer: index, number });
                continue;
            }
            let Some(subject) = self.truth.home(id) else {
                self.check(What::Nobody { observer: index, id });
                continue;
            };
            let (verdict, incarnation) = (change.verdict, change.incarnation);
            let at = self.now;
            self.seen(Seen { at, observer: index, subject, number, verdict, incarnation });
        }
        let longest = outputs.datagrams.iter().map(|(_, bytes)| bytes.len()).max().unwrap_or(0);
        self.check(What::Turn { host: index, outputs: outputs.most, datagram_bytes: longest });
        self.tally.refused += outputs.refused;
        if let (Some(starts), Some(host)) = (outputs.persisted, self.hosts.get_mut(index)) {
            host.starts = host.starts.max(starts);
        }
        if let Some((_, bytes)) = outputs.datagrams.first()
            && let Some(liar) = self.liars.get_mut(&id)
        {
            liar.overhear(bytes);
        }
        for (to, bytes) in outputs.datagrams.drain(..) {
            match Place::of(to) {
                Some(to) => {
                    self.send(Flight { from, to, sent: self.now, found: Found::Datagram(bytes) });
                }
                None => self.tally.into_nothing += 1,
            }
        }
        if outputs.stopped {
            self.truth.ended(index, Phase::Left);
            if let Some(host) = self.hosts.get_mut(index) {
                host.end();
            }
        }
        outputs.clear();
        self.outputs = outputs;
        self.plan(id);
    }

    /// Sends a datagram and counts its bytes.
    pub(super) fn send(&mut self, flight: Flight) {
        if let Found::Datagram(bytes) = &flight.found
            && let Some(host) = self.hosts.get_mut(flight.from.host.index())
        {
            host.sent_datagrams += 1;
            host.sent_bytes += (AROUND_BYTES + SEAL_BYTES + bytes.len()) as u64;
        }
        self.depart(flight);
    }

    /// Hands a datagram or refusal to the network.
    fn depart(&mut self, flight: Flight) {
        let now = self.now;
        let Flight { from, to, sent, mut found } = flight;
        let bytes = match &found {
            Found::Datagram(bytes) => AROUND_BYTES + SEAL_BYTES + bytes.len(),
            Found::Unreachable(quoted) => 2 * AROUND_BYTES + quoted.len(),
        };
        match self.network.fate(from.host, to.host, bytes, now) {
            Fate::Lost => {}
            Fate::Held(rule) => {
                let held = self.held.entry(usize::try_from(rule).unwrap_or(0)).or_default();
                if held.len() < HELD_MAX {
                    held.push(Flight { from, to, sent, found });
                }
            }
            Fate::Arrives { after, again_after, damage } => {
                suffer(&mut found, damage);
                if let Some(again) = again_after {
                    let copy = Flight { from, to, sent, found: found.clone() };
                    self.agenda.note(now.saturating_add(again), Happening::Arrive(copy));
                }
                let flight = Flight { from, to, sent, found };
                self.agenda.note(now.saturating_add(after), Happening::Arrive(flight));
            }
        }
    }

    /// Lets go what a clogged way held back.
    pub(super) fn release(&mut self, fault: usize) {
        for flight in self.held.remove(&fault).unwrap_or_default() {
            self.depart(flight);
        }
    }
}

/// Damages a datagram on its way.
fn suffer(found: &mut Found, damage: Damage) {
    let (Found::Datagram(bytes) | Found::Unreachable(bytes)) = found;
    if let Some(roll) = damage.flip {
        let place = damaged_place(usize::try_from(roll >> 3).unwrap_or(0), bytes.len());
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << (roll & 7);
        }
    }
    if let Some(roll) = damage.truncate {
        let left = usize::try_from(roll).unwrap_or(0) % bytes.len().max(1);
        bytes.truncate(left);
    }
}
