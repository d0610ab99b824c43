//! Names: those of nodes, and those that tell one run's things from all others.
//!
//! ```text
//!   phi-lab-<process id>-2-n7   the namespace of node 7 of the second cluster
//!   n7                          its agent, and its port of the bridge
//! ```

use std::net::{Ipv4Addr, SocketAddrV4};
use std::path::Path;
use std::process;

/// The most nodes: one for each last number of an address.
pub(crate) const NODES_MAX: u8 = 254;

/// Nodes that the others join through: the first ones.
pub(crate) const SEEDS: u8 = 3;

/// The agents' port.
const PORT: u16 = 16_180;

const PREFIX: &str = "phi-lab-";

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
pub(crate) fn mac(node: u8) -> String {
    format!("02:70:68:69:00:{node:02x}")
}

/// The start of the names of one run: `phi-lab-<its process id>-`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RunName {
    pid: u32,
}

impl RunName {
    /// That of this process.
    pub(crate) fn own() -> Self {
        Self { pid: process::id() }
    }

    /// The name of one of the run's things.
    pub(crate) fn of(self, thing: &str) -> String {
        format!("{PREFIX}{}-{thing}", self.pid)
    }

    /// The process id of a run that is over, if `name` is that of a thing of it.
    pub(crate) fn dead(name: &str) -> Option<u32> {
        Self::owner(name).filter(|run| run.is_dead()).map(|run| run.pid)
    }

    /// The process id of a run that is going on, if `name` is that of a thing of it.
    pub(crate) fn living_other(name: &str) -> Option<u32> {
        Self::owner(name).filter(|run| !run.is_dead()).map(|run| run.pid)
    }

    /// The run that a thing belongs to; None if it belongs to no run of this laboratory.
    fn owner(name: &str) -> Option<Self> {
        let (pid, thing) = name.strip_prefix(PREFIX)?.split_once('-')?;
        let digits = !pid.is_empty() && pid.bytes().all(|byte| byte.is_ascii_digit());
        let pid = pid.parse().ok()?;
        (digits && !thing.is_empty()).then_some(Self { pid })
    }

    /// Whether the run is over. One of our own process id is: this process has made nothing yet.
    fn is_dead(self) -> bool {
        self == Self::own() || !Path::new("/proc").join(self.pid.to_string()).exists()
    }
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

    /// Goal: a name says whose it is, and names that only look alike are nobody's.
    #[test]
    fn names_tell_their_run() {
        let run = RunName::own();
        assert_eq!(RunName::owner(&run.of("n12")), Some(run));
        assert_eq!(RunName::owner("phi-lab-7-2-hub"), Some(RunName { pid: 7 }));
        for foreign in ["phi-lab-7", "phi-lab-7-", "phi-lab--n1", "phi-lab-+7-n1", "phi-7-n1", "x"]
        {
            assert_eq!(RunName::owner(foreign), None, "{foreign}");
        }
    }

    /// Goal: a living run is left alone, a dead one is not.
    #[test]
    fn only_dead_runs_are_over() {
        assert_eq!(RunName::dead("phi-lab-1-hub"), None, "process 1 always lives");
        assert_eq!(RunName::living_other("phi-lab-1-hub"), Some(1));
        assert_eq!(RunName::living_other(&RunName::own().of("hub")), None, "it is our own");
        let nobody = u32::MAX;
        assert_eq!(RunName::dead(&format!("phi-lab-{nobody}-hub")), Some(nobody));
    }
}
