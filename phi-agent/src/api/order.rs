//! The JSON of orders to the agent, and of what comes of them.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::proto::io::RESTART_MAX;

/// The body of `POST /v1/leave`; an empty one is a good-bye.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct LeaveOrder {
    /// If it is a restart: within which time the agent will be back (above 0, at most 600 s).
    #[serde(default)]
    pub back_within_s: Option<f64>,
}

/// The answer to `POST /v1/leave`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct LeftView {
    /// Whether the agent has said it and has ended: always.
    pub left: bool,
    /// Within which time it said that it would be back (s).
    pub back_within_s: Option<f64>,
}

impl LeaveOrder {
    /// To leave, or to be back within this time.
    #[must_use]
    pub fn new(back_within: Option<Duration>) -> Self {
        Self { back_within_s: back_within.map(|time| time.as_secs_f64()) }
    }

    /// The order in `body`; the error says what is wrong with it.
    pub(super) fn parse(body: &[u8]) -> Result<Self, String> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(body).map_err(|error| {
            format!("{error}; it must be like {{\"back_within_s\": 30}}, or empty")
        })
    }

    /// The time of a restart; the error says what is wrong with it.
    pub(super) fn back_within(self) -> Result<Option<Duration>, String> {
        let Some(seconds) = self.back_within_s else { return Ok(None) };
        let time = Duration::try_from_secs_f64(seconds).ok();
        let legal = time.filter(|time| !time.is_zero() && *time <= RESTART_MAX);
        let max = RESTART_MAX.as_secs();
        legal.map(Some).ok_or_else(|| {
            format!(
                "back_within_s: {seconds} is out of range; it must be above 0 and at most {max}"
            )
        })
    }
}

impl LeftView {
    pub(super) fn of(back_within: Option<Duration>) -> Self {
        Self { left: true, back_within_s: back_within.map(|time| time.as_secs_f64()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn back_within(body: &str) -> Result<Option<Duration>, String> {
        LeaveOrder::parse(body.as_bytes()).and_then(LeaveOrder::back_within)
    }

    /// Goal: what is sent is understood as it was meant.
    #[test]
    fn orders_survive_the_way() {
        for time in [None, Some(Duration::from_millis(1_500)), Some(RESTART_MAX)] {
            let body = serde_json::to_string(&LeaveOrder::new(time)).expect("writable");
            assert_eq!(back_within(&body), Ok(time));
        }
        assert_eq!((back_within(""), back_within("{}")), (Ok(None), Ok(None)));
    }

    /// Goal: an order that cannot be obeyed is not obeyed halfway.
    #[test]
    fn illegal_orders_are_refused() {
        for (body, word) in [
            ("{\"back_within_s\": 0}", "above 0"),
            ("{\"back_within_s\": -1}", "above 0"),
            ("{\"back_within_s\": 601}", "at most 600"),
            ("{\"back_within_s\": 1e300}", "at most 600"),
            ("{\"back_within\": 3}", "back_within_s"),
            ("[", "line 1"),
        ] {
            let error = back_within(body).expect_err(body);
            assert!(error.contains(word), "{body}: {error}");
        }
    }
}
