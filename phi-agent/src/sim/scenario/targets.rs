//! Whom a fault concerns: these, all, so many, or such a part.

use serde::Deserialize;

use crate::sim::dice::Dice;
use crate::sim::place::Hosts;

/// Members, named or to be drawn.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::sim) enum Targets {
    Named(Vec<usize>),
    All,
    Count(usize),
    Part(f64),
}

/// A list of members, or `"all"`.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged)]
pub(super) enum RawNodes {
    Named(Vec<usize>),
    Word(String),
}

impl Targets {
    /// Those of `nodes` members that are meant.
    pub(in crate::sim) fn resolved(&self, nodes: usize, dice: &mut Dice) -> Hosts {
        match self {
            Self::Named(named) => Hosts::of(named.iter().copied()),
            Self::All => Hosts::all(nodes),
            Self::Count(count) => Hosts::of(dice.some(*count, nodes)),
            Self::Part(part) => Hosts::of(dice.some(share(nodes, *part), nodes)),
        }
    }

    pub(super) fn max(&self) -> Option<usize> {
        match self {
            Self::Named(named) => named.iter().max().copied(),
            Self::Count(count) => count.checked_sub(1),
            Self::All | Self::Part(_) => None,
        }
    }
}

impl TryFrom<RawNodes> for Targets {
    type Error = String;

    fn try_from(raw: RawNodes) -> Result<Self, Self::Error> {
        match raw {
            RawNodes::Named(named) if named.is_empty() => Err("no node is named".to_owned()),
            RawNodes::Named(named) => Ok(Self::Named(named)),
            RawNodes::Word(word) if word == "all" => Ok(Self::All),
            RawNodes::Word(word) => {
                Err(format!("{word:?} is neither \"all\" nor a list of nodes like [0, 1]"))
            }
        }
    }
}

/// A part of a number, rounded, and at least one.
#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a part, from 0 to 1, of a few thousand"
)]
fn share(nodes: usize, part: f64) -> usize {
    ((nodes as f64 * part).round() as usize).max(1)
}
