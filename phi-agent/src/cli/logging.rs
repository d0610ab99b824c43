//! Logs: to standard error, text or JSON, filtered by `PHI_LOG`; never in the agent's way.
//!
//! A reader of standard error that stops reading must not stop the heartbeats: a thread writes, and
//! lines that find no place to wait are dropped.

use std::io::{self, IsTerminal, Write};
use std::sync::mpsc::{self, Receiver, SyncSender};
use std::thread;
use std::time::Duration;

use tracing_subscriber::EnvFilter;

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

/// Starts logging: `info` and above, unless `PHI_LOG` says otherwise (such as `debug`).
pub(super) fn start(format: LogFormat) -> Logging {
    let filter = EnvFilter::try_from_env("PHI_LOG").unwrap_or_else(|_unset| EnvFilter::new("info"));
    let (sender, receiver) = mpsc::sync_channel(LINES_MAX);
    thread::spawn(move || write_all(&receiver));
    let writer = LogWriter(sender);
    let shared = writer.clone();
    let lines = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(move || shared.clone())
        .with_ansi(io::stderr().is_terminal())
        .with_target(false);
    let started = match format {
        LogFormat::Text => lines.try_init(),
        LogFormat::Json => lines.json().try_init(),
    };
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
