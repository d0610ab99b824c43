//! What helpers do: burn processor time, send bulk traffic, sleep and look at the clock.
//!
//! `phi-bench lab-helper …` is not for people.

use std::hint;
use std::io::{self, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::os::unix::process::parent_id;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Subcommand;

use crate::lab::measure::stalls;

/// Bytes of a datagram of bulk traffic, without headers.
const BULK_BYTES: usize = 1_400;

/// The longest that a sender of bulk traffic sleeps: it sends what it owes then.
const BULK_STEP: Duration = Duration::from_millis(5);

/// Part of a fault, started by `agents`
#[derive(clap::Args)]
#[command(hide = true)]
pub(crate) struct Args {
    /// Whose process id started it
    #[arg(long)]
    parent: u32,
    #[command(subcommand)]
    role: Role,
}

#[derive(Subcommand)]
enum Role {
    /// Take all processor time
    Burn,
    /// Send bulk traffic
    Flood {
        #[arg(long)]
        to: SocketAddr,
        /// Bits a second, headers included
        #[arg(long)]
        bits: u64,
    },
    /// Sleep, and say how late one woke
    Canary {
        #[arg(long)]
        seconds: u64,
    },
}

pub(crate) fn run(args: &Args) -> Result<()> {
    // The kernel tells of a parent's death that is still to come; one that has been is seen here.
    if parent_id() != args.parent {
        return Ok(());
    }
    match args.role {
        Role::Burn => loop {
            hint::spin_loop();
        },
        Role::Flood { to, bits } => flood(to, bits),
        Role::Canary { seconds } => {
            let stalls = stalls::nap(Duration::from_secs(seconds))?;
            writeln!(io::stdout(), "{}", serde_json::to_string(&stalls)?)?;
            Ok(())
        }
    }
}

fn flood(to: SocketAddr, bits: u64) -> Result<()> {
    const HEADER_BYTES: usize = 42; // Ethernet, IP, UDP
    let socket = UdpSocket::bind("0.0.0.0:0")?;
    let bytes = [0; BULK_BYTES];
    let each = Duration::from_secs_f64((BULK_BYTES + HEADER_BYTES) as f64 * 8.0 / bits as f64);
    let mut due = Instant::now();
    loop {
        while due <= Instant::now() {
            // Refusals come back, as nobody listens there.
            socket.send_to(&bytes, to).ok();
            due += each;
        }
        thread::sleep(BULK_STEP);
    }
}
