//! What is held of a member, and which claim overrules which: one table, one `const fn`.
//!
//! Who may make a claim is decided elsewhere.

use serde::{Deserialize, Serialize};

use crate::ident::Incarnation;

/// What an observer holds of a member.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the states of the protocol")]
pub enum Liveness {
    /// Its heartbeats come.
    Up,
    /// Somebody accuses it of being gone; that has not been taken back, nor refuted, yet.
    Suspect,
    /// A majority of its observers accused it: taken for dead.
    Down,
    /// It said good-bye.
    Left,
}

impl Liveness {
    /// Whether heartbeats are exchanged with a member in this state.
    #[must_use]
    pub const fn is_present(self) -> bool {
        matches!(self, Self::Up | Self::Suspect)
    }

    /// The state's name, as in all output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Suspect => "suspect",
            Self::Down => "down",
            Self::Left => "left",
        }
    }
}

/// A state, and the life that it is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct State {
    /// The state.
    pub liveness: Liveness,
    /// The life.
    pub incarnation: Incarnation,
}

impl State {
    /// Alive in this life.
    pub(super) const fn up(incarnation: Incarnation) -> Self {
        Self { liveness: Liveness::Up, incarnation }
    }

    /// Whether `claim` overrules what is held.
    ///
    /// A higher incarnation overrules everything, a lower one nothing. Within one incarnation a
    /// claim must be worse; the exception is a sign of life of a suspect. So who is down or has
    /// left comes back by a higher incarnation only.
    ///
    /// Source: \[SWIM02\] section 4.2, with leaving as the last word.
    #[must_use]
    pub const fn yields_to(self, claim: Self) -> bool {
        let (held, new) = (self.incarnation, claim.incarnation);
        if new.start != held.start {
            return new.start > held.start;
        }
        if new.refutation != held.refutation {
            return new.refutation > held.refutation;
        }
        match (self.liveness, claim.liveness) {
            (Liveness::Up, Liveness::Suspect | Liveness::Down | Liveness::Left)
            | (Liveness::Suspect, Liveness::Up | Liveness::Down | Liveness::Left)
            | (Liveness::Down, Liveness::Left) => true,
            (Liveness::Up, Liveness::Up)
            | (Liveness::Suspect, Liveness::Suspect)
            | (Liveness::Down, Liveness::Up | Liveness::Suspect | Liveness::Down)
            | (Liveness::Left, _) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Liveness; 4] = [Liveness::Up, Liveness::Suspect, Liveness::Down, Liveness::Left];

    fn state(liveness: Liveness, start: u64, refutation: u32) -> State {
        State { liveness, incarnation: Incarnation { start, refutation } }
    }

    /// The rules in words, for a claim about the same incarnation.
    fn yields_within_a_life(held: Liveness, claim: Liveness) -> bool {
        claim > held || (held, claim) == (Liveness::Suspect, Liveness::Up)
    }

    /// Goal: every pair of states and incarnations, against the rules in words.
    #[test]
    fn precedence_is_exhaustively_right() {
        let lives = [(1, 0), (1, 1), (2, 0)];
        let all = || ALL.into_iter().flat_map(|liveness| lives.map(|life| (liveness, life)));
        for ((held, a), (claim, b)) in all().flat_map(|a| all().map(move |b| (a, b))) {
            let yields = state(held, a.0, a.1).yields_to(state(claim, b.0, b.1));
            let expected = b > a || (b == a && yields_within_a_life(held, claim));
            assert_eq!(yields, expected, "{held:?} {a:?} ← {claim:?} {b:?}");
        }
    }

    /// Goal: no claims, in whatever order, bring a dead member back without a higher incarnation.
    #[test]
    fn the_dead_stay_dead_within_an_incarnation() {
        for (first, second) in ALL.into_iter().flat_map(|a| ALL.map(|b| (a, b))) {
            let dead = state(Liveness::Down, 4, 2);
            let held = [first, second].into_iter().fold(dead, |held, claim| {
                Some(state(claim, 4, 2)).filter(|claim| held.yields_to(*claim)).unwrap_or(held)
            });
            assert!(!held.liveness.is_present());
        }
    }
}
