//! Names that tell one run's things from all others, and what a dead run left behind.
//!
//! Processes are never left behind: the kernel ends them when the program that started them dies.

use std::fs;
use std::path::Path;
use std::process;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use super::net::ip;

const PREFIX: &str = "phi-lab-";

/// The start of the names of one run: `phi-lab-<its process id>-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunName {
    pid: u32,
}

impl RunName {
    /// That of this process.
    pub(crate) fn own() -> Self {
        Self { pid: process::id() }
    }

    /// The name of one of the run's things.
    pub(crate) fn of(self, thing: &str) -> String {
        format!("{PREFIX}{}-{thing}", self.pid)
    }

    /// The run that a thing belongs to; None if it belongs to no run of this laboratory.
    fn owner(name: &str) -> Option<Self> {
        let (pid, thing) = name.strip_prefix(PREFIX)?.split_once('-')?;
        let digits = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
        let pid = pid.parse().ok()?;
        (digits && !thing.is_empty()).then_some(Self { pid })
    }

    /// Whether the run is over. One of our own process id is: this process has made nothing yet.
    fn is_dead(self) -> bool {
        self == Self::own() || !Path::new("/proc").join(self.pid.to_string()).exists()
    }
}

/// A folder for the files of this run, that goes when it is dropped.
pub(crate) fn run_folder(run: RunName) -> Result<TempDir> {
    let prefix = run.of("files-");
    tempfile::Builder::new().prefix(&prefix).tempdir().context("a folder for the agents' files")
}

/// Removes namespaces and folders of dead runs; their names are returned.
pub(crate) fn remove_leftovers() -> Result<Vec<String>> {
    let is_leftover = |name: &str| RunName::owner(name).is_some_and(RunName::is_dead);
    let mut removed = Vec::new();
    let listed = ip(&["netns", "list"])?;
    let namespaces = listed.lines().filter_map(|line| line.split_whitespace().next());
    for name in namespaces.filter(|name| is_leftover(name)) {
        ip(&["netns", "delete", name])?;
        removed.push(name.to_owned());
    }
    let folder = std::env::temp_dir();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if is_leftover(&name) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
            removed.push(name);
        }
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a name says whose it is, and names that only look alike are nobody's.
    #[test]
    fn names_tell_their_run() {
        let run = RunName::own();
        assert_eq!(RunName::owner(&run.of("n12")), Some(run));
        assert_eq!(RunName::owner("phi-lab-7-hub"), Some(RunName { pid: 7 }));
        for foreign in ["phi-lab-7", "phi-lab-7-", "phi-lab--n1", "phi-lab-+7-n1", "phi-7-n1", "x"]
        {
            assert_eq!(RunName::owner(foreign), None, "{foreign}");
        }
    }

    /// Goal: a living run is left alone, a dead one is not.
    #[test]
    fn only_dead_runs_are_over() {
        assert!(!RunName { pid: 1 }.is_dead(), "process 1 always lives");
        assert!(RunName { pid: u32::MAX }.is_dead(), "no process has this id");
    }
}
