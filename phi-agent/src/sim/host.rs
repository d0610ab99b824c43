//! A host: power, clock, socket, disk, and the process that lives on it.
//!
//! ```text
//! idle ──datagram, or deadline──▶ runnable ──20 to 100 µs, or later──▶ reads all, then fires
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use phi_core::Timestamp;

use super::clock::Clock;
use super::dice::Dice;
use super::place::{HostId, Place};
use super::process::{Found, Process};
use crate::ident::NodeId;

/// The most datagrams that wait in a socket: about 212,992 bytes, the default of Linux, at the
/// kernel's own size of small ones.
const SOCKET_DATAGRAMS_MAX: usize = 250;

/// Refusals to one destination: so many at once, then one a second, as Linux does it
/// (`icmp_ratelimit`, and `XRLIM_BURST_FACTOR`).
const REFUSALS_AT_ONCE: f64 = 6.0;

/// A host.
#[derive(Debug)]
pub(super) struct Host {
    pub(super) place: Place,
    pub(super) id: NodeId,
    pub(super) clock: Clock,
    /// The rate of its clock without faults (ppm).
    pub(super) drift_ppm: i32,
    pub(super) powered: bool,
    pub(super) process: Option<Process>,
    pub(super) socket: VecDeque<Arrival>,
    /// The process was told to leave and could not run yet.
    pub(super) told_to_leave: bool,
    /// How often the process has been started, as the disk has it.
    pub(super) starts: u64,
    pub(super) paused: u32,
    pub(super) suspended: u32,
    /// Why it is late, if it is: the last one counts.
    pub(super) lateness: Vec<(usize, Lateness)>,
    pub(super) wake: Wake,
    refusals: BTreeMap<HostId, Bucket>,
    pub(super) sent_bytes: u64,
    pub(super) sent_datagrams: u64,
}

/// What waits in a socket, with its time on the host's clock.
#[derive(Debug)]
pub(super) struct Arrival {
    pub(super) at: Timestamp,
    pub(super) from: Place,
    pub(super) found: Found,
}

/// When the process is runnable, and which wake-up is the valid one.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Wake {
    pub(super) runnable_at: Timestamp,
    pub(super) token: u64,
}

/// How late a runnable process runs, beyond what is normal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Lateness {
    /// Up to this, evenly.
    Slow(Duration),
    /// On a host that has no time: below 50 ms in 95 of 100 cases, to 1 s in 4, to 3 s in 1.
    Starved,
}

/// Refusals that may still be sent to a destination, and since when that is so.
#[derive(Clone, Copy, Debug)]
struct Bucket {
    tokens: f64,
    since: Timestamp,
}

impl Host {
    pub(super) fn new(host: HostId, id: NodeId, clock: Clock, drift_ppm: i32) -> Self {
        Self {
            place: Place { host, moves: 0 },
            id,
            clock,
            drift_ppm,
            powered: true,
            process: None,
            socket: VecDeque::new(),
            told_to_leave: false,
            starts: 0,
            paused: 0,
            suspended: 0,
            lateness: Vec::new(),
            wake: Wake::default(),
            refusals: BTreeMap::new(),
            sent_bytes: 0,
            sent_datagrams: 0,
        }
    }

    /// Puts a datagram or refusal into the socket; `false` when there is no room.
    pub(super) fn receive(&mut self, from: Place, found: Found, now: Timestamp) -> bool {
        if self.socket.len() >= SOCKET_DATAGRAMS_MAX {
            return false;
        }
        let at = self.clock.shown(now);
        self.socket.push_back(Arrival { at, from, found });
        true
    }

    /// Whether a port unreachable may be sent to `to` now; takes a token if so.
    pub(super) fn may_refuse(&mut self, to: HostId, now: Timestamp) -> bool {
        let full = Bucket { tokens: REFUSALS_AT_ONCE, since: now };
        let bucket = self.refusals.entry(to).or_insert(full);
        let passed = Duration::from(now.saturating_since(bucket.since)).as_secs_f64();
        bucket.tokens = (bucket.tokens + passed).min(REFUSALS_AT_ONCE);
        bucket.since = now;
        let may = bucket.tokens >= 1.0;
        bucket.tokens -= f64::from(u8::from(may));
        may
    }

    pub(super) const fn can_run(&self) -> bool {
        self.process.is_some() && self.paused == 0 && self.suspended == 0
    }

    /// The time from being runnable to running.
    pub(super) fn latency(&self, dice: &mut Dice) -> Duration {
        let normal = dice.between(Duration::from_micros(20), Duration::from_micros(100));
        normal + self.lateness.last().map_or(Duration::ZERO, |(_, lateness)| lateness.sample(dice))
    }

    /// Ends the process, and loses what waited for it.
    pub(super) fn end(&mut self) {
        self.process = None;
        self.told_to_leave = false;
        self.socket.clear();
        self.wake.token += 1;
    }
}

impl Lateness {
    fn sample(self, dice: &mut Dice) -> Duration {
        let ms = Duration::from_millis;
        match self {
            Self::Slow(most) => dice.between(Duration::ZERO, most),
            Self::Starved => {
                let roll = dice.unit();
                let (least, most) = if roll < 0.95 {
                    (0, 50)
                } else if roll < 0.99 {
                    (50, 1_000)
                } else {
                    (1_000, 3_000)
                };
                dice.between(ms(least), ms(most))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host() -> Host {
        let clock = Clock::new(Timestamp::ORIGIN, Timestamp::ORIGIN, 0);
        Host::new(HostId(0), NodeId::from_bits(1), clock, 0)
    }

    /// Goal: six refusals at once, then one a second, for each destination by itself.
    #[test]
    fn refusals_are_rationed() {
        let (mut host, at) = (host(), |ms: u64| Timestamp::from_nanos(ms * 1_000_000));
        let mut refused =
            |to, from, count| (0..count).filter(|_| host.may_refuse(HostId(to), at(from))).count();
        assert_eq!((refused(1, 0, 10), refused(2, 0, 10)), (6, 6));
        assert_eq!((refused(1, 500, 3), refused(1, 1_000, 3), refused(1, 60_000, 9)), (0, 1, 6));
    }

    /// Goal: a socket holds 250 datagrams and no more.
    #[test]
    fn sockets_are_bounded() {
        let mut host = host();
        let from = Place { host: HostId(1), moves: 0 };
        let taken = (0..300)
            .filter(|_| host.receive(from, Found::Datagram(Vec::new()), Timestamp::ORIGIN))
            .count();
        assert_eq!(taken, 250);
    }

    /// Goal: starvation is as late as it says.
    #[test]
    fn starvation_has_its_distribution() {
        let mut dice = Dice::new(1, 0);
        let all: Vec<_> = (0..10_000).map(|_| Lateness::Starved.sample(&mut dice)).collect();
        let above = |ms| all.iter().filter(|late| late.as_millis() >= ms).count();
        assert!((430..570).contains(&above(50)), "{}", above(50));
        assert!((60..140).contains(&above(1_000)) && above(3_000) == 0, "{}", above(1_000));
    }
}
