//! What members say to each other: one struct a message.
//!
//! Bodies may still change with the version byte; the header and the handshake are final.

use std::net::SocketAddr;

use bincode::{Decode, Encode};

use super::body::{self, DecodeBodyError, EncodeBodyError};
use super::bounded::{Interval, Labels, List};
use super::header::Kind;
use super::rumor::{PRESENCES_MAX, Presence, Rumors};
use crate::ident::{Incarnation, Name, NodeId};

/// Bytes that only the sender of a challenge can have made: a proof that whoever returns them
/// receives what is sent to its address, now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Proof(pub [u8; 16]);

/// A message, of any kind.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a new kind is a new version of the protocol")]
pub enum Message {
    /// A stranger asks for a challenge.
    Hello(Hello),
    /// The answer to a session that is not proven.
    Challenge(Challenge),
    /// The challenge returned.
    Join(Join),
    /// The other side's challenge returned.
    Welcome(Welcome),
    /// No entry.
    Refused(Refused),
    /// I am alive.
    Heartbeat(Heartbeat),
    /// I am about to end.
    Leave(Leave),
    /// I know that you are.
    LeaveAck(LeaveAck),
    /// News.
    Gossip(Gossip),
    /// Are you there?
    Probe(Probe),
    /// I am.
    Ack(Ack),
    /// Ask somebody for me whether it is there.
    Relay(Relay),
    /// My table differs from yours.
    Pull(Pull),
    /// A part of my table.
    Page(Page),
}

/// Asks for a challenge. Its padding makes it as long as the answers that a stranger can draw.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Hello {
    /// The cluster that the sender wants to join.
    pub cluster: Name,
    /// Zeros.
    pub padding: [u8; 16],
}

/// Asks a session to prove that it is alive now and receives at its address.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Challenge {
    /// To be returned.
    pub proof: Proof,
}

/// Proves the sender's session and challenges the receiver's.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Join {
    /// The receiver's challenge, returned.
    pub proof: Proof,
    /// The sender's own, to be returned by a [`Welcome`].
    pub challenge: Proof,
    /// The cluster that the sender wants to join.
    pub cluster: Name,
    /// Who the sender is.
    pub identity: Identity,
}

/// Proves the sender's session to one that joined.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Welcome {
    /// The receiver's challenge, returned.
    pub proof: Proof,
    /// Who the sender is.
    pub identity: Identity,
    /// Set when the sender holds the receiver for suspect, down or left at this incarnation.
    pub accused: Option<Incarnation>,
    /// Where the receiver's datagrams come from, as the sender sees it.
    pub seen_at: SocketAddr,
    /// The sender's table.
    pub table: Digest,
}

/// Refuses entry.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Refused {
    /// Why.
    pub reason: Refusal,
    /// The life of the receiver that is known, for [`Refusal::OldIncarnation`].
    pub known: Option<Incarnation>,
}

/// Why a member refuses another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
#[non_exhaustive]
pub enum Refusal {
    /// It belongs to another cluster.
    ForeignCluster,
    /// Its table of members is full.
    TableFull,
    /// Another process has the identity: a state directory was copied.
    SameIdentity,
    /// It was in a later life before: a state directory was put back to an older state.
    OldIncarnation,
}

impl Refusal {
    /// Its name, as in all output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ForeignCluster => "foreign-cluster",
            Self::TableFull => "table-full",
            Self::SameIdentity => "same-identity",
            Self::OldIncarnation => "old-incarnation",
        }
    }
}

/// Says that the sender is alive; the only message that feeds a detector.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Heartbeat {
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// Its number among the heartbeats from this sender to this receiver.
    pub number: u64,
    /// When it was sent: microseconds since the start of the sender's session.
    pub sent_us: u64,
    /// The time until the next one, as promised.
    pub interval: Interval,
    /// The last heartbeat that the sender had from the receiver.
    pub echo: Option<Echo>,
    /// Set when the sender holds the receiver for suspect, down or left at this incarnation.
    pub accused: Option<Incarnation>,
    /// The longest stall of the sender itself in its last minute (µs).
    pub stall_us: u64,
    /// Set on the first one to a receiver: its numbers start here, and its table may differ.
    pub hello: bool,
    /// A hash over all members that are present in the sender's table, itself included.
    pub table: u32,
    /// News.
    pub rumors: Rumors,
}

/// A heartbeat returned to its sender: "I hear you", and the round-trip time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Echo {
    /// `sent_us` of that heartbeat, on the clock of its sender.
    pub sent_us: u64,
    /// How long ago it arrived (µs).
    pub held_us: u64,
}

/// Says that the sender is about to end, on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Leave {
    /// The life that ends.
    pub incarnation: Incarnation,
    /// Within which time it will be back, if it restarts (µs).
    pub back_within_us: Option<u64>,
}

/// Confirms a [`Leave`].
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct LeaveAck {
    /// The life that ends.
    pub incarnation: Incarnation,
}

/// Brings news, out of turn.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Gossip {
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// The news.
    pub rumors: Rumors,
}

