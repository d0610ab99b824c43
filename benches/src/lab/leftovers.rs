//! What a run leaves behind when it is killed: namespaces and folders, removed by the next one.
//!
//! Processes are never left behind: the kernel ends them when the program that started them dies.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
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

/// Removes namespaces and folders of dead runs; their names are returned.
pub(crate) fn remove() -> Result<Vec<String>> {
    let mut removed = Vec::new();
    for name in namespaces()?.into_iter().filter(|name| RunName::is_leftover(name)) {
        tool::run("ip", &["netns", "delete", &name], "")?;
        removed.push(name);
    }
    let folder = base();
    for entry in fs::read_dir(&folder).with_context(|| folder.display().to_string())? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if RunName::is_leftover(&name) && entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path()).with_context(|| entry.path().display().to_string())?;
            removed.push(name);
        }
    }
    Ok(removed)
}
