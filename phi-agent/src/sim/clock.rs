//! A host's monotonic clock: it starts anywhere, runs a little fast or slow, and stands still while
//! the host is suspended.
//!
//! Wall clocks are not modelled: nothing in a node reads one.

use std::time::Duration;

use phi_core::Timestamp;

/// The start of time in a world: late enough that nothing lies before it.
pub(super) const START: Timestamp = Timestamp::from_nanos(1_000_000_000_000);

/// A monotonic clock, as a straight line from its last change on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    /// The world's time at the last change, and what the clock showed then.
    anchor: (Timestamp, Timestamp),
    /// How much faster than the world it runs (parts per million).
    drift_ppm: i32,
    stopped: bool,
}

impl Clock {
    /// A clock that shows `shown` at the world's time `now`.
    pub(super) const fn new(now: Timestamp, shown: Timestamp, drift_ppm: i32) -> Self {
        Self { anchor: (now, shown), drift_ppm, stopped: false }
    }

    /// What it shows at the world's time `now`.
    pub(super) fn shown(&self, now: Timestamp) -> Timestamp {
        let (from, shown) = self.anchor;
        if self.stopped {
            return shown;
        }
        let passed = now.saturating_since(from).get();
        let drift = i128::from(passed) * i128::from(self.drift_ppm) / 1_000_000;
        let passed = u64::try_from(i128::from(passed) + drift).unwrap_or(u64::MAX);
        shown.saturating_add(Duration::from_nanos(passed))
    }

    /// The world's time at which it shows at least `shown`; the end of time if it stands still.
    pub(super) fn when(&self, shown: Timestamp) -> Timestamp {
        let (from, then) = self.anchor;
        let wait = i128::from(shown.saturating_since(then).get());
        if self.stopped || shown == Timestamp::MAX {
            return Timestamp::MAX;
        }
        let rate = 1_000_000 + i128::from(self.drift_ppm);
        let wait = (wait * 1_000_000 + rate - 1) / rate.max(1);
        let wait = u64::try_from(wait).unwrap_or(u64::MAX);
        let at = from.saturating_add(Duration::from_nanos(wait));
        // Both directions round down: one step may be missing.
        if self.shown(at) < shown { at.saturating_add(Duration::from_nanos(1)) } else { at }
    }

    /// Lets it run at another rate from `now` on.
    pub(super) fn set_drift(&mut self, drift_ppm: i32, now: Timestamp) {
        self.anchor = (now, self.shown(now));
        self.drift_ppm = drift_ppm;
    }

    /// Lets it stand still from `now` on, or run again.
    pub(super) fn set_stopped(&mut self, stopped: bool, now: Timestamp) {
        self.anchor = (now, self.shown(now));
        self.stopped = stopped;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    /// Goal: reading and its inverse agree at every rate, and never wake a process too early.
    #[test]
    fn a_deadline_has_come_when_the_clock_says_so() {
        let start = Timestamp::from_nanos(5_000_000_000);
        for ppm in [-200, -50, -1, 0, 1, 33, 200, 100_000] {
            let clock = Clock::new(start, Timestamp::from_nanos(123_456_789_123), ppm);
            for wait in [0_u64, 1, 2, 999, 1_000_000_007, 86_400_000_000_123] {
                let shown = Timestamp::from_nanos(123_456_789_123 + wait);
                let at = clock.when(shown);
                assert!(clock.shown(at) >= shown, "{ppm} {wait}");
                let before = at.saturating_sub(Duration::from_nanos(2));
                assert!(before < start || clock.shown(before) < shown, "{ppm} {wait}");
            }
        }
    }

    /// Goal: a suspended host's clock stands still and goes on from there.
    #[test]
    fn a_stopped_clock_goes_on_from_where_it_stood() {
        let at = |s| Timestamp::ORIGIN.saturating_add(SECOND * s);
        let mut clock = Clock::new(at(0), at(100), 0);
        clock.set_stopped(true, at(10));
        assert_eq!((clock.shown(at(50)), clock.when(at(200))), (at(110), Timestamp::MAX));
        clock.set_stopped(false, at(50));
        assert_eq!((clock.shown(at(51)), clock.when(at(111))), (at(111), at(51)));
        clock.set_drift(100_000, at(60));
        assert_eq!(clock.shown(at(70)), at(131));
    }
}
