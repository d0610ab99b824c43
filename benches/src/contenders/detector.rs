//! A detector of `phi-core` over any of its models, asked as contenders are.
//!
//! Which model and which parameters is the business of each contender.

use phi_core::{Detector, Model, Nanos, Threshold};

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
pub(super) fn heard<C: super::Contender>(period_ns: u64, times_ns: &[u64]) -> C {
    let mut contender = C::start(Nanos::new(period_ns)).expect("legal");
    for (sequence, &at) in (0..).zip(times_ns) {
        let at = phi_core::Timestamp::from_nanos(at);
        contender.heartbeat(crate::trace::Arrival { sequence, at });
    }
    contender
}
