//! What a run leaves behind when it is killed: namespaces and folders, removed by the next one.
//!
//! Processes are never left behind: the kernel ends them when the program that started them dies.

use std::fs;

use anyhow::{Context as _, Result};
use tempfile::TempDir;

use crate::lab::names::RunName;
use crate::lab::tool;

/// A folder for the files of this run, that goes when it is dropped.
pub(crate) fn run_folder(run: RunName) -> Result<TempDir> {
    let prefix = run.of("files-");
    tempfile::Builder::new().prefix(&prefix).tempdir().context("a folder for the agents' files")
}

/// Removes namespaces and folders of dead runs; their names are returned.
pub(crate) fn remove() -> Result<Vec<String>> {
    let mut removed = Vec::new();
    let listed = tool::run("ip", &["netns", "list"], "")?;
    let namespaces = listed.lines().filter_map(|line| line.split_whitespace().next());
    for name in namespaces.filter(|name| RunName::is_leftover(name)) {
        tool::run("ip", &["netns", "delete", name], "")?;
        removed.push(name.to_owned());
    }
    let folder = std::env::temp_dir();
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
