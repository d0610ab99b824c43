//! What a run leaves behind when it is killed: namespaces and folders, removed by the next one.
//!
//! The kernel ends processes when the program that started them dies, but for one that was about to
//! ask for that: it is still in its namespace.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

use crate::lab::names::RunName;
use crate::lab::tool;

/// Memory that is used as a disk, where there is some. Agents that wait until their identity is on
/// the disk must not wait for each other, as each host has a disk of its own.
const MEMORY: &str = "/dev/shm";

/// A folder for the files of this run, that goes when it is dropped.
pub(crate) fn run_folder(run: RunName) -> Result<TempDir> {
    let prefix = run.of("files-");
    let folder = tempfile::Builder::new().prefix(&prefix).tempdir_in(base());
    folder.context("a folder for the agents' files")
}

/// Where folders of runs are.
fn base() -> PathBuf {
    Some(PathBuf::from(MEMORY)).filter(|path| path.is_dir()).unwrap_or_else(std::env::temp_dir)
}

/// Process ids of other runs that are going on, which no run removes anything of.
pub(crate) fn other_runs() -> Result<BTreeSet<u32>> {
    Ok(namespaces()?.iter().filter_map(|name| RunName::living_other(name)).collect())
}

/// The named network namespaces of this host.
fn namespaces() -> Result<Vec<String>> {
    let listed = tool::run("ip", &["netns", "list"], "")?;
    let names = listed.lines().filter_map(|line| line.split_whitespace().next());
    Ok(names.map(str::to_owned).collect())
}

/// Removes namespaces and folders of dead runs; how many of each process id is returned.
pub(crate) fn remove() -> Result<BTreeMap<u32, usize>> {
    let mut removed = BTreeMap::new();
    for name in namespaces()? {
        if let Some(run) = RunName::dead(&name) {
            end_processes(&name)?;
            tool::run("ip", &["netns", "delete", &name], "")?;
            *removed.entry(run).or_default() += 1;
        }
    }
    let folder = base();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let is_folder = entry.file_type()?.is_dir();
        if let Some(run) = RunName::dead(&name).filter(|_| is_folder) {
            fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
            *removed.entry(run).or_default() += 1;
        }
    }
    Ok(removed)
}

/// Kills what still runs in a namespace.
fn end_processes(namespace: &str) -> Result<()> {
    let listed = tool::run("ip", &["netns", "pids", namespace], "")?;
    for pid in listed.lines().filter_map(|line| line.trim().parse().ok()) {
        // It may have ended by now.
        kill(Pid::from_raw(pid), Signal::SIGKILL).ok();
    }
    Ok(())
}
