//! `phi-agent run`: one agent in the foreground.

use std::path::PathBuf;
use std::time::Duration;

use nix::sys::prctl;
use nix::sys::signal::Signal;
use tokio::io::{AsyncWriteExt, stdout};
use tokio::sync::oneshot;
use tracing_subscriber::filter::Targets;

use super::exit::Exit;
use super::logging::{self, LogFormat};
use super::signal::EndSignals;
use super::{named, path_or_nothing};
use crate::api::events::Changes;
use crate::api::listener::ApiListener;
use crate::api::server;
use crate::driver::Agent;
use crate::settings::{Layer, Settings, Sources, Surroundings, unknown_variables};

/// The time that clients have to take their last answers and events.
const LET_GO_MAX: Duration = Duration::from_millis(300);

#[derive(Debug, clap::Args)]
pub(super) struct RunArgs {
    /// Settings file (TOML); flags and PHI_* variables win over it
    #[arg(long, env = "PHI_CONFIG", value_name = "FILE", value_parser = path_or_nothing())]
    config: Option<PathBuf>,

    #[command(flatten)]
    flags: Layer,

    /// Write each change of a member to standard output, one JSON document a line
    #[arg(long, value_name = "-", value_parser = ["-"])]
    events: Option<String>,

    /// What is logged to standard error: off, error, warn, info, debug or trace; for a part of the
    /// program beside it PART=LEVEL, such as `info,phi_agent::proto=debug`
    #[arg(long, value_name = "LEVEL", default_value = "info", env = "PHI_LOG")]
    #[arg(value_parser = logging::targets)]
    log: Targets,

    /// How log lines look
    #[arg(long, value_enum, default_value = "text", env = "PHI_LOG_FORMAT")]
    log_format: LogFormat,

    /// End when the process that started this one ends
    #[arg(long, hide = true)]
    exit_with_parent: bool,
}

pub(super) async fn run(args: RunArgs) -> Exit {
    let _logging = logging::start(args.log_format, args.log.clone());
    match try_run(args).await {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

/// The settings of a file, if one is named, under those of the environment, under the flags. An
/// empty name is none.
pub(super) fn sources(config: Option<&PathBuf>, flags: Layer) -> Result<Sources, Exit> {
    let sources = Sources::of(flags).over_env(|name| std::env::var(name).ok())?;
    Ok(match named(config) {
        Some(path) => sources.over_file(path)?,
        None => sources,
    })
}

/// Variables of the environment that may have been meant as settings.
pub(super) fn ignored_variables() -> Vec<String> {
    unknown_variables(std::env::vars_os().filter_map(|(name, _)| name.into_string().ok()))
}

async fn try_run(args: RunArgs) -> Result<(), Exit> {
    let failed =
        |what: &str, error: &dyn std::error::Error| Exit::Failed(format!("{what}: {error}"));
    if args.exit_with_parent {
        prctl::set_pdeathsig(Signal::SIGTERM)
            .map_err(|error| failed("cannot watch the parent process", &error))?;
    }
    let settings = sources(args.config.as_ref(), args.flags)?.resolve(&Surroundings::here())?;
    for variable in ignored_variables() {
        tracing::warn!("{variable} is no setting, and is ignored; see phi-agent run --help");
    }
    let mut end = EndSignals::catch().map_err(|error| failed("cannot catch signals", &error))?;
    let listener =
        ApiListener::bind(&settings.socket).map_err(|error| Exit::Failed(error.to_string()))?;
    let mut agent = Agent::start(settings.options()?)?;
    let first_events = agent.take_first_events().filter(|_| args.events.is_some());
    greet(&settings, &agent);

    let changes = first_events.map(|events| Changes::new(agent.handle(), events));
    let events = changes.map(|changes| tokio::spawn(write_events(changes)));
    let (stop, stopped) = oneshot::channel::<()>();
    let until_stopped = async {
        let _stopped_or_dropped = stopped.await;
    };
    let api = tokio::spawn(server::serve(listener, agent.handle(), until_stopped));

    // A signal, or a client that told it to leave.
    let ended = tokio::select! {
        signal = end.first() => {
            tracing::info!(signal, "Leaving");
            agent.leave().await
        }
        ended = agent.ended() => ended.inspect(|()| tracing::info!("Told to leave")),
    };
    let letting_go = tokio::time::timeout(LET_GO_MAX, async {
        let _nobody_waits = stop.send(());
        if let Some(events) = events {
            let _written = events.await;
        }
        let _served = api.await;
    });
    if letting_go.await.is_err() {
        tracing::debug!("Some client did not let go in time");
    }
    ended.map_err(|error| Exit::Failed(error.to_string()))
}

/// Says what runs where and how to reach it.
fn greet(settings: &Settings, agent: &Agent) {
    let addr = agent.handle().local_addr();
    tracing::info!(
        name = %settings.name, cluster = %settings.cluster, %addr,
        socket = %settings.socket.display(), interval = %settings.interval,
        "Listening. Ask it: phi-agent members --socket {}", settings.socket.display()
    );
    if settings.seeds.is_empty() {
        let reached = match settings.advertise {
            Some(advertise) => advertise.with_port(addr.port()).to_string(),
            None if addr.ip().is_unspecified() => format!("<this host>:{}", addr.port()),
            None => addr.to_string(),
        };
        tracing::info!("No seeds: others find this agent with --seed {reached}");
    }
    if !addr.ip().is_loopback() {
        tracing::warn!("INSECURE: datagrams are not sealed; anybody on the network can forge them");
    }
}

/// Writes changes to standard output until the agent ends or the reader goes away.
async fn write_events(mut changes: Changes) {
    let mut out = stdout();
    while let Some(lines) = changes.next().await {
        let written = async {
            out.write_all(&lines).await?;
            out.flush().await
        };
        if let Err(error) = written.await {
            tracing::warn!(%error, "Standard output is closed: writing no more events");
            return;
        }
    }
}
