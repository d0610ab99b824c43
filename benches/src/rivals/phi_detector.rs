//! `phi-detector` 0.4.0, which is handed lengths of time: when the last heartbeat came is kept
//! here.
//!
//! It has no window, and no setting but the interval; it reads whole milliseconds.

use std::fmt;

use anyhow::Result;
use phi_core::Timestamp;
use phi_detector::PingWindow;

use crate::entrant::{Entrant, Setup};

/// The rival.
pub struct PhiDetector {
    pings: PingWindow,
    last: Option<Timestamp>,
}

impl fmt::Debug for PhiDetector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhiDetector").finish_non_exhaustive()
    }
}

impl Entrant for PhiDetector {
    const NAME: &'static str = "phi-detector 0.4.0";

    type Heard = ();

    fn start(setup: Setup) -> Result<Self> {
        Ok(Self { pings: PingWindow::new(setup.interval), last: None })
    }

    #[inline]
    fn heartbeat(&mut self, _: u64, now: Timestamp) {
        if let Some(last) = self.last.replace(now) {
            self.pings.add_ping(now.saturating_since(last).into());
        }
    }

    #[inline]
    fn phi(&mut self, now: Timestamp) -> f64 {
        let silence = now.saturating_since(self.last.unwrap_or(now));
        self.pings.normal_dist().phi(silence.into())
    }
}
