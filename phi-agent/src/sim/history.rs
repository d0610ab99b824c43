//! What is observed of a world: the words that world, checkers and summary share.

use std::time::Duration;

use phi_core::Timestamp;
use serde::Serialize;

use crate::ident::{Incarnation, NodeId};

/// What an observer holds of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the states of the protocol")]
pub enum Verdict {
    /// It is there.
    Alive,
    /// Perhaps not.
    Suspect,
    /// It is dead.
    Down,
    /// It said good-bye.
    Left,
}

impl Verdict {
    /// Whether the subject is taken for a living member.
    #[must_use]
    pub const fn is_present(self) -> bool {
        matches!(self, Self::Alive | Self::Suspect)
    }

    /// Its name, as in all output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Alive => "alive",
            Self::Suspect => "suspect",
            Self::Down => "down",
            Self::Left => "left",
        }
    }
}

/// An event of one process: what it holds of another member from now on, or something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    pub(super) number: u64,
    /// Whether it is about a state.
    pub(super) of_state: bool,
    pub(super) id: NodeId,
    pub(super) verdict: Verdict,
    pub(super) incarnation: Incarnation,
}

/// A row of a process's table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) id: NodeId,
    pub(super) verdict: Verdict,
    pub(super) incarnation: Incarnation,
}

/// What an observer holds of a subject, both by their host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// When it was decided.
    pub at: Timestamp,
    /// The host of the process that decided.
    pub observer: usize,
    /// The host that is home to the member that it is about.
    pub subject: usize,
    /// The number of the event.
    pub number: u64,
    /// What the subject is now.
    pub verdict: Verdict,
    /// Which life of the subject it is about.
    pub incarnation: Incarnation,
}

/// One line of the story of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "what a reader of the story matches")]
pub enum Moment {
    /// A fault began or ended.
    Fault {
        /// When.
        at: Timestamp,
        /// What, in words.
        text: String,
    },
    /// A member changed its mind about another.
    Seen(Seen),
}

/// What a checker looks at.
#[derive(Clone, Copy, Debug)]
pub(super) enum What<'a> {
    /// A process says that its view has changed.
    Seen(Seen),
    /// A process says something that is not about a state.
    Aside { observer: usize, number: u64 },
    /// A process says so of somebody who does not exist.
    Nobody { observer: usize, id: NodeId },
    /// The table of a process, and the number of its last event.
    Table { observer: usize, rows: &'a [Held], last_event: u64 },
    /// The incarnation that a process is in.
    Own { host: usize, incarnation: Incarnation },
    /// What a process's turn came to.
    Turn { host: usize, outputs: usize, datagram_bytes: usize },
    /// Time has passed.
    Tick,
}

/// A row of a table whose member is known by its host; `None` is nobody of this world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) subject: Option<usize>,
    pub(super) verdict: Verdict,
    pub(super) incarnation: Incarnation,
}

/// A promise that was broken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Finding {
    /// When, since the start of the simulation (ns).
    #[serde(serialize_with = "seconds")]
    pub at: Duration,
    /// Which checker found it.
    pub checker: &'static str,
    /// What.
    pub text: String,
}

fn seconds<S: serde::Serializer>(at: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(at.as_secs_f64())
}
