//! The deadlines of all slots side by side, under a tree of their minima.
//!
//! Whose deadline it is, is the business of the fleet.

use crate::time::Timestamp;

/// No deadline, or one that time does not reach.
const NEVER: u64 = u64::MAX;

/// Deadlines of n slots in storage of 2n numbers (ns): a tree in which each node holds the lesser
/// of its two children, and whose n leaves are the deadlines, one after the other.
///
/// ```text
///  n = 5     ┌─────────── minima ───────────┬────── deadlines of slots ──────┐
///  place   0 │  1     2      3      4       │  5      6      7      8      9 │
///            │ root  (4,5)  (6,7)  (8,9)    │ slot 0  1      2      3      4 │
///            └──────────────────────────────┴────────────────────────────────┘
///  children of k: 2k and 2k + 1; place 0 is not used
/// ```
#[derive(Clone, Debug)]
pub(super) struct Deadlines<D>(D);

impl<D: AsRef<[u64]> + AsMut<[u64]>> Deadlines<D> {
    /// No deadline at all, over `storage`, whose contents do not matter.
    pub(super) fn new(mut storage: D) -> Self {
        storage.as_mut().fill(NEVER);
        Self(storage)
    }

    /// Sets the deadline of a slot, and the minima above it as far as they change.
    pub(super) fn set(&mut self, slot: usize, deadline: Option<Timestamp>) {
        let tree = self.0.as_mut();
        let mut node = tree.len() / 2 + slot;
        let mut least = deadline.map_or(NEVER, Timestamp::as_nanos);
        while let Some(place) = tree.get_mut(node).filter(|place| **place != least) {
            *place = least;
            if node == 1 {
                return;
            }
            least = least.min(at(tree, node ^ 1));
            node /= 2;
        }
    }

    /// Whether a slot has a deadline.
    pub(super) fn is_set(&self, slot: usize) -> bool {
        let tree = self.0.as_ref();
        at(tree, tree.len() / 2 + slot) != NEVER
    }

    /// The earliest deadline of all.
    pub(super) fn earliest(&self) -> Option<Timestamp> {
        let root = at(self.0.as_ref(), 1);
        (root != NEVER).then(|| Timestamp::from_nanos(root))
    }

    /// A slot with the earliest deadline of all.
    pub(super) fn earliest_slot(&self) -> Option<usize> {
        let tree = self.0.as_ref();
        let root = at(tree, 1);
        let mut node = 1;
        while 2 * node < tree.len() {
            node = if at(tree, 2 * node) == root { 2 * node } else { 2 * node + 1 };
        }
        (root != NEVER).then(|| node - tree.len() / 2)
    }

    /// The slots whose deadline has come by `now`, by a walk in preorder that leaves out what is
    /// below a later minimum: for k of n slots it visits O(k·log n) nodes, and never more than 2n.
    pub(super) fn until(&self, now: Timestamp) -> impl Iterator<Item = usize> + '_ {
        let tree = self.0.as_ref();
        let now = now.as_nanos().min(NEVER - 1);
        let leaves = tree.len() / 2;
        core::iter::successors(Some(1), move |node| next_in_preorder(tree, *node, now))
            .filter(move |node| *node >= leaves && at(tree, *node) <= now)
            .map(move |node| node - leaves)
    }
}

/// The place after `node` in preorder, without those below a minimum later than `now`.
fn next_in_preorder(tree: &[u64], node: usize, now: u64) -> Option<usize> {
    if 2 * node < tree.len() && at(tree, node) <= now {
        return Some(2 * node);
    }
    // Up while it is a right child, which is odd; then to the sibling on the right.
    let left = node >> node.trailing_ones();
    (left != 0).then_some(left | 1)
}

/// A place of the tree; outside of it there is no deadline.
fn at(tree: &[u64], node: usize) -> u64 {
    tree.get(node).copied().unwrap_or(NEVER)
}
