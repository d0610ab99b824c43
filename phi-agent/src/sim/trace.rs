//! A number that stands for all that happened in a run: equal runs have equal numbers.
//!
//! No cryptography: whoever wants two runs with one number finds them.

use phi_core::Timestamp;

/// The hash of a run so far.
#[derive(Clone, Copy, Debug)]
pub(super) struct Trace(u64);

impl Trace {
    pub(super) const fn new() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }

    pub(super) const fn number(&mut self, number: u64) {
        let mixed = (self.0 ^ number).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        self.0 = mixed ^ (mixed >> 29);
    }

    pub(super) const fn time(&mut self, at: Timestamp) {
        self.number(at.as_nanos());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.number(u64::from_le_bytes(*word));
        }
        for byte in rest {
            self.number(u64::from(*byte));
        }
        self.number(bytes.len() as u64);
    }

    pub(super) const fn value(self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: order, place and length all count.
    #[test]
    fn every_difference_counts() {
        let of = |parts: &[&[u8]]| {
            let mut trace = Trace::new();
            for part in parts {
                trace.bytes(part);
            }
            trace.value()
        };
        let all = [
            of(&[b"12345678", b"9"]),
            of(&[b"123456789"]),
            of(&[b"9", b"12345678"]),
            of(&[b"12345678", b"8"]),
            of(&[b"12345678", b"9", b""]),
        ];
        for (place, one) in all.iter().enumerate() {
            assert!(all.iter().skip(place + 1).all(|other| other != one));
        }
    }
}
