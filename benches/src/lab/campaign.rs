//! All trials of peers, sizes and scenarios, one after the other.
//!
//! Peers take turns trial by trial, so that all meet the same weather on this machine.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};

use crate::lab::clock::monotonic_ns;
use crate::lab::goals::failures;
use crate::lab::leftovers;
use crate::lab::measure::receive_drops;
use crate::lab::names::RunName;
use crate::lab::net::Network;
use crate::lab::peers::Peer;
use crate::lab::requirements::{Interrupt, Refusal};
use crate::lab::results::{Cell, Metric, Results, ScenarioName, Trial};
use crate::lab::scenarios;
use crate::lab::stand::{Ground, Stand};
use crate::lab::table::word;
use crate::output;

/// What is to be done, and what has been.
pub(crate) struct Campaign {
    pub(crate) sizes: Vec<u8>,
    pub(crate) scenarios: Vec<ScenarioName>,
    pub(crate) reps: u32,
    pub(crate) settle: Duration,
    pub(crate) short: bool,
    pub(crate) out: Option<PathBuf>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) began: Instant,
    pub(crate) results: Results,
}

/// The place of a trial in the results: the index of its peer, agents, scenario.
type Place = (usize, u8, ScenarioName);

impl Campaign {
    /// How many trials that will be.
    pub(crate) fn trials(&self) -> u64 {
        self.plan().len() as u64
    }

    /// Holds all trials.
    ///
    /// # Errors
    ///
    /// When the network cannot be made, a file not be written, or somebody asks to stop.
    pub(crate) fn run_all(&mut self, network: &mut Network, interrupt: &Interrupt) -> Result<()> {
        let progress = ProgressBar::new(self.trials());
        let style = ProgressStyle::with_template("{pos}/{len} {elapsed} {wide_msg}");
        progress.set_style(style.context("the template of the progress line")?);
        for (place, rep) in self.plan() {
            let (peer, nodes, scenario) = place;
            for node in 1..=nodes {
                interrupt.check()?;
                network.grow(node)?;
            }
            let trial = self.trial(network, interrupt, place, rep)?;
            self.keep(place, trial)?;
            progress.set_message(format!("{} {nodes} {}", self.peer_word(peer), word(&scenario)));
            progress.inc(1);
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// All trials in their order, each with its number in its cell.
    fn plan(&self) -> Vec<(Place, u32)> {
        let mut plan = Vec::new();
        for nodes in &self.sizes {
            for scenario in &self.scenarios {
                let peers = 0..self.peers.len();
                let turns = (1..=self.reps).flat_map(|rep| peers.clone().map(move |p| (p, rep)));
                plan.extend(turns.map(|(peer, rep)| ((peer, *nodes, *scenario), rep)));
            }
        }
        plan
    }

    fn peer_word(&self, peer: usize) -> String {
        self.peers.get(peer).map(|peer| word(&peer.name)).unwrap_or_default()
    }

    fn trial(
        &self,
        network: &Network,
        interrupt: &Interrupt,
        (peer, nodes, scenario): Place,
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

    fn keep(&mut self, (peer, nodes, scenario): Place, trial: Trial) -> Result<()> {
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
