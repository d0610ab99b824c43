//! Goal: a verdict changes when it must, not when it need not, and at the instant foretold.
#![expect(clippy::expect_used, reason = "parameters of the tests are legal")]

use core::time::Duration;

use phi_core::{
    ConfigError, Detector, Interpreter, Nanos, Normal, NormalConfig, Phi, Threshold, Timestamp,
    Transition, Verdict,
};
use proptest::prelude::*;

fn threshold(value: f64) -> Threshold {
    Threshold::new(value).expect("legal")
}

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

/// The next lower one of a level above 0.
fn below(level: f64) -> f64 {
    f64::from_bits(level.to_bits() - 1)
}

/// Method: levels on, just below and between both thresholds.
#[test]
fn between_the_thresholds_the_verdict_stays() {
    let mut reader = Interpreter::new(threshold(8.0)).with_trust_below(threshold(2.0)).expect("≤");
    let steps = [
        (below(8.0), None),
        (8.0, Some(Verdict::Suspect)),
        (9.0, None),
        (2.0, None),
        (below(2.0), Some(Verdict::Trust)),
        (2.0, None),
        (7.9, None),
        (f64::INFINITY, Some(Verdict::Suspect)),
        (0.0, Some(Verdict::Trust)),
    ];
    for (now, (level, verdict)) in (0..).zip(steps) {
        let expected = verdict.map(|verdict| Transition { verdict, at: at(now) });
        assert_eq!(reader.observe(Phi::saturating(level), at(now)), expected, "φ = {level}");
    }
}

/// Method: the refused pair, and what the text says of it.
#[test]
fn trust_above_suspicion_is_refused_and_the_range_named() {
    let reader = Interpreter::new(threshold(3.0));
    assert!(reader.with_trust_below(threshold(3.0)).is_ok());
    let error = reader.with_trust_below(threshold(3.5)).expect_err("above");
    assert_eq!(error, ConfigError::TrustBelow { value: 3.5, suspect_at: 3.0 });
    assert!(error.to_string().contains("at most the threshold of suspicion, 3"), "{error}");
}

proptest! {
    /// Method: random intervals; 1 ns before the instant foretold trust, at it suspicion, and no
    /// foretelling before something is heard.
    #[test]
    fn the_next_look_is_when_suspicion_begins(
        intervals in prop::collection::vec(1_u64..5_000_000, 0..20),
        level in 0.5_f64..20.0,
    ) {
        let config = NormalConfig::for_interval(Duration::from_micros(100)).expect("legal");
        let mut subject = Detector::new(Normal::new([0_u64; 8], config).expect("legal"));
        let mut reader = Interpreter::new(threshold(level));
        prop_assert_eq!(reader.next_look(&subject), None);
        let mut now = at(7);
        subject.heartbeat(now);
        for interval in intervals {
            now = now.saturating_add(Nanos::new(interval));
            subject.heartbeat(now);
        }
        let look = reader.next_look(&subject).expect("trusted, and heard from");
        let before = look.saturating_sub(Nanos::new(1));
        prop_assert_eq!(reader.observe(subject.phi(before), before), None);
        let transition = Transition { verdict: Verdict::Suspect, at: look };
        prop_assert_eq!(reader.observe(subject.phi(look), look), Some(transition));
        prop_assert_eq!(reader.next_look(&subject), None);
    }

    /// Method: the rule written out: the last level outside the band decides.
    #[test]
    fn the_last_level_outside_the_band_decides(
        levels in prop::collection::vec(0.0_f64..10.0, 1..50),
        (low, high) in (0.1_f64..5.0, 5.0_f64..9.0),
    ) {
        let reader = Interpreter::new(threshold(high)).with_trust_below(threshold(low));
        let mut reader = reader.expect("ordered");
        let mut transitions = 0;
        for (now, level) in (0..).zip(&levels) {
            let before = reader.verdict();
            let transition = reader.observe(Phi::saturating(*level), at(now));
            prop_assert_eq!(transition.is_some(), before != reader.verdict());
            transitions += usize::from(transition.is_some());
        }
        let decisive = levels.iter().rev().find(|level| **level >= high || **level < low);
        let suspected = decisive.is_some_and(|level| *level >= high);
        prop_assert_eq!(reader.verdict() == Verdict::Suspect, suspected);
        prop_assert_eq!(transitions % 2 == 1, suspected);
    }
}
