//! The last intervals between heartbeats, in storage of the caller, with exact integer sums.
//!
//! What the sums mean (a mean, a deviation) is the business of the models.

use crate::error::ConfigError;
use crate::sample::Sample;
use crate::time::Nanos;

/// The most intervals that a window holds.
///
/// With it and [`INTERVAL_MAX`](crate::INTERVAL_MAX) no sum overflows: Σx ≤ 2⁶³, n·Σx² ≤ 2¹²⁶.
pub const CAPACITY_MAX: usize = 8_192;

/// Memory for a window: an array, or a slice that lives elsewhere.
pub trait Storage {
    /// What one interval is stored as.
    type Sample: Sample;

    /// All the places there are; their number must not change.
    fn places(&self) -> &[Self::Sample];

    /// The same, to write.
    fn places_mut(&mut self) -> &mut [Self::Sample];
}

impl<T: Sample, const N: usize> Storage for [T; N] {
    type Sample = T;

    fn places(&self) -> &[T] {
        self
    }

    fn places_mut(&mut self) -> &mut [T] {
        self
    }
}

impl<T: Sample> Storage for &mut [T] {
    type Sample = T;

    fn places(&self) -> &[T] {
        self
    }

    fn places_mut(&mut self) -> &mut [T] {
        self
    }
}

#[cfg(feature = "alloc")]
impl<T: Sample> Storage for alloc::boxed::Box<[T]> {
    type Sample = T;

    fn places(&self) -> &[T] {
        self
    }

    fn places_mut(&mut self) -> &mut [T] {
        self
    }
}

/// A ring of the last intervals over the caller's storage `S`.
///
/// ```text
///           next                    the oldest is overwritten,
///            ▼                      its share of Σx and Σx² is
///  ┌────┬────┬────┬────┬────┐       taken away in integers:
///  │ x₆ │ x₇ │ x₃ │ x₄ │ x₅ │       nothing ever drifts
///  └────┴────┴────┴────┴────┘
/// ```
#[derive(Clone, Debug)]
pub struct Window<S> {
    storage: S,
    next: usize,
    len: usize,
    sum: u64,
    sum_of_squares: u128,
}

impl<S: Storage> Window<S> {
    /// An empty window over `storage`, whose former contents do not matter.
    ///
    /// # Errors
    ///
    /// [`ConfigError::WindowCapacity`] unless the storage has 1 to [`CAPACITY_MAX`] places.
    pub fn new(storage: S) -> Result<Self, ConfigError> {
        let capacity = storage.places().len();
        if capacity == 0 || capacity > CAPACITY_MAX {
            return Err(ConfigError::WindowCapacity { capacity });
        }
        Ok(Self { storage, next: 0, len: 0, sum: 0, sum_of_squares: 0 })
    }

    /// Appends one interval, rounded and bounded as its [`Sample`] is; a full window forgets its
    /// oldest one.
    #[inline]
    pub fn record(&mut self, interval: Nanos) {
        let sample = S::Sample::from_interval(interval);
        let capacity = self.capacity();
        let full = self.len == capacity;
        let Some(place) = self.storage.places_mut().get_mut(self.next) else {
            return; // Storage that shrank, against its contract: keep what there is.
        };
        let old = core::mem::replace(place, sample).units();
        let new = sample.units();
        if full {
            self.sum = self.sum.wrapping_sub(old);
            self.sum_of_squares = self.sum_of_squares.wrapping_sub(square(old));
        } else {
            self.len += 1;
        }
        self.sum = self.sum.wrapping_add(new);
        self.sum_of_squares = self.sum_of_squares.wrapping_add(square(new));
        self.next = if self.next + 1 == capacity { 0 } else { self.next + 1 };
    }

    /// Forgets all intervals.
    pub fn clear(&mut self) {
        (self.next, self.len, self.sum, self.sum_of_squares) = (0, 0, 0, 0);
    }

    /// Multiplies all intervals by to/from, rounded down; zero on either side changes nothing.
    pub fn rescale(&mut self, from: Nanos, to: Nanos) {
        (self.sum, self.sum_of_squares) = (0, 0);
        for place in self.storage.places_mut().iter_mut().take(self.len) {
            *place = S::Sample::from_interval(place.interval().scaled(from, to));
            self.sum = self.sum.wrapping_add(place.units());
            self.sum_of_squares = self.sum_of_squares.wrapping_add(square(place.units()));
        }
    }

