//! One agent as a process: started in its namespace, signalled, and ended.
//!
//! Its lines go to the log; what it complains about, to a file.

use std::fs::{self, File};
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::Arc;
use std::thread;

use anyhow::{Context as _, Result, anyhow, bail};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::lab::events::EventLog;
use crate::lab::names::node_name;
use crate::lab::net::Network;
use crate::lab::peers::{Peer, Place};
use crate::lab::tool;

/// What all agents of a trial have in common.
pub(crate) struct Setup<'a> {
    pub(crate) peer: &'a Peer,
    pub(crate) network: &'a Network,
    pub(crate) folder: &'a Path,
    pub(crate) nodes: u8,
    pub(crate) log: &'a Arc<EventLog>,
}

/// A running agent; killed when it is dropped.
pub(crate) struct Agent {
    node: u8,
    child: Child,
    folder: PathBuf,
    complaints: PathBuf,
    /// Whether it was killed on purpose.
    killed: bool,
}

impl Agent {
    /// Starts the agent of `node`, whose reports go to the log from then on.
    pub(crate) fn start(setup: &Setup<'_>, node: u8) -> Result<Self> {
        let name = node_name(node);
        let folder = setup.folder.join(&name);
        fs::create_dir(&folder).with_context(|| folder.display().to_string())?;
        let complaints = setup.folder.join(format!("{name}.log"));
        let mut command = command(setup, &Place { node, nodes: setup.nodes, folder: &folder });
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&complaints)?);
        let mut child = command.spawn().with_context(|| format!("agent {name}"))?;
        let lines = child.stdout.take().map(BufReader::new);
        let agent = Self { node, child, folder, complaints, killed: false };
        let (log, lines) = (Arc::clone(setup.log), lines.context("no standard output")?);
        let parse = setup.peer.parse;
        // Ends with the agent's output. An error in it shows as reports that never come.
        thread::Builder::new().spawn(move || log.follow(node, parse, lines))?;
        Ok(agent)
    }

    /// Sends `signal`.
    ///
    /// # Errors
    ///
    /// When the agent has ended: its process id may be somebody else's by now.
    pub(crate) fn signal(&mut self, signal: Signal) -> Result<()> {
        if let Some(status) = self.child.try_wait()? {
            return Err(self.ended(status));
        }
        kill(Pid::from_raw(self.child.id().cast_signed()), signal)?;
        self.killed |= signal == Signal::SIGKILL;
        Ok(())
    }

    /// An error if the agent has ended though nobody killed it.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.child.try_wait()? {
            Some(status) if !self.killed => Err(self.ended(status)),
            _ => Ok(()),
        }
    }

    /// How it ended; None while it runs.
    pub(crate) fn status(&mut self) -> Result<Option<ExitStatus>> {
        Ok(self.child.try_wait()?)
    }

    /// Whether it was killed on purpose.
    pub(crate) fn is_killed(&self) -> bool {
        self.killed
    }

    /// The node that it runs on.
    pub(crate) fn node(&self) -> u8 {
        self.node
    }

    /// Its process id, which stays its own until it is dropped.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// The folder that is its own.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    fn ended(&self, status: ExitStatus) -> anyhow::Error {
        let name = node_name(self.node);
        match last_line(&self.complaints) {
            Ok(line) if !line.is_empty() => anyhow!("agent {name} ended: {status}: {line}"),
            _ => anyhow!("agent {name} ended: {status}"),
        }
    }
}

impl Drop for Agent {
    fn drop(&mut self) {
        // Neither fails for a child that is ours; one that has ended already stays as it is.
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The command line, which ends in the agent's own process.
fn command(setup: &Setup<'_>, place: &Place<'_>) -> Command {
    let mut command = tool::mortal();
    command.args(["ip", "netns", "exec", &setup.network.namespace(place.node)]);
    command.args(setup.peer.command(place));
    command
}

/// The last line of a file, of at most 1 kB.
fn last_line(path: &Path) -> Result<String> {
    const TAIL_BYTES_MAX: u64 = 1_000;
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut tail = Vec::new();
    file.take(TAIL_BYTES_MAX).read_to_end(&mut tail)?;
    let tail = String::from_utf8_lossy(&tail);
    let Some(line) = tail.trim_end().lines().last() else { bail!("empty") };
    Ok(line.to_owned())
}
