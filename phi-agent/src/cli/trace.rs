//! `phi-agent trace`: the arrivals of one member's heartbeats at this agent, as a file that
//! `phi-bench` replays.
//!
//! The format is described in `benches/traces/README.md`.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;
use std::time::Duration;

use phi_core::Timestamp;

use super::exit::Exit;
use super::signal::EndSignals;
use super::{SocketArg, socket_path};
use crate::api::arrivals::ArrivalView;
use crate::ident::Incarnation;
use crate::settings::HumanDuration;

#[derive(Debug, clap::Args)]
pub(super) struct TraceArgs {
    /// Name or id of the member to record
    name: String,

    /// Where to write the trace; a file that is there is not overwritten
    #[arg(long, value_name = "FILE")]
    out: PathBuf,

    /// End after this time [default: on Ctrl-C, or when the member restarts]
    #[arg(long = "for", value_name = "TIME")]
    length: Option<HumanDuration>,

    /// End after this many heartbeats
    #[arg(long, value_name = "N")]
    count: Option<u64>,

    #[command(flatten)]
    socket: SocketArg,
}

pub(super) async fn run(args: &TraceArgs) -> Exit {
    match try_run(args).await {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

#[expect(clippy::print_stderr, reason = "what became of it, beside the file")]
async fn try_run(args: &TraceArgs) -> Result<(), Exit> {
    if args.out.extension().is_some_and(|ending| ending == "gz") {
        let told = "the trace is written as plain text: leave `.gz` away, and gzip it afterwards";
        return Err(Exit::Failed(told.to_owned()));
    }
    let client = socket_path::client(&args.socket)?;
    let mut arrivals = client.arrivals(&args.name).await?;
    let mut end = EndSignals::catch()
        .map_err(|error| Exit::Failed(format!("cannot catch signals: {error}")))?;
    let over = tokio::time::sleep(args.length.map_or(Duration::MAX, |length| length.0));
    tokio::pin!(over);
    let mut recording = Recording { args, file: None, first: None, kept: 0 };
    let why = loop {
        if args.count.is_some_and(|count| recording.kept >= count) {
            break "as many as wanted";
        }
        let view = tokio::select! {
            view = arrivals.next() => view?,
            signal = end.first() => break signal,
            () = &mut over => break "the time is over",
        };
        match view {
            None => break "the agent ended, or was faster than this could be written",
            Some(view) if !recording.take(&view)? => break "the member restarted",
            Some(_) => {}
        }
    };
    let Recording { kept, .. } = recording;
    if kept == 0 {
        return Err(Exit::Failed(format!("{why}: no heartbeat of {} came", args.name)));
    }
    eprintln!("{}: {kept} heartbeats ({why})", args.out.display());
    Ok(())
}

/// The file on its way.
struct Recording<'a> {
    args: &'a TraceArgs,
    file: Option<BufWriter<File>>,
    first: Option<First>,
    kept: u64,
}

/// What numbers and times are counted from.
#[derive(Clone, Copy)]
struct First {
    number: u64,
    start: u64,
    arrived: Timestamp,
}

impl Recording<'_> {
    /// Writes down an arrival; false when it is of another process, whose numbers start anew.
    fn take(&mut self, view: &ArrivalView) -> Result<bool, Exit> {
        let ArrivalView::Heartbeat { number, incarnation, interval_ns, mono_ns } = view else {
            return Ok(true);
        };
        let Incarnation { start, .. } = *incarnation;
        let arrived = mono_ns.0;
        let first = *self.first.get_or_insert(First { number: *number, start, arrived });
        if first.start != start {
            return Ok(false);
        }
        // One that was overtaken by the first of all has no place in the file.
        let Some(sequence) = number.checked_sub(first.number) else { return Ok(true) };
        if self.file.is_none() {
            self.file = Some(self.create(*interval_ns)?);
        }
        let since = arrived.saturating_since(first.arrived).get();
        self.write(&format!("{sequence} {since}\n"))?;
        self.kept += 1;
        Ok(true)
    }

    fn create(&self, interval_ns: u64) -> Result<BufWriter<File>, Exit> {
        let file = File::create_new(&self.args.out);
        let mut file = BufWriter::new(file.map_err(|error| self.failed(&error))?);
        let name = &self.args.name;
        write!(
            file,
            "# name: {name}\n# period_ns: {interval_ns}\n# origin: phi-agent {}, heartbeats of \
             {name} as the kernel received them\n# kind: own recording\n",
            env!("CARGO_PKG_VERSION")
        )
        .map_err(|error| self.failed(&error))?;
        Ok(file)
    }

    /// Each line at once, so that little is lost when this ends unasked.
    fn write(&mut self, line: &str) -> Result<(), Exit> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let written = file.write_all(line.as_bytes()).and_then(|()| file.flush());
        written.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &std::io::Error) -> Exit {
        Exit::Failed(format!("cannot write {}: {error}", self.args.out.display()))
    }
}
