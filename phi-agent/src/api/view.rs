//! The JSON of all output: what is seen, as documents. Changes are in [`change`](super::change).

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{Phi, Timestamp};
use serde::{Deserialize, Serialize};

use crate::driver::{MemberObservation, Observation};
use crate::ident::{Incarnation, Name, NodeId};
use crate::proto::liveness::Liveness;

/// Nanoseconds of `CLOCK_MONOTONIC` as a decimal string.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct MonoNs(pub Timestamp);

impl From<MonoNs> for String {
    fn from(time: MonoNs) -> Self {
        time.0.as_nanos().to_string()
    }
}

impl TryFrom<String> for MonoNs {
    type Error = std::num::ParseIntError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map(|nanos| Self(Timestamp::from_nanos(nanos)))
    }
}

/// `GET /v1/members`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MembersView {
    /// When this was seen.
    pub as_of_ns: MonoNs,
    /// The number of the last event that it includes.
    pub seq: u64,
    /// The members, in the order of their names.
    pub members: Vec<MemberView>,
}

/// One member, in `GET /v1/members` and alone.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct MemberView {
    /// Its name.
    pub name: Name,
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// Where others reach it.
    pub addr: SocketAddr,
    /// What this agent holds of it.
    pub state: Liveness,
    /// How long it has been in that state (s).
    pub state_age_s: f64,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// Whether nobody but this agent stands behind a `down`.
    pub unconfirmed: bool,
    /// How much longer it may be away, while it restarts on purpose (s).
    pub back_within_s: Option<f64>,
    /// Ids of other members that are present, this agent included, and have the same name; empty
    /// for one that is not present.
    pub same_name: Vec<String>,
    /// What is wrong with the link to it while it is alive: `not-heard` or `not-hearing`.
    pub link_fault: Option<String>,
    /// What its operator says of it.
    pub labels: BTreeMap<Name, String>,
    /// Whether this agent is one of its observers; what follows is null, or of the time when it
    /// was, where it is not.
    pub observed: bool,
    /// The level of suspicion, now.
    pub phi: Option<f64>,
    /// The time since its last heartbeat; null before the first (s).
    pub last_heartbeat_age_s: Option<f64>,
    /// Mean of the intervals between its heartbeats (s).
    pub mean_s: f64,
    /// Their standard deviation (s).
    pub std_dev_s: f64,
    /// How many intervals stand behind the two.
    pub samples: usize,
    /// When φ reaches the threshold if nothing comes.
    pub deadline_ns: Option<MonoNs>,
    /// The time until then; negative when it has passed (s).
    pub deadline_in_s: Option<f64>,
    /// Heartbeats that never came.
    pub lost: u64,
    /// Heartbeats that newer ones had overtaken.
    pub late: u64,
    /// Heartbeats that came twice.
    pub duplicates: u64,
    /// Round-trip time of the last heartbeat that it echoed (s).
    pub rtt_s: Option<f64>,
}

impl From<&Observation> for MembersView {
    fn from(seen: &Observation) -> Self {
        let namesakes = namesakes(seen);
        let members =
            seen.members.iter().map(|member| MemberView::of(member, seen.as_of, &namesakes));
        Self { as_of_ns: MonoNs(seen.as_of), seq: seen.last_event, members: members.collect() }
    }
}

type Namesakes<'a> = BTreeMap<&'a Name, Vec<NodeId>>;

/// The ids of all that are present, by name.
fn namesakes(seen: &Observation) -> Namesakes<'_> {
    let own = &seen.node.config.identity;
    let present = seen.members.iter().filter(|member| member.liveness.is_present());
    let present = present.map(|member| (&member.name, member.id));
    let mut namesakes = Namesakes::new();
    for (name, id) in present.chain([(&own.name, own.id)]) {
        namesakes.entry(name).or_default().push(id);
    }
    namesakes
}

impl MemberView {
    /// The view of `member`, which is seen among others.
    pub(super) fn new(member: &MemberObservation, seen: &Observation) -> Self {
        Self::of(member, seen.as_of, &namesakes(seen))
    }

    fn of(member: &MemberObservation, as_of: Timestamp, namesakes: &Namesakes<'_>) -> Self {
        let bearers = namesakes.get(&member.name).filter(|ids| ids.contains(&member.id));
        let same_name = bearers.into_iter().flatten().filter(|id| **id != member.id);
        let deadline = member.deadline.filter(|_| member.liveness != Liveness::Left);
        let until = |deadline: Timestamp| {
            seconds(deadline.saturating_since(as_of).into())
                - seconds(as_of.saturating_since(deadline).into())
        };
        let age = |since: Timestamp| seconds(as_of.saturating_since(since).into());
        Self {
            name: member.name.clone(),
            id: member.id.to_string(),
            addr: member.addr,
            state: member.liveness,
            state_age_s: age(member.since),
            incarnation: member.incarnation,
            unconfirmed: member.unconfirmed,
            back_within_s: member.excused.map(seconds),
            same_name: same_name.map(NodeId::to_string).collect(),
            link_fault: member.fault.map(|fault| fault.as_str().to_owned()),
            labels: member.labels.clone(),
            observed: member.observed,
            phi: member.phi.map(Phi::value),
            last_heartbeat_age_s: member.last_heartbeat.map(age),
            mean_s: seconds(member.mean),
            std_dev_s: seconds(member.std_dev),
            samples: member.samples,
            deadline_ns: deadline.map(MonoNs),
            deadline_in_s: deadline.map(until),
            lost: member.lost,
            late: member.late,
            duplicates: member.duplicates,
            rtt_s: member.rtt.map(seconds),
        }
    }
}

/// One line of NDJSON, with its end.
pub fn line(view: &impl Serialize) -> Vec<u8> {
    let mut line = serde_json::to_vec(view).unwrap_or_default();
    line.push(b'\n');
    line
}

/// A length of time in seconds, to the microsecond: what is below is noise to a reader.
pub(super) fn seconds(length: Duration) -> f64 {
    (length.as_secs_f64() * 1e6).round() / 1e6
}
