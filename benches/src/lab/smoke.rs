//! The scenario `smoke`: agents find each other, one is killed, one is paused, all are stopped.
//!
//! It asks whether the basics hold, not how well: no link is cut and nothing is under load.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::value_parser;
use nix::sys::signal::Signal;
use serde::Serialize;
use statrs::statistics::{Data, OrderStatistics as _};

use super::events::{Verdict, monotonic_ns};
use super::judge::{false_alarms, first_reports, full_view};
use super::net::{NODES_MAX, node_name};
use super::{LOOK_EVERY, Lab};

const FULL_VIEW_LIMIT: Duration = Duration::from_secs(60);
const DETECTION_LIMIT: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_secs(1);
const WATCH_AFTER_PAUSE: Duration = Duration::from_secs(10);
const STOP_LIMIT: Duration = Duration::from_secs(5);

/// Start agents, kill one, pause one, stop all; say who noticed what, and when
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The agent to run [default: phi-agent beside this program]
    #[arg(long, value_name = "PATH")]
    agent: Option<PathBuf>,
    /// How many agents
    #[arg(long, default_value_t = 32, value_parser = value_parser!(u8).range(3..=NODES_MAX.into()))]
    nodes: u8,
    /// Print one JSON document
    #[arg(long)]
    json: bool,
}

/// What was seen; a part that was not reached is null.
#[derive(Debug, Default, Serialize)]
struct Findings {
    nodes: u8,
    /// From the start of the first agent until each had seen all others.
    full_view_s: Option<f64>,
    killed: Option<Killed>,
    paused: Option<Paused>,
    /// Reports that call a living node down.
    false_alarms: usize,
    /// Until all had ended with exit code 0.
    stopped_s: Option<f64>,
    ok: bool,
    /// The conditions that do not hold.
    failures: Vec<String>,
}

/// Who reported the killed node down, in seconds after the kill.
#[derive(Debug, Serialize)]
struct Killed {
    observers: usize,
    first_s: Option<f64>,
    median_s: Option<f64>,
    last_s: Option<f64>,
}

/// How many reported the paused node.
#[derive(Debug, Serialize)]
struct Paused {
    suspected_by: usize,
    down_by: usize,
}

