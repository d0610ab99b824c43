//! The last intervals between heartbeats, in storage of the caller, with exact integer sums.
//!
//! What the sums mean (a mean, a deviation) is the business of the models.

use crate::error::ConfigError;
use crate::sample::{Sample, sealed::Units};
use crate::time::{Nanos, small_to_f64, to_nanos};

/// The most intervals that a window holds.
///
/// With it and [`INTERVAL_MAX`](crate::INTERVAL_MAX) no sum overflows: Σx ≤ 2⁶³, n·Σx² ≤ 2¹²⁶.
pub const CAPACITY_MAX: usize = 8_192;

/// Memory for a window: an array, a slice that lives elsewhere, or (feature `alloc`) a box.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no memory for a window",
    note = "use `[0_u64; N]`, `&mut vec[..]`, or with feature `alloc` `vec.into_boxed_slice()`; \
            of `u64` or `u32`"
)]
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

/// Σx² (units²), without the padding that an alignment to 16 bytes would cost.
#[derive(Clone, Copy, Debug)]
#[repr(Rust, packed(8))]
struct Squares(u128);

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
    sum: u64,
    squares: Squares,
    next: u32,
    len: u32,
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
        Ok(Self { storage, sum: 0, squares: Squares(0), next: 0, len: 0 })
    }

    /// Appends one interval, rounded and bounded as its [`Sample`] is; a full window forgets its
    /// oldest one.
    #[inline]
    pub fn record(&mut self, interval: Nanos) {
        let sample = S::Sample::from_interval(interval);
        let (capacity, next) = (self.capacity(), self.next as usize);
        let Some(place) = self.storage.places_mut().get_mut(next) else {
            return; // Storage that shrank, against its contract: keep what there is.
        };
        let (new, mut old) = (sample.units(), core::mem::replace(place, sample).units());
        if self.len as usize != capacity {
            old = 0; // it was none
            self.len = self.len.wrapping_add(1); // at most the capacity
        }
        self.replace(old, new);
        let after = self.next.wrapping_add(1);
        self.next = if after as usize == capacity { 0 } else { after };
    }

    /// Takes `old` out of the sums and `new` into them (units, ≤ 2⁵⁰).
    ///
    /// ```text
    /// Σx² changes by new² − old² = (new − old)·(new + old), one product of two numbers < 2⁵²
    /// ```
    #[inline]
    #[expect(clippy::cast_possible_wrap, clippy::cast_sign_loss, reason = "both are below 2⁵²")]
    fn replace(&mut self, old: u64, new: u64) {
        let (difference, sum) = (new.wrapping_sub(old), new.wrapping_add(old));
        self.sum = self.sum.wrapping_add(difference);
        let change = i128::from(difference as i64).wrapping_mul(i128::from(sum as i64));
        self.squares = Squares(self.squares().wrapping_add(change as u128));
    }

    /// Forgets all intervals.
    pub fn clear(&mut self) {
        (self.next, self.len, self.sum, self.squares) = (0, 0, 0, Squares(0));
    }

    /// Multiplies all intervals by to/from, rounded down to a nanosecond and then as their
    /// [`Sample`] is; zero on either side changes nothing.
    pub fn rescale(&mut self, from: Nanos, to: Nanos) {
        (self.sum, self.squares) = (0, Squares(0));
        for index in 0..self.len() {
            let Some(place) = self.storage.places_mut().get_mut(index) else { return };
            *place = S::Sample::from_interval(place.interval().scaled(from, to));
            let scaled = place.units();
            self.replace(0, scaled);
        }
    }

    /// How many intervals it holds.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len as usize
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
        let next = self.next as usize;
        let (newer, older) = self.storage.places().split_at_checked(next).unwrap_or_default();
        let older = if self.len() == self.capacity() { older } else { &[] };
        older.iter().chain(newer).map(|sample| sample.interval())
    }

    /// The sum of the intervals, Σx, exact (≤ 2⁶³ ns).
    #[must_use]
    pub const fn sum(&self) -> Nanos {
        Nanos::new(self.sum_ns())
    }

    /// The mean interval, rounded to a nanosecond; `None` while empty.
    ///
    /// # Formula
    ///
    /// ```text
    /// μ = Σx / n
    /// ```
    #[must_use]
    pub fn mean(&self) -> Option<Nanos> {
        (self.len > 0).then(|| to_nanos(self.float_sum() / self.float_len()))
    }

    /// The standard deviation of the intervals, rounded to a nanosecond; `None` while empty, zero
    /// of one interval.
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
    pub fn std_dev(&self) -> Option<Nanos> {
        (self.len > 0).then(|| to_nanos(self.float_spread_root() / self.float_len()))
    }

    /// Σx, exact (ns, ≤ 2⁶³).
    #[inline]
    pub(crate) const fn sum_ns(&self) -> u64 {
        self.sum.wrapping_mul(S::Sample::UNIT_NS)
    }

    /// n.
    #[inline]
    pub(crate) fn float_len(&self) -> f64 {
        small_to_f64(self.len.into())
    }

    /// Σx, rounded once (ns).
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "as said")]
    pub(crate) const fn float_sum(&self) -> f64 {
        self.sum_ns() as f64
    }

    /// √(n·Σx² − (Σx)²) (ns).
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "the unit is small")]
    pub(crate) fn float_spread_root(&self) -> f64 {
        libm::sqrt(to_f64(self.spread())) * S::Sample::UNIT_NS as f64
    }

    /// The same in single precision.
    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "the unit is small")]
    pub(crate) fn float_spread_root_f32(&self) -> f32 {
        libm::sqrtf(to_f32(self.spread())) * S::Sample::UNIT_NS as f32
    }

    /// n·Σx² − (Σx)², exact (units², ≤ 2¹²⁶). It cannot be negative (Cauchy and Schwarz).
    #[inline]
    const fn spread(&self) -> u128 {
        (self.len as u128).wrapping_mul(self.squares()).wrapping_sub(square(self.sum))
    }

    /// Σx² (units²).
    #[inline]
    const fn squares(&self) -> u128 {
        self.squares.0
    }
}

