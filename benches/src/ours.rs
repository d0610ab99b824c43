//! The detectors of `phi-core` as entrants, each with the check of numbers that users get.
//!
//! One more is one more type here, and its lines in [`cases`](crate::cases).

use anyhow::Result;
use phi_core::{Calibrated, Detector, Heartbeat, LatenessConfig, Normal, NormalConfig, Timestamp};

use crate::entrant::{Entrant, Setup, WINDOW};

/// The normal model at its defaults.
#[derive(Debug)]
pub struct OurNormal(Detector<Normal<[u64; WINDOW]>>);

impl Entrant for OurNormal {
    const NAME: &'static str = "phi-core Normal";

    type Heard = Heartbeat;

    fn start(setup: Setup) -> Result<Self> {
        Ok(Self(Detector::new(Normal::new([0; WINDOW], config(setup)?)?)))
    }

    fn heartbeat(&mut self, seq: u64, now: Timestamp) -> Heartbeat {
        self.0.heartbeat_seq(seq, now)
    }

    fn phi(&mut self, now: Timestamp) -> f64 {
        self.0.phi(now).value()
    }
}

/// The calibrated model: its φ is a probability of its own, not that of a normal distribution.
#[derive(Debug)]
pub struct OurCalibrated(Detector<Calibrated>);

impl Entrant for OurCalibrated {
    const NAME: &'static str = "phi-core Calibrated";

    type Heard = Heartbeat;

    fn start(setup: Setup) -> Result<Self> {
        let config = LatenessConfig::for_interval(setup.interval)?;
        Ok(Self(Detector::new(Calibrated::new(config))))
    }

    fn heartbeat(&mut self, seq: u64, now: Timestamp) -> Heartbeat {
        self.0.heartbeat_seq(seq, now)
    }

    fn phi(&mut self, now: Timestamp) -> f64 {
        self.0.phi(now).value()
    }
}

fn config(setup: Setup) -> Result<NormalConfig> {
    Ok(NormalConfig::for_interval(setup.interval)?.with_min_std_dev(setup.min_std_dev)?)
}
