//! The live connection with one member: its session, the numbers of its heartbeats, its detector.
//!
//! What the silence means for the member's state is the verdict's business.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{Detector, Heartbeat as Arrival, Timestamp};

use super::arrivals::Arrivals;
use super::detection::Detection;
use super::stats::DropReason;
use crate::ident::SessionId;
use crate::wire::bounded::Interval;
use crate::wire::message::{Echo, Heartbeat};

/// The connection with a proven session of a member.
#[derive(Clone, Debug)]
pub struct Link {
    pub(super) session: SessionId,
    /// Where the session was proven; datagrams from elsewhere are not its.
    pub(super) addr: SocketAddr,
    /// What the member promises.
    pub interval: Interval,
    /// Watches the member.
    pub detector: Detector<Arrivals>,
    /// Heartbeats that came twice.
    pub duplicates: u64,
    /// Heartbeats that newer ones had overtaken.
    pub late: u64,
    /// Round-trip time of the last heartbeat that the member echoed.
    pub rtt: Option<Duration>,
    heard: Option<Heard>,
    sent: u64,
}

/// A session that was proven at an address, with the interval that it promises.
#[derive(Clone, Copy, Debug)]
pub(super) struct Proven {
    pub(super) session: SessionId,
    pub(super) addr: SocketAddr,
    pub(super) interval: Interval,
}

/// The newest heartbeat received: to be echoed.
#[derive(Clone, Copy, Debug)]
struct Heard {
    sent_us: u64,
    arrived: Timestamp,
}

impl Link {
    /// A link with a session that was proven at `now`: the member is watched from then on, even if
    /// no heartbeat ever comes. Heartbeats to it are numbered above `sent`, which must not be below
    /// any number that this session has used towards it before.
    pub(super) fn new(proven: Proven, detection: &Detection, sent: u64, now: Timestamp) -> Self {
        let Proven { session, addr, interval } = proven;
        let mut detector = detection.detector(interval);
        detector.resume(now);
        Self {
            session,
            addr,
            interval,
            detector,
            duplicates: 0,
            late: 0,
            rtt: None,
            heard: None,
            sent,
        }
    }

    /// Takes in a heartbeat that arrived at `arrived`. A changed promise re-scales what was learnt.
    ///
    /// # Errors
    ///
    /// When its number is not a new one: only that is counted then.
    pub(super) fn record(
        &mut self,
        heartbeat: &Heartbeat,
        arrived: Timestamp,
    ) -> Result<(), DropReason> {
        let arrival = self.detector.heartbeat_seq(heartbeat.number, arrived);
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
        self.heard = Some(Heard { sent_us: heartbeat.sent_us, arrived });
        Ok(())
    }

    /// Takes in the echo of one of our heartbeats; `sent` is when that one was sent.
    pub(super) fn record_echo(&mut self, echo: Echo, sent: Timestamp, arrived: Timestamp) {
        let away: Duration = arrived.saturating_since(sent).into();
        self.rtt = Some(away.saturating_sub(Duration::from_micros(echo.held_us)));
    }

    /// When the newest heartbeat arrived.
    #[must_use]
    pub fn last_heartbeat(&self) -> Option<Timestamp> {
        self.heard.map(|heard| heard.arrived)
    }

    /// The number for the next heartbeat to this member.
    pub(super) const fn next_number(&mut self) -> u64 {
        self.sent += 1;
        self.sent
    }

    /// The newest heartbeat received, for the member to see that it is heard.
    pub(super) fn echo(&self, now: Timestamp) -> Option<Echo> {
        self.heard.map(|heard| Echo {
            sent_us: heard.sent_us,
            held_us: now.saturating_since(heard.arrived).get() / 1_000,
        })
    }
}
