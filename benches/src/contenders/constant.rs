//! A constant timeout, set in hindsight to the best there is: what a detector has to beat.
//! It learns nothing from arrivals.
//!
//! # Formula
//!
//! ```text
//! L = h·η, where h is the threshold (periods), η the nominal period
//! ```
//!
//! Source: none; it is what configuration files call `timeout`.

use anyhow::Result;
use phi_core::Nanos;

use super::{Contender, decades};
use crate::trace::Arrival;

/// The silence that it bears.
pub(crate) struct Constant(Nanos);

impl Contender for Constant {
    const NAME: &'static str = "constant";

    /// A little more than one period to a thousand: fine near one, where quiet links are decided.
    fn thresholds() -> Vec<f64> {
        decades(-3, 3).into_iter().map(|excess| 1.0 + excess).collect()
    }

    fn start(period: Nanos, threshold: f64) -> Result<Self> {
        Ok(Self(Nanos::new((period.get() as f64 * threshold).round() as u64)))
    }

    fn heartbeat(&mut self, _: Arrival) {}

    fn patience(&self) -> Nanos {
        self.0
    }
}
