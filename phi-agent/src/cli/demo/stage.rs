//! The stage: agents as child processes, in a directory that goes away with them.

use std::fs::File;
use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use phi_core::Timestamp;
use tempfile::TempDir;
use thiserror::Error;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};
use tokio::sync::mpsc;

use super::figures::{Seen, name};
use super::view::View;
use crate::api::client::ApiClient;
use crate::driver::clock;
use crate::settings::HumanDuration;

/// Events that wait to be looked at.
const EVENTS_MAX: usize = 1_024;
/// The time between two looks at φ.
const FRAME: Duration = Duration::from_millis(200);
/// The limit for an agent to answer after its start.
const START_MAX: Duration = Duration::from_secs(10);
/// The limit for an agent to end after it was asked to.
const END_MAX: Duration = Duration::from_secs(2);

/// All agents, and what they have reported.
#[derive(Debug)]
pub(super) struct Stage {
    dir: TempDir,
    interval: HumanDuration,
    agents: Vec<Running>,
    first_addr: Option<String>,
    reports: mpsc::Receiver<Seen>,
    reporter: mpsc::Sender<Seen>,
    pub(super) seen: Vec<Seen>,
}

/// An agent that runs.
#[derive(Debug)]
struct Running {
    index: usize,
    child: Child,
    client: ApiClient,
}

/// Why the demo could not go on.
#[derive(Debug, Error)]
pub(super) enum StageError {
    #[error("the demo cannot go on: {0}")]
    Io(#[from] io::Error),
    #[error("{name} did not start: {log}")]
    NotStarted { name: String, log: String },
    #[error("{name} ended by itself")]
    Gone { name: String },
    #[error("this machine is too slow for the demo today: it did not end within a minute")]
    TooSlow,
}

impl Stage {
    pub(super) fn new(interval: HumanDuration) -> io::Result<Self> {
        let dir = tempfile::Builder::new().prefix("phi-demo-").tempdir()?;
        let (reporter, reports) = mpsc::channel(EVENTS_MAX);
        let (agents, first_addr, seen) = (Vec::new(), None, Vec::new());
        Ok(Self { dir, interval, agents, first_addr, reports, reporter, seen })
    }

    /// Starts agent `index` as a child process and waits until it answers.
    pub(super) async fn start(&mut self, index: usize) -> Result<(), StageError> {
        let (socket, log) = (self.path(index, "sock"), self.path(index, "log"));
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["run", "--bind", "127.0.0.1:0", "--events", "-", "--exit-with-parent"])
            .args(["--name", &name(index), "--cluster", "demo"])
            .args(["--interval", &self.interval.to_string()])
            .arg("--state-dir")
            .arg(self.path(index, "state"))
            .arg("--socket")
            .arg(&socket)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(File::create(&log)?)
            .process_group(0) // Ctrl-C is for the demo, which then ends its agents
            .kill_on_drop(true);
        if let Some(seed) = &self.first_addr {
            command.args(["--seed", seed]);
        }
        for (key, _value) in std::env::vars_os() {
            if key.to_string_lossy().starts_with("PHI_") {
                command.env_remove(key); // settings of the user's own agent
            }
        }
        let mut child = command.spawn()?;
        if let Some(stdout) = child.stdout.take() {
            tokio::spawn(report(index, stdout, self.reporter.clone()));
        }
        let client = ApiClient::new(socket);
        let addr = first_answer(&client, &mut child).await;
        self.agents.push(Running { index, child, client });
        let Some(addr) = addr else {
            let log = std::fs::read_to_string(log)?;
            let log = log.lines().last().unwrap_or("it said nothing").to_owned();
            return Err(StageError::NotStarted { name: name(index), log });
        };
        self.first_addr.get_or_insert(addr);
        Ok(())
    }

    /// Kills agent `index` with SIGKILL; the time of the kill.
    pub(super) async fn kill(&mut self, index: usize) -> Result<Timestamp, StageError> {
        let place = self.agents.iter().position(|agent| agent.index == index);
        let place = place.ok_or_else(|| StageError::Gone { name: name(index) })?;
        let mut agent = self.agents.remove(place);
        let now = clock::now();
        agent.child.kill().await?;
        Ok(now)
    }

