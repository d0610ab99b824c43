//! `phi-accrual` 0.1.0, whose times are numbers of any unit: nanoseconds here.
//!
//! What it takes for the mean interval is a rate.

use anyhow::Result;
use phi_accrual::PhiFailureDetector;
use phi_core::Timestamp;

use crate::entrant::{Entrant, Setup, WINDOW};

/// The rival. It remembers arrivals, one more than intervals.
#[derive(Debug)]
pub struct PhiAccrual(PhiFailureDetector);

impl Entrant for PhiAccrual {
    const NAME: &'static str = "phi-accrual 0.1.0";

    type Heard = ();

    fn start(setup: Setup) -> Result<Self> {
        let min_std_dev_ns = setup.min_std_dev.as_nanos() as f64;
        let detector = PhiFailureDetector::new();
        Ok(Self(detector.min_stddev(min_std_dev_ns).history_size(WINDOW + 1)))
    }

    #[inline]
    fn heartbeat(&mut self, _: u64, now: Timestamp) {
        self.0.heartbeat(now.as_nanos());
    }

    #[inline]
    fn phi(&mut self, now: Timestamp) -> f64 {
        self.0.phi(now.as_nanos())
    }
}
