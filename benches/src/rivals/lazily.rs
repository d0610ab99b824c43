//! The detector inside `lazily` 0.61.0, whose times are ticks: nanoseconds here.
//!
//! Of that library, which is about other things, nothing else is used.

use anyhow::Result;
use lazily::PhiAccrual;
use phi_core::Timestamp;

use crate::entrant::{Entrant, Setup, WINDOW};

/// The rival.
#[derive(Debug)]
pub struct Lazily(PhiAccrual);

impl Entrant for Lazily {
    const NAME: &'static str = "lazily 0.61.0";

    type Heard = ();

    fn start(setup: Setup) -> Result<Self> {
        Ok(Self(PhiAccrual::new(WINDOW, setup.min_std_dev.as_nanos() as f64)))
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
