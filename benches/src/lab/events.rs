//! What agents report about each other: their lines, collected with the time of each.
//!
//! How a line is read is the peer's business, and what the reports amount to that of
//! [`judge`](super::judge).

use std::io::{self, BufRead, Read as _, Write};
use std::sync::{Mutex, MutexGuard, PoisonError};

use anyhow::Result;
use serde_json::json;

use crate::lab::clock::{monotonic_ns, seconds};
use crate::lab::names::node_name;

/// The longest line that is read (bytes).
const LINE_BYTES_MAX: u64 = 64 << 10;

/// The most reports that are kept; 254 agents that see each other make a quarter of them.
const REPORTS_MAX: usize = 1 << 18;

/// What one agent said of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Report {
    pub(crate) observer: u8,
    pub(crate) subject: u8,
    pub(crate) verdict: Verdict,
    /// When it was read here (ns, see [`monotonic_ns`]).
    pub(crate) at_ns: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Up,
    Suspect,
    Down,
    Left,
    /// The subject lives, and the link to it or from it does not work.
    LinkFault,
}

/// What a line of an agent's output is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Line {
    Said {
        subject: u8,
        verdict: Verdict,
    },
    /// Something that nobody here asks about.
    Other,
    Unreadable,
}

/// How the lines of a peer are read.
pub(crate) type Parse = fn(&[u8]) -> Line;

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
    /// Appends the lines of one agent until they end; meant for a thread of its own.
    pub(crate) fn follow(&self, observer: u8, parse: Parse, mut lines: impl BufRead) -> Result<()> {
        let mut line = Vec::new();
        loop {
            line.clear();
            if lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line)? == 0 {
                return Ok(());
            }
            self.append(observer, monotonic_ns()?, parse(&line));
        }
    }

    fn append(&self, observer: u8, at_ns: u64, line: Line) {
        let mut contents = self.contents();
        match line {
            Line::Said { .. } if contents.reports.len() == REPORTS_MAX => contents.dropped += 1,
            Line::Said { subject, verdict } if subject != observer => {
                contents.reports.push(Report { observer, subject, verdict, at_ns });
            }
            Line::Said { .. } | Line::Other => {}
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
            format!("{unreadable} lines of agents are unreadable, {dropped} were too many to keep")
        })
    }

    /// Writes the reports, one JSON document a line, with times since `origin_ns`.
    pub(crate) fn write(&self, origin_ns: u64, out: &mut impl Write) -> io::Result<()> {
        self.contents().reports.iter().try_for_each(|report| {
            let document = json!({
                "at_s": seconds(origin_ns, report.at_ns),
                "observer": node_name(report.observer),
                "subject": node_name(report.subject),
                "verdict": report.verdict.as_str(),
            });
            writeln!(out, "{document}")
        })
    }

    fn contents(&self) -> MutexGuard<'_, Contents> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Verdict {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Suspect => "suspect",
            Self::Down => "down",
            Self::Left => "left",
            Self::LinkFault => "link-fault",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &[u8]) -> Line {
        match line.trim_ascii_end() {
            b"other" => Line::Other,
            b"down n7" => Line::Said { subject: 7, verdict: Verdict::Down },
            _ => Line::Unreadable,
        }
    }

    /// Goal: reports are dated, and what an agent says of itself is none.
    #[test]
    fn reports_are_of_others_and_dated() {
        let log = EventLog::default();
        let before = monotonic_ns().expect("Linux");
        log.follow(1, parse, &b"other\ndown n7\n"[..]).expect("in memory");
        log.follow(7, parse, &b"down n7"[..]).expect("in memory");
        let reports = log.ask(<[Report]>::to_vec);
        assert_eq!(reports.len(), 1);
        assert_eq!((reports[0].observer, reports[0].subject), (1, 7));
        assert!((before..=monotonic_ns().expect("Linux")).contains(&reports[0].at_ns));
        let mut written = Vec::new();
        log.write(reports[0].at_ns, &mut written).expect("in memory");
        let written = String::from_utf8(written).expect("JSON");
        let (at, who) = (r#"{"at_s":0.0,"#, r#""observer":"n1","subject":"n7","verdict":"down"}"#);
        assert_eq!(written, format!("{at}{who}\n"));
        assert_eq!(log.flaw(), None);
    }

    /// Goal: lines without end and without number do not take memory, and are not passed over.
    #[test]
    fn the_log_is_bounded_and_says_what_it_lacks() {
        let log = EventLog::default();
        log.follow(1, parse, &vec![b'x'; 3 * LINE_BYTES_MAX as usize][..]).expect("in memory");
        assert_eq!(log.contents().unreadable, 3);
        let lines = "down n7\n".repeat(REPORTS_MAX + 2);
        log.follow(1, parse, lines.as_bytes()).expect("in memory");
        assert_eq!(log.ask(<[Report]>::len), REPORTS_MAX);
        let flaw = log.flaw().expect("flawed");
        assert!(flaw.contains('3') && flaw.contains('2'), "{flaw}");
    }
}
