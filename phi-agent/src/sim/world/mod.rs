//! The world: hosts, network and faults in one order of events, and checkers that look at them.
//!
//! A pure function of scenario and seed: no clock, no entropy, no thread, no hash map.

mod agenda;
mod deeds;
mod lives;
mod turn;
mod watch;

use std::collections::BTreeMap;
use std::time::Duration;

use phi_core::Timestamp;

use super::checkers::Checkers;
use super::clock::{Clock, START};
use super::dice::Dice;
use super::fault::{Deed, Fault};
use super::history::Moment;
use super::host::Host;
use super::liar::Liar;
use super::network::Network;
use super::outcome::{Outcome, Tally};
use super::place::{HostId, Hosts};
use super::process::Outputs;
use super::scenario::Scenario;
use super::trace::Trace;
use super::truth::Truth;
use crate::ident::NodeId;
use agenda::{Agenda, Flight, Happening};

/// Members that all the others have as seeds.
const SEEDS: usize = 3;

/// The time within which all first members are started.
const STARTS_WITHIN: Duration = Duration::from_secs(1);

/// Above this number of hosts checkers look less often at all pairs.
const PAIRS_OFTEN_MAX: usize = 64;

/// A world in progress.
#[derive(Debug)]
pub(super) struct World {
    now: Timestamp,
    end: Timestamp,
    seed: u64,
    scenario: Scenario,
    agenda: Agenda,
    hosts: Vec<Host>,
    network: Network,
    faults: Vec<Fault>,
    /// What clogged ways hold back, by the number of the fault.
    held: BTreeMap<usize, Vec<Flight>>,
    liars: BTreeMap<HostId, Liar>,
    dice: Dice,
    outputs: Outputs,
    truth: Truth,
    checkers: Checkers,
    tally: Tally,
    trace: Trace,
    story: Option<Vec<Moment>>,
}

impl World {
    /// The world of `scenario` and `seed` before its first event. A story is kept on request: it
    /// takes memory.
    pub(super) fn new(scenario: &Scenario, seed: u64, with_story: bool) -> Self {
        let faults = scenario.faults(seed);
        let copies = faults.iter().filter_map(copied).map(Hosts::len).sum::<usize>();
        let mut dice = Dice::new(seed, 2);
        let mut hosts: Vec<Host> = (0..scenario.nodes + copies)
            .map(|index| host(index, scenario.drift_ppm_max, &mut dice))
            .collect();
        let originals: Vec<NodeId> = faults
            .iter()
            .filter_map(copied)
            .flat_map(Hosts::iter)
            .filter_map(|index| hosts.get(index).map(|host| host.id))
            .collect();
        for (copy, id) in hosts.iter_mut().skip(scenario.nodes).zip(originals) {
            copy.id = id;
        }
        let ids: Vec<NodeId> = hosts.iter().map(|host| host.id).collect();
        let mut world = Self {
            now: START,
            end: START.saturating_add(scenario.duration),
            seed,
            agenda: Agenda::default(),
            network: Network::new(scenario.delay, scenario.loss, Dice::new(seed, 3)),
            held: BTreeMap::new(),
            liars: BTreeMap::new(),
            dice,
            outputs: Outputs::default(),
            truth: Truth::new(&ids, START),
            checkers: Checkers::new(scenario.bounds, hosts.len()),
            tally: Tally::default(),
            trace: Trace::new(),
            story: with_story.then(Vec::new),
            scenario: scenario.clone(),
            hosts,
            faults,
        };
        world.set_out();
        world
    }