pub(crate) fn run(args: &Args) -> Result<ExitCode> {
    let mut lab = Lab::start(args.nodes, args.agent.as_deref())?;
    let findings = play(&mut lab, args.nodes)?;
    drop(lab);
    let mut stdout = io::stdout().lock();
    if args.json {
        writeln!(stdout, "{}", serde_json::to_string(&findings)?)?;
    } else {
        findings.print(&mut stdout)?;
    }
    Ok(if findings.ok { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn play(lab: &mut Lab, nodes: u8) -> Result<Findings> {
    let mut findings = Findings { nodes, ..Findings::default() };
    let mut death = None;
    if meet(lab, &mut findings)? {
        death = Some((nodes, kill(lab, &mut findings, nodes)?));
        pause(lab, &mut findings, nodes - 1)?;
    }
    findings.false_alarms = lab.log.ask(|reports| false_alarms(reports, death));
    if findings.false_alarms > 0 {
        findings.fail(format!("{} reports call a living node down", findings.false_alarms));
    }
    stop(lab, &mut findings)?;
    findings.failures.extend(lab.log.flaw());
    findings.ok = findings.failures.is_empty();
    Ok(findings)
}

/// All agents see all others; false if they do not.
fn meet(lab: &mut Lab, findings: &mut Findings) -> Result<bool> {
    let nodes = findings.nodes;
    lab.wait(FULL_VIEW_LIMIT, |reports| full_view(reports, nodes).is_ok())?;
    match lab.log.ask(|reports| full_view(reports, nodes)) {
        Ok(at_ns) => findings.full_view_s = Some(seconds(at_ns.saturating_sub(lab.started_ns))),
        Err(unseen) => {
            let some = unseen.iter().take(5).map(|&(observer, subject)| {
                format!("; {} has not seen {}", node_name(observer), node_name(subject))
            });
            findings.fail(format!(
                "{} views are missing after {} s{}",
                unseen.len(),
                FULL_VIEW_LIMIT.as_secs(),
                some.collect::<String>()
            ));
        }
    }
    Ok(findings.full_view_s.is_some())
}

/// Kills the agent of `node`, whom all others must report down; returns when (ns).
fn kill(lab: &mut Lab, findings: &mut Findings, node: u8) -> Result<u64> {
    let others = usize::from(findings.nodes) - 1;
    let killed_ns = monotonic_ns()?;
    lab.agent(node)?.signal(Signal::SIGKILL)?;
    let all = lab.wait(DETECTION_LIMIT, |reports| {
        first_reports(reports, node, Verdict::Down, killed_ns).len() == others
    })?;
    let reported = lab.log.ask(|reports| first_reports(reports, node, Verdict::Down, killed_ns));
    let after: Vec<f64> = reported.iter().map(|at_ns| seconds(at_ns - killed_ns)).collect();
    let observers = after.len();
    if !all {
        findings.fail(format!(
            "{observers} of {others} agents report {} down {} s after it was killed",
            node_name(node),
            DETECTION_LIMIT.as_secs()
        ));
    }
    let (first_s, last_s) = (after.first().copied(), after.last().copied());
    let median_s = (observers > 0).then(|| Data::new(after).median());
    findings.killed = Some(Killed { observers, first_s, median_s, last_s });
    Ok(killed_ns)
}

/// Stops the agent of `node` for a while, at which nobody may report it down.
fn pause(lab: &mut Lab, findings: &mut Findings, node: u8) -> Result<()> {
    let paused_ns = monotonic_ns()?;
    lab.agent(node)?.signal(Signal::SIGSTOP)?;
    lab.watch(PAUSE)?;
    lab.agent(node)?.signal(Signal::SIGCONT)?;
    lab.watch(WATCH_AFTER_PAUSE)?;
    let count =
        |verdict| lab.log.ask(|reports| first_reports(reports, node, verdict, paused_ns).len());
    findings.paused =
        Some(Paused { suspected_by: count(Verdict::Suspect), down_by: count(Verdict::Down) });
    Ok(())
}

/// Asks all agents to end, which they must do soon and without complaint.
fn stop(lab: &mut Lab, findings: &mut Findings) -> Result<()> {
    let start = Instant::now();
    lab.agents.retain(|agent| !agent.is_killed());
    for agent in &mut lab.agents {
        agent.signal(Signal::SIGTERM)?;
    }
    let mut running: Vec<_> = lab.agents.iter_mut().collect();
    while !running.is_empty() && start.elapsed() < STOP_LIMIT {
        lab.interrupt.check()?;
        thread::sleep(LOOK_EVERY);
        let mut still_running = Vec::new();
        for agent in running {
            match agent.status()? {
                None => still_running.push(agent),
                Some(status) if status.success() => {}
                Some(status) => {
                    findings.fail(format!("{} ended with {status}", node_name(agent.node())));
                }
            }
        }
        running = still_running;
    }
    for agent in &running {
        let name = node_name(agent.node());
        findings.fail(format!("{name} still runs {} s after SIGTERM", STOP_LIMIT.as_secs()));
    }
    findings.stopped_s = running.is_empty().then(|| seconds(start.elapsed().as_nanos() as u64));
    Ok(())
}

impl Findings {
    fn fail(&mut self, failure: String) {
        self.failures.push(failure);
    }

    fn print(&self, out: &mut impl io::Write) -> io::Result<()> {
        writeln!(out, "agents        {}", self.nodes)?;
        writeln!(out, "full view     {}", shown(self.full_view_s))?;
        if let Some(killed) = &self.killed {
            let [first, median, last] = [killed.first_s, killed.median_s, killed.last_s].map(shown);
            writeln!(out, "killed        reported down by {}", killed.observers)?;
            writeln!(out, "              first {first}, median {median}, last {last}")?;
        }
        if let Some(paused) = &self.paused {
            let Paused { suspected_by, down_by } = paused;
            writeln!(out, "paused 1 s    suspected by {suspected_by}, reported down by {down_by}")?;
        }
        writeln!(out, "false alarms  {}", self.false_alarms)?;
        writeln!(out, "stopped       {}", shown(self.stopped_s))?;
        for failure in &self.failures {
            writeln!(out, "FAILED        {failure}")?;
        }
        if self.ok { writeln!(out, "ok") } else { Ok(()) }
    }
}

/// Whole milliseconds: the scenarios' clock is no finer.
fn seconds(nanos: u64) -> f64 {
    (nanos / 1_000_000) as f64 / 1e3
}

fn shown(seconds: Option<f64>) -> String {
    seconds.map_or_else(|| "–".into(), |seconds| format!("{seconds:.2} s"))
}
