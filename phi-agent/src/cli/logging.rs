//! Logs: to standard error, text or JSON, filtered; never in the agent's way.
//!
//! A reader of standard error that stops reading must not stop the heartbeats: a thread writes, and
//! lines that find no place to wait are dropped.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::layer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;

/// Lines that wait to be written.
const LINES_MAX: usize = 1_024;

/// The wait for the last lines at the end.
const FLUSH_MAX: Duration = Duration::from_millis(100);

/// How log lines look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(super) enum LogFormat {
    /// For people.
    Text,
    /// One JSON document a line.
    Json,
}

/// Logging, for as long as this lives; then the last lines are written.
#[derive(Debug)]
pub(super) struct Logging(LogWriter);

/// What is logged: a level, or TARGET=LEVEL, or several of them; `info` of what is not named.
pub(super) fn targets(text: &str) -> Result<Targets, String> {
    let mut targets = Targets::new().with_default(LevelFilter::INFO);
    for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
        let (target, level) =
            part.split_once('=').map_or((None, part), |(target, level)| (Some(target), level));
        let level: LevelFilter = level.parse().map_err(|_unknown| {
            format!("'{level}' is no level; use off, error, warn, info, debug or trace")
        })?;
        targets = match target {
            Some(target) => targets.with_target(target, level),
            None => targets.with_default(level),
        };
    }
    Ok(targets)
}

/// Starts logging of what `targets` let through.
pub(super) fn start(format: LogFormat, targets: Targets) -> Logging {
    let (sender, receiver) = mpsc::sync_channel(LINES_MAX);
    thread::spawn(move || write_all(&receiver));
    let writer = LogWriter(sender);
    let shared = writer.clone();
    let lines = layer()
        .with_writer(move || shared.clone())
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    let lines = match format {
        LogFormat::Text => lines.boxed(),
        LogFormat::Json => lines.json().boxed(),
    };
    let started = tracing_subscriber::registry().with(lines).with(targets).try_init();
    if let Err(error) = started {
        tracing::debug!(%error, "Logging was started before");
    }
    Logging(writer)
}

impl Drop for Logging {
    fn drop(&mut self) {
        let (done, written) = mpsc::channel();
        if self.0.0.try_send(Line::Flush(done)).is_ok() {
            let _in_time = written.recv_timeout(FLUSH_MAX);
        }
    }
}

/// Hands lines to the thread that writes them.
#[derive(Clone, Debug)]
struct LogWriter(SyncSender<Line>);

#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    Flush(mpsc::Sender<()>),
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let _dropped_when_full = self.0.try_send(Line::Text(line.to_vec()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_all(lines: &Receiver<Line>) {
    for line in lines {
        match line {
            Line::Text(text) => {
                let _nobody_reads = io::stderr().write_all(&text);
            }
            Line::Flush(done) => {
                let _nobody_waits = done.send(());
            }
        }
    }
}
