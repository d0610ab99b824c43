//! `phi-bench agents`: trials of peers, sizes and scenarios, one after the other.
//!
//! Peers take turns trial by trial, so that all meet the same weather on this machine.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Error, Result};
use clap::{ValueEnum as _, value_parser};
use indicatif::{ProgressBar, ProgressStyle};
use nix::sys::utsname::uname;

use crate::lab::clock::monotonic_ns;
use crate::lab::goals::failures;
use crate::lab::measure::receive_drops;
use crate::lab::names::{NODES_MAX, RunName, SEEDS};
use crate::lab::net::Network;
use crate::lab::peers::Peer;
use crate::lab::requirements::{Interrupt, Refusal};
use crate::lab::results::{Cell, Metric, PeerName, Results, ScenarioName, Trial, VERSION};
use crate::lab::stand::{Ground, Stand};
use crate::lab::table::{render, word};
use crate::lab::{features, leftovers, requirements, scenarios};
use crate::{machine, output};

/// Agents in network namespaces of this host, and what they say when things go wrong (needs root)
///
/// Each agent runs in a namespace of its own; a bridge in a further one joins them. Faults are the
/// kernel's own: signals, cut links, packets dropped by nftables, a bandwidth queue, processes that
/// take all processor time. Nothing of the host's network is touched, and all is removed at the
/// end, also by an error or Ctrl-C; what a killed run left behind, the next one removes.
///
/// Prints medians with ranges, and with --json every trial. Exits with 0, or with --check with 1 if
/// one of our agents raised a false alarm or did not report what it had to; 77: not root; 69: a
/// program, a peer or a feature of the kernel is missing; 130, 143: stopped by a signal.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Whom to measure
    #[arg(long, value_enum, num_args = 1.., default_value = "phi")]
    peer: Vec<PeerName>,
    /// How many agents
    #[arg(
        long,
        num_args = 1..,
        default_value = "32",
        value_parser = value_parser!(u8).range(i64::from(SEEDS)..=i64::from(NODES_MAX)),
    )]
    nodes: Vec<u8>,
    /// What to do to them [default: all]
    #[arg(long, value_enum, num_args = 1..)]
    scenario: Vec<ScenarioName>,
    /// Trials of each, all with agents of their own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = value_parser!(u32).range(1..))]
    reps: u32,
    /// How long agents that see each other are left alone before the fault
    #[arg(long, value_name = "TIME", default_value = "15s", value_parser = humantime::parse_duration)]
    settle: Duration,
    /// The gate's: 8 agents; kill, pause-1, loss-30 and partition, each cut short; --check
    #[arg(long, conflicts_with_all = ["nodes", "scenario", "settle"])]
    short: bool,
    /// Fail if one of our agents raised a false alarm, or did not report what it had to
    #[arg(long)]
    check: bool,
    /// Our agent [default: phi-agent beside this program]
    #[arg(long, value_name = "PATH")]
    agent: Option<PathBuf>,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write agents.json there, anew after each trial, and the reports of each trial
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

/// What is to be done, and what has been.
struct Campaign {
    sizes: Vec<u8>,
    scenarios: Vec<ScenarioName>,
    reps: u32,
    settle: Duration,
    short: bool,
    out: Option<PathBuf>,
    peers: Vec<Peer>,
    began: Instant,
    results: Results,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    requirements::check()?;
    let interrupt = Interrupt::install()?;
    let mut campaign = Campaign::new(args)?;
    for name in leftovers::remove()? {
        writeln!(io::stderr(), "phi-bench: removed {name}, left by a run that died").ok();
    }
    let mut network = Network::new(RunName::own()).map_err(features::explain)?;
    network.grow(1)?;
    features::probe(&network)?;
    campaign.announce();
    let outcome = campaign.run_all(&mut network, &interrupt);
    drop(network);
    outcome?;
    let results = campaign.results;
    let mut stdout = io::stdout().lock();
    if args.json {
        writeln!(stdout, "{}", serde_json::to_string(&results)?)?;
    } else {
        writeln!(stdout, "{}", render(&results))?;
    }
    let ours = results.cells.iter().filter(|cell| cell.peer == PeerName::Phi);
    let failed = ours.flat_map(|cell| &cell.trials).filter(|trial| !trial.failures.is_empty());
    let failed = failed.count();
    if failed > 0 {
        writeln!(io::stderr(), "phi-bench: {failed} trials of our agents failed")?;
    }
    let fails = (args.check || args.short) && failed > 0;
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The exit code that an error deserves: its own for what stops a run from outside, else 1.
pub(crate) fn exit_code(error: &Error) -> ExitCode {
    error.downcast_ref::<Refusal>().map_or(ExitCode::FAILURE, Refusal::exit_code)
}

impl Campaign {
    fn new(args: &Args) -> Result<Self> {
        let peers = args.peer.iter().map(|name| Peer::find(*name, args.agent.as_deref()));
        let peers = peers.collect::<Result<Vec<_>>>()?;
        let scenarios = if args.scenario.is_empty() {
            ScenarioName::value_variants().to_vec()
        } else {
            args.scenario.clone()
        };
        let results = Results {
            version: VERSION,
            date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
            machine: machine::describe(),
            kernel: uname()?.release().to_string_lossy().into_owned(),
            peers: peers.iter().map(Peer::version).collect(),
            cells: Vec::new(),
        };
        let mut campaign = Self {
            sizes: args.nodes.clone(),
            scenarios,
            reps: args.reps,
            settle: args.settle,
            short: args.short,
            out: args.out.clone(),
            peers,
            began: Instant::now(),
            results,
        };
        if args.short {
            use ScenarioName::{Kill, Loss30, Partition, Pause1};
            campaign.sizes = vec![8];
            campaign.scenarios = vec![Kill, Pause1, Loss30, Partition];
            campaign.settle = Duration::from_secs(5);
        }
        Ok(campaign)
    }

