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
//!  4 │┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄┄ ╱ ┄ threshold of one reader
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
//! use phi_core::{Calibrated, Detector, LatenessConfig, Threshold, Timestamp};
//!
//! let config = LatenessConfig::for_interval(Duration::from_secs(1))?;
//! let mut peer = Detector::new(Calibrated::new(config));
//!
//! // The caller owns the clock: any monotonic one, counted from any origin.
//! let at = |millis| Timestamp::ORIGIN.saturating_add(Duration::from_millis(millis));
//! for beat in 0..100 {
//!     peer.heartbeat_seq(beat, at(1_000 * beat));
//! }
//! let now = at(110_000);
//! assert!(peer.phi(now).value() > 3.0);
//!
//! // No polling: the first instant at which φ reaches 3 is known beforehand.
//! let deadline = peer.deadline(Threshold::new(3.0)?).expect("there was a heartbeat");
//! assert!(deadline < now && peer.phi(deadline).value() >= 3.0);
//! # Ok::<(), phi_core::ConfigError>(())
//! ```
//!
//! Three peers on the clock of `std` (feature `std`), and who of them is suspected:
//!
//! ```
//! # #[cfg(feature = "std")] {
//! use std::time::Duration;
//! use phi_core::{Calibrated, Clock, Detector, LatenessConfig, Threshold};
//!
//! let clock = Clock::new();
//! let config = LatenessConfig::for_interval(Duration::from_secs(1))?;
//! let mut peers = ["ada", "bob", "cy"].map(|name| (name, Detector::new(Calibrated::new(config))));
//! peers.iter_mut().for_each(|(_, peer)| peer.resume(clock.now())); // expected from now on
//! let threshold = Threshold::new(3.0)?; // wrong once in 1,000 heartbeats
//!
//! // For each heartbeat that comes in: whose it is, its number, and when it came.
//! let (name, seq, now) = ("bob", 7, clock.now());
//! for (_, peer) in peers.iter_mut().filter(|(known, _)| *known == name) {
//!     peer.heartbeat_seq(seq, now);
//! }
//! // Whenever you want to know, or at `peer.deadline(threshold)`:
//! for (name, peer) in &peers {
//!     let suspected = peer.phi(clock.now()).reaches(threshold);
//!     println!("{name}: {}", if suspected { "suspected" } else { "trusted" });
//! }
//! # }
//! # Ok::<(), phi_core::ConfigError>(())
//! ```
//!
//! # What it promises
//!
//! - **Exact**: the normal tail within 4 ulp, finite for every input, where the formulas in use
//!   elsewhere are off by 40 % at φ = 15 and infinite from φ = 103 on.
//! - **Bare**: `no_std`, no allocation, no clock, no entropy, no `unsafe`; memory is the caller's.
//! - **Total**: no input panics; time that goes backwards is reported, never stored.
//!
//! # What it does not do
//!
//! It sends nothing, reads no clock (but for `Clock`, if asked to), and decides
//! nothing. It cannot tell a dead peer from a slow one or from a broken link: silence is all it
//! sees. A peer of which nothing was ever heard is not suspected, for there is no silence to
//! measure: call [`Detector::resume`] when you begin to expect one.
//!
//! # Which model
//!
//! | model | its detector takes | φ is | for |
//! |---|---|---|---|
//! | [`Calibrated`] | 256 B | the probability that it says | most uses: thresholds of 2 to 5 |
//! | [`RobustScore`] | 80 B | a score | thresholds tuned by measurement |
//! | [`Normal`] | window + 112 B | the published φ | thresholds ported from elsewhere, as a scale |
//! | [`Exponential`] | window + 96 B | silence in means | thresholds of Cassandra and chitchat |
//!
//! A [`Normal`] that is asked seldom takes 16 B less, and its heartbeats a third of the time:
//! [`OnQuery`].
//!
//! φ of the normal model is only as much a probability as intervals are normally distributed, which
//! on real networks they are not: over 73 recorded ones φ = 8.1 promises 8·10⁻⁹ mistakes a
//! heartbeat, and the median network saw 3.4·10⁻³ \[Study\].
//!
//! # Which threshold
//!
//! With [`Calibrated`] the threshold is a promise: φ = 3 is wrong about once in 1,000 heartbeats,
//! which at one a second is every 17 minutes. Each step of 1 makes mistakes ten times rarer, and
//! detection slower by a factor that the network sets: on 73 recorded ones it took 2.1 intervals at
//! φ = 2, 4.5 at 3, 9.7 at 4, 20 at 5 \[Study\]. A peer of which only one heartbeat was heard is
//! given more: 6.8 at 3, 28 at 4, and 100 at 5, which is the
//! [longest silence](LatenessConfig::with_longest_silence) unless you set another.
//!
//! | who reads φ | threshold |
//! |---|---|
//! | a load balancer that may skip a slow peer, and come back at once | 1 to 2 |
//! | a client that may ask a replica instead | 2 to 3 |
//! | a leader election, a failover: a mistake is dear | 4 to 5, and a longest silence of your own |
//!
//! If you would rather say how many mistakes a day you can bear, or how quickly a failure must be
//! seen, ask [`Outcome`] for the threshold. Thresholds that were tuned on Akka, Pekko or Hazelcast
//! belong to [`Normal`], go through [`Threshold::from_logistic`], and mean a detector that
//! [learns from trusted intervals only](Learning::Trusted); those of Cassandra and chitchat belong
//! to [`Exponential`].
//!
//! # Limits
//!
//! | what | limit |
//! |---|---|
//! | time | 584 years from the caller's origin, in ns |
//! | windows' intervals | 2⁵⁰ ns (13 days) in `u64`, 71 min in `u32`; longer ones count as these |
//! | mean interval without window | 4,096 promised ones |
//! | silence that [`Calibrated`] and [`RobustScore`] bear | 100 promised intervals, unless set |
//! | window | 1 to 8,192 intervals |
//! | threshold | above 0, at most 10⁶ |
//! | numbers of heartbeats | any `u64`; widen counters of fewer bits before they wrap |
//! | late heartbeats | told from duplicates up to 31 numbers back |
//! | φ of [`Calibrated`] above log₁₀ of the heartbeats seen | from prior and greatest lateness |
//!
//! # What there is
//!
//! | part | what for |
//! |---|---|
//! | [`Detector`] | one peer: heartbeats, with or without numbers, in; φ and its deadlines out |
//! | [`Model`] | what a detector asks of a model, for one of your own |
//! | [`Interpreter`] | trust or suspect, with hysteresis; any number over one detector |
//! | [`Fleet`] | many peers side by side: who is late, who will be next |
//! | [`Outcome`] | a threshold from mistakes a day or from a silence, and what the other will be |
//! | [`QosMeter`] | how good verdicts were, in the metrics of \[Chen02\] |
//! | [`tail`] | φ of the standard normal, and its inverse |
//!
//! # Features
//!
//! All are off by default; each adds, none changes what is there.
//!
//! | feature | adds |
//! |---|---|
//! | `alloc` | windows over `Box<[u64]>` and `Box<[u32]>`, fleets that allocate, `Box<dyn Model>` |
//! | `std` | `Clock`, timestamps from `std::time::Instant`; `alloc` |
//! | `serde` | `Detector::snapshot` and `Detector::restore`: a warm start |
//!
//! # Sources
//!
//! \[HDYK04\] N. Hayashibara, X. Défago, R. Yared, T. Katayama: *The φ accrual failure detector*,
//! SRDS 2004. \[Akka\] the class `PhiAccrualFailureDetector` of Akka 2.6, and of Pekko, whose
//! parameters [`NormalConfig`] speaks. \[Chen02\] W. Chen, S. Toueg, M. K. Aguilera: *On the
//! quality of service of failure detectors*, IEEE Transactions on Computers 51(5), 2002. \[Study\]
//! our own, of November 2026, over 73 recorded networks: what ours and others do on 27 of them
//! `phi-bench tradeoff` prints; the rest have no licence, or were kept back to judge by.
#![no_std]
#![cfg_attr(
    not(test),
    warn(clippy::std_instead_of_core, clippy::std_instead_of_alloc, clippy::alloc_instead_of_core)
)]

