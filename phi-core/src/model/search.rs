//! The least silence at which something holds, from a guess: how models keep deadlines exact.
//!
//! What a silence of some length says is the business of the models.

use crate::time::Nanos;

/// The least silence that `reaches`, given a guess that is about right and that whatever is longer
/// than a silence that reaches does so too: gallop away from the guess, then halve.
pub(super) fn first_reaching(guess: Nanos, reaches: impl Fn(Nanos) -> bool) -> Option<Nanos> {
    let (mut low, mut high) = (guess.get(), guess.get()); // low: not reached (or 0), high: reached
    let mut stride = 1_u64;
    if reaches(guess) {
        loop {
            if low == 0 {
                return Some(Nanos::ZERO); // at once
            }
            high = low;
            low = low.saturating_sub(stride);
            stride = stride.saturating_mul(2);
            if !reaches(Nanos::new(low)) {
                break;
            }
        }
    } else {
        loop {
            if high == u64::MAX {
                return None;
            }
            low = high;
            high = high.saturating_add(stride);
            stride = stride.saturating_mul(2);
            if reaches(Nanos::new(high)) {
                break;
            }
        }
    }
    while high - low > 1 {
        let middle = low.midpoint(high);
        if reaches(Nanos::new(middle)) { high = middle } else { low = middle }
    }
    Some(Nanos::new(high))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the search finds the boundary wherever it lies and however wrong the guess.
    #[test]
    fn first_reaching_finds_every_boundary() {
        for boundary in [0, 1, 2, 1_000_003, u64::MAX - 1, u64::MAX] {
            for guess in [0, 1, 999_999, u64::MAX / 2, u64::MAX] {
                let found = first_reaching(Nanos::new(guess), |x| x.get() >= boundary);
                assert_eq!(found, Some(Nanos::new(boundary)), "guess {guess}");
            }
        }
        assert_eq!(first_reaching(Nanos::new(5), |_| false), None);
    }
}
