//! What an invocation of `agents` has measured, as it is written to files and read again.
//!
//! ```text
//!   Results ─ Cell (peer, agents, scenario) ─ Trial ─ figures, times, blames, stalls
//! ```
//!
//! Numbers only: what they are called is in [`metric`](super::metric), what they must reach in
//! [`goals`](super::goals).

use std::collections::BTreeMap;

use clap::ValueEnum;
use serde::{Deserialize, Serialize};
use statrs::statistics::{Data, OrderStatistics as _};

/// The version of this form; readers refuse others.
pub(crate) const VERSION: u32 = 1;

/// All that was measured by one invocation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Results {
    /// [`VERSION`].
    pub(crate) version: u32,
    /// When it began (UTC, to the second).
    pub(crate) date: String,
    /// Processor, cores, system.
    pub(crate) machine: String,
    /// The kernel's release.
    pub(crate) kernel: String,
    /// What was run.
    pub(crate) peers: Vec<PeerVersion>,
    pub(crate) cells: Vec<Cell>,
}

/// A peer as it was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct PeerVersion {
    pub(crate) peer: PeerName,
    pub(crate) version: String,
    /// Its settings that matter for the figures.
    pub(crate) configuration: String,
}

/// All trials of one peer, at one size, in one scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Cell {
    pub(crate) peer: PeerName,
    /// Agents, of which there is one a node.
    pub(crate) nodes: u8,
    pub(crate) scenario: ScenarioName,
    pub(crate) trials: Vec<Trial>,
}

/// One trial, with agents of its own.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Trial {
    /// Its number within the cell, from 1.
    pub(crate) rep: u32,
    /// When the agents were started (s after the invocation began).
    pub(crate) started_s: f64,
    /// Trials that ran at the same time, this one included.
    #[serde(default = "one")]
    pub(crate) at_once: u8,
    /// The host's load average over a minute when the fault began, other work included.
    pub(crate) load_average: f64,
    /// What was measured; a time that did not come within the limit of the scenario is null.
    pub(crate) figures: BTreeMap<Metric, Option<f64>>,
    /// When each observer first reported the fault, ascending (s after it began).
    pub(crate) reported_s: Vec<f64>,
    /// Who called whom down though that one was alive and reachable.
    pub(crate) blames: Vec<Blame>,
    /// How long processes waited for a processor, where the scenario asks for it.
    pub(crate) stalls: Vec<Stalls>,
    /// What does not hold that must hold whatever the machine; empty is well.
    pub(crate) failures: Vec<String>,
}

/// A false `down`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Blame {
    pub(crate) observer: u8,
    pub(crate) subject: u8,
    /// When it was reported (s after the fault began; negative: before).
    pub(crate) at_s: f64,
}

/// How late processes were, each time that they had asked to be woken.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(crate) struct Stalls {
    /// Whose: `canary` (processes that only sleep, 20 ms a time), or `agents` (their own timers).
    pub(crate) of: String,
    /// Upper bounds of the buckets (ms), ascending; the last bucket has none.
    pub(crate) bounds_ms: Vec<u64>,
    /// How many were below each bound and not below the one before; one more than bounds.
    pub(crate) counts: Vec<u64>,
    /// The longest (ms).
    pub(crate) longest_ms: f64,
}

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum PeerName {
    /// phi-agent of this workspace
    Phi,
    /// the agent of serf: SWIM with Lifeguard (Debian package serf)
    Serf,
    /// an agent over the crate foca: SWIM (feature `rivals`)
    Foca,
    /// an agent over the crate chitchat: φ over gossip (feature `rivals`)
    Chitchat,
    /// an agent over the crate memberlist: SWIM with Lifeguard (feature `rivals`)
    Memberlist,
}

/// What is done to the agents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum ScenarioName {
    /// SIGKILL of one agent, whose host lives on
    Kill,
    /// the link of one host is cut
    HostDeath,
    /// 1 % of all datagrams are lost, 120 s
    #[value(name = "loss-1")]
    #[serde(rename = "loss-1")]
    Loss1,
    /// 10 % of all datagrams are lost, 120 s
    #[value(name = "loss-10")]
    #[serde(rename = "loss-10")]
    Loss10,
    /// 30 % of all datagrams are lost, 120 s
    #[value(name = "loss-30")]
    #[serde(rename = "loss-30")]
    Loss30,
    /// SIGKILL of one agent while 30 % of all datagrams are lost
    #[value(name = "kill-loss-30")]
    #[serde(rename = "kill-loss-30")]
    KillLoss30,
    /// SIGSTOP of one agent for 1 s
    #[value(name = "pause-1")]
    #[serde(rename = "pause-1")]
    Pause1,
    /// SIGSTOP of one agent for 2 s
    #[value(name = "pause-2")]
    #[serde(rename = "pause-2")]
    Pause2,
    /// SIGSTOP of one agent for 5 s
    #[value(name = "pause-5")]
    #[serde(rename = "pause-5")]
    Pause5,
    /// SIGSTOP of one agent for 15 s
    #[value(name = "pause-15")]
    #[serde(rename = "pause-15")]
    Pause15,
    /// 16 processes at nice −20 take all processors, 60 s
    Burners,
    /// one half cannot reach the other, 30 s
    Partition,
    /// one agent sends and cannot receive, 30 s
    Deaf,
    /// one agent receives and cannot send, 30 s
    Mute,
    /// what one agent sends to one other is lost, 30 s; the other way works
    OneWay,
    /// bulk traffic fills the queue before one agent, of 4 Mbit/s, 30 s
    Bulk,
    /// nothing happens, 60 s: traffic, processor time, memory
    Steady,
    /// all but 3 seeds start at once
    Join,
}

