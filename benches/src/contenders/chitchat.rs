//! chitchat's φ: a silence in units of a smoothed mean interval; a suspicion forgets all.
//!
//! # Formula
//!
//! ```text
//! L = μ·h,  μ = (Σx + 5·p)/(n + 5)
//! where h is the threshold (there 8), Σx and n sum and number of the last 1,000 intervals, those
//! longer than 10 η left out, p the prior mean, 5 η
//! ```
//!
//! A node that is found dead loses its window, but not the time of its last heartbeat. Without an
//! interval in its window it is dead, whatever the threshold: so it stays dead after a silence of
//! more than 10 η until its second heartbeat, and is dead until its second one at first. The level
//! is a silence in means, not the logarithm of a probability, so it promises nothing.
//!
//! Source: `failure_detector.rs` of chitchat 0.13, whose defaults are 5 s and 10 s at a round of 1
//! s; `phi_core::ExponentialConfig::chitchat`.

use std::f64::consts::LN_10;

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Detector, Exponential, ExponentialConfig, Nanos};

use super::{Contender, Description, detector, periods};
use crate::trace::Arrival;

const WINDOW: usize = 1_000;

/// The detector.
pub(crate) struct Chitchat {
    detector: Detector<Exponential<[u64; WINDOW]>>,
    config: ExponentialConfig,
}

impl Contender for Chitchat {
    const ABOUT: Description = Description {
        name: "chitchat",
        title: "chitchat's φ",
        source: "chitchat 0.13",
        kind: Kind::Published,
        promises: false,
    };

    const LEARNS_FROM_VERDICTS: bool = true;

    fn thresholds() -> Vec<f64> {
        periods()
    }

    fn start(period: Nanos) -> Result<Self> {
        let times = |count: u64| Nanos::new(period.get().saturating_mul(count)).into();
        let config = ExponentialConfig::chitchat(times(5), times(10))?;
        Ok(Self { detector: Detector::new(Exponential::new([0; WINDOW], config)?), config })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        self.detector.heartbeat(arrival.at);
    }

    fn heartbeat_after_suspicion(&mut self, arrival: Arrival) {
        let last = self.detector.last();
        if let Ok(fresh) = Exponential::new([0; WINDOW], self.config) {
            self.detector = Detector::new(fresh);
        }
        if let Some(last) = last {
            self.detector.heartbeat(last);
        }
        self.heartbeat(arrival);
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        if self.detector.samples() == 0 {
            return Nanos::ZERO;
        }
        detector::patience(&self.detector, threshold / LN_10)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        detector::level(&self.detector, silence) * LN_10
    }
}

#[cfg(test)]
mod tests {
    use phi_core::Timestamp;

    use super::*;

    /// Goal: by hand: after intervals of 100, 140 and 1,001 ns at η = 100 the last is left out, and
    /// the mean is (240 + 5·500)/7 = 391.43; 8 of them are 3,131.4.
    #[test]
    fn by_hand() {
        let mut chitchat: Chitchat = detector::heard(100, &[0, 100, 240, 1_241]);
        assert_eq!(chitchat.patience(8.0).get(), 3_132);
    }

    /// Goal: after a suspicion it knows nothing but the silence that ended it, and is dead until it
    /// has heard the next one if that was too long to be learnt.
    #[test]
    fn a_suspicion_forgets_all_intervals() {
        let at = |at| Arrival { sequence: 90, at: Timestamp::from_nanos(at) };
        for (silence, known) in [(900, 1), (9_000, 0)] {
            let mut chitchat: Chitchat = detector::heard(100, &[0, 100, 200, 300]);
            chitchat.heartbeat_after_suspicion(at(300 + silence));
            assert_eq!(chitchat.detector.samples(), known, "{silence}");
            assert_eq!(chitchat.patience(8.0) == Nanos::ZERO, known == 0);
            chitchat.heartbeat_after_suspicion(at(300 + silence + 100));
            assert_eq!(chitchat.detector.samples(), 1, "{silence}: the last one");
        }
    }
}
