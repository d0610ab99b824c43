//! Intervals taken as exponentially distributed: a timeout in units of the mean interval.
//!
//! # Formula
//!
//! ```text
//! L = μ·φ·ln 10
//! where φ is the threshold, μ the mean of the last 1,000 intervals, of which the first is η
//! ```
//!
//! Source: the mean-only φ that Cassandra made known (CASSANDRA-2597), without its rules on what is
//! not learnt; `phi_core::Exponential`.

use std::f64::consts::LN_10;

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Detector, ExponentialConfig, Nanos};

use super::{Contender, Description, detector, levels_of_phi, periods};
use crate::trace::Arrival;

const WINDOW: usize = 1_000;

/// The detector.
pub(crate) struct Exponential(Detector<phi_core::Exponential<[u64; WINDOW]>>);

impl Contender for Exponential {
    const ABOUT: Description = Description {
        name: "exponential",
        title: "exponential φ, window of 1,000",
        source: "CASSANDRA-2597",
        kind: Kind::Published,
        promises: true,
    };

    fn thresholds() -> Vec<f64> {
        thresholds()
    }

    fn start(period: Nanos) -> Result<Self> {
        let config = ExponentialConfig::for_interval(period.into())?;
        Ok(Self(Detector::new(phi_core::Exponential::new([0; WINDOW], config)?)))
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

/// Silences of half a mean interval to a thousand, and the levels at which promises are checked.
pub(super) fn thresholds() -> Vec<f64> {
    let mut levels: Vec<f64> = periods().into_iter().map(|periods| periods / LN_10).collect();
    levels.extend(levels_of_phi(0, 1));
    levels.sort_by(f64::total_cmp);
    levels
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: by hand: intervals of 100, 90 and 110 ns (the first made up) have a mean of 100; φ = 8
    /// is a silence of 18.42 of them.
    #[test]
    fn by_hand() {
        let mut exponential: Exponential = detector::heard(100, &[0, 90, 200]);
        assert_eq!(exponential.patience(8.0).get(), 1_843, "1,842.07, up");
    }
}
