//! Rivals that are libraries: agents of `phi-bench-rival`, the program beside this one.
//!
//! Their settings are in that program's files.

use std::env;
use std::ffi::OsString;

use anyhow::Result;

use super::{Peer, Place, json};
use crate::lab::names::{SEEDS, address, node_name};
use crate::lab::requirements::Refusal;
use crate::lab::results::PeerName;

/// The peer `name`: one of the three.
pub(super) fn find(name: PeerName) -> Result<Peer> {
    let program = env::current_exe()?.with_file_name("phi-bench-rival");
    if !program.is_file() {
        let advice = format!(
            "no rivals at {}: cargo build --release -p phi-bench --features rivals",
            program.display()
        );
        return Err(Refusal::NoRival(advice).into());
    }
    let (version, configuration, arguments): (_, _, fn(&Place<'_>) -> Vec<OsString>) = match name {
        PeerName::Foca => {
            ("foca 2.0.0", "Config::new_lan(nodes), postcard", |p| arguments("foca", p))
        }
        PeerName::Chitchat => (
            "chitchat 0.13.0",
            "gossip each second, else defaults: φ > 8, first interval 5 s",
            |p| arguments("chitchat", p),
        ),
        _ => ("memberlist 0.8.5", "Options::lan(): a probe each 500 ms", |p| {
            arguments("memberlist", p)
        }),
    };
    let (version, parse, is_ours) = (version.to_owned(), json::parse as _, false);
    Ok(Peer { name, program, version, configuration, arguments, parse, is_ours })
}

fn arguments(peer: &str, place: &Place<'_>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![peer.into()];
    let mut add = |flag: &str, value: String| arguments.extend([flag.into(), value.into()]);
    add("--name", node_name(place.node));
    add("--bind", address(place.node).to_string());
    add("--nodes", place.nodes.to_string());
    for seed in 1..=SEEDS {
        add("--seed", address(seed).to_string());
    }
    arguments
}

#[cfg(test)]
mod tests {
    /// Goal: the versions that results name are those that are built.
    #[test]
    fn versions_are_those_of_the_lock_file() {
        let lock = include_str!("../../../../Cargo.lock");
        for (name, version) in [("foca", "2.0.0"), ("chitchat", "0.13.0"), ("memberlist", "0.8.5")]
        {
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(lock.contains(&entry), "{name}");
            assert!(include_str!("rival.rs").contains(&format!("\"{name} {version}\"")));
        }
    }
}
