//! `phi-agent simulate`: members in a seeded world of faults, watched by checkers.

mod report;
mod sweep;
mod table;

use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use super::exit::Exit;
use crate::proto::profile::Profile;
use crate::settings::{HumanDuration, ProfileName};
use crate::sim::{NAMED, Outcome, Scenario};

/// Members, if neither the scenario nor the command line says.
const NODES: usize = 5;

/// The length of a run of mixed faults, if the command line does not say.
const DURATION: Duration = Duration::from_secs(600);

/// The longest scenario file that is read (bytes).
const FILE_BYTES_MAX: u64 = 1 << 20;

#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
pub(super) struct SimulateArgs {
    /// Run this seed
    #[arg(long, value_name = "N", conflicts_with = "seeds")]
    seed: Option<u64>,

    /// Run all seeds from A to below B; N alone is 0..N
    #[arg(long, value_name = "A..B", value_parser = seeds)]
    seeds: Option<Range<u64>>,

    /// Members [default: those of the scenario, else 5]
    #[arg(long, value_name = "N")]
    nodes: Option<usize>,

    /// Simulated time [default: that of the scenario, else 10m]
    #[arg(long, value_name = "TIME")]
    duration: Option<HumanDuration>,

    /// Kind of network, with its interval and tolerated pause: local, lan or wan [default: lan]
    #[arg(long, value_enum, hide_possible_values = true)]
    profile: Option<ProfileName>,

    /// A scenario that ships with the program, or a file; without one, faults of all kinds by seed
    #[arg(long, value_name = "FILE|NAME")]
    scenario: Option<String>,

    /// Switch this rule of the protocol off, to see what breaks without it; may be given several
    /// times
    #[arg(long, value_name = "SAFEGUARD")]
    without: Vec<String>,

    /// Runs at a time [default: one for each processor]
    #[arg(long, value_name = "N")]
    jobs: Option<NonZeroUsize>,

    /// Print one JSON document for each run
    #[arg(long)]
    json: bool,

    /// Print what happened in the run: faults, and who held whom for what
    #[arg(long, conflicts_with_all = ["json", "seeds"])]
    story: bool,

    /// Fill the table of what must be reached, as markdown
    #[arg(long, conflicts_with_all = ["scenario", "seed", "nodes", "duration", "json", "story"],
          conflicts_with = "profile")]
    table: bool,

    /// With --table: few seeds, and no row of 1,000 members
    #[arg(long, requires = "table")]
    quick: bool,

    /// With --table: this row; may be given several times
    #[arg(long, value_name = "NAME", requires = "table")]
    row: Vec<String>,

    /// Fail as well when a fault of the mixture did not occur, or had no effect on the network
    #[arg(long, conflicts_with_all = ["scenario", "table"])]
    coverage: bool,

    /// List the scenarios that ship with the program, the faults that a file may name, and the
    /// rules that --without may
    #[arg(long)]
    list: bool,
}

/// `A..B`, B excluded; `N` is `0..N`.
fn seeds(text: &str) -> Result<Range<u64>, String> {
    let wrong = || format!("{text:?} is no range like 0..1000");
    let (from, to) = text.split_once("..").unwrap_or(("0", text));
    let range = from.parse().map_err(|_| wrong())?..to.parse().map_err(|_| wrong())?;
    if range.is_empty() { Err(format!("{text:?} holds no seed")) } else { Ok(range) }
}

pub(super) fn run(args: &SimulateArgs) -> Exit {
    let mut out = std::io::stdout().lock();
    match try_run(args, &mut out) {
        Ok(exit) => exit,
        Err(error) => Exit::Failed(format!("cannot write: {error}")),
    }
}