    /// How many intervals it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether it holds none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many intervals it can hold, 1 to [`CAPACITY_MAX`].
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.storage.places().len()
    }

    /// The intervals, the oldest first, as they are stored.
    pub fn intervals(&self) -> impl Iterator<Item = Nanos> + '_ {
        let (newer, older) = self.storage.places().split_at_checked(self.next).unwrap_or_default();
        let older = if self.len == self.capacity() { older } else { &[] };
        older.iter().chain(newer).map(|sample| sample.interval())
    }

    /// Σx, exact (ns, ≤ 2⁶³).
    #[must_use]
    pub const fn sum(&self) -> u64 {
        self.sum.wrapping_mul(S::Sample::UNIT_NS)
    }

    /// Σx², exact (ns², ≤ 2¹¹³).
    #[must_use]
    pub const fn sum_of_squares(&self) -> u128 {
        self.sum_of_squares.wrapping_mul(square(S::Sample::UNIT_NS))
    }

    /// The mean interval (ns, ≥ 0); `None` while empty.
    ///
    /// # Formula
    ///
    /// ```text
    /// μ = Σx / n, rounded once
    /// ```
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "one rounding of each exact sum, as documented")]
    pub fn mean(&self) -> Option<f64> {
        (self.len > 0).then(|| self.sum() as f64 / self.len as f64)
    }

    /// The standard deviation of the intervals (ns, ≥ 0); `None` while empty.
    ///
    /// # Formula
    ///
    /// ```text
    /// σ = √(n·Σx² − (Σx)²) / n, where the difference is exact, so that it never is negative
    /// ```
    ///
    /// It is the deviation of these intervals, not an estimate for others (n, not n − 1, divides),
    /// as in \[Akka\].
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "the exact difference is rounded once")]
    pub fn std_dev(&self) -> Option<f64> {
        (self.len > 0).then(|| libm::sqrt(self.spread() as f64) / self.len as f64)
    }

    /// n·Σx² − (Σx)², exact (ns², ≤ 2¹²⁶).
    pub(crate) const fn spread(&self) -> u128 {
        let units = (self.len as u128 * self.sum_of_squares).saturating_sub(square(self.sum));
        units.wrapping_mul(square(S::Sample::UNIT_NS))
    }
}

/// x² without overflow, for any x.
const fn square(x: u64) -> u128 {
    (x as u128) * (x as u128)
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;

    /// Goal: sums after evictions equal those of the intervals still held, to the last bit.
    #[test]
    fn sums_equal_a_recomputation_after_a_million_evictions() {
        let mut window = Window::new([0_u64; 37]).expect("legal");
        let mut x = 88_172_645_463_325_252_u64;
        for _ in 0..1_000_000 {
            x ^= x << 13;
            x ^= x >> 7;
            x ^= x << 17;
            window.record(Nanos::new(x >> (x & 31)));
        }
        let held = window.storage;
        assert_eq!(window.sum, held.iter().sum::<u64>());
        assert_eq!(window.sum_of_squares, held.iter().map(|&x| square(x)).sum::<u128>());
    }

    /// Goal: the largest window of the longest intervals overflows nothing.
    #[test]
    fn extremes_do_not_overflow() {
        let mut places = vec![0_u64; CAPACITY_MAX];
        let mut window = Window::new(&mut places[..]).expect("legal");
        for _ in 0..2 * CAPACITY_MAX {
            window.record(Nanos::MAX);
        }
        assert_eq!(window.mean(), Some(2.0_f64.powi(50)));
        assert_eq!(window.std_dev(), Some(0.0));
    }

    /// Goal: storage of no use is refused, a window of one works.
    #[test]
    fn capacities_are_checked() {
        assert!(Window::new([0_u64; 0]).is_err());
        assert!(Window::new(&mut vec![0_u64; CAPACITY_MAX + 1][..]).is_err());
        let mut one = Window::new([0_u64; 1]).expect("legal");
        assert_eq!((one.mean(), one.std_dev()), (None, None));
        one.record(Nanos::new(7));
        one.record(Nanos::new(9));
        assert_eq!((one.mean(), one.std_dev(), one.len()), (Some(9.0), Some(0.0), 1));
    }

    /// Goal: mean and deviation are the textbook's, on figures computed by hand.
    #[test]
    fn moments_match_a_hand_computed_case() {
        let mut window = Window::new([0_u64; 4]).expect("legal");
        for x in [1, 2, 4, 4, 5, 7] {
            window.record(Nanos::new(x)); // 4, 4, 5, 7 remain: μ = 5, σ² = (1 + 1 + 0 + 4) / 4
        }
        assert_eq!(window.mean(), Some(5.0));
        assert_eq!(window.std_dev(), Some(1.5_f64.sqrt()));
        window.clear();
        assert!(window.is_empty() && window.sum() == 0);
    }
}