/// x as a float, rounded once; `as` would call a function of 40 instructions.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "the only rounding")]
const fn to_f64(x: u128) -> f64 {
    let (bits, exponent) = upper_bits(x);
    bits as f64 * f64::from_bits((1_023 + exponent as u64) << 52) // times 2^exponent
}

/// The same in single precision.
#[inline]
#[expect(clippy::cast_precision_loss, reason = "the only rounding")]
const fn to_f32(x: u128) -> f32 {
    let (bits, exponent) = upper_bits(x);
    bits as f32 * f32::from_bits((127 + exponent) << 23) // times 2^exponent
}

/// The upper 64 bits of x (all of it, if it has no more), and how many are below them: x is rounded
/// as they are, because the last of them is set if any below is.
#[inline]
#[expect(clippy::cast_possible_truncation, reason = "x is taken by halves")]
const fn upper_bits(x: u128) -> (u64, u32) {
    let (high, low) = ((x >> 64) as u64, x as u64);
    if high == 0 {
        return (low, 0);
    }
    let shift = high.leading_zeros() & 63;
    let upper = (high << shift) | (low >> 1 >> (63 - shift));
    (upper | ((low << shift) != 0) as u64, 64 - shift)
}

/// x² without overflow, for any x.
const fn square(x: u64) -> u128 {
    (x as u128) * (x as u128)
}

#[cfg(test)]
mod tests {
    use std::vec;

    use super::*;
    use crate::draw::Draw;
    use crate::time::INTERVAL_MAX;