    /// Stops agent `index` in its tracks; the time of that.
    pub(super) fn pause(&self, index: usize) -> Result<Timestamp, StageError> {
        let now = clock::now();
        self.signal(index, Signal::SIGSTOP).map(|()| now)
    }

    pub(super) fn resume(&self, index: usize) -> Result<(), StageError> {
        self.signal(index, Signal::SIGCONT)
    }

    fn signal(&self, index: usize, signal: Signal) -> Result<(), StageError> {
        let agent = self.agents.iter().find(|agent| agent.index == index);
        let pid = agent.and_then(|agent| agent.child.id()).and_then(|pid| i32::try_from(pid).ok());
        let pid = pid.ok_or_else(|| StageError::Gone { name: name(index) })?;
        kill(Pid::from_raw(pid), signal).map_err(|error| StageError::Io(error.into()))
    }

    /// Shows φ and events until `done`, at most for `limit`.
    pub(super) async fn watch_until(
        &mut self,
        view: &mut View,
        limit: Duration,
        done: impl Fn(&[Seen]) -> bool,
    ) -> Result<(), StageError> {
        let end = clock::now().saturating_add(limit);
        let mut next_frame = clock::now();
        while !done(&self.seen) && clock::now() < end {
            if clock::now() >= next_frame {
                next_frame = clock::now().saturating_add(FRAME);
                self.show(view).await?;
            }
            tokio::select! {
                Some(seen) = self.reports.recv() => {
                    view.tell(&seen)?;
                    self.seen.push(seen);
                }
                () = clock::sleep_until(next_frame.min(end)) => {}
            }
        }
        Ok(())
    }

    /// Shows φ and events for `length`.
    pub(super) async fn watch_for(
        &mut self,
        view: &mut View,
        length: Duration,
    ) -> Result<(), StageError> {
        self.watch_until(view, length, |_| false).await
    }

    async fn show(&self, view: &mut View) -> io::Result<()> {
        if !view.wants_frames() {
            return Ok(());
        }
        let mut seen = Vec::new();
        for agent in &self.agents {
            // One that is paused cannot answer, and must not hold up the show.
            let answer = tokio::time::timeout(FRAME / 4, agent.client.members()).await;
            if let Ok(Ok(answer)) = answer {
                seen.extend(answer.members.into_iter().map(|member| (agent.index, member)));
            }
        }
        view.frame(&seen)
    }

    /// Ends all agents and removes all files.
    pub(super) async fn clear(&mut self) -> Result<(), StageError> {
        for agent in &self.agents {
            let _ended_already = self.signal(agent.index, Signal::SIGCONT);
            let _ended_already = self.signal(agent.index, Signal::SIGTERM);
        }
        for agent in &mut self.agents {
            if tokio::time::timeout(END_MAX, agent.child.wait()).await.is_err() {
                agent.child.kill().await?;
            }
        }
        self.agents.clear();
        std::fs::remove_dir_all(self.dir.path())?;
        Ok(())
    }

    fn path(&self, index: usize, extension: &str) -> PathBuf {
        self.dir.path().join(name(index)).with_extension(extension)
    }
}

/// Passes on the events of one agent until it ends.
async fn report(observer: usize, stdout: ChildStdout, reporter: mpsc::Sender<Seen>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        let Ok(event) = serde_json::from_str(&line) else { continue };
        if reporter.send(Seen { observer, event }).await.is_err() {
            return;
        }
    }
}

/// The address of an agent once it answers; `None` if it ends, or is silent for too long.
async fn first_answer(client: &ApiClient, child: &mut Child) -> Option<String> {
    let end = clock::now().saturating_add(START_MAX);
    while clock::now() < end && matches!(child.try_wait(), Ok(None)) {
        if let Ok(own) = client.own().await {
            return Some(own.addr.to_string());
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    None
}
