//! Bytes ↔ datagrams: a fixed header by hand, a body by bincode; total on hostile input.
//!
//! ```text
//!  0        1        2                 6
//! ┌────────┬────────┬─────────────────┬──────────────── … ──┬───────── … ──┬────────── … ─┐
//! │  0xF1  │  kind  │     key id      │       session       │   sequence   │     body     │
//! └────────┴────────┴─────────────────┴──────────────── … ──┴───────── … ──┴────────── … ─┘
//!                                      6                    22             30   to 1,200
//! ```
//!
//! What the messages mean, and whether to believe them, is the protocol's business.

pub mod body;
pub mod bounded;
pub mod header;
pub mod message;
pub mod rumor;

use thiserror::Error;

use crate::ident::SessionId;
use body::DecodeBodyError;
use header::{HEADER_LEN, Header, Kind, ParseHeaderError};
use message::Message;

/// The longest datagram, header included (bytes): below the least MTU of IPv6 (1,280) less the
/// headers of IPv6 (40) and UDP (8), so that no datagram is ever fragmented.
pub const DATAGRAM_BYTES_MAX: usize = 1_200;

/// The key id of datagrams in plaintext, which carry no tag.
pub const KEY_ID_PLAINTEXT: u32 = 0;

/// One datagram, taken apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Datagram {
    /// The process that sent it.
    pub session: SessionId,
    /// Its number among all that this process sent, to anybody.
    pub sequence: u64,
    /// What it says.
    pub message: Message,
}

impl Datagram {
    /// The bytes to send.
    ///
    /// # Errors
    ///
    /// [`EncodeError`] when the message is longer than a datagram. Senders fill theirs within
    /// limits, so that this means a defect.
    pub fn encode(&self) -> Result<Vec<u8>, EncodeError> {
        let header = Header {
            kind: self.message.kind(),
            key_id: KEY_ID_PLAINTEXT,
            session: self.session,
            sequence: self.sequence,
        };
        let mut bytes = Vec::with_capacity(256);
        bytes.extend_from_slice(&header.to_bytes());
        bytes.append(&mut self.message.encode_body().map_err(|_| EncodeError)?);
        if bytes.len() > DATAGRAM_BYTES_MAX { Err(EncodeError) } else { Ok(bytes) }
    }

    /// The datagram that these bytes are.
    ///
    /// # Errors
    ///
    /// [`DecodeError`] says what is wrong first. Any bytes are safe to pass.
    pub fn decode(bytes: &[u8]) -> Result<Self, DecodeError> {
        if bytes.len() > DATAGRAM_BYTES_MAX {
            return Err(DecodeError::Oversize);
        }
        let header = Header::parse(bytes)?;
        if header.key_id != KEY_ID_PLAINTEXT {
            return Err(DecodeError::KeyId);
        }
        let body = bytes.get(HEADER_LEN..).unwrap_or_default();
        let message = Message::decode_body(header.kind, body)?;
        Ok(Self { session: header.session, sequence: header.sequence, message })
    }
}

/// A message did not fit into a datagram; nothing was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the message is longer than {DATAGRAM_BYTES_MAX} bytes")]
pub struct EncodeError;

/// Why bytes are no datagram of ours. Nothing of them was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More than [`DATAGRAM_BYTES_MAX`] bytes.
    #[error("longer than {DATAGRAM_BYTES_MAX} bytes")]
    Oversize,
    /// The header is short, of another version, or names no kind of message.
    #[error(transparent)]
    Header(#[from] ParseHeaderError),
    /// Sealed with a key that is not held here.
    #[error("sealed with a key that is not held here")]
    KeyId,
    /// The body is not what the header says it is.
    #[error(transparent)]
    Body(#[from] DecodeBodyError),
}

impl Kind {
    /// Whether a stranger may send this kind: only these are looked at without a proven session.
    #[must_use]
    pub const fn is_handshake(self) -> bool {
        match self {
            Self::Hello | Self::Challenge | Self::Join | Self::Welcome | Self::Refused => true,
            Self::Heartbeat
            | Self::Leave
            | Self::LeaveAck
            | Self::Gossip
            | Self::Probe
            | Self::Ack
            | Self::Relay
            | Self::Pull
            | Self::Page => false,
        }
    }
}
