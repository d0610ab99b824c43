//! All trials of peers, sizes and scenarios, in batches of those that are held at the same time.
//!
//! ```text
//!   cluster 1   start ── settle ── fault ── end
//!   cluster 2     start ── settle ── fault ── end
//!   cluster 3       start ── settle ── fault ── end
//! ```
//!
//! Peers take turns batch by batch, so that all meet the same weather on this machine.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write as _};
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, anyhow};
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

/// How long the start of one cluster comes after that of another: what takes much processor time,
/// starting all agents and a fault that all notice, then happens in one cluster at a time.
pub(crate) const APART: Duration = Duration::from_secs(2);

/// What is to be done, and what has been.
pub(crate) struct Campaign {
    pub(crate) sizes: Vec<u8>,
    pub(crate) scenarios: Vec<ScenarioName>,
    pub(crate) reps: u32,
    /// How many trials of a kind are held at the same time, each on a network of its own.
    pub(crate) at_once: u8,
    pub(crate) settle: Duration,
    pub(crate) short: bool,
    pub(crate) out: Option<PathBuf>,
    pub(crate) peers: Vec<Peer>,
    pub(crate) interrupt: Interrupt,
    pub(crate) began: Instant,
    pub(crate) results: Results,
}

/// The place of a trial in the results: the index of its peer, agents, scenario.
type Place = (usize, u8, ScenarioName);

/// Trials that are held at the same time, by their numbers.
struct Batch {
    place: Place,
    reps: Range<u32>,
}

impl Campaign {
    /// How many trials that will be.
    pub(crate) fn trials(&self) -> u64 {
        self.plan().iter().map(|batch| batch.reps.len() as u64).sum()
    }

    /// Holds all trials, on `networks`, of which there is one for each that is held at once.
    ///
    /// # Errors
    ///
    /// When a network cannot be made, a file not be written, or somebody asks to stop.
    pub(crate) fn run_all(&mut self, networks: &mut [Network]) -> Result<()> {
        self.save()?;
        let progress = ProgressBar::new(self.trials());
        let style = ProgressStyle::with_template("{pos}/{len} {elapsed} {wide_msg}");
        progress.set_style(style.context("the template of the progress line")?);
        for batch in self.plan() {
            let (peer, nodes, scenario) = batch.place;
            for network in networks.iter_mut().take(batch.reps.len()) {
                self.grow(network, nodes)?;
            }
            let outcomes = self.side_by_side(networks, &batch);
            progress.set_message(format!("{} {nodes} {}", self.peer_word(peer), word(&scenario)));
            progress.inc(outcomes.len() as u64);
            // One that was held to its end is kept, whatever became of those beside it.
            let mut all = Ok(());
            for outcome in outcomes {
                match outcome {
                    Ok(trial) => self.keep(batch.place, trial)?,
                    Err(error) => all = all.and(Err(error)),
                }
            }
            all?;
        }
        progress.finish_and_clear();
        Ok(())
    }

    /// Adds nodes, where there are not as many yet.
    fn grow(&self, network: &mut Network, nodes: u8) -> Result<()> {
        (1..=nodes).try_for_each(|node| {
            self.interrupt.check()?;
            network.grow(node)
        })
    }

    /// All trials in their order.
    fn plan(&self) -> Vec<Batch> {
        let mut plan = Vec::new();
        let of = |nodes: u8| self.scenarios.iter().map(move |scenario| (nodes, *scenario));
        for (nodes, scenario) in self.sizes.iter().copied().flat_map(of) {
            for reps in batches(self.reps, self.at_once) {
                let batch = |peer| Batch { place: (peer, nodes, scenario), reps: reps.clone() };
                plan.extend((0..self.peers.len()).map(batch));
            }
        }
        plan
    }

    fn peer_word(&self, peer: usize) -> String {
        self.peers.get(peer).map(|peer| word(&peer.name)).unwrap_or_default()
    }

