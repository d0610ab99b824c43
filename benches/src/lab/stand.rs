//! The agents of one trial, from their start to their end, and the wait for what they report.
//!
//! What is done to them is the business of a scenario.

use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use nix::sys::signal::Signal;

use crate::lab::agent::{Agent, Setup};
use crate::lab::events::{EventLog, Report};
use crate::lab::judge::full_view;
use crate::lab::names::node_name;
use crate::lab::net::Network;
use crate::lab::peers::Peer;
use crate::lab::requirements::Interrupt;

/// How often a waiting scenario looks at the reports; times are taken from the reports, not here.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// The longest that agents may take to find each other.
const MEET_MAX: Duration = Duration::from_secs(120);

/// How long agents may take to end when they are asked to.
const STOP_MAX: Duration = Duration::from_secs(5);

/// Agents and their reports. Dropping it ends them.
pub(crate) struct Stand<'a> {
    pub(crate) agents: Vec<Agent>,
    pub(crate) log: Arc<EventLog>,
    pub(crate) nodes: u8,
    pub(crate) network: &'a Network,
    pub(crate) peer: &'a Peer,
    /// How long agents that see each other are left alone before something is done to them.
    pub(crate) settle: Duration,
    /// Whether faults that last are cut short.
    pub(crate) short: bool,
    folder: &'a Path,
    interrupt: Interrupt,
}

/// Where and by whom a trial is held.
pub(crate) struct Ground<'a> {
    pub(crate) network: &'a Network,
    pub(crate) peer: &'a Peer,
    /// An empty folder.
    pub(crate) folder: &'a Path,
    pub(crate) interrupt: &'a Interrupt,
    pub(crate) settle: Duration,
    pub(crate) short: bool,
}

impl<'a> Stand<'a> {
    /// Room for `nodes` agents, none of which has started.
    pub(crate) fn new(ground: &Ground<'a>, nodes: u8) -> Self {
        let log = Arc::new(EventLog::default());
        let &Ground { network, peer, folder, interrupt, settle, short } = ground;
        let interrupt = interrupt.clone();
        Self { agents: Vec::new(), log, nodes, network, peer, settle, short, folder, interrupt }
    }

    /// Starts the agents of `nodes`.
    pub(crate) fn start(&mut self, nodes: impl IntoIterator<Item = u8>) -> Result<()> {
        let setup = Setup {
            peer: self.peer,
            network: self.network,
            folder: self.folder,
            nodes: self.nodes,
            log: &self.log,
        };
        for node in nodes {
            self.interrupt.check()?;
            self.agents.push(Agent::start(&setup, node)?);
        }
        Ok(())
    }

    /// Starts all agents, and leaves them alone for a while once they all see each other; false if
    /// they do not.
    pub(crate) fn meet(&mut self) -> Result<bool> {
        self.start(1..=self.nodes)?;
        let met = self.wait_for_view(MEET_MAX)?;
        self.watch(self.settle)?;
        Ok(met)
    }

    /// Waits until all living agents see each other; false if they do not within `limit`.
    pub(crate) fn wait_for_view(&mut self, limit: Duration) -> Result<bool> {
        let living = self.living();
        self.wait(limit, |reports| full_view(reports, &living).is_some())
    }

    /// Waits until the reports satisfy `done`; false if they do not within `limit`.
    ///
    /// # Errors
    ///
    /// When an agent ends by itself, or a signal asks this program to stop.
    pub(crate) fn wait(
        &mut self,
        limit: Duration,
        done: impl Fn(&[Report]) -> bool,
    ) -> Result<bool> {
        let start = Instant::now();
        loop {
            self.interrupt.check()?;
            self.agents.iter_mut().try_for_each(Agent::check)?;
            if self.log.ask(&done) {
                return Ok(true);
            }
            if start.elapsed() >= limit {
                return Ok(false);
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    /// Lets `time` pass.
    pub(crate) fn watch(&mut self, time: Duration) -> Result<()> {
        self.wait(time, |_| false).map(|_| ())
    }

    /// The agent of `node`.
    pub(crate) fn agent(&mut self, node: u8) -> Result<&mut Agent> {
        let agent = self.agents.iter_mut().find(|agent| agent.node() == node);
        agent.with_context(|| format!("no agent on node {node}"))
    }

    /// The nodes of agents that nobody killed.
    pub(crate) fn living(&self) -> Vec<u8> {
        self.agents.iter().filter(|agent| !agent.is_killed()).map(Agent::node).collect()
    }

    /// Asks all agents to end, and says who does not do so soon and without complaint.
    pub(crate) fn stop(&mut self) -> Result<Vec<String>> {
        let start = Instant::now();
        let mut failures = Vec::new();
        self.agents.retain(|agent| !agent.is_killed());
        for agent in &mut self.agents {
            agent.signal(Signal::SIGTERM)?;
        }
        while !self.agents.is_empty() && start.elapsed() < STOP_MAX {
            self.interrupt.check()?;
            thread::sleep(LOOK_EVERY);
            let look = |agent: &mut Agent| Ok((agent.node(), agent.status()?));
            let seen = self.agents.iter_mut().map(look).collect::<Result<Vec<_>>>()?;
            let mut runs = seen.iter().map(|(_, status)| status.is_none());
            self.agents.retain(|_| runs.next().unwrap_or(true));
            let ended = seen.into_iter().filter_map(|(node, status)| Some((node, status?)));
            let failed = ended.filter(|(_, status)| !status.success());
            failures.extend(
                failed.map(|(node, status)| format!("{} ended with {status}", node_name(node))),
            );
        }
        failures.extend(self.agents.iter().map(|agent| {
            let name = node_name(agent.node());
            format!("{name} still runs {} s after SIGTERM", STOP_MAX.as_secs())
        }));
        Ok(failures)
    }
}
