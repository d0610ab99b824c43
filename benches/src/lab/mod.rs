//! The laboratory: agents in network namespaces of one host, faults on purpose, and what the agents
//! say about each other.
//!
//! One module each: [`net`] the namespaces and their links, [`agent`] the processes and what is
//! done to them, [`events`] what they report, [`judge`] what the reports amount to, [`cleanup`]
//! names and what an earlier run left behind, [`smoke`] a scenario. It knows no agent but by its
//! command line and its event lines.

mod agent;
mod cleanup;
mod events;
mod judge;
mod net;
mod requirements;
mod smoke;

use std::io::{self, Write as _};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Error, Result};
use clap::Subcommand;
use tempfile::TempDir;

use agent::{Agent, Setup};
use cleanup::RunName;
use events::{EventLog, Report};
use net::Network;
use requirements::{Interrupt, Refusal};

/// How often a waiting scenario looks at the reports; times are taken from the reports, not here.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Agents in network namespaces of this host (needs root).
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    scenario: Scenario,
}

#[derive(Subcommand)]
enum Scenario {
    Smoke(smoke::Args),
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    match &args.scenario {
        Scenario::Smoke(args) => smoke::run(args),
    }
}

/// The exit code that an error deserves: its own for what stops a scenario from outside, else 1.
pub(crate) fn exit_code(error: &Error) -> ExitCode {
    error.downcast_ref::<Refusal>().map_or(ExitCode::FAILURE, Refusal::exit_code)
}

/// A running laboratory. Dropping it ends the agents, then removes their network and their files.
struct Lab {
    agents: Vec<Agent>,
    log: Arc<EventLog>,
    /// When the first agent was started (ns, as in reports).
    started_ns: u64,
    _network: Network,
    _folder: TempDir,
    interrupt: Interrupt,
}

impl Lab {
    /// One agent on each of `nodes` nodes, all of them just started.
    ///
    /// # Errors
    ///
    /// What is missing on this host, or what could not be made; nothing is left behind.
    fn start(nodes: u8, program: Option<&Path>) -> Result<Self> {
        requirements::check()?;
        let program = requirements::find_agent(program)?;
        let interrupt = Interrupt::install()?;
        for name in cleanup::remove_leftovers()? {
            writeln!(io::stderr(), "phi-bench: removed {name}, left by a run that died").ok();
        }
        let run = RunName::own();
        let folder = cleanup::run_folder(run)?;
        let mut network = Network::new(run)?;
        for node in 1..=nodes {
            interrupt.check()?;
            network.add_node(node)?;
        }
        let log = Arc::new(EventLog::default());
        let setup =
            Setup { program: &program, network: &network, folder: folder.path(), log: &log };
        let started_ns = events::monotonic_ns()?;
        let mut agents = Vec::with_capacity(nodes.into());
        for node in 1..=nodes {
            interrupt.check()?;
            agents.push(Agent::start(&setup, node)?);
        }
        Ok(Self { agents, log, started_ns, _network: network, _folder: folder, interrupt })
    }

    /// Waits until the reports satisfy `done`; false if they do not within `limit`.
    ///
    /// # Errors
    ///
    /// When an agent ends by itself, or a signal asks this program to stop.
    fn wait(&mut self, limit: Duration, done: impl Fn(&[Report]) -> bool) -> Result<bool> {
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
    fn watch(&mut self, time: Duration) -> Result<()> {
        self.wait(time, |_| false).map(|_| ())
    }

    fn agent(&mut self, node: u8) -> Result<&mut Agent> {
        let agent = self.agents.iter_mut().find(|agent| agent.node() == node);
        agent.with_context(|| format!("no agent on node {node}"))
    }
}
