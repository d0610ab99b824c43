//! The one place where bincode is used: bodies, with a limit on what decoding may allocate.
//!
//! bincode is no longer developed. Its format is small and written down, so that the exit is
//! another crate of the same format (or 200 lines of our own) behind these two functions.

use bincode::config::{Configuration, Limit, LittleEndian, Varint};
use bincode::{Decode, Encode};
use thiserror::Error;

/// The most memory that one body may ask for (bytes): what a datagram can hold, in its unpacked
/// form, with room to spare. Without a limit nine hostile bytes ask for gigabytes.
const DECODED_BYTES_MAX: usize = 16_384;

const FORMAT: Configuration<LittleEndian, Varint, Limit<DECODED_BYTES_MAX>> =
    bincode::config::standard().with_limit::<DECODED_BYTES_MAX>();

/// The bytes of a body.
///
/// # Errors
///
/// [`EncodeBodyError`] when it is longer than any body may be.
pub fn encode(body: &impl Encode) -> Result<Vec<u8>, EncodeBodyError> {
    bincode::encode_to_vec(body, FORMAT).map_err(|_| EncodeBodyError)
}

/// The body that `bytes` are, all of them.
///
/// # Errors
///
/// [`DecodeBodyError`] when they are not one, or more than one.
pub fn decode<T: Decode<()>>(bytes: &[u8]) -> Result<T, DecodeBodyError> {
    let (body, used) = bincode::decode_from_slice(bytes, FORMAT).map_err(|_| DecodeBodyError)?;
    if used == bytes.len() { Ok(body) } else { Err(DecodeBodyError) }
}

/// A body was longer than any may be; nothing was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body is too long")]
pub struct EncodeBodyError;

/// Bytes were not the body that they should be; nothing of them was used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the body is malformed")]
pub struct DecodeBodyError;