/// What a figure is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum Metric {
    /// From the fault until the first observer had reported it (s).
    First,
    /// From the fault until half of the observers had (s).
    Half,
    /// From the fault until the last observer had (s).
    Last,
    /// Observers that reported it.
    Reporters,
    /// Share of the pairs across a cut that were reported before it healed (%).
    PairsReported,
    /// Observers that were unsure of it; where nobody is at fault, pairs of observer and subject.
    Doubters,
    /// Reports that call a live and reachable member down.
    FalseDowns,
    /// Live members that the faulty one called down.
    BlamedByFaulty,
    /// From the end of the fault until every agent saw every other alive (s).
    FullViewAfter,
    /// From the start of the first joining agent until every agent saw every other alive (s).
    FullView,
    /// From the start of the first joining agent until the last of them had been started (s).
    StartSpan,
    /// Reports `down` after the end of the fault.
    DownsAfter,
    /// Agents that said which link is at fault.
    LinkShown,
    /// Share of the bulk traffic that found the queue full (%).
    BulkDropped,
    /// Ethernet bytes that a node sent each second, without checksum: median of the nodes.
    SentBytes,
    /// As before, of the node that sent most.
    SentBytesMax,
    /// Packets that a node sent each second: median of the nodes.
    SentPackets,
    /// Processor time of an agent, each minute: mean (s).
    Cpu,
    /// Resident memory of an agent: median (MiB).
    Resident,
    /// The same with shared pages divided among those that share them: median (MiB).
    Proportional,
    /// Time that an agent waited for a processor, each minute: mean (s).
    RunDelay,
    /// Datagrams that receivers' kernels dropped for want of room.
    ReceiveDrops,
}

/// Median and range of a figure over the trials of a cell.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
    /// Trials with a value.
    pub(crate) trials: usize,
    /// Trials in which it did not come within the limit.
    pub(crate) missing: usize,
}

impl Cell {
    /// The metrics that any of the trials has.
    pub(crate) fn metrics(&self) -> Vec<Metric> {
        let mut metrics: Vec<_> =
            self.trials.iter().flat_map(|trial| trial.figures.keys().copied()).collect();
        metrics.sort_unstable();
        metrics.dedup();
        metrics
    }

    /// What the trials say of `metric`; None when none has a value. A trial without one counts as
    /// longer than any other.
    pub(crate) fn summary(&self, metric: Metric) -> Option<Summary> {
        let figures = self.trials.iter().filter_map(|trial| trial.figures.get(&metric));
        let values: Vec<f64> = figures.clone().flatten().copied().collect();
        let missing = figures.count() - values.len();
        let (min, max) =
            (values.iter().copied().reduce(f64::min)?, values.iter().copied().reduce(f64::max)?);
        let late = std::iter::repeat_n(f64::INFINITY, missing);
        let all: Vec<f64> = values.iter().copied().chain(late).collect();
        let median = Data::new(all).median();
        Some(Summary { median, min, max, trials: values.len(), missing })
    }
}

/// What a trial says that was written before several ran at once.
const fn one() -> u8 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trial(value: Option<f64>) -> Trial {
        Trial { figures: BTreeMap::from([(Metric::Last, value)]), ..Trial::default() }
    }

    fn cell(values: &[Option<f64>]) -> Cell {
        let trials = values.iter().copied().map(trial).collect();
        Cell { peer: PeerName::Phi, nodes: 3, scenario: ScenarioName::Loss30, trials }
    }

    /// Goal: what came too late makes the median worse, and is told of.
    #[test]
    fn a_missing_value_is_later_than_any() {
        let all = cell(&[Some(3.0), Some(1.0), Some(2.0)]).summary(Metric::Last);
        let expected = Summary { median: 2.0, min: 1.0, max: 3.0, trials: 3, missing: 0 };
        assert_eq!(all, Some(expected));
        let some = cell(&[None, Some(1.0), Some(2.0)]).summary(Metric::Last).expect("values");
        assert_eq!((some.median, some.max, some.missing), (2.0, 2.0, 1));
        assert_eq!(cell(&[None]).summary(Metric::Last), None);
        assert_eq!(cell(&[None]).summary(Metric::First), None);
    }

    /// Goal: what is written is read as it was, and names are as on the command line.
    #[test]
    fn results_are_read_as_they_were_written() {
        let results = Results {
            version: VERSION,
            date: "2026-11-25T10:00:00Z".into(),
            machine: "two cores".into(),
            kernel: "6.18".into(),
            peers: Vec::new(),
            cells: vec![cell(&[Some(0.25), None])],
        };
        let text = serde_json::to_string(&results).expect("plain data");
        assert!(text.contains(r#""scenario":"loss-30""#), "{text}");
        assert!(text.contains(r#""figures":{"last":0.25}"#), "{text}");
        assert_eq!(serde_json::from_str::<Results>(&text).expect("as written"), results);
        let old = r#"{"rep":2,"started_s":0.0,"load_average":1.0,"figures":{},"reported_s":[],
            "blames":[],"stalls":[],"failures":[]}"#;
        assert_eq!(serde_json::from_str::<Trial>(old).expect("legal").at_once, 1);
        for name in ScenarioName::value_variants() {
            let said = name.to_possible_value().expect("none is hidden");
            let written = serde_json::to_value(name).expect("a word");
            assert_eq!(written.as_str(), Some(said.get_name()));
        }
    }
}
