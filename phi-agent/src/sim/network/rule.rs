//! One fault of the network: on which ways, and what it does there.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use super::burst::BurstState;
pub(in crate::sim) use super::burst::Bursts;
use super::delay::Delay;
pub(in crate::sim) use super::queue::Narrow;
use super::queue::QueueState;
use crate::sim::place::{HostId, Hosts};

/// What a rule does to datagrams.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sim) enum Effect {
    Cut,
    Clog,
    Loss { share: f64 },
    Bursts(Bursts),
    Bandwidth(Narrow),
    Delay(Delay),
    Duplicate { share: f64 },
    LateCopies { share: f64, by: Duration },
    Reorder { share: f64, by: Duration },
    Flip { share: f64 },
    Truncate { share: f64 },
}

/// Loss above which a way is as good as closed: nothing is promised of members that it separates.
const LOSS_OPEN_MAX: f64 = 0.35;

/// The same for the median delay.
const DELAY_OPEN_MAX: Duration = Duration::from_millis(500);

impl Effect {
    /// Whether members that it comes between count as disconnected.
    pub(in crate::sim) fn closes(&self) -> bool {
        match *self {
            Self::Cut | Self::Clog | Self::Bandwidth(_) => true,
            Self::Loss { share } | Self::Flip { share } | Self::Truncate { share } => {
                share > LOSS_OPEN_MAX
            }
            Self::Bursts(Bursts { good, bad }) => {
                bad.as_secs_f64() > LOSS_OPEN_MAX * (good + bad).as_secs_f64()
            }
            Self::Delay(Delay::LogNormal { median, .. } | Delay::Heavy { median, .. }) => {
                median > DELAY_OPEN_MAX
            }
            Self::Reorder { by, .. } => by > DELAY_OPEN_MAX * 2,
            Self::Duplicate { .. } | Self::LateCopies { .. } => false,
        }
    }
}

/// A rule: an effect on the ways from some hosts to others.
#[derive(Debug)]
pub(in crate::sim) struct Rule {
    pub(in crate::sim) number: u64,
    pub(in crate::sim) ways: Ways,
    pub(in crate::sim) effect: Effect,
    pub(super) bursts: BTreeMap<(HostId, HostId), BurstState>,
    pub(super) queues: BTreeMap<(HostId, HostId), QueueState>,
}

/// Ways from some hosts to others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::sim) enum Ways {
    /// From these to those.
    OneWay(Hosts, Hosts),
    /// From these to those, and back.
    Both(Hosts, Hosts),
    /// Between any two groups; who is in no group is a group of its own with all such.
    Between(Vec<Hosts>),
}

impl Ways {
    pub(in crate::sim) fn contain(&self, from: HostId, to: HostId) -> bool {
        match self {
            Self::OneWay(these, those) => these.contains(from) && those.contains(to),
            Self::Both(these, those) => {
                these.contains(from) && those.contains(to)
                    || these.contains(to) && those.contains(from)
            }
            Self::Between(groups) => {
                let group = |host| groups.iter().position(|group| group.contains(host));
                group(from) != group(to)
            }
        }
    }
}

impl fmt::Display for Ways {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |hosts: &Hosts| hosts.iter().collect::<Vec<_>>();
        match self {
            Self::OneWay(these, those) => write!(f, "{:?} → {:?}", list(these), list(those)),
            Self::Both(these, those) => write!(f, "{:?} ↔ {:?}", list(these), list(those)),
            Self::Between(groups) => write!(f, "{:?}", groups.iter().map(list).collect::<Vec<_>>()),
        }
    }
}

impl Rule {
    pub(in crate::sim) const fn new(number: u64, ways: Ways, effect: Effect) -> Self {
        Self { number, ways, effect, bursts: BTreeMap::new(), queues: BTreeMap::new() }
    }

    pub(super) fn concerns(&self, from: HostId, to: HostId) -> bool {
        self.ways.contain(from, to)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each shape of a cut, and who stands outside.
    #[test]
    fn ways_have_their_direction() {
        let [a, b, c] = [0, 1, 2].map(HostId);
        let set = |hosts: &[usize]| Hosts::of(hosts.iter().copied());
        let one = Ways::OneWay(set(&[0]), set(&[1]));
        assert!(one.contain(a, b) && !one.contain(b, a) && !one.contain(a, c));
        let both = Ways::Both(set(&[0]), set(&[1]));
        assert!(both.contain(a, b) && both.contain(b, a) && !both.contain(c, a));
        let between = Ways::Between(vec![set(&[0]), set(&[1])]);
        assert!(between.contain(a, b) && between.contain(c, a) && !between.contain(c, c));
    }
}
