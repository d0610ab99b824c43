//! What to paste: settings of `phi-agent` for what was found.
//!
//! Whether they are legal is checked by a test against the agent's own reader.

use std::time::Duration;

/// From a tolerated pause to the silence that an agent bears at the least, in intervals of the
/// member. Source: `phi-agent`, `detection.rs`.
const PATIENCE_INTERVALS: f64 = 1.25;

/// The silence up to which φ may hold an accusation back, in intervals; and for how long, at most.
/// Source: `phi-agent`, `PHI_WAIT` in `pace.rs`, and `detection.rs`.
const PHI_WAIT_UNTIL: f64 = 5.0;
const PHI_WAIT_MAX: f64 = 1.75;

/// The shortest pause that is advised, in intervals: the agent takes no silence below two for one,
/// since a single lost heartbeat would be.
const PAUSE_INTERVALS_MIN: f64 = 0.75;

/// What the settings rest on.
pub(super) struct Advice {
    /// The time in which one false alarm is borne, in words.
    pub(super) alarms_per: String,
    pub(super) recordings: usize,
    /// How the silence was found.
    pub(super) basis: &'static str,
    /// The silence that must be borne, in intervals, and the longest interval recorded (s).
    pub(super) silence_intervals: f64,
    pub(super) interval_s: f64,
    /// What a constant timeout of that silence takes to see a crash, mean (s).
    pub(super) detection_s: f64,
}

/// Lines of the agent's settings file.
///
/// # Formula
///
/// ```text
/// accused after a silence of max(P, min(L(φ), P + 1.75 η, 5 η)), P = tolerate-pause + 1.25 η
/// where L(φ) is the silence at which the level reaches the threshold, η the interval
/// ```
///
/// So P alone must bear what is to be borne: φ cannot shorten it, and adds little or nothing. The
/// interval is that of the recordings, for which alone the rest holds.
pub(super) fn lines(advice: &Advice) -> String {
    let pause = (advice.silence_intervals - PATIENCE_INTERVALS).max(PAUSE_INTERVALS_MIN);
    // Upwards, so that it bears no less than what was found.
    let pause_ms = (pause * advice.interval_s * 1e3).ceil();
    let pause = Duration::from_millis(pause_ms as u64);
    let silence_s = pause_ms / 1e3 + PATIENCE_INTERVALS * advice.interval_s;
    let wait_s = (PHI_WAIT_UNTIL * advice.interval_s - silence_s).max(0.0);
    let wait_s = wait_s.min(PHI_WAIT_MAX * advice.interval_s);
    let (wait, or_later) = if wait_s > 0.0 {
        (
            format!(", {wait_s:.3} s later if φ holds it back"),
            format!(", or those {wait_s:.3} s later"),
        )
    } else {
        (String::new(), String::new())
    };
    let plural = if advice.recordings == 1 { "" } else { "s" };
    format!(
        "# At most one false alarm per {} by each observer about each member, {} from {} \
         recording{plural}.\n\
         # An observer accuses after {silence_s:.3} s of silence{wait}; a crash\n\
         # is seen {:.3} s after it in the mean{or_later}.\n\
         interval = \"{}\"\n\
         model = \"calibrated\"\n\
         tolerate-pause = \"{}\"\n",
        advice.alarms_per,
        advice.basis,
        advice.recordings,
        advice.detection_s,
        humantime::format_duration(Duration::from_secs_f64(advice.interval_s)),
        humantime::format_duration(pause)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: φ is said to hold an accusation back for as long as it does, and only where it does.
    #[test]
    fn what_phi_adds_is_said() {
        let of = |silence_intervals| {
            lines(&Advice {
                alarms_per: "month".to_owned(),
                recordings: 1,
                basis: "counted",
                silence_intervals,
                interval_s: 1.0,
                detection_s: 4.0,
            })
        };
        assert!(of(3.25).contains("after 3.250 s of silence, 1.750 s later if φ holds it back"));
        assert!(of(4.0).contains("after 4.000 s of silence, 1.000 s later if φ holds it back"));
        assert!(of(6.25).contains("after 6.250 s of silence; a crash"));
        assert!(!of(6.25).contains("later"));
    }
}