/// Asks whether the receiver is there.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Probe {
    /// Who shall be there: the address may be another member's by now.
    pub subject: NodeId,
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// When it was sent: microseconds since the start of the sender's session.
    pub sent_us: u64,
    /// Set when the sender holds the receiver for suspect, down or left at this incarnation.
    pub accused: Option<Incarnation>,
    /// News.
    pub rumors: Rumors,
}

/// Answers a [`Probe`].
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Ack {
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// `sent_us` of the probe.
    pub echo_us: u64,
    /// The longest stall of the sender itself in its last minute (µs).
    pub stall_us: u64,
    /// Set when the sender holds the receiver for suspect, down or left at this incarnation.
    pub accused: Option<Incarnation>,
    /// News.
    pub rumors: Rumors,
}

/// Asks the receiver to probe somebody, and to vouch for it if it answers.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Relay {
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// Whom.
    pub subject: NodeId,
}

/// The sender's table, so that the receiver can tell what is different in its own.
#[derive(Clone, Copy, Debug, PartialEq, Encode, Decode)]
pub struct Pull {
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// The table.
    pub table: Digest,
}

/// A part of the sender's table.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Page {
    /// Which life of the sender.
    pub incarnation: Incarnation,
    /// Who is in it.
    pub members: List<Presence, PRESENCES_MAX>,
}

/// Hashes of the parts of a table: part i holds the members whose id begins with the hexadecimal
/// digit i.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Digest(pub [u32; Self::PARTS]);

impl Digest {
    /// How many parts there are.
    pub const PARTS: usize = 16;
}

/// Who somebody is.
#[derive(Clone, Debug, PartialEq, Encode, Decode)]
pub struct Identity {
    /// For good.
    pub id: NodeId,
    /// For people.
    pub name: Name,
    /// Where others reach it, if not where its datagrams come from.
    pub advertise: Option<SocketAddr>,
    /// Which life.
    pub incarnation: Incarnation,
    /// The time between its heartbeats, as promised.
    pub interval: Interval,
    /// What else its operator says of it.
    pub labels: Labels,
    /// Since which life it is where it is.
    pub placed: Incarnation,
}

impl Message {
    /// The number of its kind in the header.
    #[must_use]
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Hello(_) => Kind::Hello,
            Self::Challenge(_) => Kind::Challenge,
            Self::Join(_) => Kind::Join,
            Self::Welcome(_) => Kind::Welcome,
            Self::Refused(_) => Kind::Refused,
            Self::Heartbeat(_) => Kind::Heartbeat,
            Self::Leave(_) => Kind::Leave,
            Self::LeaveAck(_) => Kind::LeaveAck,
            Self::Gossip(_) => Kind::Gossip,
            Self::Probe(_) => Kind::Probe,
            Self::Ack(_) => Kind::Ack,
            Self::Relay(_) => Kind::Relay,
            Self::Pull(_) => Kind::Pull,
            Self::Page(_) => Kind::Page,
        }
    }

    pub(super) fn encode_body(&self) -> Result<Vec<u8>, EncodeBodyError> {
        match self {
            Self::Hello(message) => body::encode(message),
            Self::Challenge(message) => body::encode(message),
            Self::Join(message) => body::encode(message),
            Self::Welcome(message) => body::encode(message),
            Self::Refused(message) => body::encode(message),
            Self::Heartbeat(message) => body::encode(message),
            Self::Leave(message) => body::encode(message),
            Self::LeaveAck(message) => body::encode(message),
            Self::Gossip(message) => body::encode(message),
            Self::Probe(message) => body::encode(message),
            Self::Ack(message) => body::encode(message),
            Self::Relay(message) => body::encode(message),
            Self::Pull(message) => body::encode(message),
            Self::Page(message) => body::encode(message),
        }
    }

    pub(super) fn decode_body(kind: Kind, bytes: &[u8]) -> Result<Self, DecodeBodyError> {
        match kind {
            Kind::Hello => body::decode(bytes).map(Self::Hello),
            Kind::Challenge => body::decode(bytes).map(Self::Challenge),
            Kind::Join => body::decode(bytes).map(Self::Join),
            Kind::Welcome => body::decode(bytes).map(Self::Welcome),
            Kind::Refused => body::decode(bytes).map(Self::Refused),
            Kind::Heartbeat => body::decode(bytes).map(Self::Heartbeat),
            Kind::Leave => body::decode(bytes).map(Self::Leave),
            Kind::LeaveAck => body::decode(bytes).map(Self::LeaveAck),
            Kind::Gossip => body::decode(bytes).map(Self::Gossip),
            Kind::Probe => body::decode(bytes).map(Self::Probe),
            Kind::Ack => body::decode(bytes).map(Self::Ack),
            Kind::Relay => body::decode(bytes).map(Self::Relay),
            Kind::Pull => body::decode(bytes).map(Self::Pull),
            Kind::Page => body::decode(bytes).map(Self::Page),
        }
    }
}
