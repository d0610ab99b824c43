//! How late processes are when they have asked to be woken: what a failure detector must not take
//! for the death of somebody else.
//!
//! Canaries sleep and look at the clock, whoever is measured; our agents tell of their own timers.

use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};

use crate::lab::results::Stalls;

/// Threads that sleep, each to the kernel a process of its own.
const CANARIES: usize = 4;

/// How long they sleep at a time.
const NAP: Duration = Duration::from_millis(20);

/// Bounds of the buckets (ms), those of our agents as well.
const BOUNDS_MS: [u64; 10] = [1, 3, 10, 30, 100, 300, 1_000, 2_000, 3_000, 5_000];

/// Naps for `time`, and says how late it woke.
pub(crate) fn nap(time: Duration) -> Result<Stalls> {
    let canary = move || {
        let mut stalls = empty("canary");
        let start = Instant::now();
        while start.elapsed() < time {
            let asleep = Instant::now();
            thread::sleep(NAP);
            record(&mut stalls, asleep.elapsed().saturating_sub(NAP));
        }
        stalls
    };
    let threads: Vec<_> = (0..CANARIES).map(|_| thread::spawn(canary)).collect();
    let mut sum = empty("canary");
    for canary in threads {
        add(&mut sum, &canary.join().map_err(|_| anyhow!("a canary died"))?);
    }
    Ok(sum)
}

/// Nobody was late so far.
pub(crate) fn empty(of: &str) -> Stalls {
    let counts = vec![0; BOUNDS_MS.len() + 1];
    Stalls { of: of.to_owned(), bounds_ms: BOUNDS_MS.to_vec(), counts, longest_ms: 0.0 }
}

fn record(stalls: &mut Stalls, late: Duration) {
    let late_ms = late.as_secs_f64() * 1e3;
    let bucket = stalls.bounds_ms.partition_point(|bound| late_ms >= *bound as f64);
    if let Some(count) = stalls.counts.get_mut(bucket) {
        *count += 1;
    }
    stalls.longest_ms = stalls.longest_ms.max((late_ms * 10.0).round() / 10.0);
}

/// Adds `other`, if its buckets are the same.
pub(crate) fn add(sum: &mut Stalls, other: &Stalls) {
    if sum.bounds_ms == other.bounds_ms {
        for (count, more) in sum.counts.iter_mut().zip(&other.counts) {
            *count += more;
        }
        sum.longest_ms = sum.longest_ms.max(other.longest_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each delay is in the bucket below its bound, and the longest is kept.
    #[test]
    fn delays_are_counted_below_their_bound() {
        let mut stalls = empty("canary");
        for late_ms in [0, 1, 2, 4_999, 5_000, 70_000] {
            record(&mut stalls, Duration::from_millis(late_ms));
        }
        assert_eq!(stalls.counts, [1, 2, 0, 0, 0, 0, 0, 0, 0, 1, 2]);
        assert_eq!(stalls.longest_ms, 70_000.0);
        let mut sum = empty("canary");
        add(&mut sum, &stalls);
        add(&mut sum, &stalls);
        assert_eq!((sum.counts[1], sum.longest_ms), (4, 70_000.0));
    }
}
