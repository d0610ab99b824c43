//! Timestamps from the clock of `std`, for callers who have no other.
//!
//! Nothing else in the crate reads a clock, and nothing here is needed by the rest.

use std::time::Instant;

use crate::time::Timestamp;

/// A monotonic clock whose origin is when it was made.
///
/// All timestamps that one detector gets must come from one clock: pass it around, do not make a
/// second one.
///
/// ```
/// use phi_core::Clock;
///
/// let clock = Clock::new();
/// let before = clock.now();
/// assert!(clock.now() >= before);
/// // What was stamped elsewhere, by a socket say, is put on the same scale.
/// let arrived = clock.at(std::time::Instant::now());
/// assert!(arrived >= before);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock that starts now, at [`Timestamp::ORIGIN`].
    #[must_use]
    pub fn new() -> Self {
        Self::from_origin(Instant::now())
    }

    /// A clock whose [`Timestamp::ORIGIN`] is at `origin`.
    #[must_use]
    pub const fn from_origin(origin: Instant) -> Self {
        Self { origin }
    }

    /// What time it is.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.at(Instant::now())
    }

    /// The timestamp of `instant`; one before the origin becomes [`Timestamp::ORIGIN`].
    #[must_use]
    pub fn at(&self, instant: Instant) -> Timestamp {
        Timestamp::ORIGIN.saturating_add(instant.saturating_duration_since(self.origin))
    }
}

impl Default for Clock {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use core::time::Duration;

    use super::*;

    /// Goal: instants keep their distances, and those from before the origin do no harm.
    #[test]
    fn instants_become_timestamps() {
        let clock = Clock::new();
        let later = clock.origin + Duration::from_micros(7);
        assert_eq!(clock.at(later), Timestamp::from_nanos(7_000));
        assert_eq!(Clock::from_origin(later).at(clock.origin), Timestamp::ORIGIN);
    }
}
