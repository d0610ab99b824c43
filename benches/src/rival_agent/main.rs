//! `phi-bench-rival`: agents over other crates, each as small as its crate allows, to be measured
//! beside ours.
//!
//! They speak to each other over the network and report to standard output, as `phi-agent run
//! --events -` does: `{"event":"up","node":"n7"}`. They keep nothing and end when they are killed.

mod chitchat;
mod foca;
mod memberlist;

use std::io::{self, Write as _};
use std::net::SocketAddr;
use std::num::NonZeroU32;

use clap::{Parser, ValueEnum};

/// One agent of another make, reporting whom it sees come and go.
#[derive(Parser)]
#[command(version)]
struct Args {
    /// Over which crate
    #[arg(value_enum)]
    peer: Peer,
    /// Its name
    #[arg(long)]
    name: String,
    /// Where it listens, and where others reach it
    #[arg(long)]
    bind: SocketAddr,
    /// Where to find others
    #[arg(long)]
    seed: Vec<SocketAddr>,
    /// How many agents there will be; some scale their timeouts with it
    #[arg(long)]
    nodes: NonZeroU32,
}

#[derive(Clone, Copy, ValueEnum)]
enum Peer {
    Foca,
    Chitchat,
    Memberlist,
}

/// What is seen of another.
#[derive(Clone, Copy)]
enum Event {
    Up,
    Down,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let args = Args::parse();
    match args.peer {
        Peer::Foca => foca::run(args).await,
        Peer::Chitchat => chitchat::run(args).await,
        Peer::Memberlist => memberlist::run(args).await,
    }
}

/// Writes what is seen of `node`, at once: the reader takes the time.
fn report(event: Event, node: &str) -> io::Result<()> {
    let event = match event {
        Event::Up => "up",
        Event::Down => "down",
    };
    let mut out = io::stdout().lock();
    writeln!(out, r#"{{"event":"{event}","node":"{node}"}}"#)?;
    out.flush()
}
