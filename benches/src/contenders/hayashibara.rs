//! The φ accrual detector as published: intervals taken as normally distributed.
//!
//! # Formula
//!
//! ```text
//! L = μ + σ·z(φ),  φ = −log₁₀(1 − Φ(z))
//! where φ is the threshold, μ and σ mean and deviation of the intervals in the window
//! ```
//!
//! The paper uses a window of 1,000; 100 is what many implementations take. It has no least
//! deviation: with a window of equal intervals, L = μ at every threshold.
//!
//! Source: \[HDYK04\] Hayashibara, Défago, Yared, Katayama: The φ accrual failure detector, SRDS
//! 2004. The tail is exact (`phi_core::tail`, correct to 4 units in the last place).

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::tail::{normal_phi, normal_phi_inverse};
use phi_core::{Nanos, Timestamp, Window};

use super::{Contender, Description, float_ns, levels_of_phi, to_nanos};
use crate::trace::Arrival;

/// The detector over `WINDOW` intervals.
pub(crate) struct Hayashibara<const WINDOW: usize> {
    intervals: Window<[u64; WINDOW]>,
    last: Option<Timestamp>,
    mean_ns: f64,
    deviation_ns: f64,
}

impl<const WINDOW: usize> Contender for Hayashibara<WINDOW> {
    const ABOUT: Description = Description {
        name: if WINDOW == 100 { "phi-100" } else { "phi-1000" },
        title: if WINDOW == 100 {
            "Hayashibara's φ, window of 100"
        } else {
            "Hayashibara's φ, window of 1,000"
        },
        source: "Hayashibara et al. 2004",
        kind: Kind::Published,
        promises: true,
    };

    /// From once in two heartbeats on: outages of hundreds of periods are thousands of deviations
    /// long.
    fn thresholds() -> Vec<f64> {
        levels_of_phi(-1, 6)
    }

    fn start(_: Nanos) -> Result<Self> {
        let intervals = Window::new([0; WINDOW])?;
        Ok(Self { intervals, last: None, mean_ns: f64::INFINITY, deviation_ns: 0.0 })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        if let Some(last) = self.last.replace(arrival.at) {
            self.intervals.record(arrival.at.saturating_since(last));
            self.mean_ns = float_ns(self.intervals.mean(), f64::INFINITY);
            self.deviation_ns = float_ns(self.intervals.std_dev(), 0.0);
        }
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        to_nanos(self.mean_ns + self.deviation_ns * normal_phi_inverse(threshold))
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        let late_ns = silence.get() as f64 - self.mean_ns;
        if self.deviation_ns > 0.0 {
            normal_phi(late_ns / self.deviation_ns)
        } else if late_ns > 0.0 {
            f64::INFINITY
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the paper's own reading of φ (section 4.2): at φ = 1 one silence in ten is longer, at
    /// 2 one in a hundred, at 3 one in a thousand; z of these is in every table of the normal.
    #[test]
    fn the_tail_is_that_of_the_tables() {
        let mut detector = Hayashibara::<100>::start(Nanos::new(1)).expect("legal");
        let mut now = 0;
        for interval in [0, 900_000_000, 1_100_000_000, 900_000_000, 1_100_000_000] {
            now += interval;
            detector.heartbeat(Arrival { sequence: 0, at: Timestamp::from_nanos(now) });
        }
        for (phi, z) in [(1.0, 1.281_552), (2.0, 2.326_348), (3.0, 3.090_232)] {
            let patience = detector.patience(phi).get() as f64 / 1e9;
            assert!((patience - (1.0 + 0.1 * z)).abs() < 1e-6, "{phi}: {patience}");
        }
    }

    /// Goal: equal intervals leave no deviation, and what is longer is beyond all thresholds.
    #[test]
    fn without_deviation_the_mean_decides() {
        let mut detector = Hayashibara::<100>::start(Nanos::new(1)).expect("legal");
        for beat in 0..5 {
            detector.heartbeat(Arrival { sequence: beat, at: Timestamp::from_nanos(beat * 1_000) });
        }
        assert_eq!(detector.patience(1e6), Nanos::new(1_000));
        assert_eq!(detector.level(Nanos::new(1_001)), f64::INFINITY);
        assert_eq!(detector.level(Nanos::new(1_000)), 0.0);
    }
}
