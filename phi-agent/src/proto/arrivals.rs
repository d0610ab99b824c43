//! The arrival model that the settings name, for one member.
//!
//! What φ means for a verdict is decided elsewhere.

use phi_core::{Calibrated, Model, Nanos, Normal, Phi, Threshold};

/// Window storage on the heap: microseconds, which are enough for intervals of up to an hour.
pub type Places = Box<[u32]>;

/// One of the models of `phi-core`.
#[derive(Clone, Debug)]
#[expect(clippy::exhaustive_enums, reason = "the models that can be named in the settings")]
pub enum Arrivals {
    /// The calibrated model: φ is the probability that it says.
    Calibrated(Calibrated),
    /// The published one, over a window.
    Normal(Normal<Places>),
}

impl Arrivals {
    fn model(&self) -> &dyn Model {
        match self {
            Self::Calibrated(model) => model,
            Self::Normal(model) => model,
        }
    }

    fn model_mut(&mut self) -> &mut dyn Model {
        match self {
            Self::Calibrated(model) => model,
            Self::Normal(model) => model,
        }
    }
}

impl Model for Arrivals {
    fn record(&mut self, interval: Nanos, beats: u64) {
        self.model_mut().record(interval, beats);
    }

    fn phi(&self, elapsed: Nanos) -> Phi {
        self.model().phi(elapsed)
    }

    fn timeout(&self, threshold: Threshold) -> Option<Nanos> {
        self.model().timeout(threshold)
    }

    fn mean(&self) -> Nanos {
        self.model().mean()
    }

    fn std_dev(&self) -> Nanos {
        self.model().std_dev()
    }

    fn samples(&self) -> usize {
        self.model().samples()
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        self.model_mut().rescale(from, to);
    }
}
