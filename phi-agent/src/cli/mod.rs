//! The command line: what the words mean, and which exit code says what.

mod check_config;
mod demo;
mod exit;
mod leave;
mod logging;
mod members;
mod run;
mod signal;
#[cfg(feature = "sim")]
mod simulate;
mod socket_path;
mod terminal;
mod trace;
mod watch;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{Parser, Subcommand};

use exit::Exit;

/// φ accrual failure detection for a group of hosts: one agent each, which knows who is alive.
///
/// Agents exchange heartbeats over UDP. Each computes a level of suspicion, φ, for every other:
/// near 0 while its heartbeats come, growing without bound while they do not.
#[derive(Debug, Parser)]
#[command(name = "phi-agent", version, after_help = AFTER_HELP, max_term_width = 100,
          args_override_self = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

const AFTER_HELP: &str = "\
See it work:        phi-agent demo
First host:         phi-agent run --bind 10.0.0.1:16180 --insecure-plaintext
Second host:        phi-agent run --bind 10.0.0.2:16180 --insecure-plaintext --seed 10.0.0.1:16180
Who is alive?       phi-agent members
Watch φ rise:       phi-agent watch --all
Planned restart:    phi-agent leave --back-within 30s, then start it again

Each setting of `run` is also a variable, such as PHI_INTERVAL for --interval, and a key of the
settings file; a flag wins over a variable, and that over the file.

Exit codes: 0 done, 1 failed, 2 wrong usage, 69 no agent answers,
77 not permitted, 78 bad settings, 130 interrupted.";

#[derive(Debug, Subcommand)]
enum Command {
    /// Run an agent in the foreground until SIGTERM, SIGINT or SIGHUP
    Run(run::RunArgs),
    /// Check a settings file and print what holds, and where each value comes from
    CheckConfig(check_config::CheckConfigArgs),
    /// List the members that the local agent knows
    Members(members::MembersArgs),
    /// Watch φ of one member, or of all, live
    Watch(watch::WatchArgs),
    /// Record when heartbeats of a member arrive, for `phi-bench`
    Trace(trace::TraceArgs),
    /// Make the local agent say good-bye and end, for good or for a planned restart
    Leave(leave::LeaveArgs),
    /// Start five agents, kill one, pause another, and see who notices
    Demo(demo::DemoArgs),
    /// Simulate a cluster and faults by seed, and check what it promises
    #[cfg(feature = "sim")]
    Simulate(simulate::SimulateArgs),
}

/// Where the local agent answers.
#[derive(Clone, Debug, clap::Args)]
struct SocketArg {
    /// Socket of the agent to ask [default: /run/phi-agent/phi.sock as root, else
    /// $XDG_RUNTIME_DIR/phi-agent.sock]
    #[arg(long, env = "PHI_SOCKET", value_name = "PATH", value_parser = path_or_nothing())]
    socket: Option<PathBuf>,
}

/// A path; as a variable it may be empty, which says nothing.
fn path_or_nothing() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

/// The path, unless it is empty.
fn named(path: Option<&PathBuf>) -> Option<&PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

/// Runs the program that the command line asks for.
#[must_use]
pub fn main() -> ExitCode {
    let args = Args::parse();
    let runtime = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Exit::Failed(format!("cannot start: {error}")).tell(),
    };
    let exit = runtime.block_on(async {
        match args.command {
            Command::Run(args) => run::run(args).await,
            Command::CheckConfig(args) => check_config::run(args),
            Command::Members(args) => members::run(&args).await,
            Command::Watch(args) => watch::run(&args).await,
            Command::Trace(args) => trace::run(&args).await,
            Command::Leave(args) => leave::run(&args).await,
            Command::Demo(args) => demo::run(&args).await,
            #[cfg(feature = "sim")]
            Command::Simulate(args) => simulate::run(&args),
        }
    });
    // A reader of our standard output that has stopped reading must not keep us.
    runtime.shutdown_background();
    exit.tell()
}
