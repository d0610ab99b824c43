//! The watch that this node keeps over one member: its detector, its signs of life, its probes.
//!
//! What the signs mean for the member's state is decided elsewhere.

use std::time::Duration;

use phi_core::{Detector, Heartbeat as Arrival, Timestamp};

use super::arrivals::Arrivals;
use super::detection::Detection;
use super::stats::DropReason;
use crate::wire::bounded::Interval;
use crate::wire::message::{Echo, Heartbeat};
use crate::wire::rumor::Grounds;

/// The watch over one member.
#[derive(Clone, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "three that have nothing to do with each other")]
pub struct Link {
    /// What the member promises.
    pub interval: Interval,
    /// Fed by its heartbeats, and by nothing else.
    pub detector: Detector<Arrivals>,
    /// Heartbeats that came twice.
    pub duplicates: u64,
    /// Heartbeats that newer ones had overtaken.
    pub late: u64,
    /// Round-trip time of the last heartbeat or probe that the member echoed.
    pub rtt: Option<Duration>,
    /// What is wrong with the link, while the member is known to be alive.
    pub fault: Option<Fault>,
    /// Whether this node is among the member's observers now.
    pub(super) duty: bool,
    pub(super) signs: Signs,
    pub(super) probing: Option<Probing>,
    pub(super) accusing: Option<Accusing>,
    /// The longest stall that the member declared of itself.
    pub(super) stall: Duration,
    pub(super) hello_due: bool,
    /// When in each beat the member gets its heartbeat, from the beginning on.
    pub(super) turn: Duration,
    pub(super) table_differs: bool,
    /// The end of a duty that was taken over from suspects.
    pub(super) takeover_until: Timestamp,
    newest: Option<Newest>,
}

/// What is wrong with a link between two members that are both alive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[expect(clippy::exhaustive_enums, reason = "a link has two directions")]
pub enum Fault {
    /// Nothing comes from the member, but others hear it.
    NotHeard,
    /// The member does not hear this node, but others.
    NotHearing,
}

impl Fault {
    /// Its name, as in all output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotHeard => "not-heard",
            Self::NotHearing => "not-hearing",
        }
    }
}

/// When there was which sign of life.
#[derive(Clone, Copy, Debug)]
pub(super) struct Signs {
    /// Since when there could have been one.
    pub(super) since: Timestamp,
    /// The last datagram of the member itself.
    pub(super) life: Option<Timestamp>,
    /// The last sign that others had, as far as they said.
    pub(super) vouch: Option<Timestamp>,
    /// When that was sent which the member heard last of this node.
    pub(super) heard: Option<Timestamp>,
    /// The same of others, as far as they said.
    pub(super) heard_by_vouch: Option<Timestamp>,
    /// `life` and `heard` as they were, whatever was credited to them: what others are told.
    pub(super) told: (Option<Timestamp>, Option<Timestamp>),
}

/// The probes since doubt arose.
#[derive(Clone, Copy, Debug)]
pub(super) struct Probing {
    /// Unanswered since the last sign of any kind.
    pub(super) since_sign: u32,
    /// Unanswered since the last answer.
    pub(super) since_answer: u32,
    /// Port unreachable since the last sign.
    pub(super) refusals: u32,
    pub(super) next_at: Timestamp,
}

/// This node's own accusation.
#[derive(Clone, Copy, Debug)]
pub(super) struct Accusing {
    pub(super) grounds: Grounds,
    pub(super) round: u64,
    pub(super) since: Timestamp,
    pub(super) again_at: Timestamp,
    /// How often it was told to all neighbours.
    pub(super) floods: u8,
}

/// The newest heartbeat received: to be echoed.
#[derive(Clone, Copy, Debug)]
struct Newest {
    sent_us: u64,
    number: u64,
    arrived: Timestamp,
}

impl Link {
    /// A watch that begins with [`resume`](Self::resume).
    pub(super) fn new(interval: Interval, detection: &Detection) -> Self {
        Self {
            interval,
            detector: detection.detector(interval),
            duplicates: 0,
            late: 0,
            rtt: None,
            fault: None,
            duty: false,
            signs: Signs::none_since(Timestamp::ORIGIN),
            probing: None,
            accusing: None,
            stall: Duration::ZERO,
            hello_due: true,
            turn: Duration::ZERO,
            table_differs: false,
            takeover_until: Timestamp::ORIGIN,
            newest: None,
        }
    }

    /// Begins, or begins again, at `now`: nothing is expected of the time before.
    pub(super) fn resume(&mut self, now: Timestamp) {
        self.detector.resume(now);
        self.signs = Signs::none_since(now);
        (self.probing, self.accusing) = (None, None);
        (self.duty, self.hello_due) = (true, true);
    }

