//! What a heartbeat turned out to be, and what may be learnt from it.
//!
//! Which of them it is, the detector says.

use crate::phi::Threshold;
use crate::time::Nanos;

/// What a heartbeat turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Heartbeat {
    /// The first one: it ends no interval, so nothing was learnt.
    First,
    /// The model was given this interval, since the heartbeat before, to learn from. It may have a
    /// longest one of its own, as [`Exponential`](crate::Exponential) has if you set it.
    Recorded {
        /// The time since the heartbeat before, without pauses that were credited (ns).
        interval: Nanos,
        /// How many heartbeats between the two have not arrived, as far as numbers tell.
        lost: u64,
    },
    /// It ended a suspicion, and by [`Learning::Trusted`] nothing was learnt from the interval.
    Returned {
        /// The time since the heartbeat before, without pauses that were credited (ns).
        interval: Nanos,
        /// How many heartbeats between the two have not arrived, as far as numbers tell.
        lost: u64,
    },
    /// The first one after [`Detector::resume`](crate::Detector::resume), or after a
    /// [`pause`](crate::Detector::pause) with others lost before it: the time before it was no
    /// interval to learn from.
    Resumed,
    /// Newer numbers have overtaken it. Nothing was learnt, but it no longer counts as lost.
    Late,
    /// Its number was seen before, or is too old to tell. Nothing was learnt.
    Duplicate,
    /// It is older than the last one: the clock, or the order of arrival, went backwards. Nothing
    /// was learnt, the last heartbeat stays what it was, and its number counts as not arrived.
    Backwards {
        /// By how much (ns).
        by: Nanos,
    },
}

impl Heartbeat {
    /// Whether the silence starts anew with it: whether it was newer than all before, by its number
    /// and by its time.
    #[must_use]
    pub const fn is_accepted(&self) -> bool {
        match self {
            Self::First | Self::Recorded { .. } | Self::Returned { .. } | Self::Resumed => true,
            Self::Late | Self::Duplicate | Self::Backwards { .. } => false,
        }
    }
}

/// What a detector learns from an interval that ended a suspicion.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Learning {
    /// All there is: the next suspicion comes later. It forgets an outage as slowly as its model.
    #[default]
    All,
    /// Only intervals in which φ stayed below this threshold, as \[Akka\] does. A sender that is
    /// always slower than the model expects then stays suspect for ever: give it a first interval
    /// that is long enough. With [`Calibrated`](crate::Calibrated) it voids the promise: what is
    /// never counted is promised never to happen.
    Trusted(Threshold),
}
