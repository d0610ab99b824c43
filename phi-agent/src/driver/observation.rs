//! What a node sees, copied at one instant, for whoever asks from another task.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{Phi, Timestamp};

use crate::ident::{Incarnation, Name, NodeId};
use crate::proto::config::Config;
use crate::proto::link::Link;
use crate::proto::liveness::{Liveness, State};
use crate::proto::members::Member;
use crate::proto::node::Node;
use crate::proto::stats::Stats;
use crate::wire::message::Refusal;

/// Everything that a node sees at one instant.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Observation {
    /// When (`CLOCK_MONOTONIC`).
    pub as_of: Timestamp,
    /// The number of the last event that it includes.
    pub last_event: u64,
    /// The node itself.
    pub node: SelfObservation,
    /// All other members, in the order of their names.
    pub members: Vec<MemberObservation>,
}

/// The node itself.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct SelfObservation {
    /// Who it is and how it works; the incarnation is that of now.
    pub config: Config,
    /// The address that it is bound to.
    pub local_addr: SocketAddr,
    /// The receive buffer that the kernel granted (bytes).
    pub receive_buffer_bytes: usize,
    /// Its counters.
    pub stats: Stats,
    /// Who refuses it, and why.
    pub refusals: Vec<(SocketAddr, Refusal)>,
}

/// Another member.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct MemberObservation {
    /// Who.
    pub id: NodeId,
    /// Its name.
    pub name: Name,
    /// Where others reach it.
    pub addr: SocketAddr,
    /// What is held of it.
    pub liveness: Liveness,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// φ at that instant.
    pub phi: Phi,
    /// When φ reaches the threshold, if nothing comes.
    pub deadline: Option<Timestamp>,
    /// When its last heartbeat arrived.
    pub last_heartbeat: Option<Timestamp>,
    /// Mean of the intervals between its heartbeats.
    pub mean: Duration,
    /// Their standard deviation.
    pub std_dev: Duration,
    /// How many intervals stand behind the two.
    pub samples: usize,
    /// Heartbeats that never came.
    pub lost: u64,
    /// Heartbeats that newer ones had overtaken.
    pub late: u64,
    /// Heartbeats that came twice.
    pub duplicates: u64,
    /// Round-trip time of the last heartbeat that it echoed.
    pub rtt: Option<Duration>,
}

impl MemberObservation {
    fn of(member: &Member, config: &Config, now: Timestamp) -> Self {
        let Member { id, name, addr, state, since, link } = member;
        let State { liveness, incarnation } = *state;
        let Link { detector, interval, duplicates, late, rtt, .. } = link;
        Self {
            id: *id,
            name: name.clone(),
            addr: *addr,
            liveness,
            incarnation,
            since: *since,
            phi: member.phi(now),
            deadline: detector.deadline(config.detection.threshold(*interval)),
            last_heartbeat: link.last_heartbeat(),
            mean: detector.mean(),
            std_dev: detector.std_dev(),
            samples: detector.samples(),
            lost: detector.lost().into(),
            late: *late,
            duplicates: *duplicates,
            rtt: *rtt,
        }
    }
}

/// The members that `node` sees at `now`.
pub(super) fn members(node: &Node, now: Timestamp) -> Vec<MemberObservation> {
    let mut members: Vec<MemberObservation> =
        node.members().map(|member| MemberObservation::of(member, node.config(), now)).collect();
    members.sort_by(|a, b| (&a.name, a.id).cmp(&(&b.name, b.id)));
    members
}
