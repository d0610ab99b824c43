//! φ of Akka and Pekko: the normal in a logistic approximation, with an acceptable pause and a
//! least deviation, which does not learn from a silence that it suspected.
//!
//! # Formula
//!
//! ```text
//! L = μ + pause + max(σ, σ_min)·y(φ),   φ = −log₁₀(e/(1 + e)),  e = exp(−y·(1.5976 + 0.070566·y²))
//! where φ is the threshold, μ and σ mean and deviation of the last 1,000 intervals, of which the
//! first two are made up: η − η/4 and η + η/4
//! ```
//!
//! Parameters are those of Akka's cluster at its interval of 1 s: window 1,000, least deviation
//! 0.1 η, pause 3 η; `-pause0` is it without the pause. The approximation is 40 % off at y = 8:
//! see `accuracy`. Once e is 0 in their arithmetic φ is infinite, so no threshold bears a silence
//! of more than 21.6 deviations above μ + pause.
//!
//! Source: `PhiAccrualFailureDetector.scala` and `reference.conf` of Akka 2.6 and Pekko 1.0.

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::{Nanos, Timestamp, Window};

use super::{Contender, Description, decades, float_ns, levels_of_phi, to_nanos};
use crate::trace::Arrival;

const WINDOW: usize = 1_000;

/// The greatest φ below infinity: e is the least double above 0 then, 2^−1074.
const PHI_MAX: f64 = 323.3;

/// The coefficients of the approximation, of y and y³.
const LINEAR: f64 = 1.5976;
const CUBIC: f64 = 0.070_566;

/// The detector with an acceptable pause of so many periods.
pub(crate) struct Akka<const PAUSE_PERIODS: u8> {
    intervals: Window<[u64; WINDOW]>,
    last: Option<Timestamp>,
    /// μ + pause, and the deviation or the least one (ns).
    middle_ns: f64,
    scale_ns: f64,
    period_ns: f64,
    /// y of the threshold that was asked for last.
    y: (f64, f64),
}

impl<const PAUSE_PERIODS: u8> Akka<PAUSE_PERIODS> {
    fn refresh(&mut self) {
        let pause_ns = f64::from(PAUSE_PERIODS) * self.period_ns;
        self.middle_ns = float_ns(self.intervals.mean(), 0.0) + pause_ns;
        self.scale_ns = float_ns(self.intervals.std_dev(), 0.0).max(0.1 * self.period_ns);
    }
}

impl<const PAUSE_PERIODS: u8> Contender for Akka<PAUSE_PERIODS> {
    const ABOUT: Description = Description {
        name: if PAUSE_PERIODS == 0 { "akka-pause0" } else { "akka" },
        title: if PAUSE_PERIODS == 0 {
            "Akka's and Pekko's φ, no acceptable pause"
        } else {
            "Akka's and Pekko's φ, acceptable pause of 3 periods"
        },
        source: "Akka 2.6, Pekko 1.0",
        kind: Kind::Published,
        promises: true,
    };

    const LEARNS_FROM_VERDICTS: bool = true;

    fn thresholds() -> Vec<f64> {
        let low = decades(-3, -1);
        let high = levels_of_phi(-1, 3).into_iter().skip(1).filter(|phi| *phi < PHI_MAX);
        low.into_iter().chain(high).chain([PHI_MAX]).collect()
    }

    fn start(period: Nanos) -> Result<Self> {
        let mut intervals = Window::new([0; WINDOW])?;
        let quarter = period.get() / 4;
        intervals.record(Nanos::new(period.get() - quarter));
        intervals.record(Nanos::new(period.get() + quarter));
        let period_ns = period.get() as f64;
        let y = (f64::NAN, 0.0);
        let mut akka = Self { intervals, last: None, middle_ns: 0.0, scale_ns: 0.0, period_ns, y };
        akka.refresh();
        Ok(akka)
    }

    fn heartbeat(&mut self, arrival: Arrival) {
        if let Some(last) = self.last.replace(arrival.at) {
            self.intervals.record(arrival.at.saturating_since(last));
            self.refresh();
        }
    }

    fn heartbeat_after_suspicion(&mut self, arrival: Arrival) {
        self.last = Some(arrival.at);
    }

    fn patience(&mut self, threshold: f64) -> Nanos {
        if self.y.0 != threshold {
            self.y = (threshold, inverse(threshold.min(PHI_MAX)));
        }
        to_nanos(self.middle_ns + self.scale_ns * self.y.1)
    }

