//! The words that wire and protocol share: who a member is, and which of its lives it is in.
//!
//! Addresses and states belong to the protocol.

use std::fmt;
use std::str::FromStr;

use bincode::{Decode, Encode};
use serde::{Deserialize, Serialize};

/// The longest name of a member or a cluster (bytes).
pub const NAME_BYTES_MAX: usize = 64;

/// A member's identity for good: 128 random bits, made once and kept in its state directory. Name
/// and address are attributes that may change; this is not. Written as 32 hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct NodeId(u128);

impl NodeId {
    /// The identity with these bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeId({self})")
    }
}

impl FromStr for NodeId {
    type Err = ParseNodeIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let digits = text.len() == 32 && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        let bits = digits.then(|| u128::from_str_radix(text, 16).ok()).flatten();
        bits.map(Self).ok_or(ParseNodeIdError)
    }
}

/// The text was not 32 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a node id is 32 hexadecimal digits")]
pub struct ParseNodeIdError;

/// One process of a member, from its start to its end: 128 random bits made at each start.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct SessionId(u128);

impl SessionId {
    /// The session with these bits.
    #[must_use]
    pub const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    /// Its bits.
    #[must_use]
    pub const fn to_bits(self) -> u128 {
        self.0
    }
}

impl fmt::Debug for SessionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionId({:032x})", self.0)
    }
}

/// Which life of a member a statement is about, ordered by start first.
///
/// `start` counts the starts of its process; it is kept on disk and never goes back. `refutation`
/// counts, within one start, how often the member contradicted a claim that it was dead. The pair
/// orders statements about *one* member; between members it orders nothing.
///
/// Source: incarnation numbers, \[SWIM02\] section 4.2.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    Serialize,
    Deserialize,
)]
pub struct Incarnation {
    /// Starts of the process, from 1.
    pub start: u64,
    /// Refutations within this start, from 0.
    pub refutation: u32,
}

impl Incarnation {
    /// The first incarnation of the given start.
    #[must_use]
    pub const fn of_start(start: u64) -> Self {
        Self { start, refutation: 0 }
    }

    /// The incarnation that refutes this one; `None` when the counter is used up.
    #[must_use]
    pub fn next_refutation(self) -> Option<Self> {
        let refutation = self.refutation.checked_add(1)?;
        Some(Self { refutation, ..self })
    }
}

impl fmt::Display for Incarnation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.start, self.refutation)
    }
}

/// The name of a member or of a cluster: 1 to 64 bytes of ASCII letters, digits, `.`, `_` and `-`,
/// so that it needs no escaping anywhere.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Name(String);

impl Name {
    /// The name as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Name {
    type Err = ParseNameError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
        if (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text.to_owned()))
        } else {
            Err(ParseNameError)
        }
    }
}

impl TryFrom<String> for Name {
    type Error = ParseNameError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Name> for String {
    fn from(name: Name) -> Self {
        name.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Name({})", self.0)
    }
}

/// The text was no legal name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a name is 1 to 64 ASCII letters, digits, '.', '_' or '-'")]
pub struct ParseNameError;

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the order is (start, refutation), whatever the counters say of each other.
    #[test]
    fn a_later_start_outranks_any_refutation() {
        let old = Incarnation { start: 3, refutation: u32::MAX };
        assert!(Incarnation::of_start(4) > old);
        assert!(Incarnation { start: 4, refutation: 1 } > Incarnation::of_start(4));
    }

    /// Goal: a refutation outranks what it refutes, as long as there is one.
    #[test]
    fn a_refutation_outranks_what_it_refutes() {
        let me = Incarnation { start: 5, refutation: 2 };
        assert!(me.next_refutation().is_some_and(|next| next > me && next.start == me.start));
        assert_eq!(Incarnation { start: 5, refutation: u32::MAX }.next_refutation(), None);
    }

    /// Goal: what could break a log, a table or a shell is no name.
    #[test]
    fn names_are_checked() {
        for bad in ["", "a b", "a\n", "ä", "x/y", &"x".repeat(65)] {
            assert_eq!(bad.parse::<Name>(), Err(ParseNameError), "{bad:?}");
        }
        assert_eq!("db-1.eu_west".parse::<Name>().map(String::from).as_deref(), Ok("db-1.eu_west"));
    }

    /// Goal: an id survives text, and nothing else is one.
    #[test]
    fn ids_are_32_hexadecimal_digits() {
        let id = NodeId::from_bits(0x0f);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in ["", "0f", "+0000000000000000000000000000000f", &"g".repeat(32)] {
            assert_eq!(bad.parse::<NodeId>(), Err(ParseNodeIdError), "{bad:?}");
        }
    }
}
