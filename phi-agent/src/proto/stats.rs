//! Counters as plain data: what came, what went, and what was dropped for which reason.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::wire::DecodeError;
use crate::wire::header::ParseHeaderError;

/// Why a datagram, or what it said, was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum DropReason {
    /// Shorter than a header.
    Short,
    /// Longer than any datagram of ours.
    Oversize,
    /// Another protocol, or another version of ours.
    Version,
    /// No such kind of message.
    Kind,
    /// Sealed with a key that is not held here.
    KeyId,
    /// A body that is not what its header says.
    Body,
    /// Sent by this node itself.
    OwnSession,
    /// From a session that has not been proven, or not from the address that was.
    Unproven,
    /// From a session that belongs to another member.
    ForeignSession,
    /// A challenge or refusal that was not asked for.
    Unsolicited,
    /// A proof that was not given out here, or is too old.
    Proof,
    /// From another cluster.
    ForeignCluster,
    /// About an earlier life than the one that is known.
    Stale,
    /// A number that was seen before.
    Duplicate,
    /// A number that newer ones have overtaken.
    Late,
    /// By or about the identity of this node.
    SameIdentity,
    /// No room in the table of members.
    TableFull,
    /// This node is leaving.
    Leaving,
    /// About somebody who is not known.
    Unknown,
    /// From a member that is held for down, about others.
    Gone,
    /// An accusation that was taken back, or overtaken, already.
    Overtaken,
    /// More than is dealt with at a time.
    Busy,
}

impl From<DecodeError> for DropReason {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Oversize => Self::Oversize,
            DecodeError::Header(ParseHeaderError::Short) => Self::Short,
            DecodeError::Header(ParseHeaderError::Version) => Self::Version,
            DecodeError::Header(ParseHeaderError::Kind) => Self::Kind,
            DecodeError::KeyId => Self::KeyId,
            DecodeError::Body(_) => Self::Body,
        }
    }
}

/// The counters of one node since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Stats {
    /// Datagrams that came in, of any kind.
    pub datagrams_received: u64,
    /// Datagrams that went out.
    pub datagrams_sent: u64,
    /// Bytes of those that went out, without UDP and IP headers.
    pub bytes_sent: u64,
    /// How often this node was itself late by more than half an interval, and credited that to all.
    pub stalls: u64,
    /// Datagrams of which the receiver's host said that nobody listens there.
    pub refusals: u64,
    /// What was dropped, by reason; reasons that never occurred are absent.
    pub dropped: BTreeMap<DropReason, u64>,
}

impl Stats {
    pub(super) fn count_drop(&mut self, reason: DropReason) {
        *self.dropped.entry(reason).or_default() += 1;
    }
}
