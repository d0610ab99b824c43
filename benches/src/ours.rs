//! The detectors of `phi-core` as entrants, each with the check of numbers that users get.
//!
//! One more is one more type here, and its lines in [`cases`](crate::cases).

use std::fmt::Debug;

use anyhow::Result;
use phi_core::{
    Calibrated, Detector, Heartbeat, LatenessConfig, Model, Normal, NormalConfig, OnQuery,
    Timestamp,
};

use crate::entrant::{Entrant, Setup, WINDOW};

/// A model, and how it is set up.
pub trait Variant: Debug + 'static {
    /// Its name in tables.
    const NAME: &'static str;

    /// Its type.
    type Model: Model + Debug + 'static;

    /// One that has heard nothing.
    ///
    /// # Errors
    ///
    /// When it refuses this setup.
    fn model(setup: Setup) -> Result<Self::Model>;
}

/// A detector with the model of `V`.
#[derive(Debug)]
pub struct Ours<V: Variant>(Detector<V::Model>);

impl<V: Variant> Entrant for Ours<V> {
    const NAME: &'static str = V::NAME;

    type Heard = Heartbeat;

    fn start(setup: Setup) -> Result<Self> {
        Ok(Self(Detector::new(V::model(setup)?)))
    }

    #[inline]
    fn heartbeat(&mut self, seq: u64, now: Timestamp) -> Heartbeat {
        self.0.heartbeat_seq(seq, now)
    }

    #[inline]
    fn phi(&mut self, now: Timestamp) -> f64 {
        self.0.phi(now).value()
    }
}

/// The same told of heartbeats without their numbers, as rivals are: duplicates are the caller's.
#[derive(Debug)]
pub struct Unnumbered<V: Variant>(Detector<V::Model>);

impl<V: Variant> Entrant for Unnumbered<V> {
    const NAME: &'static str = "phi-core, the same without numbers";

    type Heard = Heartbeat;

    fn start(setup: Setup) -> Result<Self> {
        Ok(Self(Detector::new(V::model(setup)?)))
    }

    #[inline]
    fn heartbeat(&mut self, _: u64, now: Timestamp) -> Heartbeat {
        self.0.heartbeat(now)
    }

    #[inline]
    fn phi(&mut self, now: Timestamp) -> f64 {
        self.0.phi(now).value()
    }
}

/// The normal model at its defaults, with intervals in nanoseconds.
#[derive(Debug)]
pub struct NormalU64;

impl Variant for NormalU64 {
    const NAME: &'static str = "phi-core Normal";

    type Model = Normal<[u64; WINDOW]>;

    fn model(setup: Setup) -> Result<Self::Model> {
        Ok(Normal::new([0; WINDOW], config(setup)?)?)
    }
}

/// The normal model that reckons mean and deviation only when it is asked, in microseconds.
#[derive(Debug)]
pub struct NormalU32OnQuery;

impl Variant for NormalU32OnQuery {
    const NAME: &'static str = "phi-core Normal, u32, moments on query";

    type Model = Normal<[u32; WINDOW], f64, OnQuery>;

    fn model(setup: Setup) -> Result<Self::Model> {
        Ok(Normal::new([0; WINDOW], config(setup)?)?.on_query())
    }
}

/// The normal model that small processors get: microseconds, and single precision.
#[derive(Debug)]
pub struct NormalU32F32;

impl Variant for NormalU32F32 {
    const NAME: &'static str = "phi-core Normal, u32, f32";

    type Model = Normal<[u32; WINDOW], f32>;

    fn model(setup: Setup) -> Result<Self::Model> {
        Ok(Normal::new_f32([0; WINDOW], config(setup)?)?)
    }
}

/// The calibrated model: its φ is a probability of its own, not that of a normal distribution.
#[derive(Debug)]
pub struct OfCalibrated;

impl Variant for OfCalibrated {
    const NAME: &'static str = "phi-core Calibrated";

    type Model = Calibrated;

    fn model(setup: Setup) -> Result<Self::Model> {
        Ok(Calibrated::new(LatenessConfig::for_interval(setup.interval)?))
    }
}

fn config(setup: Setup) -> Result<NormalConfig> {
    Ok(NormalConfig::for_interval(setup.interval)?.with_min_std_dev(setup.min_std_dev)?)
}
