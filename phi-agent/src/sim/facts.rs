//! What may be the case on a host, and what an observer may say of it.

use phi_core::Timestamp;

use super::history::Verdict;
use crate::ident::Incarnation;

/// What is the case on one host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    pub(super) phase: Phase,
    /// Since when it is in this phase.
    pub(super) since: Timestamp,
    /// What keeps its process from running as it should, and since when nothing does.
    pub(super) disturbances: u32,
    pub(super) calm_since: Timestamp,
    /// The highest incarnation that the member ever was in.
    pub(super) highest: Incarnation,
    /// The incarnation that its last process is in, and since when.
    pub(super) own: Incarnation,
    pub(super) own_since: Timestamp,
    /// The last time that others heard of it what it had said before it was gone: a datagram that
    /// was held, queued or slow. To them it lived until then.
    pub(super) last_word: Timestamp,
    /// The last time that something reached it so late that it knows what was, not what is.
    pub(super) misled: Timestamp,
    /// Processes so far.
    pub(super) lives: u32,
    /// Its disk went back to an older state before its last start.
    pub(super) forgot: bool,
    /// Another host runs a process of the same member, or it lies: nothing is promised about it.
    pub(super) unaccountable: bool,
}

/// Whether a member's process is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// It was never started.
    Absent,
    Running,
    /// It has said good-bye, or will as soon as it runs; its process is still there.
    Leaving,
    /// The process is gone; the host answers for it.
    Crashed,
    /// The host is gone as well.
    Dead,
    /// It said good-bye and has ended.
    Left,
}

/// What an observer's events say of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct View {
    pub(super) verdict: Verdict,
    /// Since when the verdict is this one.
    pub(super) since: Timestamp,
    /// Since when the subject is taken for a living member, or not.
    pub(super) present_since: Timestamp,
    pub(super) incarnation: Incarnation,
}
