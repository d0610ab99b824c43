//! What a detector is asked for to be compared: heartbeats in, φ out, on the caller's clock.
//!
//! How fast or how right it is, is not asked here.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use phi_core::Timestamp;

/// Intervals that each entrant with a window remembers.
pub const WINDOW: usize = 1_000;

/// The rival whose figures the goals refer to.
pub const BASELINE: &str = "phi-accrual-failure-detector 0.1.0";

/// What all entrants are told of the sender, as far as they can be told.
#[derive(Clone, Copy, Debug)]
pub struct Setup {
    /// The promised interval.
    pub interval: Duration,
    /// The least standard deviation to reckon with.
    pub min_std_dev: Duration,
}

/// One detector of one sender. No pause is accepted, and nothing is left out of what is learnt.
pub trait Entrant: Sized + 'static {
    /// Its name in tables.
    const NAME: &'static str;

    /// What it says to a heartbeat.
    type Heard;

    /// A detector that has heard nothing.
    ///
    /// # Errors
    ///
    /// When it refuses this setup.
    fn start(setup: Setup) -> Result<Self>;

    /// Takes in heartbeat number `seq`, which arrived at `now`. Who has no use for numbers leaves
    /// them: duplicates are then the caller's to find, which is not counted against anybody.
    fn heartbeat(&mut self, seq: u64, now: Timestamp) -> Self::Heard;

    /// The number that it calls φ.
    fn phi(&mut self, now: Timestamp) -> f64;
}

/// The loop around the others, to be subtracted from them.
#[derive(Debug)]
pub struct Nothing;

impl Entrant for Nothing {
    const NAME: &'static str = "(empty loop)";

    type Heard = ();

    fn start(_: Setup) -> Result<Self> {
        Ok(Self)
    }

    #[inline]
    fn heartbeat(&mut self, seq: u64, now: Timestamp) {
        black_box((seq, now));
    }

    #[inline]
    fn phi(&mut self, now: Timestamp) -> f64 {
        black_box(now);
        0.0
    }
}
