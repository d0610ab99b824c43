//! `phi_core::Normal`: the exact φ of the normal with Akka's parameters, and no pause.
//!
//! # Formula
//!
//! ```text
//! L = μ + max(σ, η/10)·z(φ), φ = −log₁₀(1 − Φ(z))
//! where φ is the threshold, μ and σ are mean and deviation of the last 1,000 intervals
//! ```
//!
//! Losses are not known to it, only silences.
//!
//! Source: Hayashibara et al., SRDS 2004; window and least deviation as in Akka at its defaults.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Nanos, NormalConfig};

use super::detector::Modelled;
use super::{Description, levels_of_phi};

const WINDOW: usize = 1_000;

/// The detector that users of `phi-core` get, asked for its deadline.
pub(crate) struct Normal;

impl Modelled for Normal {
    type Model = phi_core::Normal<[u64; WINDOW]>;
    const ABOUT: Description = Description {
        name: "normal",
        title: "phi-core Normal, window of 1,000",
        source: "phi-core",
        kind: Kind::Ours,
        promises: true,
    };

    /// From once in two heartbeats to as high as a threshold can be: outages of hundreds of periods
    /// are thousands of deviations long.
    fn thresholds() -> Vec<f64> {
        levels_of_phi(-1, 6)
    }

    fn model(period: Nanos) -> Result<Self::Model> {
        let config = NormalConfig::for_interval(period.into())?;
        Ok(phi_core::Normal::new([0; WINDOW], config)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender as _;
    use crate::contenders::detector::{Over, heard};

    /// Goal: the table of the normal: with deviations held at a tenth of a period, φ = 3 is
    /// 3.090232 of them after the mean.
    #[test]
    fn the_tail_is_that_of_the_tables() {
        let times: Vec<u64> = (0..=1_000).map(|beat| beat * 1_000_000_000).collect();
        let mut normal: Over<Normal> = heard(1_000_000_000, &times);
        let patience = normal.patience(3.0).get() as f64 / 1e9;
        assert!((patience - 1.309_023_2).abs() < 1e-7, "{patience}");
    }
}
