//! Points and lengths of time, in integer nanoseconds that saturate.
//!
//! No clock is read here: the caller says what time it is, on one monotonic clock of its choice.

use core::time::Duration;

/// A point in time: nanoseconds since an origin that the caller chose (ns, 0 to 2⁶⁴ − 1, which is
/// 584 years).
///
/// Only timestamps of one clock may be compared; nothing here can check that.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(u64);

impl Timestamp {
    /// The origin of the caller's clock.
    pub const ORIGIN: Self = Self(0);

    /// The end of time: no later timestamp exists, and sums that would pass it end here.
    pub const MAX: Self = Self(u64::MAX);

    /// The timestamp `nanos` nanoseconds after the origin.
    #[must_use]
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the origin (ns).
    #[must_use]
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The point `length` after this one, at most [`Timestamp::MAX`].
    #[must_use]
    pub fn saturating_add(self, length: impl Into<Nanos>) -> Self {
        Self(self.0.saturating_add(length.into().0))
    }

    /// The point `length` before this one, at least [`Timestamp::ORIGIN`].
    #[must_use]
    pub fn saturating_sub(self, length: impl Into<Nanos>) -> Self {
        Self(self.0.saturating_sub(length.into().0))
    }

    /// How long after `earlier` this is; zero if it is not after it.
    #[must_use]
    pub const fn saturating_since(self, earlier: Self) -> Nanos {
        Nanos(self.0.saturating_sub(earlier.0))
    }
}

/// The longest interval between heartbeats that is learnt from: 2⁵⁰ ns, 13 days. Longer ones count
/// as this.
pub const INTERVAL_MAX: Nanos = Nanos::new(1 << 50);

/// A length of time in nanoseconds (ns, 0 to 2⁶⁴ − 1): [`Duration`] in a form that models can
/// compute with at no cost. Longer durations saturate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Nanos(u64);

impl Nanos {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// The longest length there is.
    pub const MAX: Self = Self(u64::MAX);

    /// A length of `nanos` nanoseconds.
    #[must_use]
    pub const fn new(nanos: u64) -> Self {
        Self(nanos)
    }

    /// The number of nanoseconds (ns).
    #[must_use]
    pub const fn get(self) -> u64 {
        self.0
    }

    /// This length times to/from, rounded down, saturating; zero on either side leaves it as it is.
    #[must_use]
    pub fn scaled(self, from: Self, to: Self) -> Self {
        if from.0 == 0 || to.0 == 0 {
            return self;
        }
        let scaled = u128::from(self.0) * u128::from(to.0) / u128::from(from.0);
        Self(u64::try_from(scaled).unwrap_or(u64::MAX))
    }
}

impl From<Duration> for Nanos {
    fn from(length: Duration) -> Self {
        Self(u64::try_from(length.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Nanos> for Duration {
    fn from(length: Nanos) -> Self {
        Self::from_nanos(length.0)
    }
}

/// x < 2⁵² as a float, exactly: as the lower bits of 2⁵², which is then taken away.
///
/// A conversion is an instruction less, but on x86 it waits for whatever its register held before:
/// the level of the heartbeat before last, often enough.
#[inline]
pub(crate) const fn small_to_f64(x: u64) -> f64 {
    const SHIFT: f64 = 4_503_599_627_370_496.0; // 2⁵²
    f64::from_bits(SHIFT.to_bits() | x) - SHIFT
}

/// The nearest length of time; negative ones and NaN become zero.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "the cast saturates at both ends, which is what is wanted"
)]
pub(crate) fn to_nanos(nanos: f64) -> Nanos {
    Nanos::new(libm::round(nanos) as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: both ends of time hold, whatever is added or taken away.
    #[test]
    fn sums_and_differences_saturate() {
        let late = Timestamp::from_nanos(u64::MAX - 1);
        assert_eq!(late.saturating_add(Duration::MAX), Timestamp::MAX);
        assert_eq!(Timestamp::from_nanos(5).saturating_sub(Duration::MAX), Timestamp::ORIGIN);
        assert_eq!(Timestamp::from_nanos(3).saturating_since(late), Nanos::ZERO);
        assert_eq!(late.saturating_since(Timestamp::from_nanos(7)).get(), u64::MAX - 8);
    }

    /// Goal: small numbers become floats without loss, up to the last that is small.
    #[test]
    fn small_numbers_convert_exactly() {
        for (x, float) in [(0, 0.0), (1, 1.0), (1 << 50, 2.0_f64.powi(50))] {
            assert_eq!(small_to_f64(x).to_bits(), float.to_bits());
        }
        assert_eq!(small_to_f64((1 << 52) - 1).to_bits(), 4_503_599_627_370_495.0_f64.to_bits());
    }

    /// Goal: durations convert without loss below 584 years and saturate above.
    #[test]
    fn durations_convert_and_saturate() {
        let odd = Duration::new(3, 141_592_653);
        assert_eq!(Duration::from(Nanos::from(odd)), odd);
        assert_eq!(Nanos::from(Duration::MAX), Nanos::MAX);
    }
}
