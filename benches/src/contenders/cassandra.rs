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
use phi_core::{Exponential, ExponentialConfig, Nanos};

use super::detector::Modelled;
use super::{Description, exponential};

const WINDOW: usize = 1_000;

/// The detector.
pub(crate) struct Cassandra;

impl Modelled for Cassandra {
    type Model = Exponential<[u64; WINDOW]>;
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

    fn model(period: Nanos) -> Result<Self::Model> {
        let config = ExponentialConfig::cassandra(period.into())?;
        Ok(Exponential::new([0; WINDOW], config)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender as _;
    use crate::contenders::detector::{Over, heard};

    /// Goal: by hand: of intervals 200 (made up), 100 and 201 ns the last is too long to be learnt;
    /// the mean is 150. `PHI_FACTOR` is 1/ln 10, so that 8 is 18.42 means.
    #[test]
    fn by_hand() {
        let mut cassandra: Over<Cassandra> = heard(100, &[0, 100, 301]);
        assert_eq!(cassandra.patience(8.0).get(), 2_764, "2,763.1, up");
    }
}
