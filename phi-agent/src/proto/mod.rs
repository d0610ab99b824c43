//! The protocol without IO: no clock, no socket, no task, no entropy; a seed and the time go in.
//!
//! # The drain rule
//!
//! A driver hands [`Node`](node::Node) exactly one [`Input`](io::Input), then calls
//! [`poll_output`](node::Node::poll_output) until it yields [`Output::Timeout`](io::Output), and
//! calls again with [`Input::Timer`](io::Input) when that time has come, after the network was
//! read. Every call takes `now`. A second input before the first is drained is refused, not guessed
//! at.
//!
//! ```
//! use std::time::Duration;
//! use phi_agent::ident::{Incarnation, NodeId};
//! use phi_agent::proto::config::Config;
//! use phi_agent::proto::io::{Input, Output};
//! use phi_agent::proto::node::Node;
//! use phi_core::Timestamp;
//!
//! let id = NodeId::from_bits(1);
//! let life = Incarnation::of_start(1);
//! let config = Config::new(id, "alone".parse()?, life, Duration::from_secs(1))?;
//! let mut now = Timestamp::ORIGIN;
//! let mut node = Node::new(config, &[7; 32], now);
//! for _ in 0..3 {
//!     node.handle(Input::Timer { network_read: true }, now)?;
//!     now = loop {
//!         match node.poll_output() {
//!             Output::Timeout(at) => break at, // nothing to do before that
//!             _output => {}                    // a driver would send, or tell
//!         }
//!     };
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Order
//!
//! A file imports only files of its own floor or of one before: `rng`, `pace`, `safeguard`,
//! `liveness`, `timers`, `arrivals`, `claims`, `profile`, `stats`; `rings`, `proof`, `spread`,
//! `detection`, `config`; `link`; `io`, `members`, `contacts`; `node`, `health`; then the parts of
//! the node.

mod accuse;
pub mod arrivals;
mod claims;
pub mod config;
mod contacts;
pub mod detection;
mod duties;
mod greeting;
mod handshake;
mod health;
mod hearsay;
mod heartbeat;
pub mod io;
mod leave;
pub mod link;
pub mod listening;
pub mod liveness;
pub mod members;
pub mod node;
mod pace;
mod probe;
pub mod profile;
mod proof;
mod refute;
mod rings;
pub(crate) mod rng;
pub mod safeguard;
mod spread;
pub mod stats;
mod table;
mod timers;
mod turns;
mod verdict;
mod watch;
