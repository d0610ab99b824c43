//! The command `traces`: which recordings there are, what is in them, and how to have more.
//!
//! The format itself is the business of [`trace`](crate::trace).

mod clock;
mod columns;
mod datasets;
mod facts;
mod histogram;
mod import;
mod list;
mod ping;
mod record;
mod series;
mod show;

use anyhow::Result;
use clap::Subcommand;

/// Recorded heartbeats: list, look at, import and record them
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    List(list::Args),
    Show(show::Args),
    Import(Box<import::Args>),
    Record(record::Args),
}

pub(crate) fn run(args: &Args) -> Result<()> {
    match &args.command {
        Command::List(args) => list::run(args),
        Command::Show(args) => show::run(args),
        Command::Import(args) => import::run(args),
        Command::Record(args) => record::run(args),
    }
}
