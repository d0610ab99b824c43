//! What one interval is stored as: 8 bytes of nanoseconds, or 4 of microseconds.
//!
//! Where the intervals lie is the window's business.

use crate::time::{INTERVAL_MAX, Nanos};

/// One stored interval.
///
/// | type | unit | longest |
/// |---|---|---|
/// | `u64` | 1 ns | [`INTERVAL_MAX`] |
/// | `u32` | 1 µs | 2³² − 1 µs, 71 min |
///
/// The coarser one takes half the memory, and rounds each interval by at most half a microsecond.
/// Longer intervals count as the longest. Models refuse to begin with a first interval that is out
/// of the range from the unit to the longest; do not [`rescale`](crate::Detector::rescale) them out
/// of it either.
pub trait Sample: sealed::Units {
    /// The shortest interval above zero: the unit.
    const LEAST: Nanos = Nanos::new(Self::UNIT_NS);

    /// The longest interval.
    const LONGEST: Nanos = Nanos::new(Self::UNITS_MAX * Self::UNIT_NS);

    /// `interval` rounded to the nearest unit, at most the longest.
    #[must_use]
    #[inline]
    fn from_interval(interval: Nanos) -> Self {
        // Cut first, so that nothing behind it can overflow.
        let rounded = interval.get().min(Self::LONGEST.get()) + Self::UNIT_NS / 2;
        Self::from_units(rounded / Self::UNIT_NS)
    }

    /// The interval as it is stored.
    #[must_use]
    fn interval(self) -> Nanos {
        Nanos::new(self.units() * Self::UNIT_NS) // at most 2⁵⁰
    }
}

impl Sample for u64 {}
impl Sample for u32 {}

pub(crate) mod sealed {
    #[expect(unnameable_types, reason = "nobody else shall implement it")]
    pub trait Units: Copy + core::fmt::Debug {
        /// The unit (ns).
        const UNIT_NS: u64;

        /// The longest interval (units).
        const UNITS_MAX: u64;

        /// At most `UNITS_MAX` units in this form.
        fn from_units(units: u64) -> Self;

        /// The interval (units).
        fn units(self) -> u64;
    }
}

impl sealed::Units for u64 {
    const UNIT_NS: Self = 1;
    const UNITS_MAX: Self = INTERVAL_MAX.get();

    fn from_units(units: u64) -> Self {
        units
    }

    fn units(self) -> u64 {
        self
    }
}

impl sealed::Units for u32 {
    const UNIT_NS: u64 = 1_000;
    const UNITS_MAX: u64 = Self::MAX as u64;

    #[inline]
    #[expect(clippy::cast_possible_truncation, reason = "at most 2³² − 1, as its law is")]
    fn from_units(units: u64) -> Self {
        units as Self
    }

    fn units(self) -> u64 {
        self.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: microseconds round to the nearest, and both ends of the range hold.
    #[test]
    fn intervals_are_rounded_to_the_unit_and_saturate() {
        for (nanos, units) in [(0, 0), (499, 0), (500, 1), (1_499, 1), (1_500, 2)] {
            assert_eq!(u32::from_interval(Nanos::new(nanos)), units, "{nanos} ns");
            assert_eq!(u64::from_interval(Nanos::new(nanos)), nanos);
        }
        assert_eq!(u32::from_interval(Nanos::MAX), u32::MAX);
        assert_eq!(u32::MAX.interval(), Nanos::new(4_294_967_295_000));
        assert_eq!(u64::from_interval(Nanos::MAX).interval(), INTERVAL_MAX);
    }
}
