//! How late the loop hands in its timers: what an operator must know of a host before blaming a
//! network.
//!
//! Nothing is decided by it; stalls that matter to the protocol it measures itself.

use std::time::Duration;

/// Upper bounds of the buckets (ms).
const BOUNDS_MS: [u64; 10] = [1, 3, 10, 30, 100, 300, 1_000, 2_000, 3_000, 5_000];

/// How often the loop was how late, since its start.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lateness {
    counts: [u64; BOUNDS_MS.len() + 1],
    longest: Duration,
}

impl Lateness {
    /// Notes one timer that was handed in so late.
    pub(super) fn record(&mut self, late: Duration) {
        let bucket = BOUNDS_MS.iter().position(|bound| late < Duration::from_millis(*bound));
        if let Some(count) = self.counts.get_mut(bucket.unwrap_or(BOUNDS_MS.len())) {
            *count += 1;
        }
        self.longest = self.longest.max(late);
    }

    /// Upper bounds of the buckets (ms), ascending; the last bucket has none.
    #[must_use]
    pub const fn bounds_ms() -> &'static [u64] {
        &BOUNDS_MS
    }

    /// How many timers were below each bound and not below the one before it, and last those that
    /// were below none: one more than bounds.
    #[must_use]
    pub const fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// The latest of all.
    #[must_use]
    pub const fn longest(&self) -> Duration {
        self.longest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each delay is in the bucket below its bound, and the longest is kept.
    #[test]
    fn delays_are_counted_below_their_bound() {
        let mut lateness = Lateness::default();
        for late_us in [0, 999, 1_000, 2_999, 4_999_999, 5_000_000, 70_000_000] {
            lateness.record(Duration::from_micros(late_us));
        }
        assert_eq!(lateness.counts(), [2, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(lateness.longest(), Duration::from_secs(70));
        assert_eq!(lateness.counts().len(), Lateness::bounds_ms().len() + 1);
    }
}
