//! The only place where time is read: `CLOCK_MONOTONIC`, in nanoseconds since the host's start.

use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use phi_core::Timestamp;

/// The time now, on the monotonic clock of this host: comparable between its processes.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::ORIGIN.saturating_add(read(ClockId::CLOCK_MONOTONIC))
}

/// Waits until `deadline`, never less.
pub async fn sleep_until(deadline: Timestamp) {
    let left = Duration::from(deadline.saturating_since(now()));
    tokio::time::sleep(left).await;
}

/// Turns kernel receive stamps, which are wall time, into monotonic time: once for each batch, so
/// that a step of the wall clock can move the arrivals of one batch at most.
///
/// ```text
/// arrived = now − clamp(wall − stamp, 0, now − last drain)
/// ```
#[derive(Clone, Copy, Debug)]
pub(super) struct StampConverter {
    now: Timestamp,
    wall: Duration,
    longest_wait: Duration,
}

impl StampConverter {
    /// A converter for what is read now and was not there yet at `last_drain`.
    pub(super) fn new(last_drain: Timestamp) -> Self {
        let now = now();
        let wall = read(ClockId::CLOCK_REALTIME);
        Self { now, wall, longest_wait: now.saturating_since(last_drain).into() }
    }

    /// The time at which it was made.
    pub(super) const fn now(&self) -> Timestamp {
        self.now
    }

    /// The monotonic time of a datagram that the kernel stamped; without a stamp, now.
    pub(super) fn arrived(&self, stamp: Option<Duration>) -> Timestamp {
        let waited = stamp.map_or(Duration::ZERO, |stamp| self.wall.saturating_sub(stamp));
        self.now.saturating_sub(waited.min(self.longest_wait))
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the clock")]
fn read(clock: ClockId) -> Duration {
    // Fails for clocks that do not exist only, and Linux has both.
    clock_gettime(clock).map_or(Duration::ZERO, Duration::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn converter() -> StampConverter {
        StampConverter {
            now: Timestamp::from_nanos(5_000_000_000),
            wall: Duration::from_secs(1_000),
            longest_wait: Duration::from_secs(2),
        }
    }

    /// Goal: a stamp within the wait is taken at its word.
    #[test]
    fn stamps_become_monotonic_times() {
        let arrived = converter().arrived(Some(Duration::from_millis(999_500)));
        assert_eq!(arrived, Timestamp::from_nanos(4_500_000_000));
        assert_eq!(converter().arrived(None), converter().now);
    }

    /// Goal: a wall clock that steps by hours moves no arrival out of the wait.
    #[test]
    fn steps_of_the_wall_clock_are_clamped() {
        let forward = converter().arrived(Some(Duration::from_secs(1)));
        assert_eq!(forward, Timestamp::from_nanos(3_000_000_000));
        let backward = converter().arrived(Some(Duration::from_secs(9_999)));
        assert_eq!(backward, converter().now);
    }
}
