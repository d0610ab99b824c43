//! What is measured of agents beside what they say: traffic, processor time, memory, stalls.

pub(crate) mod canaries;
pub(crate) mod processes;
pub(crate) mod stalls;
pub(crate) mod traffic;

use anyhow::{Context as _, Result};
use serde_json::Value;

use crate::lab::agent::Agent;
use crate::lab::api;
use crate::lab::peers::{Peer, phi_socket};
use crate::lab::results::Stalls;

/// How long agents have waited for a processor, all together since their start (s).
pub(crate) fn run_delay(agents: &[Agent]) -> Result<f64> {
    let waited = agents.iter().map(|agent| Ok(processes::usage(agent.pid())?.waited_ns));
    let waited_ns: u64 = waited.sum::<Result<u64>>()?;
    Ok(waited_ns as f64 / 1e9)
}

/// How late the timers of our agents were, all together since their start; None of others.
pub(crate) fn agent_stalls(peer: &Peer, agents: &[Agent]) -> Result<Option<Stalls>> {
    if !peer.is_ours {
        return Ok(None);
    }
    let mut sum = stalls::empty("agents");
    for agent in agents.iter().filter(|agent| !agent.is_killed()) {
        let own = api::get(&phi_socket(agent.folder()), "/v1/self")?;
        let late = own.get("timers_late").context("the agent does not say how late it was")?;
        let numbers = |key| -> Option<Vec<u64>> {
            late.get(key)?.as_array()?.iter().map(Value::as_u64).collect()
        };
        let late = Stalls {
            of: String::new(),
            bounds_ms: numbers("bounds_ms").context("no bounds")?,
            counts: numbers("counts").context("no counts")?,
            longest_ms: late.get("longest_s").and_then(Value::as_f64).unwrap_or(0.0) * 1e3,
        };
        stalls::add(&mut sum, &late);
    }
    Ok(Some(sum))
}

/// Datagrams that found no room at their receivers, of all agents together.
pub(crate) fn receive_drops(agents: &[Agent]) -> Result<u64> {
    let living = agents.iter().filter(|agent| !agent.is_killed());
    living.map(|agent| processes::receive_drops(agent.pid())).sum()
}
