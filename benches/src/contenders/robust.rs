//! `phi_core::RobustScore`: lateness in units of a robust scale, in constant memory.
//!
//! # Formula
//!
//! ```text
//! L = (m + u·s)·η, where u is the threshold, m and s location and scale, learnt by clamped steps
//! ```
//!
//! It has no longest silence here: what the score itself can do is asked.
//!
//! Source: RS2, see `phi_core::RobustScore`.

use std::time::Duration;

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{LatenessConfig, Nanos, RobustScore};

use super::detector::Modelled;
use super::{Description, decades};

/// The detector that users of `phi-core` get, without a longest silence.
pub(crate) struct Robust;

impl Modelled for Robust {
    type Model = RobustScore;
    const ABOUT: Description = Description {
        name: "robust",
        title: "phi-core RobustScore",
        source: "phi-core",
        kind: Kind::Ours,
        promises: false,
    };

    const NUMBERED: bool = true;

    fn thresholds() -> Vec<f64> {
        decades(-2, 4)
    }

    fn model(period: Nanos) -> Result<Self::Model> {
        Ok(RobustScore::new(unlimited(period)?))
    }
}

/// Parameters for a sender of this period, without a longest silence.
pub(super) fn unlimited(period: Nanos) -> Result<LatenessConfig> {
    Ok(LatenessConfig::for_interval(period.into())?.with_longest_silence(Duration::MAX)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contender::Contender as _;
    use crate::contenders::detector::{Over, heard};

    /// Goal: after one late heartbeat, by hand: e = 0.5, so v = ¼ + ¼·1.5/16 and m = 1 + 0.75/32.
    #[test]
    fn one_late_heartbeat_by_hand() {
        let mut robust: Over<Robust> = heard(1_000_000_000, &[0, 1_500_000_000]);
        let (v, m) = (0.25 + 0.25 * 1.5 / 16.0, 1.0 + 0.5 * 1.5 / 32.0);
        let silence = m + 2.0 * f64::sqrt(0.2 + v);
        let patience = robust.patience(2.0).get() as f64 / 1e9;
        assert!((patience - silence).abs() < 1e-8, "{patience} {silence}");
    }
}
