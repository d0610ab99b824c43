//! The 30 bytes in clear that every datagram starts with. Big-endian, as network protocols are.
//!
//! They are final: later versions of the body leave them as they are.

use thiserror::Error;

use crate::ident::SessionId;

/// Length of the header (bytes).
pub const HEADER_LEN: usize = 30;

/// The first byte: protocol version 1, with a high nibble that tells it from other traffic.
pub const VERSION: u8 = 0xF1;

/// The header, parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// What the body is.
    pub kind: Kind,
    /// The key that seals the body; 0 is none.
    pub key_id: u32,
    /// The sending process.
    pub session: SessionId,
    /// The number of the datagram among all of the session; never used twice.
    pub sequence: u64,
}

/// The kinds of message, with their numbers on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[expect(clippy::exhaustive_enums, reason = "a new kind is a new version of the protocol")]
pub enum Kind {
    /// A stranger asks for a challenge.
    Hello = 1,
    /// The answer to a session that is not proven.
    Challenge = 2,
    /// The challenge returned, with a challenge for the other side.
    Join = 3,
    /// The other side's challenge returned: both are proven.
    Welcome = 4,
    /// No entry, and why.
    Refused = 5,
    /// I am alive.
    Heartbeat = 6,
    /// I am about to end.
    Leave = 7,
    /// I know that you are.
    LeaveAck = 8,
    /// News, out of turn.
    Gossip = 9,
    /// Are you there?
    Probe = 10,
    /// I am.
    Ack = 11,
    /// Ask somebody for me whether it is there.
    Relay = 12,
    /// My table differs from yours: tell me where.
    Pull = 13,
    /// A part of my table.
    Page = 14,
}

impl Kind {
    const ALL: [Self; 14] = [
        Self::Hello,
        Self::Challenge,
        Self::Join,
        Self::Welcome,
        Self::Refused,
        Self::Heartbeat,
        Self::Leave,
        Self::LeaveAck,
        Self::Gossip,
        Self::Probe,
        Self::Ack,
        Self::Relay,
        Self::Pull,
        Self::Page,
    ];
}

impl Header {
    /// The header on the wire.
    #[must_use]
    pub fn to_bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [0; HEADER_LEN];
        let fields = [VERSION, self.kind as u8]
            .into_iter()
            .chain(self.key_id.to_be_bytes())
            .chain(self.session.to_bits().to_be_bytes())
            .chain(self.sequence.to_be_bytes());
        for (place, byte) in bytes.iter_mut().zip(fields) {
            *place = byte;
        }
        bytes
    }

    /// The header that `datagram` starts with.
    ///
    /// # Errors
    ///
    /// [`ParseHeaderError`] when it is short, of another version, or of no known kind.
    pub fn parse(datagram: &[u8]) -> Result<Self, ParseHeaderError> {
        let (version, rest) = take::<1>(datagram)?;
        let (kind, rest) = take::<1>(rest)?;
        let (key_id, rest) = take::<4>(rest)?;
        let (session, rest) = take::<16>(rest)?;
        let (sequence, _body) = take::<8>(rest)?;
        if version != [VERSION] {
            return Err(ParseHeaderError::Version);
        }
        let kind = Kind::ALL.into_iter().find(|known| [*known as u8] == kind);
        Ok(Self {
            kind: kind.ok_or(ParseHeaderError::Kind)?,
            key_id: u32::from_be_bytes(key_id),
            session: SessionId::from_bits(u128::from_be_bytes(session)),
            sequence: u64::from_be_bytes(sequence),
        })
    }
}

/// The first `N` bytes, and the rest.
fn take<const N: usize>(bytes: &[u8]) -> Result<([u8; N], &[u8]), ParseHeaderError> {
    bytes.split_first_chunk().map(|(head, rest)| (*head, rest)).ok_or(ParseHeaderError::Short)
}

/// Why bytes do not start with a header of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ParseHeaderError {
    /// Fewer than 30 bytes.
    #[error("shorter than a header")]
    Short,
    /// Another version of the protocol, or other traffic.
    #[error("another protocol, or another version")]
    Version,
    /// A kind of message that does not exist.
    #[error("no such kind of message")]
    Kind,
}
