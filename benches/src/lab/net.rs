//! Network namespaces, one a node, joined by a bridge in a namespace of its own.
//!
//! Nothing of the host's network is touched: links are made where they belong.
//!
//! ```text
//!   namespace …-n1        namespace …-hub          namespace …-n2
//!   eth0 10.77.0.1/16 ─── n1 ─┐ bridge ┌─ n2 ─── eth0 10.77.0.2/16
//! ```

use std::io::{self, Write as _};
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

use super::cleanup::RunName;

/// The most nodes: one for each last number of an address.
pub(crate) const NODES_MAX: u8 = 254;

/// The agents' port.
const PORT: u16 = 16_180;

/// Namespaces and links; gone when it is dropped.
pub(crate) struct Network {
    run: RunName,
    hub: String,
    /// Those that were made, to be deleted.
    namespaces: Vec<String>,
}

impl Network {
    /// A network without nodes.
    ///
    /// # Errors
    ///
    /// When `ip` refuses; whatever was made by then is gone.
    pub(crate) fn new(run: RunName) -> Result<Self> {
        let mut network = Self { run, hub: run.of("hub"), namespaces: Vec::new() };
        network.add_namespace(run.of("hub"))?;
        ip_batch(&network.hub, "link add bridge type bridge\nlink set bridge up\n")?;
        Ok(network)
    }

    /// Adds a node, 1 to [`NODES_MAX`], that reaches all others.
    ///
    /// # Errors
    ///
    /// When `ip` refuses; the network is then of no use.
    pub(crate) fn add_node(&mut self, node: u8) -> Result<()> {
        let (port, inside) = (node_name(node), self.namespace(node));
        let (address, mac) = (address(node), mac(node));
        self.add_namespace(inside.clone())?;
        let link = format!(
            "link add {port} type veth peer eth0 address {mac} netns {inside}\n\
             link set {port} master bridge up\n"
        );
        ip_batch(&self.hub, &link)?;
        let ends = format!(
            "address add {}/16 dev eth0\nlink set eth0 up\nlink set lo up\n{}",
            address.ip(),
            neighbours()
        );
        ip_batch(&inside, &ends)
    }

    fn add_namespace(&mut self, name: String) -> Result<()> {
        ip(&["netns", "add", &name])?;
        self.namespaces.push(name);
        Ok(())
    }

    /// The namespace of a node.
    pub(crate) fn namespace(&self, node: u8) -> String {
        self.run.of(&node_name(node))
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        for name in &self.namespaces {
            if let Err(error) = ip(&["netns", "delete", name]) {
                writeln!(io::stderr(), "phi-bench: left behind: {error:#}").ok();
            }
        }
    }
}

/// What a node is called, as an agent and as a port of the bridge: `n1`, `n2`, …
pub(crate) fn node_name(node: u8) -> String {
    format!("n{node}")
}

/// The node that is called so.
pub(crate) fn node_of(name: &str) -> Option<u8> {
    name.strip_prefix('n')?.parse().ok().filter(|node| node_name(*node) == name)
}

/// Where a node's agent listens.
pub(crate) fn address(node: u8) -> SocketAddrV4 {
    SocketAddrV4::new(Ipv4Addr::new(10, 77, 0, node), PORT)
}

/// A node's hardware address.
fn mac(node: u8) -> String {
    format!("02:70:68:69:00:{node:02x}")
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

/// Runs `ip` and returns what it printed.
///
/// # Errors
///
/// When it cannot be run or reports failure; the error holds the arguments and its complaint.
pub(crate) fn ip(arguments: &[&str]) -> Result<String> {
    run_ip(arguments, "")
}

/// Runs `ip` in a namespace with each line of `commands`, up to the first that fails.
fn ip_batch(namespace: &str, commands: &str) -> Result<()> {
    run_ip(&["-n", namespace, "-batch", "-"], commands).map(|_| ())
}

fn run_ip(arguments: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new("ip")
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: Ctrl-C must not end it halfway, least of all while cleaning up.
        .process_group(0)
        .spawn()
        .context("ip")?;
    if let Some(mut stdin) = child.stdin.take() {
        // Where it stops reading it has failed, and its own complaint says more.
        stdin.write_all(input.as_bytes()).ok();
    }
    let output = child.wait_with_output().context("ip")?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "ip {}: {}", arguments.join(" "), complaint.trim());
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: names and nodes map one to one, and other names are nobody's.
    #[test]
    fn names_and_nodes_map_one_to_one() {
        for node in 1..=NODES_MAX {
            assert_eq!(node_of(&node_name(node)), Some(node));
        }
        for other in ["n", "n01", "n+1", "n256", "m1", "1", ""] {
            assert_eq!(node_of(other), None, "{other}");
        }
    }
}
