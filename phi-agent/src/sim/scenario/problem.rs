//! What is wrong with a scenario, but for its text.

use thiserror::Error;

use crate::sim::place::HOSTS_MAX;

/// A size that a scenario cannot be run at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SizeError {
    /// No members, or too many.
    #[error("{nodes} members: it must be 1 to {}", HOSTS_MAX / 2)]
    Nodes {
        /// The number asked for.
        nodes: usize,
    },
    /// No time, or too much.
    #[error("the duration must be above 0 and at most a year")]
    Duration,
    /// A fault names a member that there is not.
    #[error("the fault `{fault}` names member {missing}, but the last of {nodes} is {}", nodes - 1)]
    Missing {
        /// The fault.
        fault: &'static str,
        /// The member.
        missing: usize,
        /// Members in all.
        nodes: usize,
    },
}

/// No rule of the protocol that can be switched off has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no safeguard is called {name:?}; did you mean {nearest:?}? --list lists them all")]
pub struct UnknownSafeguard {
    /// The name asked for.
    pub name: String,
    /// The most similar one.
    pub nearest: &'static str,
}

/// No shipped scenario has this name.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no scenario is called {name:?}; did you mean {nearest:?}? --list lists them all")]
pub struct UnknownScenario {
    /// The name asked for.
    pub name: String,
    /// The most similar one.
    pub nearest: &'static str,
}
