//! The only place where entropy enters: 32 bytes of the kernel's for each start.

use std::io;

/// 32 unguessable bytes.
#[expect(clippy::disallowed_methods, reason = "this is where entropy enters")]
pub(super) fn seed() -> io::Result<[u8; 32]> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(io::Error::other)?;
    Ok(seed)
}

/// 128 unguessable bits.
pub(super) fn bits() -> io::Result<u128> {
    let seed = seed()?;
    Ok(u128::from_be_bytes(seed.first_chunk().copied().unwrap_or_default()))
}
