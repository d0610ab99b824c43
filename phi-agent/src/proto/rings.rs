//! Who watches whom: members on seeded rings, each watching its neighbours, and watched by them.
//!
//! ```text
//!            ring 0                      ring 1
//!        ┌─ a ─ d ─ f ─┐             ┌─ c ─ a ─ e ─┐
//!        │             │             │             │      watched by a: c, d and b, e
//!        └─ c ─ b ─ e ─┘             └─ f ─ d ─ b ─┘
//! ```
//!
//! The order on each ring is that of a hash over ring and id, the same everywhere, so that whoever
//! has the same table names the same observers. Who is alive is the caller's to say.
//!
//! Source: expanders of several rings, \[Rapid18\]; mutual watching and the number of rings: the
//! study of the protocol.

use std::collections::BTreeSet;

use super::config::Observers;
use super::rng::Rng;
use crate::ident::NodeId;

/// The members on the rings.
#[derive(Clone, Debug)]
pub(super) struct Rings {
    rings: Vec<BTreeSet<Place>>,
    members: BTreeSet<NodeId>,
}

/// The place of a member on a ring.
type Place = (u64, NodeId);

/// The direction of a walk.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Up,
    Down,
}

impl Rings {
    /// Empty rings on which each member picks `observers` others.
    pub(super) fn new(observers: Observers) -> Self {
        Self { rings: vec![BTreeSet::new(); observers.get() / 2], members: BTreeSet::new() }
    }

    pub(super) fn insert(&mut self, id: NodeId) {
        self.members.insert(id);
        for (number, ring) in (0..).zip(&mut self.rings) {
            ring.insert((hash(number, id), id));
        }
    }

    pub(super) fn remove(&mut self, id: NodeId) {
        self.members.remove(&id);
        for (number, ring) in (0..).zip(&mut self.rings) {
            ring.remove(&(hash(number, id), id));
        }
    }

    /// The observers of `subject` among the members that are not left out: those that it picks, and
    /// those that pick it. The subject itself counts as being there, whoever is left out.
    pub(super) fn observers(
        &self,
        subject: NodeId,
        left_out: &impl Fn(NodeId) -> bool,
    ) -> BTreeSet<NodeId> {
        let picked_max = 2 * self.rings.len();
        let out = |id: NodeId| id != subject && left_out(id);
        let others = self.members.iter().filter(|&&id| id != subject && !out(id));
        if others.clone().nth(picked_max).is_none() {
            return others.copied().collect(); // so few that everybody watches everybody
        }
        let mut observers = self.pick(subject, &out);
        for candidate in self.near(subject, picked_max + 1, &out) {
            if !observers.contains(&candidate) && self.pick(candidate, &out).contains(&subject) {
                observers.insert(candidate);
            }
        }
        observers
    }

    /// Who might be watched by `observer` if those left out were skipped: all between it and the
    /// members that it reaches then.
    pub(super) fn candidates(
        &self,
        observer: NodeId,
        left_out: &impl Fn(NodeId) -> bool,
    ) -> BTreeSet<NodeId> {
        let reach = self.rings.len() + 1;
        let mut found = BTreeSet::new();
        for (number, direction) in self.walks() {
            let walk = || self.walk(number, direction, observer);
            let reached = walk().filter(|id| !left_out(*id)).nth(reach - 1);
            let before = walk().take_while(|id| Some(*id) != reached);
            found.extend(before.chain(reached));
        }
        found
    }

    /// On each ring the nearest above, then the nearest below, that is not picked yet.
    fn pick(&self, id: NodeId, out: &impl Fn(NodeId) -> bool) -> BTreeSet<NodeId> {
        let mut picked = BTreeSet::new();
        for (number, direction) in self.walks() {
            let nearest = self
                .walk(number, direction, id)
                .find(|candidate| !picked.contains(candidate) && !out(*candidate));
            picked.extend(nearest);
        }
        picked
    }

