//! Our own agent, with default settings: profile `lan`, a heartbeat each second.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

use super::{Peer, Place, json};
use crate::lab::names::{SEEDS, address, node_name};
use crate::lab::requirements::Refusal;
use crate::lab::results::PeerName;
use crate::lab::tool;

/// The local socket of an agent whose folder is `folder`.
pub(crate) fn socket(folder: &Path) -> PathBuf {
    folder.join("phi.sock")
}

pub(super) fn find(named: Option<&Path>) -> Result<Peer> {
    let path = match named {
        Some(path) => path.to_owned(),
        None => env::current_exe()?.with_file_name("phi-agent"),
    };
    if !path.is_file() {
        return Err(Refusal::NoAgent(path).into());
    }
    let program = path.canonicalize()?;
    let version = tool::run(&program.to_string_lossy(), &["--version"], "")?;
    Ok(Peer {
        name: PeerName::Phi,
        program,
        version: version.trim().to_owned(),
        configuration: "defaults; plaintext",
        arguments,
        parse: json::parse,
        is_ours: true,
    })
}

fn arguments(place: &Place<'_>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec!["run".into()];
    let mut add = |flag: &str, value: OsString| arguments.extend([flag.into(), value]);
    add("--bind", address(place.node).to_string().into());
    add("--name", node_name(place.node).into());
    for seed in 1..=SEEDS {
        add("--seed", address(seed).to_string().into());
    }
    add("--state-dir", place.folder.into());
    add("--socket", socket(place.folder).into());
    add("--events", "-".into());
    add("--interval", "1s".into());
    arguments.push("--insecure-plaintext".into());
    arguments
}
