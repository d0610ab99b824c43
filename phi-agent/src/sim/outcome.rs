//! What came of a run: figures that can be compared, and promises that were broken.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use phi_core::Timestamp;
use serde::Serialize;

use super::clock::START;
use super::facts::Phase;
use super::history::{Finding, Seen, Verdict};
use super::network::Counts;
use super::scenario::Scenario;
use super::truth::Truth;

/// The summary of one run.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Outcome {
    /// The scenario.
    pub scenario: String,
    /// The seed.
    pub seed: u64,
    /// Members.
    pub nodes: usize,
    /// The simulated time (s).
    pub simulated_s: f64,
    /// Stands for all that happened: equal runs have equal ones.
    pub trace: String,
    /// Promises that were broken.
    pub findings: Vec<Finding>,
    /// Deaths, and who noticed when.
    pub deaths: Vec<Death>,
    /// Members held down that ran undisturbed and could be reached.
    pub false_downs: u64,
    /// The same, suspected.
    pub false_suspects: u64,
    /// Bytes that each member sent a second, headers and seal counted.
    pub bytes_per_node_s: f64,
    /// How often each fault occurred.
    pub occurred: BTreeMap<&'static str, u64>,
    /// What the network did.
    pub network: Counts,
    /// Datagrams that found no room in a socket.
    pub socket_drops: u64,
    /// Port unreachables sent.
    pub refusals: u64,
}

/// A death, and how long it took others to notice.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Death {
    /// The host.
    pub subject: usize,
    /// The fault.
    pub fault: &'static str,
    /// When, since the start (s).
    pub at_s: f64,
    /// Other members that ran then.
    pub observers: usize,
    /// After how long each of those that noticed held it down, in rising order (s).
    pub noticed_s: Vec<f64>,
}

impl Death {
    /// The time until the last of all others noticed (s); `None` when one did not.
    #[must_use]
    pub fn last_s(&self) -> Option<f64> {
        (self.noticed_s.len() >= self.observers).then(|| self.noticed_s.last().copied())?
    }
}

/// Figures in the making.
#[derive(Debug, Default)]
pub(super) struct Tally {
    pub(super) occurred: BTreeMap<&'static str, u64>,
    pub(super) network: Counts,
    pub(super) sent_bytes: u64,
    pub(super) sent_datagrams: u64,
    pub(super) socket_drops: u64,
    pub(super) refusals: u64,
    pub(super) refused: u64,
    pub(super) into_nothing: u64,
    pub(super) lies: u64,
    false_downs: u64,
    false_suspects: u64,
    deaths: Vec<Death>,
    open: BTreeMap<usize, OpenDeath>,
}

/// A death that is still being noticed.
#[derive(Debug)]
struct OpenDeath {
    at: Timestamp,
    place: usize,
    noticed: BTreeSet<usize>,
}

impl Tally {
    pub(super) fn died(
        &mut self,
        subject: usize,
        fault: &'static str,
        at: Timestamp,
        observers: usize,
    ) {
        for open in self.open.values().filter(|open| !open.noticed.contains(&subject)) {
            if let Some(death) = self.deaths.get_mut(open.place) {
                death.observers = death.observers.saturating_sub(1); // it notices no more
            }
        }
        let place = self.deaths.len();
        let at_s = Duration::from(at.saturating_since(START)).as_secs_f64();
        self.deaths.push(Death { subject, fault, at_s, observers, noticed_s: Vec::new() });
        self.open.insert(subject, OpenDeath { at, place, noticed: BTreeSet::new() });
    }

    /// Notes that `subject` lives again.
    pub(super) fn ended(&mut self, subject: usize) {
        self.open.remove(&subject);
    }

    pub(super) fn seen(&mut self, seen: &Seen, truth: &Truth) {
        if !matches!(seen.verdict, Verdict::Down | Verdict::Suspect) {
            return;
        }
        let is_down = seen.verdict == Verdict::Down;
        if let Some(open) = self.open.get_mut(&seen.subject) {
            let first = is_down && open.noticed.insert(seen.observer);
            if let Some(death) = self.deaths.get_mut(open.place).filter(|_| first) {
                let after = Duration::from(seen.at.saturating_since(open.at)).as_secs_f64();
                death.noticed_s.push(after);
            }
            return;
        }
        let Some(fact) = truth.fact(seen.subject) else { return };
        let reached = truth.is_open(seen.subject, seen.observer)
            && truth.is_open(seen.observer, seen.subject);
        let calm = truth.is_calm(seen.subject, Duration::ZERO);
        if fact.phase == Phase::Running && calm && reached && !fact.unaccountable {
            self.false_downs += u64::from(is_down);
            self.false_suspects += u64::from(!is_down);
        }
    }
}

impl Outcome {
    pub(super) fn new(
        scenario: &Scenario,
        seed: u64,
        trace: u64,
        tally: Tally,
        findings: Vec<Finding>,
    ) -> Self {
        let simulated_s = scenario.duration.as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "bytes of a run stay far below 2⁵³")]
        let bytes_per_node_s = tally.sent_bytes as f64
            / (scenario.nodes as f64
                * scenario.duration.saturating_sub(scenario.measure_from).as_secs_f64());
        Self {
            scenario: scenario.name.clone(),
            seed,
            nodes: scenario.nodes,
            simulated_s,
            trace: format!("{trace:016x}"),
            findings,
            deaths: tally.deaths,
            false_downs: tally.false_downs,
            false_suspects: tally.false_suspects,
            bytes_per_node_s,
            occurred: tally.occurred,
            network: tally.network,
            socket_drops: tally.socket_drops,
            refusals: tally.refusals,
        }
    }
}
