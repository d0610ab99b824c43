//! Datagrams that are lost between nodes: rules of nftables on the bridge.
//!
//! One rule set at a time, laid and lifted in one transaction: both sides of a cut are cut at once.

use anyhow::Result;

use crate::lab::names::node_name;
use crate::lab::net::Network;
use crate::lab::tool;

/// Who does not reach whom.
pub(crate) enum Filter<'a> {
    /// So many of a thousand packets are lost, drawn by the kernel for each.
    Loss { per_mille: u32 },
    /// Nothing reaches this node.
    Deaf(u8),
    /// Nothing comes from this node.
    Mute(u8),
    /// Nothing comes from one node to one other.
    OneWay { from: u8, to: u8 },
    /// Nothing goes between these nodes and all others.
    Island(&'a [u8]),
}

/// Takes away what was there, in any state of it.
const NONE: &str = "table bridge phi\ndelete table bridge phi\n";

/// A filter that applies until this is dropped.
#[must_use]
pub(crate) struct Laid<'a>(&'a Network);

impl Filter<'_> {
    /// From now on this filter applies, and no other.
    pub(crate) fn lay<'a>(&self, network: &'a Network) -> Result<Laid<'a>> {
        nft(network, &format!("{NONE}{}", self.table()))?;
        Ok(Laid(network))
    }

    fn table(&self) -> String {
        let rules = match self {
            Self::Loss { per_mille } => format!("numgen random mod 1000 < {per_mille} drop"),
            Self::Deaf(node) => format!("oifname \"{}\" drop", node_name(*node)),
            Self::Mute(node) => format!("iifname \"{}\" drop", node_name(*node)),
            Self::OneWay { from, to } => {
                format!("iifname \"{}\" oifname \"{}\" drop", node_name(*from), node_name(*to))
            }
            Self::Island(nodes) => {
                let names: Vec<_> =
                    nodes.iter().map(|node| format!("\"{}\"", node_name(*node))).collect();
                let island = format!("{{ {} }}", names.join(", "));
                format!(
                    "iifname {island} oifname != {island} drop\n\
                     iifname != {island} oifname {island} drop"
                )
            }
        };
        format!(
            "table bridge phi {{\nchain forward {{\n\
             type filter hook forward priority 0\n{rules}\n}}\n}}\n"
        )
    }
}

impl Drop for Laid<'_> {
    fn drop(&mut self) {
        // If it fails the network is of no use any more, and goes with the run.
        nft(self.0, NONE).ok();
    }
}

fn nft(network: &Network, rules: &str) -> Result<()> {
    let arguments = ["netns", "exec", network.hub(), "nft", "-f", "-"];
    tool::run("ip", &arguments, rules).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an island is cut off both ways, and a one-way cut is one.
    #[test]
    fn rules_name_ports_by_direction() {
        let island = Filter::Island(&[1, 12]).table();
        assert!(island.contains(r#"iifname { "n1", "n12" } oifname != { "n1", "n12" } drop"#));
        assert!(island.contains(r#"iifname != { "n1", "n12" } oifname { "n1", "n12" } drop"#));
        let one_way = Filter::OneWay { from: 3, to: 4 }.table();
        assert!(one_way.contains(r#"iifname "n3" oifname "n4" drop"#), "{one_way}");
        assert!(Filter::Deaf(3).table().contains(r#"oifname "n3" drop"#));
        assert!(Filter::Mute(3).table().contains(r#"iifname "n3" drop"#));
    }
}
