//! The φ accrual failure detector: heartbeats in, an honest level of suspicion out.
//!
//! A failure detector by timeout answers yes or no. An *accrual* detector \[HDYK04\] answers with a
//! level, φ, that grows while a subject stays silent. φ = 1 means: if the subject were alive, a
//! silence this long would be seen about once in 10 heartbeats; φ = 3, once in 1,000. What level
//! is too much is the business of whoever reads it, and several readers may differ.
//!
//! ```text
//! φ(t) = −log₁₀ P(next heartbeat comes later than t)
//!
//!  φ │                              ╱   silence: no heartbeat any more
//!  8 │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ ╱ ┄ threshold of one reader
//!    │                            ╱
//!  1 │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ ╱ ┄┄┄ threshold of a more nervous one
//!    │    ╱│    ╱│    ╱│    ╱│ _╱
//!  0 └──╱─┴──╱──┴──╱──┴──╱──┴─────────▶ time
//!         ♥     ♥     ♥     ♥
//! ```
//!
//! # Example
//!
//! ```
//! use core::time::Duration;
//! use phi_core::{Detector, Normal, NormalConfig, Threshold, Timestamp};
//!
//! let config = NormalConfig::for_interval(Duration::from_secs(1))?;
//! let mut peer = Detector::new(Normal::new([0_u64; 100], config)?);
//!
//! // The caller owns the clock: any monotonic one, counted from any origin.
//! let start = Timestamp::ORIGIN;
//! for beat in 0..10 {
//!     peer.heartbeat(start.saturating_add(Duration::from_millis(1_000 * beat)));
//! }
//! let now = start.saturating_add(Duration::from_secs(20));
//! assert!(peer.phi(now).value() > 8.0);
//!
//! // No polling: the first instant at which φ reaches 8 is known beforehand.
//! let deadline = peer.deadline(Threshold::new(8.0)?).expect("there was a heartbeat");
//! assert!(deadline < now && peer.phi(deadline).value() >= 8.0);
//! # Ok::<(), phi_core::ConfigError>(())
//! ```
//!
//! # What it promises
//!
//! - **Exact**: the normal tail within 4 ulp, finite for every input, where the formulas in use
//!   elsewhere are off by 40 % at φ = 15 and infinite from φ = 90 on.
//! - **Bare**: `no_std`, no allocation, no clock, no entropy, no `unsafe`; memory is the caller's.
//! - **Total**: no input panics; time that goes backwards is reported, never stored.
//!
//! # What it does not do
//!
//! It sends nothing, reads no clock, and decides nothing.
//!
//! # Which model
//!
//! | model | memory | φ is | for |
//! |---|---|---|---|
//! | [`Calibrated`] | 0.2 KB | the probability that it says | most uses: thresholds of 2 to 5 |
//! | [`RobustScore`] | 0.05 KB | a score | thresholds tuned by measurement |
//! | [`Normal`] | a window | the published φ | thresholds ported from elsewhere, as a scale |
//! | [`Exponential`] | a window | mean only | thresholds ported from Cassandra or chitchat |
//!
//! φ of the normal model is only as much a probability as intervals are normally distributed, which
//! on real networks they are not: over 73 recorded ones φ = 8.1 promises 8·10⁻⁹ mistakes a
//! heartbeat, and the median network saw 3.4·10⁻³.
//!
//! # Sources
//!
//! \[HDYK04\] N. Hayashibara, X. Défago, R. Yared, T. Katayama: *The φ accrual failure detector*,
//! SRDS 2004. \[Akka\] the failure detector of Akka and Pekko, whose parameters
//! [`NormalConfig`] speaks. \[Chen02\] W. Chen, S. Toueg, M. K. Aguilera: *On the quality of
//! service of failure detectors*, IEEE Transactions on Computers 51(5), 2002.
#![no_std]
#![cfg_attr(
    not(test),
    warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(test)]
extern crate std;

/// The programs of both READMEs, compiled and run as tests.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
#[doc = include_str!("../README.md")]
struct Readme;

mod config;
mod detector;
mod error;
mod fleet;
mod logistic;
mod model;
mod outcome;
mod phi;
mod qos;
mod sample;
mod sequence;
pub mod tail;
mod tail_f32;
mod tail_table;
mod tail_table_f32;
mod time;
mod verdict;
mod window;

pub use config::{Moments, NormalConfig};
pub use detector::{Detector, Heartbeat, Learning};
pub use error::ConfigError;
pub use fleet::{Fleet, FleetError, Handle, Slot};
pub use model::{
    Calibrated, Exponential, ExponentialConfig, LatenessConfig, Model, Normal, Precision,
    RobustScore,
};
pub use outcome::Outcome;
pub use phi::{Phi, Threshold};
pub use qos::{Lengths, QosMeter};
pub use sample::{INTERVAL_MAX, Sample};
pub use sequence::{Arrival, Sequence};
pub use time::{Nanos, Timestamp};
pub use verdict::{Interpreter, Transition, Verdict};
pub use window::{CAPACITY_MAX, Storage, Window};
