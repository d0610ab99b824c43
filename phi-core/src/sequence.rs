//! Which numbered heartbeats are new, and how many never came: losses counted, not guessed.
//!
//! When they arrived is the detector's business.

/// How many numbers are remembered, the highest among them: a late heartbeat can be told from a
/// duplicate up to 31 back from it.
const HISTORY_LEN: u64 = 32;

/// The sequence numbers of one sender's heartbeats, as they come in. They may start anywhere, and
/// only go up: counters of fewer bits must be widened before they wrap.
///
/// ```
/// use phi_core::{Arrival, Sequence};
///
/// let mut numbers = Sequence::new();
/// assert_eq!(numbers.record(7), Arrival::New { skipped: 0 });
/// assert_eq!(numbers.record(10), Arrival::New { skipped: 2 });
/// assert_eq!(numbers.record(8), Arrival::Late);
/// assert_eq!(numbers.record(8), Arrival::Duplicate);
/// assert_eq!(numbers.lost(), 1); // number 9
/// ```
#[derive(Clone, Debug, Default)]
pub struct Sequence {
    /// The number after the highest so far; 0 before the first, and when none can come after.
    next: u64,
    /// Bit k: the number `next − 1 − k` has arrived. All are 0 before the first.
    history: u32,
    lost: u32,
}

/// What the number of a heartbeat says about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a number is above, among or below those seen")]
pub enum Arrival {
    /// Newer than all before: the only kind that may feed a detector.
    New {
        /// How many numbers between it and the highest before have not arrived.
        skipped: u64,
    },
    /// Overtaken by a newer one; it is no longer counted as lost.
    Late,
    /// Seen before, or so old (or older than the first) that it cannot be told.
    Duplicate,
}

impl Sequence {
    /// Numbers of a sender that nothing was heard of yet; it may start at any number.
    #[must_use]
    pub const fn new() -> Self {
        Self { next: 0, history: 0, lost: 0 }
    }

    /// Takes in the number of a heartbeat that arrived.
    #[inline]
    pub fn record(&mut self, number: u64) -> Arrival {
        if self.is_next(number) {
            self.record_next();
            return Arrival::New { skipped: 0 };
        }
        self.record_other(number)
    }

    /// Whether a number is the one after the highest, as it nearly always is.
    #[inline]
    pub(crate) const fn is_next(&self, number: u64) -> bool {
        number == self.next && number != 0
    }

    /// Takes in the number after the highest, which there is.
    #[inline]
    pub(crate) const fn record_next(&mut self) {
        self.next = self.next.wrapping_add(1);
        self.history = (self.history << 1) | 1;
    }

    /// Takes in whatever is not the next number.
    #[inline(never)]
    fn record_other(&mut self, number: u64) -> Arrival {
        let Some(highest) = self.highest() else {
            // Numbers from before the first were never counted as lost: take them for seen.
            (self.next, self.history) = (number.wrapping_add(1), u32::MAX);
            return Arrival::New { skipped: 0 };
        };
        if number > highest {
            let ahead = number - highest;
            self.history = if ahead < HISTORY_LEN { self.history << ahead } else { 0 } | 1;
            self.next = number.wrapping_add(1);
            let skipped = ahead - 1;
            self.lost = self.lost.saturating_add(u32::try_from(skipped).unwrap_or(u32::MAX));
            return Arrival::New { skipped };
        }
        let behind = highest - number;
        let place = if behind < HISTORY_LEN { 1 << behind } else { 0 };
        if place == 0 || self.history & place != 0 {
            return Arrival::Duplicate;
        }
        self.history |= place;
        if self.lost < u32::MAX {
            self.lost = self.lost.saturating_sub(1);
        }
        Arrival::Late
    }

    /// How many numbers were skipped and have not arrived since; 2³² − 1 stands for more.
    #[must_use]
    pub const fn lost(&self) -> u32 {
        self.lost
    }

    /// The highest number so far; `None` before the first.
    #[must_use]
    pub const fn highest(&self) -> Option<u64> {
        if self.history == 0 { None } else { Some(self.next.wrapping_sub(1)) }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::vec::Vec;

    use proptest::prelude::*;

    use super::*;

    /// Goal: the far ends of the range, and gaps wider than the history, harm nothing.
    #[test]
    fn extremes_are_counted_and_do_not_overflow() {
        let mut numbers = Sequence::new();
        assert_eq!(numbers.record(0), Arrival::New { skipped: 0 });
        assert_eq!(numbers.record(u64::MAX), Arrival::New { skipped: u64::MAX - 1 });
        assert_eq!(numbers.record(0), Arrival::Duplicate);
        assert_eq!(numbers.record(u64::MAX - 31), Arrival::Late);
        assert_eq!(numbers.record(u64::MAX - 32), Arrival::Duplicate, "too old to tell");
        assert_eq!(numbers.lost(), u32::MAX, "nobody knows how many more");
    }

    /// Goal: a gap as wide as the history, and one less: what came before is no news, and what lies
    /// between is late.
    #[test]
    fn gaps_of_the_width_of_the_history_are_told_apart() {
        for ahead in [31, 32] {
            let mut numbers = Sequence::new();
            let _ = numbers.record(5);
            assert_eq!(numbers.record(5 + ahead), Arrival::New { skipped: ahead - 1 });
            assert_eq!(numbers.record(5), Arrival::Duplicate, "{ahead}");
            assert_eq!(numbers.record(6), Arrival::Late, "{ahead}");
            assert_eq!(u64::from(numbers.lost()), ahead - 2, "{ahead}");
        }
    }

    /// Goal: the next number is known for it, so that it takes the short way; where there is none,
    /// none is.
    #[test]
    fn the_next_number_is_known() {
        let mut numbers = Sequence::new();
        assert!(!numbers.is_next(0) && !numbers.is_next(1), "the first has none before it");
        let _ = numbers.record(7);
        assert!(numbers.is_next(8));
        assert!(!numbers.is_next(7) && !numbers.is_next(9));
        let _ = numbers.record(u64::MAX);
        assert!(!numbers.is_next(0) && !numbers.is_next(u64::MAX), "nothing is after the last");
    }

    proptest! {
        /// Goal: against a set that remembers everything: each number counts once, losses agree.
        #[test]
        fn a_shuffled_stream_is_told_apart(
            order in Just((0..32_u64).collect::<Vec<_>>()).prop_shuffle(),
            again in prop::collection::vec(0..32_u64, 0..30),
        ) {
            let mut numbers = Sequence::new();
            let (mut seen, mut range) = (BTreeSet::new(), None);
            for number in order.iter().take(24).chain(&again).copied() {
                let (first, highest) = *range.get_or_insert((number, number));
                let arrival = numbers.record(number);
                match arrival {
                    Arrival::New { .. } => prop_assert!(number > highest || seen.is_empty()),
                    Arrival::Late => prop_assert!(number > first && !seen.contains(&number)),
                    Arrival::Duplicate => prop_assert!(number < first || seen.contains(&number)),
                }
                range = Some((first, highest.max(number)));
                seen.insert(number);
            }
            let (first, highest) = range.expect("numbers came");
            let missing = (first..highest).filter(|number| !seen.contains(number)).count();
            prop_assert_eq!(u64::from(numbers.lost()), missing as u64);
        }
    }
}
