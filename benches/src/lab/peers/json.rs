//! Lines of JSON, as `phi-agent run --events -` writes them: `{"event":"up","node":"n7",…}`.

use serde_json::Value;

use crate::lab::events::{Line, Verdict};
use crate::lab::names::node_of;

pub(super) fn parse(line: &[u8]) -> Line {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return Line::Unreadable;
    };
    let text = |key| value.get(key).and_then(Value::as_str);
    let verdict = match text("event") {
        Some("up") => Verdict::Up,
        Some("suspect") => Verdict::Suspect,
        Some("down") => Verdict::Down,
        Some("left") => Verdict::Left,
        Some("link-not-heard" | "link-not-hearing") => Verdict::LinkFault,
        Some(_) => return Line::Other,
        None => return Line::Unreadable,
    };
    match text("node").map(node_of) {
        Some(Some(subject)) => Line::Said { subject, verdict },
        Some(None) => Line::Other,
        None => Line::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: verdicts are read, with fields that nobody knows beside them.
    #[test]
    fn verdicts_are_read_and_unknown_fields_ignored() {
        for (name, verdict) in [
            ("up", Verdict::Up),
            ("suspect", Verdict::Suspect),
            ("down", Verdict::Down),
            ("left", Verdict::Left),
            ("link-not-heard", Verdict::LinkFault),
            ("link-not-hearing", Verdict::LinkFault),
        ] {
            let line = format!(
                r#"{{"event":"{name}","node":"n7","addr":"10.77.0.7:16180","incarnation":"1.0",
                "phi":8.5,"mono_ns":"18446744073709551615","new":{{"a":[1]}}}}"#
            );
            assert_eq!(parse(line.as_bytes()), Line::Said { subject: 7, verdict });
        }
    }

    /// Goal: what is not for us is passed over, what cannot be understood is counted.
    #[test]
    fn other_events_are_not_unreadable_ones() {
        for other in [
            r#"{"event":"pause","node":{"id":1}}"#,
            r#"{"event":"isolated","node":"n2"}"#,
            r#"{"event":"link-healed","node":"n7","phi":null}"#,
            r#"{"event":"unconfirmed","node":"n7"}"#,
            r#"{"event":"up","node":"stranger"}"#,
        ] {
            assert_eq!(parse(other.as_bytes()), Line::Other, "{other}");
        }
        for unreadable in ["", "up n7", "[]", r#"{"node":"n7"}"#, r#"{"event":"up"}"#, "\u{fffd}{"]
        {
            assert_eq!(parse(unreadable.as_bytes()), Line::Unreadable, "{unreadable}");
        }
    }
}
