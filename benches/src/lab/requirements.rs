//! What a scenario needs before and while it runs: root, programs, and nobody who says stop.
//!
//! The agents' own needs are theirs to complain about.

use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context as _, Result};
use nix::unistd::geteuid;
use signal_hook::consts::{SIGINT, SIGTERM};
use thiserror::Error;

/// Programs that namespaces and processes are made with.
const PROGRAMS: [&str; 2] = ["ip", "setpriv"];

/// Why a scenario does not run, or no longer does, through no fault of the agents.
#[derive(Debug, Error)]
pub(crate) enum Refusal {
    #[error("the laboratory needs root, for network namespaces")]
    NotRoot,
    #[error("the laboratory needs the program `{0}`, which is not installed")]
    NoProgram(&'static str),
    #[error("no agent at {}: build it, or name one with --agent", .0.display())]
    NoAgent(PathBuf),
    #[error("stopped by signal {0}, and cleaned up")]
    Signal(u8),
}

impl Refusal {
    /// As test harnesses (77: skipped), sysexits.h (69: unavailable) and shells (128 + signal) do.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::NotRoot => 77.into(),
            Self::NoProgram(_) | Self::NoAgent(_) => 69.into(),
            Self::Signal(signal) => (128 + signal).into(),
        }
    }
}

/// Refuses unless this process is root and has the programs that it needs.
pub(crate) fn check() -> Result<()> {
    if !geteuid().is_root() {
        return Err(Refusal::NotRoot.into());
    }
    for program in PROGRAMS {
        let mut command = Command::new(program);
        command.arg("-V").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        match command.status() {
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(Refusal::NoProgram(program).into());
            }
            outcome => outcome.with_context(|| program.to_owned())?,
        };
    }
    Ok(())
}

/// The agent to run: the one named, else the one built together with this program.
pub(crate) fn find_agent(named: Option<&Path>) -> Result<PathBuf> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => env::current_exe()?.with_file_name("phi-agent"),
    };
    if path.is_file() { Ok(path.canonicalize()?) } else { Err(Refusal::NoAgent(path).into()) }
}

/// Whether somebody asked this program to stop.
pub(crate) struct Interrupt(Arc<AtomicUsize>);

impl Interrupt {
    /// From now on SIGINT and SIGTERM no longer end the program: it has things to clean up first.
    pub(crate) fn install() -> Result<Self> {
        let flag = Arc::new(AtomicUsize::new(0));
        for signal in [SIGINT, SIGTERM] {
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
