//! `phi-bench agents`: what the user asks for, what is said about it, and how it ends.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Error, Result};
use clap::{ValueEnum as _, value_parser};
use nix::sys::utsname::uname;

use crate::lab::campaign::{APART, Campaign};
use crate::lab::features;
use crate::lab::leftovers;
use crate::lab::names::{NODES_MAX, RunName, SEEDS};
use crate::lab::net::Network;
use crate::lab::peers::Peer;
use crate::lab::requirements::{self, Interrupt, Refusal};
use crate::lab::results::{PeerName, Results, ScenarioName, VERSION};
use crate::lab::scenarios;
use crate::lab::table::{render, word};
use crate::machine;

/// Agents in network namespaces of this host, and what they say when things go wrong (needs root)
///
/// Each agent runs in a namespace of its own; a bridge in a further one joins them. Faults are the
/// kernel's own: signals, cut links, packets dropped by nftables, a bandwidth queue, processes that
/// take all processor time. Nothing of the host's network is touched, and all is removed at the
/// end, also by an error or Ctrl-C; what a killed run left behind, the next one removes.
///
/// Prints medians with ranges, and with --json every trial. Exits with 0, or with --check with 1 if
/// one of our agents raised a false alarm or did not report what it had to; 77: not root; 69: a
/// program, a peer or a feature of the kernel is missing; 129, 130, 143: stopped by a signal.
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
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = value_parser!(u32).range(1..=10_000),
    )]
    reps: u32,
    /// Trials of a kind held at the same time, each with a network of its own, where they would not
    /// disturb each other
    #[arg(
        long,
        value_name = "N",
        default_value_t = 1,
        value_parser = value_parser!(u8).range(1..),
    )]
    at_once: u8,
    /// How long agents that see each other are left alone before the fault
    #[arg(
        long,
        value_name = "TIME",
        default_value = "15s",
        value_parser = humantime::parse_duration,
    )]
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
    #[command(flatten)]
    output: Output,
}

