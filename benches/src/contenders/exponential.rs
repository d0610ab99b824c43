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
use phi_core::{ExponentialConfig, Nanos};

use super::detector::Modelled;
use super::{Description, levels_of_phi, periods};

const WINDOW: usize = 1_000;

/// The detector.
pub(crate) struct Exponential;

impl Modelled for Exponential {
    type Model = phi_core::Exponential<[u64; WINDOW]>;
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

    fn model(period: Nanos) -> Result<Self::Model> {
        let config = ExponentialConfig::for_interval(period.into())?;
        Ok(phi_core::Exponential::new([0; WINDOW], config)?)
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
    use crate::contender::Contender as _;
    use crate::contenders::detector::{Over, heard};

    /// Goal: by hand: intervals of 100, 90 and 110 ns (the first made up) have a mean of 100; φ = 8
    /// is a silence of 18.42 of them.
    #[test]
    fn by_hand() {
        let mut exponential: Over<Exponential> = heard(100, &[0, 90, 200]);
        assert_eq!(exponential.patience(8.0).get(), 1_843, "1,842.07, up");
    }
}
