//! Bertier's detector: Chen's expected arrival, with a margin that follows the errors of that
//! expectation as TCP's retransmission timer follows round trips.
//!
//! # Formula
//!
//! ```text
//! L = EA_{k+1} + β·delay + h·var − t_k
//! after each arrival:  err = t_k − EA_k − delay
//!                      delay += γ·err,   var += γ·(|err| − var);   both 0 at first
//! where EA is the expected arrival from the last 1,000 (see `recent.rs`), t_k the last arrival,
//! h the threshold, β = 1, γ = 0.1
//! ```
//!
//! The paper sets h (there φ) to 4; here it is swept. It takes the heartbeats as numbered without
//! gaps; a lost one is expected here no earlier than it would have been sent.
//!
//! Source: Bertier, Marin, Sens: Implementation and performance evaluation of an adaptable failure
//! detector, DSN 2002; γ as in Jacobson's estimator, from the same paper.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Nanos, Timestamp};

use super::recent::Recent;
use super::{Contender, Description, decades, to_nanos};
use crate::trace::Arrival;

const GAMMA: f64 = 0.1;

/// The detector.
pub(crate) struct Bertier {
    recent: Recent<1_000>,
    period: Nanos,
    last: Option<(Arrival, f64)>,
    delay_ns: f64,
    var_ns: f64,
}

impl Bertier {
    /// What does not depend on the threshold (ns after the last arrival).
    fn base_ns(&self) -> f64 {
        self.last.map_or(f64::INFINITY, |(_, expected_ns)| expected_ns) + self.delay_ns
    }

    /// How much later than expected `at` is (ns): the heartbeat of `sequence` was expected a period
    /// later for each that was lost before it.
    fn lateness_ns(&self, sequence: u64, at: Timestamp) -> Option<f64> {
        let (last, expected_ns) = self.last?;
        let lost = (sequence - last.sequence).saturating_sub(1) as f64;
        let since_ns = at.saturating_since(last.at).get() as f64;
        Some(since_ns - expected_ns - lost * self.period.get() as f64)
    }
}

impl Contender for Bertier {
    const ABOUT: Description = Description {
        name: "bertier",
        title: "Bertier: Chen with an adaptive margin",
        source: "Bertier, Marin, Sens 2002",
        kind: Kind::Published,
        promises: false,
    };

    fn thresholds() -> Vec<f64> {
        decades(-2, 5)
    }

    fn start(period: Nanos) -> Result<Self> {
        Ok(Self { recent: Recent::new(), period, last: None, delay_ns: 0.0, var_ns: 0.0 })
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        if let Some(late_ns) = self.lateness_ns(arrival.sequence, arrival.at) {
            let error_ns = late_ns - self.delay_ns;
            self.delay_ns += GAMMA * error_ns;
            self.var_ns += GAMMA * (error_ns.abs() - self.var_ns);
        }
        self.recent.record(arrival);
        self.last = self.recent.expected_ns(self.period).map(|expected| (arrival, expected));
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        to_nanos(self.base_ns() + threshold * self.var_ns)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        let late_ns = silence.get() as f64 - self.base_ns();
        if late_ns == 0.0 { 0.0 } else { late_ns / self.var_ns }
    }

    fn bytes(&self) -> Option<u64> {
        Some(self.recent.bytes() + (size_of::<Self>() - size_of::<Recent<1_000>>()) as u64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: three arrivals by hand, η = 10: at 0; at 14, expected at 10 (err 4, delay 0.4, var
    /// 0.4), next expected at 22; at 30, err 30 − 22 − 0.4 = 7.6, delay 1.16, var 1.12, next
    /// expected at (0 + 4 + 10)/3 + 30 = 34.667.
    #[test]
    fn three_arrivals_by_hand() {
        let mut bertier = Bertier::start(Nanos::new(10)).expect("legal");
        for (sequence, at) in [(0, 0), (1, 14), (2, 30)] {
            bertier.heartbeat(Arrival { sequence, at: Timestamp::from_nanos(at) });
        }
        assert!((bertier.delay_ns - 1.16).abs() < 1e-12, "{}", bertier.delay_ns);
        assert!((bertier.var_ns - 1.12).abs() < 1e-12, "{}", bertier.var_ns);
        let silence = 4.0 + 2.0 / 3.0 + 1.16;
        assert!((bertier.base_ns() - silence).abs() < 1e-12, "{}", bertier.base_ns());
        assert_eq!(bertier.patience(100.0).get(), (silence + 112.0).round() as u64);
    }

    /// Goal: of heartbeats without any error, what comes in time is borne at every threshold, and
    /// nothing later at any.
    #[test]
    fn without_errors_the_expectation_decides() {
        let mut bertier = Bertier::start(Nanos::new(10)).expect("legal");
        for (sequence, at) in [(0, 0), (1, 10), (2, 20)] {
            bertier.heartbeat(Arrival { sequence, at: Timestamp::from_nanos(at) });
        }
        let levels = [9, 10, 11].map(|silence| bertier.level(Nanos::new(silence)));
        assert_eq!(levels, [f64::NEG_INFINITY, 0.0, f64::INFINITY]);
    }
}
