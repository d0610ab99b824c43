//! What agents report about each other: their event lines, collected with the time of each.
//!
//! What the reports amount to is the business of [`judge`](super::judge).

use std::io::{self, BufRead, Read as _};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use nix::time::{ClockId, clock_gettime};
use serde_json::Value;

use super::net::node_of;

/// The longest event line that is read (bytes).
const LINE_BYTES_MAX: u64 = 64 << 10;

/// The most reports that are kept; 254 agents that see each other make a quarter of them.
const REPORTS_MAX: usize = 1 << 18;

/// What one agent said of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) observer: u8,
    pub(crate) subject: u8,
    pub(crate) verdict: Verdict,
    /// When, by the observer (ns of the host's monotonic clock, which all namespaces share).
    pub(crate) at_ns: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Up,
    Suspect,
    Down,
    Left,
}

/// The reports of all agents, in order of arrival here.
#[derive(Debug, Default)]
pub(crate) struct EventLog(Mutex<Contents>);

#[derive(Debug, Default)]
struct Contents {
    reports: Vec<Report>,
    unreadable: usize,
    dropped: usize,
}

impl EventLog {
    /// Appends the event lines of one agent until they end; meant for a thread of its own.
    pub(crate) fn follow(&self, observer: u8, mut lines: impl BufRead) -> io::Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            self.append(parse(observer, &line));
        }
    }

    fn append(&self, line: Line) {
        let mut contents = self.contents();
        match line {
            Line::Report(_) if contents.reports.len() == REPORTS_MAX => contents.dropped += 1,
            Line::Report(report) => contents.reports.push(report),
            Line::Other => {}
            Line::Unreadable => contents.unreadable += 1,
        }
    }

    /// What `question` makes of the reports so far.
    pub(crate) fn ask<T>(&self, question: impl FnOnce(&[Report]) -> T) -> T {
        question(&self.contents().reports)
    }

    /// What keeps the log from being the whole story; None if nothing does.
    pub(crate) fn flaw(&self) -> Option<String> {
        let Contents { unreadable, dropped, .. } = *self.contents();
        (unreadable + dropped > 0).then(|| {
            format!("{unreadable} event lines are unreadable, {dropped} were too many to keep")
        })
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a line of an agent's output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Report(Report),
    /// An event that nobody here asks about, or about somebody else.
    Other,
    Unreadable,
}

fn parse(observer: u8, line: &[u8]) -> Line {
    let Ok(value) = serde_json::from_slice::<Value>(line) else {
        return Line::Unreadable;
    };
    let text = |key| value.get(key).and_then(Value::as_str);
    let verdict = match text("event") {
        Some("up") => Verdict::Up,
        Some("suspect") => Verdict::Suspect,
        Some("down") => Verdict::Down,
        Some("left") => Verdict::Left,
        Some(_) => return Line::Other,
        None => return Line::Unreadable,
    };
    let (Some(name), Some(at)) = (text("node"), text("mono_ns")) else {
        return Line::Unreadable;
    };
    match (node_of(name), at.parse()) {
        (Some(subject), Ok(at_ns)) if subject != observer => {
            Line::Report(Report { observer, subject, verdict, at_ns })
        }
        (_, Ok(_)) => Line::Other,
        (_, Err(_)) => Line::Unreadable,
    }
}

/// Now, on the clock of the reports (ns).
pub(crate) fn monotonic_ns() -> Result<u64> {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    Ok(now.tv_sec() as u64 * 1_000_000_000 + now.tv_nsec() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the four verdicts are read, with fields that nobody knows beside them.
    #[test]
    fn verdicts_are_read_and_unknown_fields_ignored() {
        for (name, verdict) in [
            ("up", Verdict::Up),
            ("suspect", Verdict::Suspect),
            ("down", Verdict::Down),
            ("left", Verdict::Left),
        ] {
            let line = format!(
                r#"{{"event":"{name}","node":"n7","addr":"10.77.0.7:16180","incarnation":"1.0",
                "phi":8.5,"mono_ns":"18446744073709551615","new":{{"a":[1]}}}}"#
            );
            let report = Report { observer: 2, subject: 7, verdict, at_ns: u64::MAX };
            assert_eq!(parse(2, line.as_bytes()), Line::Report(report));
        }
    }

    /// Goal: what is not for us is passed over, what cannot be understood is counted.
    #[test]
    fn other_events_are_not_unreadable_ones() {
        for other in [
            r#"{"event":"pause","node":{"id":1}}"#,
            r#"{"event":"isolated","node":"n2","mono_ns":"5"}"#,
            r#"{"event":"link-not-heard","node":"n7","mono_ns":"5","phi":null}"#,
            r#"{"event":"unconfirmed","node":"n7","mono_ns":"5"}"#,
            r#"{"event":"up","node":"n2","mono_ns":"5"}"#,
            r#"{"event":"up","node":"stranger","mono_ns":"5"}"#,
        ] {
            assert_eq!(parse(2, other.as_bytes()), Line::Other, "{other}");
        }
        for unreadable in [
            "",
            "up n7",
            "[]",
            r#"{"node":"n7"}"#,
            r#"{"event":"up","node":"n7"}"#,
            r#"{"event":"up","node":"n7","mono_ns":"-5"}"#,
            "\u{fffd}{",
        ] {
            assert_eq!(parse(2, unreadable.as_bytes()), Line::Unreadable, "{unreadable}");
        }
    }

    /// Goal: lines without end and without number do not take memory, and are not passed over.
    #[test]
    fn the_log_is_bounded_and_says_what_it_lacks() {
        let log = EventLog::default();
        log.follow(1, &vec![b'x'; 3 * LINE_BYTES_MAX as usize][..]).expect("in memory");
        assert_eq!(log.contents().unreadable, 3);
        let line = "{\"event\":\"up\",\"node\":\"n7\",\"mono_ns\":\"5\"}\n";
        log.follow(1, line.repeat(REPORTS_MAX + 2).as_bytes()).expect("in memory");
        assert_eq!(log.ask(<[Report]>::len), REPORTS_MAX);
        let flaw = log.flaw().expect("flawed");
        assert!(flaw.contains('3') && flaw.contains('2'), "{flaw}");
    }
}