    /// Goal: sums after evictions equal those of the intervals still held, to the last bit.
    #[test]
    fn sums_equal_a_recomputation_after_a_million_evictions() {
        let mut window = Window::new([0_u64; 37]).expect("legal");
        let mut draw = Draw(88_172_645_463_325_252);
        for _ in 0..1_000_000 {
            let x = draw.bits();
            window.record(Nanos::new(x >> (x & 31)));
        }
        let held = window.storage;
        assert_eq!(window.sum, held.iter().sum::<u64>());
        assert_eq!(window.squares(), held.iter().map(|&x| square(x)).sum::<u128>());
    }

    /// Goal: the largest window of the longest intervals overflows nothing.
    #[test]
    fn extremes_do_not_overflow() {
        let mut places = vec![0_u64; CAPACITY_MAX];
        let mut window = Window::new(&mut places[..]).expect("legal");
        for _ in 0..2 * CAPACITY_MAX {
            window.record(Nanos::MAX);
        }
        assert_eq!(window.mean(), Some(INTERVAL_MAX));
        assert_eq!(window.std_dev(), Some(Nanos::ZERO));
    }

    /// Goal: wide numbers are rounded as the language rounds them: to the nearest, halves to even.
    #[test]
    #[expect(clippy::cast_precision_loss, reason = "the oracle")]
    fn wide_numbers_are_rounded_once() {
        // The last two lie above a half by their lowest bits alone, one of f64, one of f32.
        let odd = [
            1_u128,
            3,
            (1 << 53) - 1,
            (1 << 53) + 1,
            (1 << 54) + 3,
            (1 << 65) - 1,
            (1 << 64) + (1 << 11) + 3,
            (1 << 64) + (1 << 40) + 3,
        ];
        let near = |x: u128| [x.wrapping_sub(1), x, x + 1].map(|x| x >> 2); // below 2¹²⁶
        for x in (0..62).flat_map(|shift| odd.map(|odd| odd << shift)).flat_map(near) {
            assert_eq!(to_f64(x).to_bits(), (x as f64).to_bits(), "{x}");
            assert_eq!(to_f32(x).to_bits(), (x as f32).to_bits(), "{x}");
        }
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
        let expected = (Some(Nanos::new(9)), Some(Nanos::ZERO), 1);
        assert_eq!((one.mean(), one.std_dev(), one.len()), expected);
    }

    /// Goal: mean and deviation are the textbook's, on figures computed by hand.
    #[test]
    fn moments_match_a_hand_computed_case() {
        let mut window = Window::new([0_u64; 4]).expect("legal");
        for x in [100, 200, 400, 400, 500, 700] {
            window.record(Nanos::new(x)); // 4, 4, 5, 7 remain: μ = 5, σ² = (1 + 1 + 0 + 4) / 4
        }
        assert_eq!(window.mean(), Some(Nanos::new(500)));
        assert_eq!(window.std_dev(), Some(Nanos::new(122)), "√1.5 = 1.2247");
        window.clear();
        assert!(window.is_empty() && window.sum() == Nanos::ZERO);
    }

    /// Goal: the deviation is in nanoseconds whatever the unit of the samples, and in either float.
    #[test]
    fn moments_are_in_nanoseconds() {
        let mut fine = Window::new([0_u64; 4]).expect("legal");
        let mut coarse = Window::new([0_u32; 4]).expect("legal");
        for x in [4, 4, 5, 7].map(|micros| Nanos::new(micros * 1_000)) {
            fine.record(x); // μ = 5 µs, σ² = 1.5 µs²
            coarse.record(x);
        }
        let close = |value: f64, expected: f64| (value / expected - 1.0).abs() < 1e-6;
        let root = 24.0_f64.sqrt() * 1e3;
        let moments = (Some(Nanos::new(5_000)), Some(Nanos::new(1_225)));
        assert_eq!((fine.mean(), fine.std_dev()), moments);
        assert_eq!((coarse.mean(), coarse.std_dev()), moments);
        assert!(close(fine.float_spread_root(), root) && close(coarse.float_spread_root(), root));
        assert!(close(fine.float_spread_root_f32().into(), root));
        assert!(close(coarse.float_spread_root_f32().into(), root));
    }
}
