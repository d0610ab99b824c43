//! The real world around a [`Node`](crate::proto::node::Node): clock, entropy, sockets, disk,
//! tasks.
//!
//! It decides nothing: it reads the network dry, hands in what came and what time it is, and does
//! what it is told.

mod agent;
mod alarm;
pub mod clock;
mod drops;
mod entropy;
mod errors;
mod keeper;
mod lateness;
mod listeners;
mod observation;
mod options;
mod outputs;
pub(crate) mod private;
mod runner;
mod seeds;
mod socket;
mod state;
mod unsent;

pub use agent::{Agent, Broken, Handle, Stopped, Subscription};
pub use lateness::Lateness;
pub use listeners::ListenError;
pub use observation::{MemberObservation, Observation, SelfObservation};
pub use options::{Options, StartError};
pub use seeds::{PORT_DEFAULT, ParseSeedError, Seed, reaches};
pub use socket::BindError;
pub use state::StateError;