    fn trials(&self) -> u64 {
        let cells = self.sizes.len() * self.scenarios.len() * self.peers.len();
        cells as u64 * u64::from(self.reps)
    }

    /// Says what will be done.
    fn announce(&self) {
        let each: u64 = self.scenarios.iter().map(|name| scenarios::typical_s(*name)).sum();
        let each = each + self.scenarios.len() as u64 * (self.settle.as_secs() + 2);
        let all = each * (self.sizes.len() * self.peers.len()) as u64 * u64::from(self.reps);
        let about = if self.short { "2 min".into() } else { format!("{} min", all.div_ceil(60)) };
        let burns = self.scenarios.contains(&ScenarioName::Burners);
        let burns =
            if burns { "; burners will take all processors for a minute a trial" } else { "" };
        let names = RunName::own().of("…");
        let trials = self.trials();
        writeln!(
            io::stderr(),
            "phi-bench: {trials} trials, about {about}, in network namespaces {names}{burns}"
        )
        .ok();
    }

    fn run_all(&mut self, network: &mut Network, interrupt: &Interrupt) -> Result<()> {
        let progress = ProgressBar::new(self.trials());
        let style = ProgressStyle::with_template("{pos}/{len} {elapsed} {wide_msg}");
        progress.set_style(style.context("the template of the progress line")?);
        for nodes in self.sizes.clone() {
            for node in 1..=nodes {
                interrupt.check()?;
                network.grow(node)?;
            }
            for scenario in self.scenarios.clone() {
                for rep in 1..=self.reps {
                    for peer in 0..self.peers.len() {
                        let trial = self.trial(network, interrupt, (peer, nodes, scenario), rep)?;
                        self.keep((peer, nodes, scenario), trial)?;
                        let done = format!("{} {nodes} {}", self.peer_word(peer), word(&scenario));
                        progress.set_message(done);
                        progress.inc(1);
                    }
                }
            }
        }
        progress.finish_and_clear();
        Ok(())
    }

    fn peer_word(&self, peer: usize) -> String {
        self.peers.get(peer).map(|peer| word(&peer.name)).unwrap_or_default()
    }

    fn trial(
        &self,
        network: &Network,
        interrupt: &Interrupt,
        (peer, nodes, scenario): (usize, u8, ScenarioName),
        rep: u32,
    ) -> Result<Trial> {
        let peer = self.peers.get(peer).context("a peer")?;
        let folder = leftovers::run_folder(RunName::own())?;
        let (settle, short) = (self.settle, self.short);
        let ground = Ground { network, peer, folder: folder.path(), interrupt, settle, short };
        let mut stand = Stand::new(&ground, nodes);
        let started_s = self.began.elapsed().as_secs_f64().round();
        let mut trial = Trial { rep, started_s, ..Trial::default() };
        let origin_ns = monotonic_ns()?;
        let outcome = scenarios::play(scenario, &mut stand, &mut trial)
            .and_then(|()| finish(&mut stand, &mut trial));
        match outcome {
            Err(error) if error.is::<Refusal>() => return Err(error),
            Err(error) => trial.failures.push(format!("{error:#}")),
            Ok(()) => {}
        }
        trial.failures.extend(failures(scenario, &trial));
        if let Some(out) = &self.out {
            let name = format!("{}-{nodes}-{}-{rep}", word(&peer.name), word(&scenario));
            write_reports(out, &name, &stand, origin_ns)?;
            if !trial.failures.is_empty() {
                keep_logs(folder.path(), &out.join(format!("{name}-logs")))?;
            }
        }
        for failure in &trial.failures {
            let (peer, scenario) = (word(&peer.name), word(&scenario));
            writeln!(io::stderr(), "phi-bench: {peer} {nodes} {scenario} {rep}: {failure}").ok();
        }
        Ok(trial)
    }

    fn keep(
        &mut self,
        (peer, nodes, scenario): (usize, u8, ScenarioName),
        trial: Trial,
    ) -> Result<()> {
        let peer = self.peers.get(peer).context("a peer")?.name;
        let cells = &mut self.results.cells;
        let same =
            |cell: &&mut Cell| (cell.peer, cell.nodes, cell.scenario) == (peer, nodes, scenario);
        match cells.iter_mut().find(same) {
            Some(cell) => cell.trials.push(trial),
            None => cells.push(Cell { peer, nodes, scenario, trials: vec![trial] }),
        }
        match &self.out {
            Some(out) => output::write_file(
                &out.join("agents.json"),
                serde_json::to_string_pretty(&self.results)?,
            ),
            None => Ok(()),
        }
    }
}

/// What ends every trial: the receivers' losses, and whether ours end as they should.
fn finish(stand: &mut Stand<'_>, trial: &mut Trial) -> Result<()> {
    let drops = receive_drops(&stand.agents)?;
    trial.figures.insert(Metric::ReceiveDrops, Some(drops as f64));
    if stand.peer.is_ours {
        trial.failures.extend(stand.stop()?);
    }
    trial.failures.extend(stand.log.flaw());
    Ok(())
}

fn write_reports(out: &Path, name: &str, stand: &Stand<'_>, origin_ns: u64) -> Result<()> {
    let path = out.join("reports").join(format!("{name}.ndjson"));
    output::write_file(&path, "")?;
    let mut file = BufWriter::new(File::create(&path)?);
    stand.log.write(origin_ns, &mut file)?;
    file.flush().with_context(|| path.display().to_string())
}

/// Keeps what agents complained of in a trial that failed.
fn keep_logs(folder: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            fs::copy(entry.path(), to.join(entry.file_name()))?;
        }
    }
    Ok(())
}
