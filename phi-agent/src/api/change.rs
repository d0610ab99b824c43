//! The JSON of event streams: what has changed, one document a line. What is seen is in
//! [`view`](super::view).

use std::net::SocketAddr;

use phi_core::Phi;
use serde::{Deserialize, Serialize};

use super::view::{MembersView, MonoNs, seconds};
use crate::driver::Observation;
use crate::ident::{Incarnation, Name};
use crate::proto::io::{Change, Event};
use crate::proto::liveness::Liveness;

/// One change of a member: a line of `GET /v1/events` and of `run --events -`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[non_exhaustive]
pub struct EventView {
    /// What the member is now, or what else has changed.
    pub event: EventName,
    /// Its number, from 1, without gaps.
    pub seq: u64,
    /// Its name.
    pub node: Name,
    /// Its id: 32 hexadecimal digits.
    pub id: String,
    /// Where it is reached.
    pub addr: SocketAddr,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// The level at that time, if this agent watches it.
    pub phi: Option<f64>,
    /// When it was decided.
    pub mono_ns: MonoNs,
    /// With `name-taken`: the id of the other member of that name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub taken_by: Option<String>,
    /// With `restarting`: the time within which it says that it will be back (s).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub back_within_s: Option<f64>,
}

/// What an event is called: by the state that a member has now, or by what else has changed:
/// `unconfirmed`, `link-not-heard`, `link-not-hearing`, `link-healed`, `name-taken`, `restarting`,
/// `restarted`,
/// and of the agent itself `isolated` and `connected`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
#[expect(clippy::exhaustive_enums, reason = "a state, or another word")]
pub enum EventName {
    /// A member has this state now.
    State(Liveness),
    /// Something else.
    Other(String),
}

impl EventName {
    /// It as a word.
    #[must_use]
    pub const fn as_str(&self) -> &str {
        match self {
            Self::State(liveness) => liveness.as_str(),
            Self::Other(name) => name.as_str(),
        }
    }
}

impl PartialEq<Liveness> for EventName {
    fn eq(&self, other: &Liveness) -> bool {
        *self == Self::State(*other)
    }
}

/// The first line of an event stream: what is true now; changes with higher numbers follow.
#[derive(Clone, Debug, Serialize)]
pub(super) struct SnapshotView {
    event: &'static str,
    #[serde(flatten)]
    members: MembersView,
}

impl SnapshotView {
    pub(super) fn of(seen: &Observation) -> Self {
        Self { event: "snapshot", members: seen.into() }
    }
}

/// A line that stands for changes which the reader was too slow for.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct GapView {
    event: &'static str,
    missed: u64,
}

impl GapView {
    /// That many changes are not shown.
    #[must_use]
    pub const fn new(missed: u64) -> Self {
        Self { event: "gap", missed }
    }
}

impl From<&Event> for EventView {
    fn from(event: &Event) -> Self {
        let (mut taken_by, mut back_within_s) = (None, None);
        if let Change::NameTaken { by } = event.change {
            taken_by = Some(by.to_string());
        }
        if let Change::Restarting { within } = event.change {
            back_within_s = Some(seconds(within));
        }
        Self {
            event: match event.change {
                Change::State => EventName::State(event.liveness),
                other @ (Change::Unconfirmed
                | Change::Link(_)
                | Change::NameTaken { .. }
                | Change::Restarting { .. }
                | Change::Restarted
                | Change::Isolated
                | Change::Connected) => EventName::Other(other.as_str().to_owned()),
            },
            seq: event.number,
            node: event.name.clone(),
            id: event.id.to_string(),
            addr: event.addr,
            incarnation: event.incarnation,
            phi: event.phi.map(Phi::value),
            mono_ns: MonoNs(event.at),
            taken_by,
            back_within_s,
        }
    }
}
