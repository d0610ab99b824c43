//! The longest of many lengths of time, and so a high percentile, exactly and in little memory.
//!
//! What the lengths are is the business of [`measure`](crate::measure).

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The longest hundredth of a known number of lengths.
pub(crate) struct Longest {
    /// Bits of numbers ≥ 0, which are in their order; the least on top.
    kept: BinaryHeap<Reverse<u64>>,
    capacity: usize,
}

impl Longest {
    /// Keeps what is needed for the 99th percentile of `count` lengths: the shortest of them that
    /// at least 99 % do not exceed (nearest rank).
    pub(crate) fn percent(count: u64) -> Self {
        let rank = (count * 99).div_ceil(100);
        Self { kept: BinaryHeap::new(), capacity: (count - rank + 1) as usize }
    }

    /// Takes in a length, ≥ 0; those of zero may be left out.
    pub(crate) fn record(&mut self, length: f64) {
        let bits = length.to_bits();
        if self.kept.len() < self.capacity {
            self.kept.push(Reverse(bits));
        } else if let Some(mut least) = self.kept.peek_mut()
            && bits > least.0
        {
            *least = Reverse(bits);
        }
    }

    /// The percentile.
    pub(crate) fn least(&self) -> f64 {
        let is_full = self.kept.len() == self.capacity;
        self.kept.peek().filter(|_| is_full).map_or(0.0, |least| f64::from_bits(least.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn percentile(lengths: &[f64]) -> f64 {
        let mut longest = Longest::percent(lengths.len() as u64);
        for length in lengths {
            longest.record(*length);
        }
        longest.least()
    }

    /// Goal: the same as by sorting, whatever the order, for numbers that make rank and not.
    #[test]
    fn it_is_the_percentile_by_sorting() {
        for count in [1_usize, 2, 99, 100, 101, 199, 200, 1_234] {
            let mut lengths: Vec<f64> =
                (0..count).map(|i| (i * 7_919 % count) as f64 * 0.5).collect();
            let found = percentile(&lengths);
            lengths.sort_by(f64::total_cmp);
            assert_eq!(found, lengths[(count * 99).div_ceil(100) - 1], "{count}");
        }
    }

    /// Goal: zeros that were left out count.
    #[test]
    fn zeros_may_be_left_out() {
        let mut longest = Longest::percent(200);
        longest.record(5.0);
        assert_eq!(longest.least(), 0.0);
        longest.record(7.0);
        longest.record(6.0);
        assert_eq!(longest.least(), 5.0, "the third from the end");
    }
}
