//! `traces record`: arrivals of one member's heartbeats at a running agent, by `phi-agent trace`.
//!
//! The agent's own program does it, so that one who has only that can record as well.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result, ensure};

/// Record heartbeats of a member as they arrive at a running agent (`phi-agent trace`)
#[derive(clap::Args)]
pub(super) struct Args {
    /// Name or id of the member to record; the agent must be one of those that watch it
    name: String,
    /// Where to write the trace, as plain text; a file that is there is not overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// End after this time, like `1d` [default: on Ctrl-C, or when the member restarts]
    #[arg(long = "for", value_name = "TIME")]
    length: Option<String>,
    /// End after this many heartbeats
    #[arg(long, value_name = "N")]
    count: Option<u64>,
    /// Socket of the agent to ask [default: as `phi-agent members`]
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// The program `phi-agent` [default: the one beside this program, or on the path]
    #[arg(long, value_name = "PROGRAM")]
    agent: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let program = args.agent.clone().unwrap_or_else(beside);
    let mut command = Command::new(&program);
    command.arg("trace").arg(&args.name).arg("--out").arg(&args.out);
    for (flag, value) in
        [("--for", args.length.clone()), ("--count", args.count.map(|n| n.to_string()))]
    {
        if let Some(value) = value {
            command.arg(flag).arg(value);
        }
    }
    if let Some(socket) = &args.socket {
        command.arg("--socket").arg(socket);
    }
    // Ctrl-C goes to both; the agent's program ends its file, and then this one ends.
    let status = command.status().with_context(|| {
        format!(
            "cannot start {}: build it with `cargo build --release -p phi-agent`, or name it with \
             --agent",
            program.display()
        )
    })?;
    ensure!(status.success(), "{} ended with {status}", program.display());
    Ok(())
}

/// The `phi-agent` that was built with this program, or that of the path.
fn beside() -> PathBuf {
    const NAME: &str = "phi-agent";
    let here = env::current_exe().ok();
    let here = here.as_deref().and_then(Path::parent).map(|folder| folder.join(NAME));
    here.filter(|path| path.exists()).unwrap_or_else(|| NAME.into())
}