    /// The members up to `reach` places away on any ring, those that are out not counted.
    fn near(&self, id: NodeId, reach: usize, out: &impl Fn(NodeId) -> bool) -> BTreeSet<NodeId> {
        let walks = self.walks().flat_map(|(number, direction)| {
            self.walk(number, direction, id).filter(|candidate| !out(*candidate)).take(reach)
        });
        walks.collect()
    }

    fn walks(&self) -> impl Iterator<Item = (u64, Direction)> {
        let numbers = (0..).take(self.rings.len());
        numbers.flat_map(|number| [(number, Direction::Up), (number, Direction::Down)])
    }

    /// The members of a ring from `start` on, once around, without itself.
    fn walk(
        &self,
        number: u64,
        direction: Direction,
        start: NodeId,
    ) -> impl Iterator<Item = NodeId> + '_ {
        let place = (hash(number, start), start);
        let ring = usize::try_from(number).ok().and_then(|number| self.rings.get(number));
        let up = ring
            .filter(|_| direction == Direction::Up)
            .into_iter()
            .flat_map(move |ring| ring.range(place..).chain(ring.range(..place)));
        let down = ring
            .filter(|_| direction == Direction::Down)
            .into_iter()
            .flat_map(move |ring| ring.range(..place).rev().chain(ring.range(place..).rev()));
        up.chain(down).map(|(_, id)| *id).filter(move |id| *id != start)
    }
}

/// Where a ring has `id`: the same on every host and in every version of the protocol.
fn hash(ring: u64, id: NodeId) -> u64 {
    let bits = id.to_bits();
    #[expect(clippy::cast_possible_truncation, reason = "both halves go in")]
    let (high, low) = ((bits >> 64) as u64, bits as u64);
    let mut rng = Rng::new(ring.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ high);
    Rng::new(rng.next() ^ low).next()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u32) -> NodeId {
        NodeId::from_bits(u128::from(number) << 64 | 7)
    }

    fn rings(members: u32) -> Rings {
        let mut rings = Rings::new(Observers::default());
        (0..members).for_each(|number| rings.insert(id(number)));
        rings
    }

    /// Goal: watching is mutual, whoever is left out, and nobody has fewer than K or many more.
    #[test]
    fn watching_is_mutual_and_degrees_are_bounded() {
        let sizes = [2, 3, 5, 6, 8, 32, 200].into_iter();
        for (members, left_out) in sizes.flat_map(|n| [(n, 0), (n, n / 3)]) {
            let rings = rings(members);
            let out = |id: NodeId| (id.to_bits() >> 64) < u128::from(left_out);
            let most = (members - left_out - 1) as usize;
            for a in (left_out..members).map(id) {
                let observers = rings.observers(a, &out);
                assert!(!observers.contains(&a) && observers.iter().all(|b| !out(*b)));
                let mutual = |b: &NodeId| rings.observers(*b, &out).contains(&a);
                assert!(observers.iter().all(mutual), "{a}: {observers:?}");
                let range = most.min(4)..=most.min(9);
                assert!(range.contains(&observers.len()), "{a}: {observers:?}");
            }
        }
    }

    /// Goal: who takes over when suspects are skipped finds it among its candidates.
    #[test]
    fn candidates_hold_all_that_may_be_taken_over() {
        let rings = rings(40);
        let suspected = |id: NodeId| (id.to_bits() >> 64).is_multiple_of(2);
        for subject in (0..40).map(id) {
            for observer in rings.observers(subject, &suspected) {
                let candidates = rings.candidates(observer, &suspected);
                assert!(candidates.contains(&subject), "{observer} watches {subject}");
            }
        }
    }

    /// Goal: the order of the rings is part of the protocol: it stays what it is.
    #[test]
    fn the_order_is_fixed() {
        assert_eq!(hash(0, id(1)), 0x7716_da39_cba2_75b2);
    }
}
