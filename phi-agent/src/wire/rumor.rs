//! News about members: what travels from one to the next, each with what orders it.
//!
//! What they change, and whether they are believed, is the protocol's business.

use std::net::SocketAddr;

use bincode::{Decode, Encode};

use super::body;
use super::bounded::{Interval, Labels, List};
use crate::ident::{Incarnation, Name, NodeId, SessionId};

/// The most rumors in one datagram.
pub const RUMORS_MAX: usize = 40;

/// The most members on one page.
pub const PRESENCES_MAX: usize = 20;

/// Rumors of one datagram.
pub type Rumors = List<Rumor, RUMORS_MAX>;

/// One piece of news.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
#[expect(clippy::exhaustive_enums, reason = "a new kind is a new version of the protocol")]
pub enum Rumor {
    /// A member is there.
    Presence(Box<Presence>),
    /// A member has been found to be so.
    Found {
        /// Whom.
        id: NodeId,
        /// In which life.
        incarnation: Incarnation,
        /// What.
        finding: Finding,
    },
    /// The sender accuses a member of being gone; nobody accuses in the name of another.
    Accusation(Accusation),
    /// The sender takes its accusation back.
    Retraction {
        /// Whom it was about.
        subject: NodeId,
        /// Its number among the claims of the sender about this subject.
        round: u64,
    },
    /// Somebody had a sign of life from a member itself, and perhaps knows that it hears.
    Vouch {
        /// From whom.
        subject: NodeId,
        /// In which life.
        incarnation: Incarnation,
        /// How long ago (µs).
        age_us: u64,
        /// How long ago what was sent that it says it heard of the sender (µs).
        heard_us: Option<u64>,
    },
    /// One side holds a member for gone that may be alive on the other: it shall answer.
    Notice {
        /// Whom.
        id: NodeId,
        /// In which life.
        incarnation: Incarnation,
    },
    /// A member restarts on purpose, and will be back.
    Restarting {
        /// Who.
        id: NodeId,
        /// The life that ends.
        incarnation: Incarnation,
        /// Within which time (µs).
        within_us: u64,
    },
}

/// What was found of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[expect(clippy::exhaustive_enums, reason = "a new kind is a new version of the protocol")]
pub enum Finding {
    /// It says so itself.
    Alive,
    /// A majority of its observers accuses it.
    Down,
    /// It said good-bye.
    Left,
}

/// A claim of its sender that a member is gone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Accusation {
    /// Who is accused.
    pub subject: NodeId,
    /// In which life.
    pub incarnation: Incarnation,
    /// The number of the claim among those of the sender about this subject: the newest counts.
    pub round: u64,
    /// On what grounds.
    pub grounds: Grounds,
}

/// Why a member is accused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[expect(clippy::exhaustive_enums, reason = "a new kind is a new version of the protocol")]
pub enum Grounds {
    /// Nobody hears it.
    Silent,
    /// It does not hear the accuser.
    Deaf,
    /// Its host says that nobody listens there.
    Refused,
}

/// Who a member is, where it is, and what is held of it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Presence {
    /// For good.
    pub id: NodeId,
    /// For people.
    pub name: Name,
    /// Where it is reached.
    pub addr: SocketAddr,
    /// Its process.
    pub session: SessionId,
    /// Which life.
    pub incarnation: Incarnation,
    /// The time between its heartbeats, as promised.
    pub interval: Interval,
    /// What else its operator says of it.
    pub labels: Labels,
    /// Since which life it is where it is: of two addresses the later counts.
    pub placed: Incarnation,
    /// What the sender holds of it.
    pub finding: Finding,
}

impl Rumor {
    /// Its length on the wire (bytes).
    #[must_use]
    pub fn wire_len(&self) -> usize {
        body::encode(self).map_or(usize::MAX, |bytes| bytes.len())
    }
}

/// As many of `rumors`, from the first on, as fit into `bytes`.
pub fn fitting<'a>(rumors: impl IntoIterator<Item = &'a Rumor>, bytes: usize) -> Rumors {
    let mut left = bytes;
    List::first_of(rumors.into_iter().map_while(|rumor| {
        left = left.checked_sub(rumor.wire_len())?;
        Some(rumor.clone())
    }))
}

/// As many of `members`, from the first on, as fit into `bytes`; and how many they are.
#[must_use]
pub fn page(members: &[Presence], bytes: usize) -> (List<Presence, PRESENCES_MAX>, usize) {
    let mut left = bytes;
    let fits = |member: &&Presence| {
        let len = body::encode(*member).map_or(usize::MAX, |bytes| bytes.len());
        let rest = left.checked_sub(len);
        left = rest.unwrap_or(left);
        rest.is_some()
    };
    let page: Vec<_> = members.iter().take(PRESENCES_MAX).take_while(fits).cloned().collect();
    let count = page.len();
    (List::first_of(page), count)
}
