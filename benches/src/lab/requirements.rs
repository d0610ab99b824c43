//! What a run needs before and while it goes on: root, programs, and nobody who says stop.
//!
//! The agents' own needs are theirs to complain about, and what the kernel lacks is noticed by the
//! tool that asks it.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use nix::unistd::geteuid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use thiserror::Error;

/// Programs that networks, faults and processes are made with, and Debian's packages of them.
const PROGRAMS: [(&str, &str); 6] = [
    ("ip", "iproute2"),
    ("bridge", "iproute2"),
    ("tc", "iproute2"),
    ("nft", "nftables"),
    ("setpriv", "util-linux"),
    ("renice", "bsdutils"),
];

/// Why a run does not begin, or no longer goes on, through no fault of the agents.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("agents are measured in network namespaces, which needs root: run it with sudo")]
    NotRoot,
    #[error("the program `{0}` is not installed: apt install {1}")]
    NoProgram(&'static str, &'static str),
    #[error("this kernel lacks {what}, which the laboratory needs: {complaint}")]
    NoFeature { what: &'static str, complaint: String },
    #[error(
        "no agent at {}: cargo build --release -p phi-agent, or name one with --agent",
        .0.display()
    )]
    NoAgent(PathBuf),
    #[error("{0}")]
    NoRival(String),
    #[error("{at_once} trials at once would disturb each other: {why}")]
    Crowd { at_once: u8, why: String },
    #[error("stopped by signal {0}, and cleaned up")]
    Signal(u8),
}

impl Refusal {
    /// As test harnesses (77: skipped), sysexits.h (69: unavailable), command lines (2) and shells
    /// (128 + signal) do.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NotRoot => 77.into(),
            Self::NoProgram(..) | Self::NoFeature { .. } | Self::NoAgent(_) | Self::NoRival(_) => {
                69.into()
            }
            Self::Crowd { .. } => 2.into(),
            Self::Signal(signal) => (128 + signal).into(),
        }
    }
}

/// Refuses unless this process is root and has the programs that it needs.
pub(crate) fn check() -> Result<()> {
    if !geteuid().is_root() {
        return Err(Refusal::NotRoot.into());
    }
    for (program, package) in PROGRAMS {
        if !is_installed(program)? {
            return Err(Refusal::NoProgram(program, package).into());
        }
    }
    Ok(())
}

/// Whether `program` can be run.
pub(crate) fn is_installed(program: &str) -> Result<bool> {
    let mut command = Command::new(program);
    command.arg("--version").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    match command.status() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        outcome => outcome.map(|_| true).with_context(|| program.to_owned()),
    }
}

/// Whether somebody asked this program to stop.
#[derive(Clone)]
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// From now on SIGINT, SIGTERM and SIGHUP no longer end the program: it has things to clean up
    /// first. A hang-up that is ignored, as below nohup, stays so.
    pub(crate) fn install() -> Result<Self> {
        let flag = Arc::new(AtomicUsize::new(0));
        let hangup = (!is_ignored(SIGHUP)?).then_some(SIGHUP);
        for signal in [SIGINT, SIGTERM].into_iter().chain(hangup) {
            signal_hook::flag::register_usize(signal, Arc::clone(&flag), signal as usize)?;
        }
        Ok(Self(flag))
    }

    /// An error once somebody asked.
    pub(crate) fn check(&self) -> Result<()> {
        match u8::try_from(self.0.load(Ordering::Relaxed)) {
            Ok(0) => Ok(()),
            Ok(signal) => Err(Refusal::Signal(signal).into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Whether this program was started so that it does not notice `signal`.
fn is_ignored(signal: i32) -> Result<bool> {
    let status = fs::read_to_string("/proc/self/status").context("/proc/self/status")?;
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = u64::from_str_radix(mask.unwrap_or_default().trim(), 16);
    Ok(mask.context("no SigIgn in /proc/self/status")? >> (signal - 1) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use signal_hook::consts::{SIGPIPE, SIGUSR2};

    use super::*;

    /// Goal: what is ignored is told from what is not. Programs in Rust start with SIGPIPE ignored.
    #[test]
    fn ignored_signals_are_known() {
        assert!(is_ignored(SIGPIPE).expect("Linux"));
        assert!(!is_ignored(SIGUSR2).expect("Linux"));
    }
}
