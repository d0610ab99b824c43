//! Satzger's detector: the share of recent intervals that were shorter than the silence.
//!
//! # Formula
//!
//! ```text
//! h ≤ 1:  L = the ⌈h·n⌉-th shortest of the last n = 1,000 intervals
//! h > 1:  L = h times the longest of them
//! where h is the threshold
//! ```
//!
//! The paper ends at h = 1, where every silence longer than all in the window is suspected; the
//! continuation above it makes lower rates of mistakes reachable, and is what makes the estimator
//! good at them.
//!
//! Source: Satzger, Pietzowski, Trumler, Ungerer: A new adaptive accrual failure detector for
//! dependable distributed systems, SAC 2007. The paper leaves the size of the window open.

use std::collections::VecDeque;

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Nanos, Timestamp};

use super::{Contender, Description, decades, to_nanos};
use crate::trace::Arrival;

const WINDOW: usize = 1_000;

/// What a product like 0.994 × 1,000 may be above the whole number that it is meant to be.
const ROUNDING: f64 = 1e-9;

/// The detector.
pub(crate) struct Satzger {
    last: Option<Timestamp>,
    intervals: VecDeque<Nanos>,
    sorted: Vec<Nanos>,
}

impl Satzger {
    fn longest(&self) -> Option<f64> {
        self.sorted.last().map(|longest| longest.get() as f64)
    }
}

impl Contender for Satzger {
    const ABOUT: Description = Description {
        name: "satzger",
        title: "Satzger's empirical φ, window of 1,000",
        source: "Satzger et al. 2007",
        kind: Kind::Published,
        promises: false,
    };

    fn thresholds() -> Vec<f64> {
        let shares = [0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.97, 0.98, 0.99, 0.994, 0.996, 0.998, 0.999];
        let times = decades(-3, 3).into_iter().map(|excess| 1.0 + excess);
        shares.into_iter().chain([1.0]).chain(times).collect()
    }

    fn start(_: Nanos) -> Result<Self> {
        let intervals = VecDeque::with_capacity(WINDOW);
        Ok(Self { last: None, intervals, sorted: Vec::with_capacity(WINDOW) })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        let Some(last) = self.last.replace(arrival.at) else { return };
        if self.intervals.len() == WINDOW
            && let Some(oldest) = self.intervals.pop_front()
            && let Ok(place) = self.sorted.binary_search(&oldest)
        {
            self.sorted.remove(place);
        }
        let interval = arrival.at.saturating_since(last);
        self.intervals.push_back(interval);
        self.sorted.insert(self.sorted.partition_point(|other| *other < interval), interval);
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        let Some(longest) = self.longest() else { return Nanos::MAX };
        let rank = threshold * self.sorted.len() as f64 - ROUNDING;
        let place = rank.ceil().max(1.0) as usize - 1;
        match self.sorted.get(place) {
            Some(interval) if threshold <= 1.0 => *interval,
            _ => to_nanos(threshold.max(1.0) * longest),
        }
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        let Some(longest) = self.longest() else { return 0.0 };
        let shorter = self.sorted.partition_point(|interval| *interval < silence);
        if shorter == self.sorted.len() {
            silence.get() as f64 / longest
        } else if shorter == 0 {
            0.0
        } else {
            // Just above the share that was shorter: there the next longer interval is meant.
            (shorter as f64 + 2.0 * ROUNDING) / self.sorted.len() as f64
        }
    }

    fn bytes(&self) -> Option<u64> {
        let held = self.intervals.capacity() + self.sorted.capacity();
        Some((size_of::<Self>() + held * size_of::<Nanos>()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::super::detector::heard;
    use super::*;

    /// Goal: by hand, of intervals 5, 1, 4, 2 and 3.
    #[test]
    fn by_hand() {
        let mut satzger: Satzger = heard(1, &[0, 5, 6, 10, 12, 15]);
        for (threshold, patience) in
            [(0.2, 1), (0.21, 2), (0.6, 3), (1.0, 5), (1.001, 5), (2.0, 10)]
        {
            assert_eq!(satzger.patience(threshold).get(), patience, "{threshold}");
        }
    }

    /// Goal: what leaves the window no longer counts.
    #[test]
    fn the_window_slides() {
        let mut times: Vec<u64> = vec![0, 900];
        times.extend((1..=WINDOW as u64).map(|beat| 900 + 10 * beat));
        let mut satzger: Satzger = heard(10, &times);
        assert_eq!(satzger.patience(1.0).get(), 10);
        assert_eq!((satzger.sorted.len(), satzger.intervals.len()), (WINDOW, WINDOW));
    }
}
