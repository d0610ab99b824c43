//! Two-window Chen (2W-FD): the later of two expectations, from a short window and a long one.
//!
//! # Formula
//!
//! ```text
//! L = max(EA_1, EA_1000) − t_k + h·η
//! where EA_n is the expected arrival from the last n (see `recent.rs`), t_k the last arrival,
//! h the threshold (the margin in periods), η the nominal period
//! ```
//!
//! The paper finds windows of 1 and 1,000 the best of those that it tried.
//!
//! Source: Tomsic, Sens, Garcia, Arantes, Sopena: 2W-FD: a failure detector algorithm with `QoS`,
//! IPDPS 2015.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::Nanos;

use super::recent::Recent;
use super::{Contender, Description, decades, to_nanos};
use crate::trace::Arrival;

/// The detector.
pub(crate) struct TwoWindow {
    long: Recent<1_000>,
    period: Nanos,
}

impl TwoWindow {
    /// The later expectation (ns after the last arrival): from a window of one that is a period.
    fn expected_ns(&self) -> f64 {
        let long = self.long.expected_ns(self.period).unwrap_or(f64::INFINITY);
        long.max(self.period.get() as f64)
    }
}

impl Contender for TwoWindow {
    const ABOUT: Description = Description {
        name: "2w-fd",
        title: "two-window Chen, windows of 1 and 1,000",
        source: "Tomsic et al. 2015",
        kind: Kind::Published,
        promises: false,
    };

    fn thresholds() -> Vec<f64> {
        decades(-3, 4)
    }

    fn start(period: Nanos) -> Result<Self> {
        Ok(Self { long: Recent::new(), period })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        self.long.record(arrival);
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        to_nanos(self.expected_ns() + threshold * self.period.get() as f64)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        (silence.get() as f64 - self.expected_ns()) / self.period.get() as f64
    }

    fn bytes(&self) -> Option<u64> {
        Some(self.long.bytes() + size_of::<Nanos>() as u64)
    }
}

#[cfg(test)]
mod tests {
    use phi_core::Timestamp;

    use super::*;

    /// Goal: by hand, η = 10: after arrivals at 0 and 16 the long window expects the next at 23,
    /// the short one at 26; after 0 and 4, at 17 and 14.
    #[test]
    fn the_later_expectation_counts() {
        for (second, patience) in [(16, 10 + 5), (4, 13 + 5)] {
            let mut detector = TwoWindow::start(Nanos::new(10)).expect("legal");
            for (sequence, at) in [(0, 0), (1, second)] {
                detector.heartbeat(Arrival { sequence, at: Timestamp::from_nanos(at) });
            }
            assert_eq!(detector.patience(0.5).get(), patience);
        }
    }
}
