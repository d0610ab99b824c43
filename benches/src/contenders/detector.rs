//! A detector of `phi-core` over any of its models, as a contender.
//!
//! Which model and which parameters is the business of each contender.

use anyhow::Result;
use phi_core::{Detector, Model, Nanos, Threshold};

use super::{Contender, Description};
use crate::trace::Arrival;

/// What a contender over a detector of `phi-core` has to say of itself.
pub(crate) trait Modelled {
    type Model: Model;
    const ABOUT: Description;

    /// Whether it is told the numbers of heartbeats.
    const NUMBERED: bool = false;

    /// As [`Contender::thresholds`].
    fn thresholds() -> Vec<f64>;

    /// A model that has learnt nothing, for a sender with this period.
    fn model(period: Nanos) -> Result<Self::Model>;
}

/// The detector that users of `phi-core` get, asked for its deadlines.
pub(crate) struct Over<M: Modelled>(Detector<M::Model>);

impl<M: Modelled> Contender for Over<M> {
    const ABOUT: Description = M::ABOUT;

    fn thresholds() -> Vec<f64> {
        M::thresholds()
    }

    fn start(period: Nanos) -> Result<Self> {
        Ok(Self(Detector::new(M::model(period)?)))
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        if M::NUMBERED {
            self.0.heartbeat_seq(arrival.sequence, arrival.at);
        } else {
            self.0.heartbeat(arrival.at);
        }
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        patience(&self.0, threshold)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        level(&self.0, silence)
    }
}

/// The silence after the last arrival that `detector` bears at `threshold`.
pub(super) fn patience<M: Model>(detector: &Detector<M>, threshold: f64) -> Nanos {
    let deadline = || detector.deadline(Threshold::new(threshold).ok()?);
    let (Some(last), Some(deadline)) = (detector.last(), deadline()) else {
        return Nanos::MAX;
    };
    deadline.saturating_since(last)
}

/// The lowest threshold that bears `silence`: just above φ then, as what equals a threshold has
/// reached it.
pub(super) fn level<M: Model>(detector: &Detector<M>, silence: Nanos) -> f64 {
    let last = detector.last().unwrap_or_default();
    detector.phi(last.saturating_add(silence)).value().next_up()
}

/// A contender after heartbeats at these times, for tests that name their figures.
#[cfg(test)]
pub(super) fn heard<C: Contender>(period_ns: u64, times_ns: &[u64]) -> C {
    let mut contender = C::start(Nanos::new(period_ns)).expect("legal");
    for (sequence, &at) in (0..).zip(times_ns) {
        let at = phi_core::Timestamp::from_nanos(at);
        contender.heartbeat(Arrival { sequence, at });
    }
    contender
}