    /// Holds the trials of a batch, each in a thread of its own. Agents end with the thread that
    /// started them, so it lasts as long as they do.
    fn side_by_side(&self, networks: &[Network], batch: &Batch) -> Vec<Result<Trial>> {
        let at_once = batch.reps.len() as u8;
        thread::scope(|scope| {
            let hold = |(turn, (network, rep))| {
                let trial = Trial { rep, at_once, ..Trial::default() };
                let after = APART * turn;
                scope.spawn(move || self.trial(network, batch.place, trial, after))
            };
            let turns = (0..).zip(networks.iter().zip(batch.reps.clone()));
            let threads: Vec<_> = turns.map(hold).collect();
            let join = |thread: thread::ScopedJoinHandle<'_, Result<Trial>>| {
                thread.join().unwrap_or_else(|_| Err(anyhow!("a trial ended with a panic")))
            };
            threads.into_iter().map(join).collect()
        })
    }

    fn trial(
        &self,
        network: &Network,
        (peer, nodes, scenario): Place,
        mut trial: Trial,
        after: Duration,
    ) -> Result<Trial> {
        let peer = self.peers.get(peer).context("a peer")?;
        let folder = leftovers::run_folder(RunName::own())?;
        let (settle, short, interrupt) = (self.settle, self.short, &self.interrupt);
        let ground = Ground { network, peer, folder: folder.path(), interrupt, settle, short };
        let mut stand = Stand::new(&ground, nodes);
        stand.watch(after)?;
        trial.started_s = self.began.elapsed().as_secs_f64().round();
        let origin_ns = monotonic_ns()?;
        let outcome = scenarios::play(scenario, &mut stand, &mut trial)
            .and_then(|()| finish(&mut stand, &mut trial));
        match outcome {
            Err(error) if error.is::<Refusal>() => return Err(error),
            Err(error) => trial.failures.push(format!("{error:#}")),
            Ok(()) => {}
        }
        trial.failures.extend(failures(scenario, &trial));
        let (kind, rep) = (format!("{}-{nodes}-{}", word(&peer.name), word(&scenario)), trial.rep);
        if let Some(out) = &self.out {
            write_reports(out, &format!("{kind}-{rep}"), &stand, origin_ns)?;
            if !trial.failures.is_empty() {
                keep_logs(folder.path(), &out.join(format!("{kind}-{rep}-logs")))?;
            }
        }
        for failure in &trial.failures {
            writeln!(io::stderr(), "phi-bench: {kind}, trial {rep}: {failure}").ok();
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
        self.save()
    }

    /// Writes what there is. A file that is there stays whole until the new one is.
    fn save(&self) -> Result<()> {
        let Some(out) = &self.out else { return Ok(()) };
        let (path, new) = (out.join("agents.json"), out.join("agents.json.new"));
        let written = output::write_file(&new, serde_json::to_string_pretty(&self.results)?)
            .and_then(|()| fs::rename(&new, &path).with_context(|| path.display().to_string()));
        if written.is_err() {
            // A part of it is of no use; where nothing could be made there is none.
            fs::remove_file(&new).ok();
        }
        written
    }
}

/// The numbers of trials from 1 to `reps`, in their batches.
fn batches(reps: u32, at_once: u8) -> impl Iterator<Item = Range<u32>> {
    let at_once = u32::from(at_once);
    let batch = move |turn: u32| 1 + turn * at_once..1 + reps.min((turn + 1) * at_once);
    (0..reps.div_ceil(at_once)).map(batch)
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
    let written = stand.log.write(origin_ns, &mut file).and_then(|()| file.flush());
    written.with_context(|| format!("{}: cannot write it", path.display()))
}

/// Keeps what agents complained of in a trial that failed.
fn keep_logs(folder: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).with_context(|| to.display().to_string())?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            let to = to.join(entry.file_name());
            fs::copy(entry.path(), &to)
                .with_context(|| format!("{}: cannot write it", to.display()))?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each trial is held once, in its order, and no more than were asked for at once.
    #[test]
    fn batches_hold_each_trial_once() {
        for (reps, at_once, sizes) in
            [(1, 1, &[1][..]), (3, 1, &[1, 1, 1]), (10, 4, &[4, 4, 2]), (4, 4, &[4]), (2, 9, &[2])]
        {
            let batches: Vec<Range<u32>> = batches(reps, at_once).collect();
            let lengths: Vec<usize> = batches.iter().map(Range::len).collect();
            assert_eq!(lengths, sizes, "{reps} trials, {at_once} at once");
            assert!(batches.into_iter().flatten().eq(1..=reps), "{reps} trials, {at_once} at once");
        }
    }
}
