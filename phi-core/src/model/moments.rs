//! When mean and deviation of a window are computed from its sums: at heartbeats, or when asked.
//!
//! How, is the business of the [precision](super::precision).

use super::precision::sealed::Figures;

/// When [`Normal`](crate::Normal) computes mean and deviation: [`OnHeartbeat`] or [`OnQuery`]. No
/// figure depends on it.
pub trait Moments: sealed::Keeping + Figures {}

/// Mean and deviation are computed at each heartbeat, so that φ is a product and a look into a
/// table. For whoever asks as often as it hears, or keeps deadlines.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "nobody has one")]
pub enum OnHeartbeat {}

/// Mean and deviation are computed at each query, so that a heartbeat is a handful of integer
/// additions, and nothing is kept beside the sums. For small processors, and for whoever asks about
/// few of many peers. A [`Fleet`](crate::Fleet) asks for a deadline at each heartbeat, and
/// [`Learning::Trusted`](crate::Learning::Trusted) for φ: they gain nothing by it.
///
/// ```
/// # use core::time::Duration;
/// use phi_core::{Detector, Normal, NormalConfig, OnQuery};
///
/// type Peer = Detector<Normal<[u32; 1_000], f64, OnQuery>>;
///
/// let config = NormalConfig::for_interval(Duration::from_secs(1))?;
/// let peer: Peer = Detector::new(Normal::new([0; 1_000], config)?.on_query());
/// assert_eq!(size_of::<Peer>(), 4_096);
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug)]
#[expect(clippy::exhaustive_enums, reason = "nobody has one")]
pub enum OnQuery {}

impl Moments for OnHeartbeat {}
impl Moments for OnQuery {}

pub(super) mod sealed {
    use super::Figures;

    #[expect(unnameable_types, reason = "nobody else shall implement it")]
    pub trait Keeping {
        /// What is kept of a `T` between heartbeats.
        type Kept<T: Figures>: Figures;

        /// What is to be kept after a change of what `T` is `computed` from.
        fn keep<T: Figures>(computed: impl FnOnce() -> T) -> Self::Kept<T>;

        /// The `T` as of the last change: what was kept, or `computed` now.
        fn get<T: Figures>(kept: Self::Kept<T>, computed: impl FnOnce() -> T) -> T;
    }
}

impl sealed::Keeping for OnHeartbeat {
    type Kept<T: Figures> = T;

    #[inline]
    fn keep<T: Figures>(computed: impl FnOnce() -> T) -> T {
        computed()
    }

    #[inline]
    fn get<T: Figures>(kept: T, _computed: impl FnOnce() -> T) -> T {
        kept
    }
}

impl sealed::Keeping for OnQuery {
    type Kept<T: Figures> = ();

    #[inline]
    fn keep<T: Figures>(_computed: impl FnOnce() -> T) {}

    #[inline]
    fn get<T: Figures>((): (), computed: impl FnOnce() -> T) -> T {
        computed()
    }
}
