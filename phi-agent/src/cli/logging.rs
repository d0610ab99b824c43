//! Logs: to standard error, text or JSON, filtered by `PHI_LOG`.

use std::io::{self, IsTerminal};

use tracing_subscriber::EnvFilter;

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON document a line.
    Json,
}

/// Starts logging: `info` and above, unless `PHI_LOG` says otherwise (such as `debug`).
pub(super) fn start(format: LogFormat) {
    let filter = EnvFilter::try_from_env("PHI_LOG").unwrap_or_else(|_unset| EnvFilter::new("info"));
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
    if let Err(error) = started {
        tracing::debug!(%error, "Logging was started before");
    }
}
