//! Other projects' own code, driven by the same arrivals (feature `rivals`).
//!
//! # Formula
//!
//! ```text
//! L = the shortest silence at which the number that it calls φ reaches the threshold
//! ```
//!
//! They only say φ, so silences are searched for, to 0.02 %, after one heartbeat in 32 and after
//! those that a mistake follows. They are told η and a least deviation of η/10, as far as they can
//! be told; all that reads whole milliseconds does so here as well.
//!
//! Source: the crates and versions that their names say; see `rivals` in the library beside this.

use anyhow::Result;
use phi_bench::entrant::{Entrant, Setup};
use phi_bench::results::Kind;
use phi_core::{Nanos, Timestamp};

use super::{Contender, Description, levels_of_phi};
use crate::trace::Arrival;

/// A silence that is searched for is found to this: 2⁻¹² of it.
const PRECISION_BITS: u32 = 12;

/// The longest silence that is searched for: 13 days.
const LONGEST: u64 = 1 << 50;

/// A rival.
pub(crate) struct Linked<E> {
    entrant: E,
    last: Timestamp,
}

impl<E: Entrant> Linked<E> {
    /// The number that it calls φ; one that is none counts as 0.
    fn phi(&mut self, silence: u64) -> f64 {
        let phi = self.entrant.phi(self.last.saturating_add(Nanos::new(silence)));
        if phi.is_nan() { 0.0 } else { phi }
    }
}

impl<E: Entrant> Contender for Linked<E> {
    const ABOUT: Description = Description {
        name: E::NAME,
        title: "linked code of another project",
        source: E::NAME,
        kind: Kind::Rival,
        promises: true,
    };

    const ASKED_EACH: usize = 32;

    fn thresholds() -> Vec<f64> {
        levels_of_phi(-1, 3)
    }

    fn start(period: Nanos) -> Result<Self> {
        let min_std_dev = Nanos::new((period.get() / 10).max(1)).into();
        let setup = Setup { interval: period.into(), min_std_dev };
        Ok(Self { entrant: E::start(setup)?, last: Timestamp::ORIGIN })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        self.entrant.heartbeat(arrival.sequence, arrival.at);
        self.last = arrival.at;
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        let mut high = 1;
        while self.phi(high) < threshold {
            if high >= LONGEST {
                return Nanos::MAX;
            }
            high *= 2;
        }
        let mut low = high / 2;
        while high - low > (high >> PRECISION_BITS).max(1) {
            let middle = low.midpoint(high);
            if self.phi(middle) < threshold { low = middle } else { high = middle }
        }
        Nanos::new(high)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        self.phi(silence.get()).next_up()
    }

    fn bytes(&self) -> Option<u64> {
        None
    }
}
