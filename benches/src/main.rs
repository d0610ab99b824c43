//! `phi-bench`: what a failure detector costs in detection time and in false alarms, as figures,
//! as pictures, and in a laboratory of network namespaces.
//!
//! What is timed is in the library beside it, where `cargo bench -p phi-bench` finds it as well.

mod accuracy;
mod cache;
mod contender;
mod contenders;
mod cost;
mod family;
mod hint;
mod lab;
mod limit;
mod longest;
mod machine;
mod measure;
mod micro;
mod output;
mod picture;
mod plot;
mod report;
mod schedule;
mod score;
mod sources;
mod summary;
mod sweep;
mod tail;
mod trace;
mod traces;
mod tradeoff;
mod whatif;
mod worlds;

use std::io::{self, Write as _};
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// Detection time against false alarms, and a laboratory for agents.
#[derive(Parser)]
#[command(version, arg_required_else_help = true)]
struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Tradeoff(tradeoff::Args),
    Traces(traces::Args),
    Report(report::Args),
    Whatif(whatif::Args),
    PhiPicture(picture::Args),
    Tail(tail::Args),
    Accuracy(accuracy::Args),
    Micro(micro::Args),
    Agents(lab::Args),
    LabHelper(lab::HelperArgs),
}

fn main() -> ExitCode {
    let outcome = match Args::parse().command {
        Command::Tradeoff(args) => tradeoff::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Traces(args) => traces::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Report(args) => report::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Whatif(args) => whatif::run(&args).map(|()| ExitCode::SUCCESS),
        Command::PhiPicture(args) => picture::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Tail(args) => tail::run(&args),
        Command::Accuracy(args) => accuracy::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Micro(args) => micro::run(&args).map(|()| ExitCode::SUCCESS),
        Command::Agents(args) => lab::run(&args),
        Command::LabHelper(args) => lab::run_helper(&args).map(|()| ExitCode::SUCCESS),
    };
    outcome.unwrap_or_else(|error| {
        if nobody_reads(&error) {
            return ExitCode::SUCCESS; // whoever read standard output has seen enough
        }
        // Nobody is left to be told when standard error is closed.
        writeln!(io::stderr(), "phi-bench: {error:#}").ok();
        lab::exit_code(&error)
    })
}

fn nobody_reads(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let io = cause.downcast_ref::<io::Error>().map(io::Error::kind);
        let json = cause.downcast_ref::<serde_json::Error>();
        io.or_else(|| json?.io_error_kind()) == Some(io::ErrorKind::BrokenPipe)
    })
}
