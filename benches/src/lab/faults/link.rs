//! The cable of one host, pulled and plugged in again.

use anyhow::Result;

use crate::lab::names::node_name;
use crate::lab::net::Network;
use crate::lab::tool;

/// A link that is cut until this is dropped.
#[must_use]
pub(crate) struct Cut<'a> {
    network: &'a Network,
    node: u8,
}

impl<'a> Cut<'a> {
    /// Cuts the link of `node`: nothing comes from it, and nothing reaches it.
    pub(crate) fn new(network: &'a Network, node: u8) -> Result<Self> {
        set(network, node, "down")?;
        Ok(Self { network, node })
    }
}

impl Drop for Cut<'_> {
    fn drop(&mut self) {
        // If it fails the network is of no use any more, and goes with the run.
        set(self.network, self.node, "up").ok();
    }
}

fn set(network: &Network, node: u8, state: &str) -> Result<()> {
    let arguments = ["-n", network.hub(), "link", "set", &node_name(node), state];
    tool::run("ip", &arguments, "").map(|_| ())
}