/// Where results go.
#[derive(clap::Args)]
struct Output {
    /// Print one JSON document
    #[arg(long)]
    json: bool,
    /// Write agents.json there, anew after each trial, and the reports of each trial
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    refuse_crowds(args)?;
    requirements::check()?;
    let interrupt = Interrupt::install()?;
    let mut campaign = plan(args, interrupt)?;
    for (run, count) in leftovers::remove()? {
        let what = format!("{count} namespaces and folders of process {run}, which was killed");
        writeln!(io::stderr(), "phi-bench: removed {what}").ok();
    }
    for other in leftovers::other_runs()? {
        let warning = "runs agents as well: figures of both will suffer";
        writeln!(io::stderr(), "phi-bench: process {other} {warning}").ok();
    }
    let mut networks = networks(campaign.at_once)?;
    announce(&campaign);
    let outcome = campaign.run_all(&mut networks);
    drop(networks);
    outcome?;
    let results = campaign.results;
    let mut stdout = io::stdout().lock();
    if args.output.json {
        writeln!(stdout, "{}", serde_json::to_string(&results)?)?;
    } else {
        writeln!(stdout, "{}", render(&results))?;
    }
    let ours = results.cells.iter().filter(|cell| cell.peer == PeerName::Phi);
    let failed = ours.flat_map(|cell| &cell.trials).filter(|trial| !trial.failures.is_empty());
    let failed = failed.count();
    if failed > 0 {
        let trials = if failed == 1 { "trial" } else { "trials" };
        writeln!(io::stderr(), "phi-bench: {failed} {trials} of our agents failed")?;
    }
    let fails = (args.check || args.short) && failed > 0;
    Ok(if fails { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

/// The exit code that an error deserves: its own for what stops a run from outside, else 1.
pub(crate) fn exit_code(error: &Error) -> ExitCode {
    error.downcast_ref::<Refusal>().map_or(ExitCode::FAILURE, Refusal::exit_code)
}

/// The most agents that run at the same time, where that is more than one cluster. With 160, ours
/// take a tenth of a processor together, those of serf half of one.
const CROWD_MAX: u32 = 160;

/// Refuses trials at once that would disturb each other.
fn refuse_crowds(args: &Args) -> Result<()> {
    let at_once = at_once(args);
    if at_once == 1 {
        return Ok(());
    }
    let crowd = |why: String| Err(Refusal::Crowd { at_once, why }.into());
    for scenario in chosen(args) {
        if let Some(why) = scenarios::alone_because(scenario) {
            return crowd(format!("--scenario {}: {why}", word(&scenario)));
        }
    }
    let nodes = args.nodes.iter().copied().max().map_or(0, u32::from);
    let agents = nodes * u32::from(at_once);
    if agents > CROWD_MAX && !args.short {
        return crowd(format!("--nodes {nodes}: {agents} agents, of which {CROWD_MAX} may run"));
    }
    Ok(())
}

/// How many trials are held at the same time.
fn at_once(args: &Args) -> u8 {
    u8::try_from(args.reps).map_or(args.at_once, |reps| reps.min(args.at_once))
}

/// The scenarios that are asked for.
fn chosen(args: &Args) -> Vec<ScenarioName> {
    use ScenarioName::{Kill, Loss30, Partition, Pause1};
    if args.short {
        vec![Kill, Pause1, Loss30, Partition]
    } else if args.scenario.is_empty() {
        ScenarioName::value_variants().to_vec()
    } else {
        args.scenario.clone()
    }
}

/// Networks for so many trials, of which the first has shown that the kernel can do all.
fn networks(count: u8) -> Result<Vec<Network>> {
    let new = |cluster| Network::new(RunName::own(), cluster);
    let networks = (1..=count).map(new).collect::<Result<Vec<_>>>();
    let mut networks = networks.map_err(|error| features::explain(&error))?;
    if let Some(first) = networks.first_mut() {
        first.grow(1)?;
        features::probe(first)?;
    }
    Ok(networks)
}

/// What `args` ask for.
///
/// # Errors
///
/// When a peer is not installed.
fn plan(args: &Args, interrupt: Interrupt) -> Result<Campaign> {
    let peers = args.peer.iter().map(|name| Peer::find(*name, args.agent.as_deref()));
    let peers = peers.collect::<Result<Vec<_>>>()?;
    let results = Results {
        version: VERSION,
        date: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        machine: machine::describe(),
        kernel: uname()?.release().to_string_lossy().into_owned(),
        peers: peers.iter().map(Peer::version).collect(),
        cells: Vec::new(),
    };
    let mut campaign = Campaign {
        sizes: args.nodes.clone(),
        scenarios: chosen(args),
        reps: args.reps,
        at_once: at_once(args),
        settle: args.settle,
        short: args.short,
        out: args.output.out.clone(),
        peers,
        interrupt,
        began: Instant::now(),
        results,
    };
    if args.short {
        campaign.sizes = vec![8];
        campaign.settle = Duration::from_secs(5);
    }
    Ok(campaign)
}

/// Says what will be done.
fn announce(campaign: &Campaign) {
    let each: u64 = campaign.scenarios.iter().map(|name| scenarios::typical_s(*name)).sum();
    let apart = APART * u32::from(campaign.at_once - 1);
    let around = (campaign.settle + apart).as_secs() + 2;
    let each = each + campaign.scenarios.len() as u64 * around;
    let batches = u64::from(campaign.reps.div_ceil(campaign.at_once.into()));
    let all = each * (campaign.sizes.len() * campaign.peers.len()) as u64 * batches;
    let about = if campaign.short { "2 min".into() } else { format!("{} min", all.div_ceil(60)) };
    let burns = campaign.scenarios.contains(&ScenarioName::Burners);
    let burns = if burns { "; burners will take all processors for a minute a trial" } else { "" };
    let names = RunName::own().of("…");
    let trials = match (campaign.trials(), campaign.at_once) {
        (1, _) => "1 trial".to_owned(),
        (trials, 1) => format!("{trials} trials"),
        (trials, some) => format!("{trials} trials, {some} at once"),
    };
    writeln!(
        io::stderr(),
        "phi-bench: {trials}, about {about}, in network namespaces {names}{burns}"
    )
    .ok();
}
