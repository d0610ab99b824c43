//! The lengths of time of the protocol, as parts of a node's own interval between heartbeats.
//!
//! What happens then is decided where they are used.
//!
//! Source of all: measured, the study of the protocol, which found them by failing without them at
//! an interval of 1 s.

use std::time::Duration;

use phi_core::Timestamp;

/// A length of time in thousandths of an interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Permille(u32);

impl Permille {
    /// That part of `interval`.
    pub(super) fn of(self, interval: Duration) -> Duration {
        interval * self.0 / 1_000
    }
}

/// Whether what must not be done at network speed may be done `now`; if so, the next time is `wait`
/// later.
pub(super) fn may_again(mark: &mut Timestamp, wait: Duration, now: Timestamp) -> bool {
    let may = now >= *mark;
    if may {
        *mark = now.saturating_add(wait);
    }
    may
}

/// Between two probes of one subject.
pub(super) const PROBE_SPACING: Permille = Permille(200);
/// The same for one that never gave a sign: others wait for a second accuser.
pub(super) const PROBE_SPACING_NEVER: Permille = Permille(150);
/// Between two probes of a subject that has left many unanswered.
pub(super) const PROBE_SPACING_SLOW: Permille = Permille(1_000);
/// The earliest doubt after a heartbeat, and the latest.
pub(super) const DOUBT_MIN: Permille = Permille(1_150);
pub(super) const DOUBT_MAX: Permille = Permille(2_000);
/// No doubt so soon after a sign of life that was no heartbeat.
pub(super) const DOUBT_AFTER_SIGN: Permille = Permille(600);
/// The age of what a subject last heard of us, from which on we doubt that it hears.
pub(super) const HEARD_MAX: Permille = Permille(3_200);
/// How long a new neighbour may take until its first sign before it is probed.
pub(super) const FIRST_SIGN: Permille = Permille(50);
/// From the patience to the age of an echo that counts as deafness.
pub(super) const DEAF_EXTRA: Permille = Permille(1_200);
/// How much younger signs of the one direction of a link must be than those of the other, for the
/// link to be at fault: turns make a difference of an interval, and echoes of another one.
pub(super) const ONE_SIDED: Permille = Permille(2_000);
/// A subject that never gave a sign is accused after this (the study: 1.5), …
pub(super) const NEVER_HEARD: Permille = Permille(1_000);
/// … and after this when others suspect it already.
pub(super) const NEVER_HEARD_SUSPECT: Permille = Permille(600);
/// How long φ may hold back an accusation.
pub(super) const PHI_WAIT: Permille = Permille(5_000);
/// Added to half again the longest stall: the least patience after it.
pub(super) const STALL_EXTRA: Permille = Permille(1_200);
/// How much stalls may add to the patience.
pub(super) const STRETCH_MAX: Permille = Permille(6_000);
/// How late a wake-up must be to count as a stall.
pub(super) const STALL: Permille = Permille(50);
/// How late one must be for all silences to be credited with it.
pub(super) const CREDIT: Permille = Permille(500);
/// How long a stall is remembered.
pub(super) const STALL_MEMORY: Permille = Permille(60_000);
/// Between two repetitions of an accusation.
pub(super) const ACCUSE_AGAIN: Permille = Permille(500);
/// How long an accusation stands before it is told to all neighbours.
pub(super) const ACCUSE_FLOOD: Permille = Permille(300);
/// How long an accusation counts, if it is not repeated.
pub(super) const CLAIM: Permille = Permille(2_000);
/// How long a sole elector waits before silence decides.
pub(super) const SOLE_ELECTOR: Permille = Permille(5_000);
/// How long a member accuses nobody that was told to be down, or has heard nobody.
pub(super) const HOLD: Permille = Permille(3_000);
/// A neighbour that is silent for longer counts towards isolation.
pub(super) const ISOLATED_SILENCE: Permille = Permille(1_500);
/// Between two rounds of pings to members at random.
pub(super) const PING_SPACING: Permille = Permille(300);
/// How long a member may take to answer what others say of it.
pub(super) const CHALLENGE: Permille = Permille(500);
/// How long news that a notice is refuted may take before the member itself is asked.
pub(super) const NOTICE_ASK: Permille = Permille(500);
/// Between two notices to one member.
pub(super) const NOTICE_SPACING: Permille = Permille(500);
/// The same where only its heartbeats arrive.
pub(super) const NOTICE_SPACING_BEATS: Permille = Permille(2_000);
/// Whoever was silent for so long may have been cut off: what it tells then is of that time.
pub(super) const AWAY: Permille = Permille(2_000);
/// How long a neighbour must have been one before its verdicts are news.
pub(super) const KNOWN_FOR: Permille = Permille(1_500);
/// How long a member that is back gets news directly, and has no vote.
pub(super) const RETURNED: Permille = Permille(3_000);
/// How long a subject is watched in place of its suspected observers.
pub(super) const TAKEOVER: Permille = Permille(3_000);
/// How long a rumor rides on other messages.
pub(super) const RUMOR_AGE: Permille = Permille(3_000);
/// How long newcomers are collected before they are told of.
pub(super) const COLLECT: Permille = Permille(10);
/// Between two vouches for one subject, and two pulls from one member.
pub(super) const ANSWER_SPACING: Permille = Permille(200);
/// Between two tables for one member: it asks each `ANSWER_SPACING`, and its questions may
/// draw nearer on their way.
pub(super) const PAGES_SPACING: Permille = Permille(100);
/// Between two refutations.
pub(super) const REFUTE_SPACING: Permille = Permille(100);
/// How long a leaver passes on what it hears.
pub(super) const LEAVE_RELAY: Permille = Permille(500);
/// Between two good-byes.
pub(super) const LEAVE_AGAIN: Permille = Permille(100);
