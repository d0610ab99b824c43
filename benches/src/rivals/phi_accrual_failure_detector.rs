//! `phi-accrual-failure-detector` 0.1.0, driven through its `Clock` trait: the clock is a number
//! that is set before each call.
//!
//! It reads whole milliseconds, by its own conversion. Its mean and deviation divide by all
//! intervals ever seen, not by those in the window, once the window has been full.

use std::cell::Cell;
use std::fmt;
use std::rc::Rc;
use std::time::Duration;

use anyhow::Result;
use phi_accrual_failure_detector::{
    Clock, Detector as _, FailureDetector, UnsyncDetector, UnsyncState,
};
use phi_core::Timestamp;

use crate::entrant::{BASELINE, Entrant, Setup, WINDOW};
use crate::peers::Peers;

type Inner = FailureDetector<UnsyncState<VirtualClock>>;

/// Nanoseconds that stand still until they are set.
#[derive(Clone, Debug, Default)]
struct VirtualClock(Rc<Cell<u64>>);

impl VirtualClock {
    fn set(&self, now: Timestamp) {
        self.0.set(now.as_nanos());
    }
}

impl Clock for VirtualClock {
    type Timestamp = u64;

    fn timestamp(&self) -> u64 {
        self.0.get()
    }

    fn elapsed(before: &u64, after: &u64) -> Duration {
        Duration::from_nanos(after.saturating_sub(*before))
    }
}

/// The rival over a window of `SAMPLES` intervals.
pub struct PhiAccrualFailureDetector<const SAMPLES: usize = WINDOW> {
    clock: VirtualClock,
    detector: Inner,
}

impl<const SAMPLES: usize> fmt::Debug for PhiAccrualFailureDetector<SAMPLES> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhiAccrualFailureDetector").finish_non_exhaustive()
    }
}

impl<const SAMPLES: usize> Entrant for PhiAccrualFailureDetector<SAMPLES> {
    const NAME: &'static str = if SAMPLES == WINDOW { BASELINE } else { "same, window never full" };

    type Heard = ();

    fn start(setup: Setup) -> Result<Self> {
        let clock = VirtualClock::default();
        Ok(Self { detector: detector(setup, SAMPLES, &clock)?, clock })
    }

    #[inline]
    fn heartbeat(&mut self, _: u64, now: Timestamp) {
        self.clock.set(now);
        self.detector.heartbeat();
    }

    #[inline]
    fn phi(&mut self, now: Timestamp) -> f64 {
        self.clock.set(now);
        self.detector.phi()
    }
}

/// Many of them side by side, on one clock.
pub struct PhiAccrualFailureDetectorPeers {
    clock: VirtualClock,
    detectors: Vec<Inner>,
}

impl fmt::Debug for PhiAccrualFailureDetectorPeers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PhiAccrualFailureDetectorPeers").finish_non_exhaustive()
    }
}

impl Peers for PhiAccrualFailureDetectorPeers {
    const NAME: &'static str = BASELINE;

    fn start(setup: Setup, histories: &[[Timestamp; 3]]) -> Result<Self> {
        let clock = VirtualClock::default();
        let mut detectors = Vec::with_capacity(histories.len());
        for history in histories {
            let detector = detector(setup, WINDOW, &clock)?;
            for arrival in history {
                clock.set(*arrival);
                detector.heartbeat();
            }
            detectors.push(detector);
        }
        Ok(Self { clock, detectors })
    }

    fn heartbeat(&mut self, peer: usize, now: Timestamp) {
        self.clock.set(now);
        if let Some(detector) = self.detectors.get(peer) {
            detector.heartbeat();
        }
    }

    fn late(&self, now: Timestamp) -> usize {
        self.clock.set(now);
        self.detectors.iter().filter(|detector| detector.phi() >= Self::THRESHOLD).count()
    }
}

fn detector(setup: Setup, samples: usize, clock: &VirtualClock) -> Result<Inner> {
    Ok(UnsyncDetector::builder()
        .clock(clock.clone())
        .max_sample_size(samples)
        .min_std_deviation(setup.min_std_dev)
        .acceptable_heartbeat_pause(Duration::ZERO)
        .first_heartbeat_estimate(setup.interval)
        .build()?)
}
