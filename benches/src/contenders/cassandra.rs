//! Cassandra's φ: a timeout in units of the mean interval, long intervals not learnt.
//!
//! # Formula
//!
//! ```text
//! L = μ·φ·ln 10
//! where φ is the threshold (there 8), μ the mean of the last 1,000 intervals; the first of them is
//! 2 η, and none longer than that is learnt
//! ```
//!
//! Source: `ArrivalWindow` in `FailureDetector.java` of Apache Cassandra 4.1, with a gossip round
//! of η; `phi_core::ExponentialConfig::cassandra`.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Detector, Exponential, ExponentialConfig, Nanos};

use super::{Contender, Description, detector, exponential};
use crate::trace::Arrival;

const WINDOW: usize = 1_000;

/// The detector.
pub(crate) struct Cassandra(Detector<Exponential<[u64; WINDOW]>>);

impl Contender for Cassandra {
    const ABOUT: Description = Description {
        name: "cassandra",
        title: "Cassandra's φ",
        source: "Apache Cassandra 4.1",
        kind: Kind::Published,
        promises: true,
    };

    fn thresholds() -> Vec<f64> {
        exponential::thresholds()
    }

    fn start(period: Nanos) -> Result<Self> {
        let config = ExponentialConfig::cassandra(period.into())?;
        Ok(Self(Detector::new(Exponential::new([0; WINDOW], config)?)))
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        self.0.heartbeat(arrival.at);
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        detector::patience(&self.0, threshold)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        detector::level(&self.0, silence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: by hand: of intervals 200 (made up), 100 and 201 ns the last is too long to be learnt;
    /// the mean is 150. `PHI_FACTOR` is 1/ln 10, so that 8 is 18.42 means.
    #[test]
    fn by_hand() {
        let mut cassandra: Cassandra = detector::heard(100, &[0, 100, 301]);
        assert_eq!(cassandra.patience(8.0).get(), 2_764, "2,763.1, up");
    }
}
