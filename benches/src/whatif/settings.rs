//! What to paste: settings of `phi-agent` for what was found.
//!
//! Whether they are legal is checked by a test against the agent's own reader.

use super::Advice;

/// Lines of the agent's settings file.
pub(super) fn lines(advice: &Advice) -> String {
    format!(
        "# At most one false alarm per {} about each member, by {} recording{}, {}.\n\
         # Detection: {} s in the mean, and never before tolerate-pause and 1.25 intervals.\n\
         model = \"calibrated\"\n\
         threshold = {}\n",
        advice.alarms_per,
        advice.recordings,
        if advice.recordings == 1 { "" } else { "s" },
        advice.basis,
        advice.detection_s,
        advice.threshold
    )
}
