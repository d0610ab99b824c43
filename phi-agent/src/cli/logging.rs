//! Logs: to standard error, text or JSON, filtered; never in the agent's way.
//!
//! A reader of standard error that stops reading must not stop the heartbeats: a thread writes, and
//! lines that find no place to wait are dropped.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
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
    let dropped = Arc::new(AtomicU64::new(0));
    let writer = LogWriter { lines: sender, dropped: Arc::clone(&dropped) };
    thread::spawn(move || write_all(&receiver, &dropped));
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
        if self.0.lines.try_send(Line::Flush(done)).is_ok() {
            let _in_time = written.recv_timeout(FLUSH_MAX);
        }
    }
}

/// Hands lines to the thread that writes them.
#[derive(Clone, Debug)]
struct LogWriter {
    lines: SyncSender<Line>,
    /// Lines that found no place since the last one that was written.
    dropped: Arc<AtomicU64>,
}

#[derive(Debug)]
enum Line {
    Text(Vec<u8>),
    Flush(mpsc::Sender<()>),
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.lines.try_send(Line::Text(line.to_vec())).is_err() {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_all(lines: &Receiver<Line>, dropped: &AtomicU64) {
    for line in lines {
        match line {
            Line::Text(text) => {
                let mut out = io::stderr().lock();
                let _nobody_reads = out.write_all(&text);
                let count = dropped.swap(0, Ordering::Relaxed);
                if count > 0 {
                    let _nobody_reads =
                        writeln!(out, "phi-agent: {count} lines of the log found no place here");
                }
            }
            Line::Flush(done) => {
                let _nobody_waits = done.send(());
            }
        }
    }
}
