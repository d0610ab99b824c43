//! The command `report`: results as one page of HTML that needs nothing from elsewhere.
//!
//! Nothing is measured here; without results the command `tradeoff` is run for them.

mod agents;
mod chart;
mod figure;
mod losses;
mod names;
mod over_all;
mod page;
mod pictures;
#[cfg(test)]
pub(crate) mod sample;
mod scale;
mod series;
mod tables;

use std::env;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail, ensure};
use phi_bench::results::{FORMAT, Results};

use self::agents::AgentResults;
use crate::output::write_file;

/// The longest file of results (bytes): 200 traces take a half of it.
const RESULTS_BYTES_MAX: u64 = 1 << 28;

const EXAMPLES: &str = "Examples:
  phi-bench report                          # measures the included traces, then reports
  phi-bench tradeoff --trace *.txt.gz --json > results.json
  phi-bench report results.json --out report.html --svg main.svg";

/// Make one page of HTML of results: pictures, tables, and how to reproduce them
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// JSON documents of `tradeoff --json` (one) and `agents --json` (any number); without any,
    /// the trade-off of the included traces is measured
    #[arg(value_name = "RESULTS.json")]
    results: Vec<PathBuf>,
    /// Where to write the page
    #[arg(long, value_name = "FILE.html", default_value = "target/phi-bench/report.html")]
    out: PathBuf,
    /// Where to write the main picture as well, for a README
    #[arg(long, value_name = "FILE.svg")]
    svg: Option<PathBuf>,
}

/// What was read.
#[derive(Default)]
struct Found {
    tradeoff: Option<Results>,
    agents: Vec<AgentResults>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut found = Found::default();
    if args.results.is_empty() {
        found.tradeoff = Some(measured()?);
    }
    for path in &args.results {
        let document = read(path)?;
        found.take(document).with_context(|| path.display().to_string())?;
    }
    let mut stdout = io::stdout().lock();
    if let Some(path) = &args.svg {
        let results = found.tradeoff.as_ref();
        let results = results.context("--svg needs results of `tradeoff --json`")?;
        write_file(path, page::picture(results)?)?;
        writeln!(stdout, "picture  {}", path.display())?;
    }
    write_file(&args.out, page::page(found.tradeoff.as_ref(), &found.agents)?)?;
    writeln!(stdout, "page     {}", args.out.display())?;
    Ok(())
}

impl Found {
    /// Takes in a document: of which command it is, its fields tell.
    fn take(&mut self, document: serde_json::Value) -> Result<()> {
        if document.get("points").is_some() {
            let format = document.get("format").and_then(serde_json::Value::as_u64);
            ensure!(
                format == Some(u64::from(FORMAT)),
                "written by another version of `tradeoff --json`; run it again"
            );
            ensure!(
                self.tradeoff.is_none(),
                "a second document of `tradeoff --json`; one is shown"
            );
            let results: Results = serde_json::from_value(document)?;
            ensure!(!results.traces.is_empty(), "no trace in it");
            self.tradeoff = Some(results);
        } else if document.get("cells").is_some() {
            let agents: AgentResults = serde_json::from_value(document)?;
            ensure!(
                agents.version == agents::VERSION,
                "written by another version of `agents --json`; run it again"
            );
            self.agents.push(agents);
        } else {
            bail!("neither a document of `tradeoff --json` nor one of `agents --json`");
        }
        Ok(())
    }
}

fn read(path: &Path) -> Result<serde_json::Value> {
    let shown = || path.display().to_string();
    let file = File::open(path).with_context(shown)?;
    let mut text = String::new();
    file.take(RESULTS_BYTES_MAX + 1).read_to_string(&mut text).with_context(shown)?;
    ensure!(text.len() as u64 <= RESULTS_BYTES_MAX, "{}: too long for results", path.display());
    serde_json::from_str(&text).context("no JSON document").with_context(shown)
}

/// What `tradeoff` says of the included traces, in a process of its own, whose progress is seen.
fn measured() -> Result<Results> {
    let program = env::current_exe().context("the path of this program")?;
    let output = Command::new(program)
        .args(["tradeoff", "--json"])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `phi-bench tradeoff`")?;
    ensure!(output.status.success(), "`phi-bench tradeoff` failed");
    serde_json::from_slice(&output.stdout).context("what `phi-bench tradeoff --json` printed")
}