    fn level(&mut self, silence: Nanos) -> f64 {
        let phi = phi((silence.get() as f64 - self.middle_ns) / self.scale_ns);
        if phi > PHI_MAX { f64::INFINITY } else { phi }
    }
}

/// φ of the approximation: log₁₀(1 + 1/e), without overflow.
fn phi(y: f64) -> f64 {
    let exponent = y * (LINEAR + CUBIC * y * y); // −ln e
    let nats = if exponent > 0.0 {
        exponent + libm::log1p(libm::exp(-exponent))
    } else {
        libm::log1p(libm::exp(exponent))
    };
    nats * std::f64::consts::LOG10_E
}

/// The y at which φ is reached: the one real root of b·y³ + a·y = ln(10^φ − 1).
///
/// # Formula
///
/// ```text
/// y = 2·√(a/3b)·sinh(asinh(3c/(2a)·√(3b/a))/3),  c = φ·ln 10 + ln(1 − 10^−φ)
/// where a = 1.5976, b = 0.070566
/// ```
fn inverse(phi: f64) -> f64 {
    let nats = phi * std::f64::consts::LN_10;
    let right = nats + libm::log(-libm::expm1(-nats));
    let width = libm::sqrt(LINEAR / (3.0 * CUBIC));
    let angle = libm::asinh(1.5 * right / (LINEAR * width));
    2.0 * width * libm::sinh(angle / 3.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the figures of Akka's own test ("return realistic phi values": mean 1,000, deviation
    /// 100, to 0.1).
    #[test]
    fn akkas_own_figures() {
        let cases = [
            (0.0, 0.0),
            (500.0, 0.1),
            (1_000.0, 0.3),
            (1_200.0, 1.6),
            (1_400.0, 4.7),
            (1_600.0, 10.8),
            (1_700.0, 15.3),
        ];
        for (elapsed, expected) in cases {
            let phi = phi((elapsed - 1_000.0) / 100.0);
            assert!((phi - expected).abs() < 0.1, "{elapsed}: {phi}");
        }
    }

    /// Goal: the inverse is one, over all thresholds that are swept.
    #[test]
    fn the_inverse_leads_back() {
        for threshold in Akka::<3>::thresholds() {
            let back = phi(inverse(threshold));
            assert!((back / threshold - 1.0).abs() < 1e-9, "{threshold}: {back}");
        }
    }

    /// Goal: beyond what their arithmetic can tell from certainty every threshold has been reached.
    #[test]
    fn no_threshold_is_beyond_infinity() {
        let mut akka = Akka::<0>::start(Nanos::new(1_000)).expect("legal");
        assert_eq!(akka.patience(1e5), akka.patience(PHI_MAX));
        let deviations = (akka.patience(1e5).get() as f64 - akka.middle_ns) / akka.scale_ns;
        assert!((21.5..21.7).contains(&deviations), "{deviations}");
        let borne = akka.patience(1e5).get();
        assert!(akka.level(Nanos::new(borne + 50)).is_infinite());
        let e = |phi: f64| libm::exp(-phi * std::f64::consts::LN_10);
        assert!(e(PHI_MAX) > 0.0 && e(PHI_MAX + 0.4) == 0.0);
    }

    /// Goal: a silence that was suspected is not learnt, one that was not is.
    #[test]
    fn suspected_silences_are_not_learnt() {
        let at = |beat: u64| Arrival { sequence: beat, at: Timestamp::from_nanos(beat * 1_000) };
        let mut akka = Akka::<0>::start(Nanos::new(1_000)).expect("legal");
        (0..3).for_each(|beat| akka.heartbeat(at(beat)));
        let before = akka.patience(8.0);
        akka.heartbeat_after_suspicion(at(90));
        assert_eq!(akka.patience(8.0), before);
        akka.heartbeat(at(180));
        assert!(akka.patience(8.0) > before);
    }

    /// Goal: a pause is added to all silences.
    #[test]
    fn a_pause_is_borne() {
        let mut with = Akka::<3>::start(Nanos::new(1_000)).expect("legal");
        let mut without = Akka::<0>::start(Nanos::new(1_000)).expect("legal");
        assert_eq!(with.patience(8.0).get(), without.patience(8.0).get() + 3_000);
    }
}
