//! Ethernet bytes that each node has sent: those that its port of the bridge has received.
//!
//! An Ethernet header of 14 bytes is in them, its checksum and the preamble are not.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::lab::names::node_of;
use crate::lab::net::Network;
use crate::lab::tool;

/// What a node has sent since its port was made.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) bytes: u64,
    pub(crate) packets: u64,
}

/// The counters of all nodes.
pub(crate) fn sent(network: &Network) -> Result<BTreeMap<u8, Sent>> {
    let arguments = ["-n", network.hub(), "-s", "-j", "link", "show", "type", "veth"];
    parse(&tool::run("ip", &arguments, "")?)
}

fn parse(shown: &str) -> Result<BTreeMap<u8, Sent>> {
    let links: Vec<Value> = serde_json::from_str(shown).context("links as ip shows them")?;
    let nodes = links.iter().filter_map(|link| {
        let node = node_of(link.get("ifname")?.as_str()?)?;
        let count = |key| link.get("stats64")?.get("rx")?.get(key)?.as_u64();
        Some((node, Sent { bytes: count("bytes")?, packets: count("packets")? }))
    });
    Ok(nodes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what the bridge receives is what nodes send, and other links are nobody's.
    #[test]
    fn ports_receive_what_nodes_send() {
        let shown = r#"[{"ifname":"n7","stats64":{"rx":{"bytes":900,"packets":9},
            "tx":{"bytes":1,"packets":1}}},{"ifname":"veth0","stats64":{}}]"#;
        let sent = parse(shown).expect("JSON");
        assert_eq!(sent, BTreeMap::from([(7, Sent { bytes: 900, packets: 9 })]));
        assert!(parse("bridge").is_err());
    }
}
