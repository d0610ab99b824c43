//! What goes into a node and what comes out of it.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{Phi, Timestamp};
use thiserror::Error;

use super::link::Fault;
use super::liveness::Liveness;
use crate::ident::{Incarnation, Name, NodeId};
use crate::wire::bounded::Interval;
use crate::wire::message::Refusal;

/// The most addresses that are remembered.
pub const REMEMBERED_MAX: usize = 64;

/// The most addresses taken as seeds.
pub const SEEDS_MAX: usize = 64;

/// The longest that a member may be away for a restart: who asks for more is missed after this.
pub const RESTART_MAX: Duration = Duration::from_secs(600);

/// Something for the node to deal with.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the contract of the drivers")]
pub enum Input<'a> {
    /// Bytes came in; any bytes.
    Datagram {
        /// Where from.
        from: SocketAddr,
        /// When the network delivered them, at most `now`.
        arrived: Timestamp,
        /// What.
        bytes: &'a [u8],
    },
    /// The kernel says that nobody listens there: an ICMP "port unreachable" came back.
    Unreachable {
        /// Where the datagram went that it answers.
        to: SocketAddr,
        /// The first bytes of that datagram, as the ICMP message quotes them; any bytes.
        quoted: &'a [u8],
    },
    /// The time that the last [`Output::Timeout`] named has come; harmless before.
    Timer {
        /// Whether all that had arrived was handed in before. If not, nobody is judged yet.
        network_read: bool,
    },
    /// These are the seeds from now on, at most [`SEEDS_MAX`] of them.
    Seeds(&'a [SocketAddr]),
    /// Say good-bye; [`Output::Stopped`] follows within half an interval or so.
    Leave,
    /// Say that this node will be back within this time; [`Output::Stopped`] follows as well.
    Restart(Duration),
    /// Tell with [`Output::Heard`] of heartbeats of these members from now on, of at most
    /// [`LISTENED_MAX`](super::listening::LISTENED_MAX) of them, and of no others.
    Listen(&'a [NodeId]),
    /// Where members were before this process began: tried once, beside the seeds.
    Remembered(&'a [SocketAddr]),
}

/// Something for the driver to do.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "the contract of the drivers")]
pub enum Output {
    /// Send these bytes; it is no harm if they are lost.
    Transmit {
        /// Where to.
        to: SocketAddr,
        /// What, at most 1,200 bytes.
        bytes: Vec<u8>,
    },
    /// Tell whoever wants to know.
    Event(Event),
    /// A heartbeat of a member that is listened to has arrived, for the first time.
    Heard(Heard),
    /// Keep these addresses for [`Input::Remembered`] after the next start.
    Remember(Vec<SocketAddr>),
    /// Keep this number of starts instead of the one that this life began with: the state directory
    /// was an older one than the cluster remembers.
    Persist(u64),
    /// Another member refuses this node.
    Refused {
        /// Its address.
        by: SocketAddr,
        /// Why.
        reason: Refusal,
    },
    /// The node has left; nothing more will come of it.
    Stopped,
    /// All is drained: hand in [`Input::Timer`] at this time, if nothing comes before.
    Timeout(Timestamp),
}

/// A heartbeat that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Heard {
    /// Whose.
    pub id: NodeId,
    /// Its number, in order of sending; they start anew with each process of the sender.
    pub number: u64,
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// What it promises.
    pub interval: Interval,
    /// When the network delivered it.
    pub arrived: Timestamp,
}

/// A change, as this node sees it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Its number, from 1, without gaps.
    pub number: u64,
    /// When it was decided.
    pub at: Timestamp,
    /// What has changed.
    pub change: Change,
    /// What the member is now.
    pub liveness: Liveness,
    /// Whom it is about: a member, or this node itself.
    pub id: NodeId,
    /// Its name.
    pub name: Name,
    /// Where it is reached.
    pub addr: SocketAddr,
    /// Which life of it.
    pub incarnation: Incarnation,
    /// The level at that time, if this node watches it.
    pub phi: Option<Phi>,
}

/// What an [`Event`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the contract of the drivers")]
pub enum Change {
    /// The member's state.
    State,
    /// Its state is down, and nobody else stands behind that: there was nobody to agree.
    Unconfirmed,
    /// The link with it, while it is alive.
    Link(Option<Fault>),
    /// It has the name of another member that is present as well.
    NameTaken {
        /// That member.
        by: NodeId,
    },
    /// It restarts on purpose, and is not missed before this time is over.
    Restarting {
        /// The time that it asked for, at most [`RESTART_MAX`].
        within: Duration,
    },
    /// It has started again, and nobody had missed it.
    Restarted,
    /// This node hears nobody any more: it may be cut off.
    Isolated,
    /// This node hears others again.
    Connected,
}

impl Change {
    /// Its name, as in all output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::State => "state",
            Self::Unconfirmed => "unconfirmed",
            Self::Link(None) => "link-healed",
            Self::Link(Some(Fault::NotHeard)) => "link-not-heard",
            Self::Link(Some(Fault::NotHearing)) => "link-not-hearing",
            Self::NameTaken { .. } => "name-taken",
            Self::Restarting { .. } => "restarting",
            Self::Restarted => "restarted",
            Self::Isolated => "isolated",
            Self::Connected => "connected",
        }
    }
}

/// An input came before the one before it was drained. It was not looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("poll_output must be called until it yields Timeout before the next input")]
pub struct NotDrained;
