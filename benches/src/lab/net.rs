//! The network of a cluster: namespaces, one a node, joined by a bridge in one of its own.
//!
//! Clusters have nothing in common, so all use the same addresses. Nothing of the host's network is
//! touched: links are made where they belong.
//!
//! ```text
//!   namespace …-n1        namespace …-hub          namespace …-n2
//!   eth0 10.77.0.1/16 ─── n1 ─┐ bridge ┌─ n2 ─── eth0 10.77.0.2/16
//! ```
//!
//! The bridge knows all hardware addresses beforehand and floods nothing, and there is no IPv6:
//! what a node sends is what its agent sends.

use std::io::{self, Write as _};

use anyhow::Result;

use crate::lab::names::{NODES_MAX, RunName, address, mac, node_name};
use crate::lab::tool;

/// Namespaces and links; gone when it is dropped.
pub(crate) struct Network {
    /// What all its namespaces are called, up to the last word.
    name: String,
    hub: String,
    nodes: u8,
    /// Those that were made, to be deleted.
    namespaces: Vec<String>,
}

impl Network {
    /// The network of the `cluster`th of a run's clusters, without nodes.
    ///
    /// # Errors
    ///
    /// When `ip` refuses; whatever was made by then is gone.
    pub(crate) fn new(run: RunName, cluster: u8) -> Result<Self> {
        let name = run.of(&cluster.to_string());
        let hub = format!("{name}-hub");
        let mut network = Self { name, hub: hub.clone(), nodes: 0, namespaces: Vec::new() };
        network.add_namespace(hub)?;
        let bridge = "link add bridge type bridge\n\
                      link set bridge addrgenmode none\n\
                      link set bridge up\n";
        ip_batch(&network.hub, bridge)?;
        Ok(network)
    }

    /// Adds nodes, so that there are those from 1 to `nodes`, which reach each other.
    ///
    /// # Errors
    ///
    /// When `ip` refuses; the network is then of no use.
    pub(crate) fn grow(&mut self, nodes: u8) -> Result<()> {
        while self.nodes < nodes {
            self.add_node(self.nodes + 1)?;
            self.nodes += 1;
        }
        Ok(())
    }

    fn add_node(&mut self, node: u8) -> Result<()> {
        let (port, inside, mac) = (node_name(node), self.namespace(node), mac(node));
        self.add_namespace(inside.clone())?;
        let link = format!(
            "link add {port} type veth peer eth0 address {mac} netns {inside}\n\
             link set {port} addrgenmode none\n\
             link set {port} master bridge up\n\
             link set {port} type bridge_slave flood off mcast_flood off learning off\n"
        );
        ip_batch(&self.hub, &link)?;
        let forward = ["-n", &self.hub, "fdb", "add", &mac, "dev", &port, "master", "static"];
        tool::run("bridge", &forward, "")?;
        let ends = format!(
            "link set eth0 addrgenmode none\n\
             address add {}/16 dev eth0\n\
             link set eth0 up\n\
             link set lo up\n{}",
            address(node).ip(),
            neighbours()
        );
        ip_batch(&inside, &ends)
    }

    fn add_namespace(&mut self, name: String) -> Result<()> {
        tool::run("ip", &["netns", "add", &name], "")?;
        self.namespaces.push(name);
        Ok(())
    }

    /// The namespace of a node.
    pub(crate) fn namespace(&self, node: u8) -> String {
        format!("{}-{}", self.name, node_name(node))
    }

    /// The namespace of the bridge, which has a port for each node.
    pub(crate) fn hub(&self) -> &str {
        &self.hub
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.namespaces {
            if let Err(error) = tool::run("ip", &["netns", "delete", name], "") {
                writeln!(io::stderr(), "phi-bench: left behind: {error:#}").ok();
            }
        }
    }
}

/// Commands that tell a node the hardware addresses of all others. Those that are learnt count
/// against one limit for the whole host (1,024 by default), which 33 nodes that talk exceed.
fn neighbours() -> String {
    let neighbour = |node| {
        format!(
            "neighbour add {} lladdr {} dev eth0 nud permanent\n",
            address(node).ip(),
            mac(node)
        )
    };
    (1..=NODES_MAX).map(neighbour).collect()
}

/// Runs `ip` in a namespace with each line of `commands`, up to the first that fails.
fn ip_batch(namespace: &str, commands: &str) -> Result<()> {
    tool::run("ip", &["-n", namespace, "-batch", "-"], commands).map(|_| ())
}
