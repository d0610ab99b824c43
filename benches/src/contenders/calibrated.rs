//! `phi_core::Calibrated`: the robust score against its own history, so that φ is a probability.
//!
//! # Formula
//!
//! ```text
//! L = (m + u·s)·η, u where (N(u) + 100·S₀(u))/(n + 100) = 10^−φ
//! where φ is the threshold, N(u) how many of n scores were greater (beyond the greatest halved at
//! each edge of the histogram), S₀ the prior's tail
//! ```
//!
//! It has no longest silence here: what the model itself can do is asked.
//!
//! Source: DP2-φ, see `phi_core::Calibrated`.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::Nanos;

use super::Description;
use super::detector::Modelled;
use super::robust::unlimited;

/// The detector that users of `phi-core` get, without a longest silence.
pub(crate) struct Calibrated;

impl Modelled for Calibrated {
    type Model = phi_core::Calibrated;
    const ABOUT: Description = Description {
        name: "calibrated",
        title: "phi-core Calibrated",
        source: "phi-core",
        kind: Kind::Ours,
        promises: true,
    };

    const NUMBERED: bool = true;

    /// A quarter of a decade apart; at 10 a silence may last a million periods.
    fn thresholds() -> Vec<f64> {
        (1..=40).map(|quarter| f64::from(quarter) / 4.0).collect()
    }

    fn model(period: Nanos) -> Result<Self::Model> {
        Ok(phi_core::Calibrated::new(unlimited(period)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender as _;
    use crate::contenders::detector::{Over, heard};

    /// Goal: what the study says of links without a surprise (silence in periods for φ = 2, 3, 4
    /// after so many heartbeats, to its two digits).
    #[test]
    fn quiet_links_are_those_of_the_study() {
        for (beats, silences) in [(1_000, [1.2, 1.7, 4.6]), (10_000, [1.0, 1.2, 1.8])] {
            let times: Vec<u64> = (0..=beats).map(|beat| beat * 1_000_000_000).collect();
            let mut calibrated: Over<Calibrated> = heard(1_000_000_000, &times);
            for (phi, silence) in (2_u8..).zip(silences) {
                let periods = calibrated.patience(f64::from(phi)).get() as f64 / 1e9;
                assert!((periods / silence - 1.0).abs() < 0.06, "{beats} {phi}: {periods}");
            }
        }
    }
}
