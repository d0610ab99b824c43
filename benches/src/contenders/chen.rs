//! Chen's detector with estimated arrivals: a constant margin after the arrival that is expected.
//!
//! # Formula
//!
//! ```text
//! L = EA − t_k + h·η
//! where EA is the expected arrival of the next heartbeat (see `recent.rs`), t_k the last arrival,
//! h the threshold (the margin α in periods), η the nominal period
//! ```
//!
//! The window is 32, as in the paper's simulations of NFD-E, or 1,000, as in those who compare with
//! it. The paper's senders keep their period exactly; `-est` takes η in EA from the window's first
//! and last arrival instead, for senders that drift.
//!
//! Source: \[Chen02\] Chen, Toueg, Aguilera: On the quality of service of failure detectors, IEEE
//! Transactions on Computers 51(5), 2002.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::Nanos;

use super::recent::Recent;
use super::{Contender, Description, decades, to_nanos};
use crate::trace::Arrival;

/// Chen's detector over `WINDOW` arrivals; the period is `ESTIMATED` or the nominal one.
pub(crate) struct Chen<const WINDOW: usize, const ESTIMATED: bool> {
    recent: Recent<WINDOW>,
    period: Nanos,
}

impl<const WINDOW: usize, const ESTIMATED: bool> Chen<WINDOW, ESTIMATED> {
    /// From the last arrival to the expected one (ns).
    fn expected_ns(&self) -> f64 {
        let estimated = ESTIMATED.then(|| self.recent.estimated_period()).flatten();
        let period = estimated.unwrap_or(self.period);
        self.recent.expected_ns(period).unwrap_or(f64::INFINITY)
    }
}

impl<const WINDOW: usize, const ESTIMATED: bool> Contender for Chen<WINDOW, ESTIMATED> {
    const ABOUT: Description = Description {
        name: match (WINDOW, ESTIMATED) {
            (32, _) => "chen-32",
            (_, false) => "chen-1000",
            (_, true) => "chen-1000-est",
        },
        title: "Chen: a margin after the expected arrival",
        source: "Chen, Toueg, Aguilera 2002",
        kind: Kind::Published,
        promises: false,
    };

    fn thresholds() -> Vec<f64> {
        decades(-3, 4)
    }

    fn start(period: Nanos) -> Result<Self> {
        Ok(Self { recent: Recent::new(), period })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        self.recent.record(arrival);
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        to_nanos(self.expected_ns() + threshold * self.period.get() as f64)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        (silence.get() as f64 - self.expected_ns()) / self.period.get() as f64
    }

    fn bytes(&self) -> Option<u64> {
        Some(self.recent.bytes())
    }
}

#[cfg(test)]
mod tests {
    use phi_core::Timestamp;

    use super::*;

    fn patience<const ESTIMATED: bool>(threshold: f64) -> u64 {
        let mut chen = Chen::<32, ESTIMATED>::start(Nanos::new(10)).expect("legal");
        for (sequence, at) in [(1, 13), (2, 25), (4, 50)] {
            chen.heartbeat(Arrival { sequence, at: Timestamp::from_nanos(at) });
        }
        chen.patience(threshold).get()
    }

    /// Goal: the case by hand of `recent.rs`, with a margin of 2 periods; and with the period taken
    /// from the window (12): shifted arrivals 1, 1, 2, mean 4/3, the next expected at 61.3.
    #[test]
    fn by_hand() {
        assert_eq!(patience::<false>(2.0), 6 + 20);
        assert_eq!(patience::<true>(2.0), 11 + 20);
    }
}
