//! What a node sees, copied at one instant, for whoever asks from another task.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{Detector, Phi, Timestamp};

use super::lateness::Lateness;
use crate::ident::{Incarnation, Name, NodeId};
use crate::proto::config::Config;
use crate::proto::link::{Fault, Link};
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
    /// Datagrams that the kernel did not take.
    pub unsent: u64,
    /// How late its timers were.
    pub timers_late: Lateness,
    /// Whether it hears nobody, and so accuses nobody.
    pub isolated: bool,
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
    /// What its operator says of it.
    pub labels: BTreeMap<Name, String>,
    /// What is held of it.
    pub liveness: Liveness,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// Since when it is in that state.
    pub since: Timestamp,
    /// Whether nobody but this node stands behind a `down`.
    pub unconfirmed: bool,
    /// How much longer it may be away, if it restarts on purpose.
    pub excused: Option<Duration>,
    /// Whether this node is one of its observers; what follows is nothing, or of the time when it
    /// was, where it is not.
    pub observed: bool,
    /// φ at that instant.
    pub phi: Option<Phi>,
    /// What is wrong with the link to it while it is alive.
    pub fault: Option<Fault>,
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
    /// Round-trip time of the last heartbeat or probe that it echoed.
    pub rtt: Option<Duration>,
}

impl MemberObservation {
    fn of(member: &Member, config: &Config, now: Timestamp) -> Self {
        let State { liveness, incarnation } = member.state;
        let link = member.link.as_deref();
        let detector = link.map(|link| &link.detector);
        let labels = member.labels.iter().map(|(key, value)| (key.clone(), value.to_owned()));
        Self {
            id: member.id,
            name: member.name.clone(),
            addr: member.addr,
            labels: labels.collect(),
            liveness,
            incarnation,
            since: member.since,
            unconfirmed: member.unconfirmed,
            excused: member.excused(now),
            observed: member.is_observed(),
            phi: member.phi(now),
            fault: link.and_then(|link| link.fault),
            deadline: link
                .and_then(|link| link.detector.deadline(config.detection.threshold(link.interval))),
            last_heartbeat: link.and_then(Link::last_heartbeat),
            mean: detector.map_or(Duration::ZERO, Detector::mean),
            std_dev: detector.map_or(Duration::ZERO, Detector::std_dev),
            samples: detector.map_or(0, Detector::samples),
            lost: detector.map_or(0, |detector| detector.lost().into()),
            late: link.map_or(0, |link| link.late),
            duplicates: link.map_or(0, |link| link.duplicates),
            rtt: link.and_then(|link| link.rtt),
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
