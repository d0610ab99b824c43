//! A constant timeout: what a detector has to beat. It learns nothing from arrivals.
//!
//! # Formula
//!
//! ```text
//! L = h·η, where h is the threshold (periods), η the nominal period
//! ```
//!
//! Source: none; it is what configuration files call `timeout`.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::Nanos;

use super::{Contender, Description, periods, to_nanos};
use crate::trace::Arrival;

/// The nominal period (ns).
pub(crate) struct Constant(f64);

impl Contender for Constant {
    const ABOUT: Description = Description {
        name: "constant",
        title: "constant timeout",
        source: "none",
        kind: Kind::Constant,
        promises: false,
    };

    fn thresholds() -> Vec<f64> {
        periods()
    }

    fn start(period: Nanos) -> Result<Self> {
        Ok(Self(period.get() as f64))
    }

    fn heartbeat(&mut self, _: Arrival) {}

    fn patience(&mut self, threshold: f64) -> Nanos {
        to_nanos(threshold * self.0)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        silence.get() as f64 / self.0
    }
}
