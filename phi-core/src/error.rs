//! What may be wrong with a configuration, and what would be right.
//!
//! Nothing fails for its parameters after construction; what a fleet refuses is in its own file.

use core::fmt;
use core::time::Duration;

use crate::time::INTERVAL_MAX;
use crate::window::CAPACITY_MAX;

/// A parameter out of its range. Nothing was built.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum ConfigError {
    /// A threshold that is not in 0 < threshold ≤ 10⁶.
    Threshold {
        /// The number that was given.
        value: f64,
    },
    /// Window storage of a length that is not in 1 to [`CAPACITY_MAX`].
    WindowCapacity {
        /// The length that was given (intervals).
        capacity: usize,
    },
    /// An expected first interval that is not in 1 ns to [`INTERVAL_MAX`], or that the window's
    /// samples cannot hold.
    FirstInterval {
        /// The length that was given.
        value: Duration,
        /// The shortest one allowed.
        least: Duration,
        /// The longest one allowed.
        longest: Duration,
    },
    /// A minimum standard deviation that is not in 1 ns to [`INTERVAL_MAX`].
    MinStdDev {
        /// The length that was given.
        value: Duration,
    },
    /// A level of the logistic formula that no threshold corresponds to.
    LogisticLevel {
        /// The number that was given.
        value: f64,
        /// The greatest that one corresponds to.
        greatest: u32,
    },
    /// An acceptable pause that is longer than [`INTERVAL_MAX`].
    AcceptablePause {
        /// The length that was given.
        value: Duration,
    },
    /// A promised interval that is not in 1 ns to [`INTERVAL_MAX`].
    PromisedInterval {
        /// The length that was given.
        value: Duration,
    },
    /// A longest silence that is shorter than the promised interval.
    LongestSilence {
        /// The length that was given.
        value: Duration,
    },
    /// A longest interval to learn from that is shorter than the first one.
    LongestInterval {
        /// The length that was given.
        value: Duration,
    },
    /// A threshold of trust above that of suspicion.
    TrustBelow {
        /// The number that was given.
        value: f64,
        /// The threshold of suspicion.
        suspect_at: f64,
    },
    /// Mistakes a day that are not above 0 and below the heartbeats a day.
    MistakesPerDay {
        /// The number that was given (1/d).
        value: f64,
        /// How many heartbeats a day there are (1/d).
        beats: f64,
    },
    /// A silence so short that no suspicion arises within it.
    Silence {
        /// The length that was given.
        value: Duration,
        /// The shortest one at which the model's φ is above 0.
        least: Duration,
    },
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let longest = Duration::from(INTERVAL_MAX).as_secs();
        match self {
            Self::Threshold { value } => {
                write!(
                    f,
                    "threshold {value} is out of range: it must be above 0 and at most 1000000"
                )
            }
            Self::LogisticLevel { value, greatest } => write!(
                f,
                "logistic level {value} is out of range: it must be above 0 and at most {greatest}"
            ),
            Self::WindowCapacity { capacity } => {
                write!(f, "window of {capacity} intervals: it must hold 1 to {CAPACITY_MAX}")
            }
            Self::FirstInterval { value, least, longest } => {
                write!(f, "first interval {value:?}: it must be {least:?} to {longest:?}")
            }
            Self::MinStdDev { value } => {
                write!(f, "minimum standard deviation {value:?}: it must be 1ns to {longest}s")
            }
            Self::AcceptablePause { value } => {
                write!(f, "acceptable pause {value:?}: it must be at most {longest}s")
            }
            Self::PromisedInterval { value } => {
                write!(f, "promised interval {value:?}: it must be 1ns to {longest}s")
            }
            Self::LongestSilence { value } => {
                write!(f, "longest silence {value:?}: it must be at least the promised interval")
            }
            Self::LongestInterval { value } => {
                write!(f, "longest interval {value:?}: it must be at least the first one")
            }
            Self::TrustBelow { value, suspect_at } => write!(
                f,
                "trust below {value}: it must be above 0 and at most the threshold of suspicion, \
                 {suspect_at}"
            ),
            Self::MistakesPerDay { value, beats } => write!(
                f,
                "{value} mistakes a day: there must be more than 0 and fewer than the {beats} \
                 heartbeats a day"
            ),
            Self::Silence { value, least } => write!(
                f,
                "silence of {value:?}: it must be at least {least:?} for φ to rise above 0"
            ),
        }
    }
}

impl core::error::Error for ConfigError {}