fn try_run(args: &SimulateArgs, out: &mut impl Write) -> std::io::Result<Exit> {
    if args.list {
        out.write_all(report::list().as_bytes())?;
        return Ok(Exit::Done);
    }
    let jobs = args.jobs.or_else(|| std::thread::available_parallelism().ok());
    let jobs = jobs.unwrap_or(NonZeroUsize::MIN);
    if args.table {
        let seeds = args.seeds.clone();
        let (quick, names, without) = (args.quick, args.row.clone(), args.without.clone());
        let wanted = table::Wanted { quick, names, without, seeds, jobs };
        return table::run(&wanted, out);
    }
    let scenario = match scenario(args) {
        Ok(scenario) => scenario,
        Err(exit) => return Ok(exit),
    };
    if args.story {
        let (outcome, story) = crate::sim::run_with_story(&scenario, args.seed.unwrap_or(0));
        out.write_all(report::story(&story).as_bytes())?;
        return finish(args, &[outcome], Duration::ZERO, out);
    }
    let seed = args.seed.unwrap_or(0);
    let seeds = args.seeds.clone().unwrap_or_else(|| seed..seed.saturating_add(1));
    let swept = sweep::run(&scenario, seeds, jobs, |outcome| {
        if args.json { writeln!(out, "{}", report::json(outcome)) } else { Ok(()) }
    })?;
    finish(args, &swept.outcomes, swept.took, out)
}

/// Prints the summary, and what was found.
fn finish(
    args: &SimulateArgs,
    outcomes: &[Outcome],
    took: Duration,
    out: &mut impl Write,
) -> std::io::Result<Exit> {
    if !args.json {
        out.write_all(report::summary(outcomes, took).as_bytes())?;
    }
    let failed: Vec<&Outcome> =
        outcomes.iter().filter(|outcome| !outcome.findings.is_empty()).collect();
    if failed.is_empty() {
        let missing = if args.coverage { report::missing(outcomes) } else { Vec::new() };
        return Ok(match missing.as_slice() {
            [] => Exit::Done,
            missing => Exit::Failed(format!("did not occur: {}", missing.join(", "))),
        });
    }
    if !args.json {
        let replay = |outcome: &Outcome| replay(args, outcome);
        out.write_all(report::findings(&failed, replay).as_bytes())?;
    }
    let count = failed.len();
    Ok(Exit::Failed(format!("checkers fired in {count} of {} runs", outcomes.len())))
}

/// The command that runs this again.
fn replay(args: &SimulateArgs, outcome: &Outcome) -> String {
    let mixed = args.scenario.is_none();
    let scenario = args.scenario.as_ref().map(|scenario| format!("--scenario {scenario}"));
    let nodes = (mixed || args.nodes.is_some()).then(|| format!("--nodes {}", outcome.nodes));
    let duration = HumanDuration(Duration::from_secs_f64(outcome.simulated_s));
    let duration = (mixed || args.duration.is_some()).then(|| format!("--duration \"{duration}\""));
    let profile = args.profile.map(|name| format!("--profile {}", Profile::from(name).as_str()));
    let first = format!("phi-agent simulate --seed {}", outcome.seed);
    let without = args.without.iter().map(|name| format!("--without {name}"));
    let words =
        [Some(first), profile, scenario, nodes, duration].into_iter().flatten().chain(without);
    words.chain(["--story".to_owned()]).collect::<Vec<_>>().join(" ")
}

fn scenario(args: &SimulateArgs) -> Result<Scenario, Exit> {
    let duration = args.duration.map(|duration| duration.0);
    let scenario = match &args.scenario {
        None => Scenario::mixed(args.nodes.unwrap_or(NODES), duration.unwrap_or(DURATION)),
        Some(name) if is_path(name) => read(Path::new(name))?,
        Some(name) => {
            Scenario::named(name).map_err(|error| Exit::BadSettings(error.to_string()))?
        }
    };
    let scenario = match args.profile {
        Some(profile) => scenario.in_profile(profile.into()),
        None => scenario,
    };
    let resized = scenario.resized(args.nodes, duration);
    let resized = resized.map_err(|error| Exit::BadSettings(error.to_string()))?;
    args.without.iter().try_fold(resized, |scenario, name| {
        scenario.without(name).map_err(|error| Exit::BadSettings(error.to_string()))
    })
}

/// Whether this is a file rather than the name of a shipped scenario.
fn is_path(name: &str) -> bool {
    let shipped = NAMED.iter().any(|named| named.name == name);
    !shipped && (name.contains(['/', '.']) || Path::new(name).exists())
}

fn read(path: &Path) -> Result<Scenario, Exit> {
    let name = path.display().to_string();
    let failed = |error| Exit::BadSettings(format!("cannot read {name}: {error}"));
    if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(Exit::BadSettings(format!("{name} is longer than {FILE_BYTES_MAX} bytes")));
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    Scenario::parse(&name, &text).map_err(|error| Exit::BadSettings(error.to_string()))
}
