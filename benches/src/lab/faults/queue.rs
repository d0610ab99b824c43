//! A bandwidth queue before one node: a token bucket as narrow as a bad uplink.

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::lab::names::node_name;
use crate::lab::net::Network;
use crate::lab::tool;

/// Its bandwidth (bits a second).
pub(crate) const RATE_BITS: u64 = 4_000_000;

/// A queue that is there until this is dropped.
#[must_use]
pub(crate) struct Queue<'a> {
    network: &'a Network,
    node: u8,
}

impl<'a> Queue<'a> {
    /// Puts a queue before `node`.
    pub(crate) fn new(network: &'a Network, node: u8) -> Result<Self> {
        let rate = format!("{RATE_BITS}bit");
        let shape = ["root", "tbf", "rate", &rate, "burst", "16kb", "latency", "200ms"];
        tc(network, node, "add", &shape)?;
        Ok(Self { network, node })
    }

    /// Packets that it had no room for, of 100.
    pub(crate) fn dropped_percent(&self) -> Result<f64> {
        let port = node_name(self.node);
        let arguments = ["-n", self.network.hub(), "-s", "-j", "qdisc", "show", "dev", &port];
        let shown: Value = serde_json::from_str(&tool::run("tc", &arguments, "")?)?;
        let queue = shown.get(0).context("tc shows no queue")?;
        let count = |key| queue.get(key).and_then(Value::as_f64).context("tc counts nothing");
        let (sent, dropped) = (count("packets")?, count("drops")?);
        Ok(100.0 * dropped / (sent + dropped).max(1.0))
    }
}

impl Drop for Queue<'_> {
    fn drop(&mut self) {
        // If it fails the network is of no use any more, and goes with the run.
        tc(self.network, self.node, "delete", &["root"]).ok();
    }
}

fn tc(network: &Network, node: u8, verb: &str, what: &[&str]) -> Result<()> {
    let port = node_name(node);
    let mut arguments = vec!["-n", network.hub(), "qdisc", verb, "dev", &port];
    arguments.extend(what);
    tool::run("tc", &arguments, "").map(|_| ())
}