#[cfg(feature = "alloc")]
extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

/// The program of the README, compiled and run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

#[cfg(feature = "std")]
#[expect(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    reason = "the one file that reads a clock, for callers who have no other"
)]
mod clock;
mod config;
mod detector;
mod error;
mod fleet;
mod heartbeat;
mod logistic;
mod model;
mod outcome;
mod phi;
mod qos;
mod sample;
mod sequence;
#[cfg(feature = "serde")]
mod snapshot;
pub mod tail;
mod tail_f32;
mod tail_table;
mod tail_table_f32;
mod time;
mod verdict;
mod window;

#[cfg(feature = "std")]
pub use clock::Clock;
pub use config::NormalConfig;
pub use detector::Detector;
pub use error::ConfigError;
pub use fleet::{Fleet, FleetError, Handle, InsertError, Slot};
pub use heartbeat::{Heartbeat, Learning};
pub use model::{
    Calibrated, Exponential, ExponentialConfig, LatenessConfig, Model, Moments, Normal,
    OnHeartbeat, OnQuery, Precision, RobustScore,
};
#[cfg(feature = "serde")]
pub use model::{Learnt, Unlearnable};
pub use outcome::Outcome;
pub use phi::{Phi, Threshold};
pub use qos::{Lengths, QosMeter};
pub use sample::Sample;
pub use sequence::{Arrival, Sequence};
#[cfg(feature = "serde")]
pub use snapshot::Snapshot;
pub use time::{INTERVAL_MAX, Nanos, Timestamp};
pub use verdict::{Interpreter, Transition, Verdict};
pub use window::{CAPACITY_MAX, Storage, Window};

#[cfg(test)]
mod draw;