    /// Notes the first starts and all faults.
    fn set_out(&mut self) {
        let later: Vec<Hosts> = self.faults.iter().filter_map(joined).cloned().collect();
        for index in 0..self.scenario.nodes {
            let host = HostId::new(index);
            let wait = self.dice.between(Duration::ZERO, STARTS_WITHIN);
            if !later.iter().any(|hosts| hosts.contains(host)) {
                self.agenda.note(self.now.saturating_add(wait), Happening::Start(host));
            }
        }
        for (number, fault) in self.faults.iter().enumerate() {
            let at = self.now.saturating_add(fault.at);
            self.agenda.note(at, Happening::Begin(number));
            if let Some(lasts) = fault.lasts {
                self.agenda.note(at.saturating_add(lasts), Happening::End(number));
            }
        }
        self.agenda.note(self.now, Happening::Tick);
        let measured = self.now.saturating_add(self.scenario.measure_from);
        self.agenda.note(measured, Happening::Measure);
    }

    /// Lets all happen.
    pub(super) fn run(mut self) -> (Outcome, Vec<Moment>) {
        while let Some((at, what)) = self.agenda.next(self.end) {
            (self.now, self.truth.now) = (at, at);
            self.happen(what);
        }
        (self.now, self.truth.now) = (self.end, self.end);
        self.look_at_all();
        self.finish()
    }

    fn happen(&mut self, what: Happening) {
        match what {
            Happening::Arrive(flight) => self.arrive(flight),
            Happening::Run(host, token) => self.run_process(host, token),
            Happening::Start(host) => self.start(host),
            Happening::Begin(fault) => self.begin(fault),
            Happening::Again(fault) => self.again(fault),
            Happening::End(fault) => self.end(fault),
            Happening::Resolve => self.resolve_seeds(),
            Happening::Tick => self.tick(),
            Happening::Measure => self.hosts.iter_mut().for_each(|host| host.sent_bytes = 0),
        }
    }

    fn finish(self) -> (Outcome, Vec<Moment>) {
        let mut tally = self.tally;
        tally.network = self.network.counts;
        tally.sent_bytes = self.hosts.iter().map(|host| host.sent_bytes).sum();
        tally.sent_datagrams = self.hosts.iter().map(|host| host.sent_datagrams).sum();
        let findings = self.checkers.into_findings();
        let trace = self.trace.value();
        let outcome = Outcome::new(&self.scenario, self.seed, trace, tally, findings);
        (outcome, self.story.unwrap_or_default())
    }

    /// The time since the start.
    fn elapsed(&self) -> Duration {
        self.now.saturating_since(START).into()
    }

    fn tell(&mut self, text: impl FnOnce() -> String) {
        let at = self.now;
        if let Some(story) = &mut self.story {
            story.push(Moment::Fault { at: since_start(at), text: text() });
        }
    }
}

/// A time of the story: since the start.
fn since_start(at: Timestamp) -> Timestamp {
    Timestamp::from_nanos(at.saturating_since(START).get())
}

/// The hosts whose identities a fault copies.
const fn copied(fault: &Fault) -> Option<&Hosts> {
    if let Deed::Copy(hosts) = &fault.deed { Some(hosts) } else { None }
}

/// The hosts whose members a fault starts for the first time.
const fn joined(fault: &Fault) -> Option<&Hosts> {
    if let Deed::Join(hosts) = &fault.deed { Some(hosts) } else { None }
}

/// A host whose clock may show anything below a year, and drifts a little.
fn host(index: usize, drift_ppm_max: u32, dice: &mut Dice) -> Host {
    let id = NodeId::from_bits(u128::from(dice.bits()) << 64 | u128::from(dice.bits()));
    let width = usize::try_from(drift_ppm_max).unwrap_or(0) * 2 + 1;
    let roll = i32::try_from(dice.below(width)).unwrap_or(0);
    let drift_ppm = roll - i32::try_from(drift_ppm_max).unwrap_or(0);
    let uptime = dice.between(Duration::from_secs(10), Duration::from_secs(31_536_000));
    let shown = Timestamp::ORIGIN.saturating_add(uptime);
    Host::new(HostId::new(index), id, Clock::new(START, shown, drift_ppm), drift_ppm)
}
