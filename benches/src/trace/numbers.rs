//! Which sequence numbers have been seen: in constant memory, however long the trace.
//!
//! Whether a number is news of the sender is the reader's business.

use anyhow::{Result, ensure};

/// How far behind the highest number a late heartbeat may be: more than ten minutes at 10 ms.
const WINDOW: u64 = 1 << 16;

const WORD_BITS: u64 = 64;

/// The numbers seen among the last [`WINDOW`] below the highest.
pub(super) struct Numbers {
    /// One bit a number, at its remainder by [`WINDOW`].
    seen: Vec<u64>,
    /// One more than the highest; 0 before the first.
    next: u64,
}

impl Numbers {
    pub(super) fn new() -> Self {
        Self { seen: vec![0; (WINDOW / WORD_BITS) as usize], next: 0 }
    }

    /// Takes in `number`; whether it is higher than all before.
    ///
    /// # Errors
    ///
    /// When it was there before, or is so far behind that this cannot be told.
    pub(super) fn record(&mut self, number: u64) -> Result<bool> {
        let news = number >= self.next;
        if news {
            if number - self.next >= WINDOW {
                self.seen.fill(0);
            } else {
                (self.next..number).for_each(|skipped| self.set(skipped, false));
            }
            self.next = number.saturating_add(1);
        } else {
            let behind = self.next - 1 - number;
            ensure!(
                behind < WINDOW,
                "sequence {number} comes {behind} heartbeats late, more than {WINDOW}"
            );
            ensure!(
                !self.is_set(number),
                "sequence {number} a second time: of a heartbeat that came twice only the first \
                 arrival counts, leave this line out"
            );
        }
        self.set(number, true);
        Ok(news)
    }

    fn is_set(&self, number: u64) -> bool {
        let (word, bit) = place(number);
        self.seen.get(word).is_some_and(|bits| bits & bit != 0)
    }

    fn set(&mut self, number: u64, to: bool) {
        let (word, bit) = place(number);
        if let Some(bits) = self.seen.get_mut(word) {
            *bits = if to { *bits | bit } else { *bits & !bit };
        }
    }
}

const fn place(number: u64) -> (usize, u64) {
    let place = number % WINDOW;
    ((place / WORD_BITS) as usize, 1 << (place % WORD_BITS))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the same answers as a set of all numbers, over jumps and overtaking.
    #[test]
    fn it_agrees_with_a_set() {
        let mut numbers = Numbers::new();
        let mut all = std::collections::BTreeSet::new();
        let mut state = 7_u64;
        let mut highest = 0;
        for _ in 0..20_000 {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            let step = (state >> 33) % 40;
            let jump = if state.is_multiple_of(1_001) { 3 * WINDOW } else { 0 };
            let number = (highest + step + jump).saturating_sub(20);
            let news = all.last().is_none_or(|last| number > *last);
            let known = !all.insert(number);
            let answer = numbers.record(number);
            assert_eq!(answer.is_err(), known, "{number}");
            assert!(answer.is_err() || answer.is_ok_and(|answer| answer == news), "{number}");
            highest = highest.max(number);
        }
    }

    /// Goal: what is too old to be told is refused, not taken for new.
    #[test]
    fn too_late_is_an_error() {
        let mut numbers = Numbers::new();
        assert!(numbers.record(WINDOW + 5).expect("first"));
        assert!(!numbers.record(6).expect("just in time"));
        let error = numbers.record(5).expect_err("too late");
        assert!(error.to_string().contains("65536 heartbeats late"), "{error}");
    }
}
