//! When mean and deviation of a window are computed from its sums: at heartbeats, or when asked.
//!
//! How, is the business of the [precision](super::precision).

/// When [`Normal`](crate::Normal) computes mean and deviation: [`OnHeartbeat`] or [`OnQuery`]. No
/// figure depends on it.
pub trait Moments: sealed::Keeping {}

/// At each heartbeat, so that φ is a product and a look into a table. For whoever asks as often as
/// it hears, or keeps deadlines.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "nobody has one")]
pub enum OnHeartbeat {}

/// At each query, so that a heartbeat is a handful of integer additions, and nothing is kept beside
/// the sums: for small processors, and for thousands of peers of which few are ever asked about.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "nobody has one")]
pub enum OnQuery {}

impl Moments for OnHeartbeat {}
impl Moments for OnQuery {}

pub(super) mod sealed {
    use core::fmt::Debug;

    #[expect(unnameable_types, reason = "nobody else shall implement it")]
    pub trait Keeping {
        /// What is kept of a `T` between heartbeats.
        type Kept<T: Copy + Debug>: Copy + Debug;

        /// What is to be kept after a change of what `T` is `computed` from.
        fn keep<T: Copy + Debug>(computed: impl FnOnce() -> T) -> Self::Kept<T>;

        /// The `T` as of the last change: what was kept, or `computed` now.
        fn get<T: Copy + Debug>(kept: Self::Kept<T>, computed: impl FnOnce() -> T) -> T;
    }
}

impl sealed::Keeping for OnHeartbeat {
    type Kept<T: Copy + core::fmt::Debug> = T;

    #[inline]
    fn keep<T: Copy + core::fmt::Debug>(computed: impl FnOnce() -> T) -> T {
        computed()
    }

    #[inline]
    fn get<T: Copy + core::fmt::Debug>(kept: T, _computed: impl FnOnce() -> T) -> T {
        kept
    }
}

impl sealed::Keeping for OnQuery {
    type Kept<T: Copy + core::fmt::Debug> = ();

    #[inline]
    fn keep<T: Copy + core::fmt::Debug>(_computed: impl FnOnce() -> T) {}

    #[inline]
    fn get<T: Copy + core::fmt::Debug>((): (), computed: impl FnOnce() -> T) -> T {
        computed()
    }
}
