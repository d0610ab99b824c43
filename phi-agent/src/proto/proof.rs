//! Challenges that cost no memory until they are answered.
//!
//! ```text
//! proof = first 128 bits of HMAC-SHA256(secret, address ‖ session ‖ time slot)
//! ```
//!
//! Whoever returns it receives at that address, and has done so within the last two slots. The idea
//! is the SYN cookie's.

use std::net::SocketAddr;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use phi_core::Timestamp;
use sha2::Sha256;

use crate::ident::SessionId;
use crate::wire::message::Proof;

/// Length of a time slot: a proof holds for one to two of them.
const SLOT: Duration = Duration::from_secs(60);

/// What only this process knows.
#[derive(Clone)]
pub(super) struct ProofSecret([u8; 32]);

impl std::fmt::Debug for ProofSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("ProofSecret(***)")
    }
}

impl ProofSecret {
    pub(super) const fn new(secret: [u8; 32]) -> Self {
        Self(secret)
    }

    /// The challenge for `session` at `addr`.
    pub(super) fn challenge(&self, addr: SocketAddr, session: SessionId, now: Timestamp) -> Proof {
        self.of_slot(addr, session, slot(now))
    }

    /// Whether `proof` was given out here to `session` at `addr` lately.
    pub(super) fn accepts(
        &self,
        proof: Proof,
        addr: SocketAddr,
        session: SessionId,
        now: Timestamp,
    ) -> bool {
        let slot = slot(now);
        proof == self.of_slot(addr, session, slot)
            || proof == self.of_slot(addr, session, slot.wrapping_sub(1))
    }

    fn of_slot(&self, addr: SocketAddr, session: SessionId, slot: u64) -> Proof {
        let ip = match addr {
            SocketAddr::V4(addr) => addr.ip().to_ipv6_mapped(),
            SocketAddr::V6(addr) => *addr.ip(),
        };
        let parts = [
            &ip.octets()[..],
            &addr.port().to_be_bytes(),
            &session.to_bits().to_be_bytes(),
            &slot.to_be_bytes(),
        ];
        Proof(first_half(&keyed(&self.0, &parts)))
    }
}

/// HMAC-SHA256 of `parts`, one after the other.
pub(super) fn keyed(key: &[u8; 32], parts: &[&[u8]]) -> [u8; 32] {
    let mut block = [0; 64]; // HMAC fills up shorter keys with zeros itself
    for (place, byte) in block.iter_mut().zip(key) {
        *place = *byte;
    }
    let mut mac = Hmac::<Sha256>::new(&block.into());
    for part in parts {
        mac.update(part);
    }
    mac.finalize().into_bytes().into()
}

/// The first 128 of 256 bits.
pub(super) fn first_half(bytes: &[u8; 32]) -> [u8; 16] {
    bytes.first_chunk().copied().unwrap_or_default()
}

const fn slot(now: Timestamp) -> u64 {
    now.as_nanos() / (SLOT.as_secs() * 1_000_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a proof holds for its address, session and time, and for no other.
    #[test]
    fn proofs_hold_for_what_they_were_given_for() {
        let secret = ProofSecret::new([3; 32]);
        let (addr, session) = (SocketAddr::from(([10, 0, 0, 1], 7)), SessionId::from_bits(9));
        let now = Timestamp::from_nanos(90_000_000_000);
        let proof = secret.challenge(addr, session, now);
        let later = |s| now.saturating_add(Duration::from_secs(s));
        assert!(secret.accepts(proof, addr, session, now));
        assert!(secret.accepts(proof, addr, session, later(60)));
        assert!(!secret.accepts(proof, addr, session, later(120)), "too old");
        assert!(!secret.accepts(proof, SocketAddr::from(([10, 0, 0, 1], 8)), session, now));
        assert!(!secret.accepts(proof, addr, SessionId::from_bits(8), now));
        assert!(!ProofSecret::new([4; 32]).accepts(proof, addr, session, now));
        assert!(!format!("{secret:?}").contains('3'));
    }
}
