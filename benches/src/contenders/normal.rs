//! φ of the normal model, as `phi-core` computes it. Losses are not known to it, only silences.
//!
//! # Formula
//!
//! ```text
//! L = μ + max(σ, η/10)·z(φ), φ = −log₁₀(1 − Φ(z))
//! where φ is the threshold, μ and σ are mean and deviation of the last 1,000 intervals
//! ```
//!
//! Source: Hayashibara et al., SRDS 2004; window and least deviation as in Akka at its defaults.

use anyhow::{Context as _, Result};
use phi_core::{Detector, Nanos, Normal, NormalConfig, Threshold};

use super::{Contender, decades};
use crate::trace::Arrival;

const WINDOW: usize = 1_000;

/// The detector that users of `phi-core` get, asked for its deadline.
pub(crate) struct PhiNormal {
    detector: Detector<Normal<[u64; WINDOW]>>,
    threshold: Threshold,
}

impl Contender for PhiNormal {
    const NAME: &'static str = "phi-normal";

    /// From once in two heartbeats to as high as a threshold can be: outages of hundreds of periods
    /// are thousands of deviations long.
    fn thresholds() -> Vec<f64> {
        decades(-1, 6)
    }

    fn start(period: Nanos, threshold: f64) -> Result<Self> {
        let config = NormalConfig::for_interval(period.into())?;
        let detector = Detector::new(Normal::new([0_u64; WINDOW], config)?);
        Ok(Self { detector, threshold: Threshold::new(threshold).context(Self::NAME)? })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        self.detector.heartbeat(arrival.at);
    }

    fn patience(&self) -> Nanos {
        let last = self.detector.last().unwrap_or_default();
        self.detector.deadline(self.threshold).map_or(Nanos::MAX, |at| at.saturating_since(last))
    }
}
