//! `phi-agent trace`: the arrivals of one member's heartbeats at this agent, as a file that
//! `phi-bench` replays.
//!
//! The format is described in `benches/traces/README.md`.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use phi_core::Timestamp;

use super::exit::Exit;
use super::signal::EndSignals;
use super::{SocketArg, socket_path};
use crate::api::arrivals::ArrivalView;
use crate::api::client::ApiClient;
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
    let mut recording = Recording::create(args)?;
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
            None => break end_of_stream(&client, &args.name).await,
            Some(view) if !recording.take(&view)? => break "the member restarted",
            Some(_) => {}
        }
    };
    recording.end(why)
}

/// Why an agent tells of no more arrivals.
async fn end_of_stream(client: &ApiClient, name: &str) -> &'static str {
    match client.member(name).await {
        Err(_) => "the agent ended",
        Ok(member) if member.observed => "the agent was faster than this could be written",
        Ok(_) => "the agent does not watch it any more",
    }
}

/// The file on its way.
struct Recording<'a> {
    args: &'a TraceArgs,
    file: BufWriter<File>,
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

impl<'a> Recording<'a> {
    /// An empty file: that it cannot be written shows before anything is recorded.
    fn create(args: &'a TraceArgs) -> Result<Self, Exit> {
        let file = File::create_new(&args.out).map_err(|error| failed(&args.out, &error))?;
        Ok(Self { args, file: BufWriter::new(file), first: None, kept: 0 })
    }

    /// Says what became of it; less than was wanted is a failure, and nothing leaves no file.
    fn end(self, why: &str) -> Result<(), Exit> {
        let Self { args: TraceArgs { name, out, count, .. }, kept, .. } = self;
        if kept == 0 {
            let _nothing_is_lost = fs::remove_file(out);
            return Err(Exit::Failed(format!("{why}: no heartbeat of {name} came")));
        }
        let told = format!("{}: {kept} heartbeats ({why})", out.display());
        if let Some(count) = count.filter(|count| kept < *count) {
            return Err(Exit::Failed(format!("{told}, not {count}")));
        }
        let _nobody_reads = writeln!(io::stderr(), "{told}");
        Ok(())
    }

    /// Writes down an arrival; false when it is of another process, whose numbers start anew.
    fn take(&mut self, view: &ArrivalView) -> Result<bool, Exit> {
        let ArrivalView::Heartbeat { number, incarnation, interval_ns, mono_ns } = view else {
            return Ok(true);
        };
        let Incarnation { start, .. } = *incarnation;
        let arrived = mono_ns.0;
        if self.first.is_none() {
            self.write_header(*interval_ns)?;
        }
        let first = *self.first.get_or_insert(First { number: *number, start, arrived });
        if first.start != start {
            return Ok(false);
        }
        // One that was overtaken by the first of all has no place in the file.
        let Some(sequence) = number.checked_sub(first.number) else { return Ok(true) };
        let since = arrived.saturating_since(first.arrived).get();
        self.write(&format!("{sequence} {since}\n"))?;
        self.kept += 1;
        Ok(true)
    }

    fn write_header(&mut self, interval_ns: u64) -> Result<(), Exit> {
        let name = &self.args.name;
        self.write(&format!(
            "# name: {name}\n# period_ns: {interval_ns}\n# origin: phi-agent {}, heartbeats of \
             {name} as the kernel received them\n# kind: own recording\n",
            env!("CARGO_PKG_VERSION")
        ))
    }

    /// Each line at once, so that little is lost when this ends unasked.
    fn write(&mut self, text: &str) -> Result<(), Exit> {
        let written = self.file.write_all(text.as_bytes()).and_then(|()| self.file.flush());
        written.map_err(|error| failed(&self.args.out, &error))
    }
}

fn failed(out: &Path, error: &io::Error) -> Exit {
    Exit::Failed(format!("cannot write {}: {error}", out.display()))
}