    /// The same for another process of the member, which counts its heartbeats from anew.
    pub(super) fn restart(&mut self, now: Timestamp) {
        self.detector.restart(now);
        self.newest = None;
        self.resume(now);
    }

    /// Whether a heartbeat of this number was sent after all that were received.
    pub(super) fn is_newer(&self, number: u64) -> bool {
        self.newest.is_none_or(|newest| number > newest.number)
    }

    /// Takes in a heartbeat that arrived at `arrived`; without `sequence` its number counts for
    /// nothing. A changed promise re-scales what was learnt.
    ///
    /// # Errors
    ///
    /// When its number is not a new one: only that is counted then.
    pub(super) fn record(
        &mut self,
        heartbeat: &Heartbeat,
        arrived: Timestamp,
        sequence: bool,
    ) -> Result<(), DropReason> {
        let arrival = if sequence {
            self.detector.heartbeat_seq(heartbeat.number, arrived)
        } else {
            self.detector.heartbeat(arrived)
        };
        if arrival == Arrival::Duplicate {
            self.duplicates += 1;
            return Err(DropReason::Duplicate);
        }
        if arrival == Arrival::Late {
            self.late += 1;
            return Err(DropReason::Late);
        }
        if heartbeat.interval != self.interval {
            self.detector.rescale(self.interval.get(), heartbeat.interval.get());
            self.interval = heartbeat.interval;
        }
        self.stall = Duration::from_micros(heartbeat.stall_us);
        let Heartbeat { sent_us, number, .. } = *heartbeat;
        self.newest = Some(Newest { sent_us, number, arrived });
        Ok(())
    }

    /// Takes in that the member itself was heard at `arrived`.
    pub(super) fn on_life(&mut self, arrived: Timestamp) {
        self.signs.life = self.signs.life.max(Some(arrived));
        self.signs.told.0 = self.signs.told.0.max(Some(arrived));
        self.on_sign();
    }

    /// Takes in that others had a sign of it at `then`, and it heard what they sent at `heard`.
    pub(super) fn on_vouch(&mut self, then: Timestamp, heard: Option<Timestamp>) {
        self.signs.heard_by_vouch = self.signs.heard_by_vouch.max(heard);
        if self.signs.vouch < Some(then) {
            self.signs.vouch = Some(then);
            self.on_sign();
        }
    }

    fn on_sign(&mut self) {
        if let Some(probing) = &mut self.probing {
            (probing.since_sign, probing.refusals) = (0, 0);
        }
    }

    /// Takes in that the member heard what was sent at `sent`, and said so at `arrived`.
    pub(super) fn on_heard(&mut self, sent: Timestamp, held: Duration, arrived: Timestamp) {
        if self.signs.heard < Some(sent) && sent <= arrived {
            self.signs.heard = Some(sent);
            self.signs.told.1 = Some(sent);
            let away: Duration = arrived.saturating_since(sent).into();
            self.rtt = Some(away.saturating_sub(held));
            if let Some(probing) = &mut self.probing {
                probing.since_answer = 0;
            }
        }
    }

    /// When the newest heartbeat arrived.
    #[must_use]
    pub fn last_heartbeat(&self) -> Option<Timestamp> {
        self.newest.map(|newest| newest.arrived)
    }

    /// The newest heartbeat received, for the member to see that it is heard.
    pub(super) fn echo(&self, now: Timestamp) -> Option<Echo> {
        self.newest.map(|newest| Echo {
            sent_us: newest.sent_us,
            held_us: now.saturating_since(newest.arrived).get() / 1_000,
        })
    }
}

impl Signs {
    /// None yet, and none to be expected before `now`.
    const fn none_since(now: Timestamp) -> Self {
        let (life, vouch, heard, heard_by_vouch) = (None, None, None, None);
        Self { since: now, life, vouch, heard, heard_by_vouch, told: (None, None) }
    }

    /// The last sign of life of any kind, or when the watch began.
    pub(super) fn last(&self) -> Timestamp {
        self.life.max(self.vouch).unwrap_or(self.since)
    }

    /// Whether there never was one.
    pub(super) const fn never(&self) -> bool {
        self.life.is_none() && self.vouch.is_none()
    }

    /// When the member last heard of this node, as far as is known.
    pub(super) fn last_heard(&self) -> Timestamp {
        self.heard.max(self.heard_by_vouch).unwrap_or(self.since)
    }

    /// Credits a pause of this node that lasted for `pause` until `now`. Others, who had none, are
    /// told of the signs as they were: else the dead would live as often as somebody wakes up.
    pub(super) fn credit(&mut self, pause: Duration, now: Timestamp) {
        let later = |mark: Timestamp| mark.saturating_add(pause).min(now);
        self.life = self.life.map(later);
        self.heard = self.heard.map(later);
        self.since = later(self.since);
    }
}
