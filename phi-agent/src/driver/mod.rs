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
mod lateness;
mod listeners;
mod observation;
mod outputs;
mod runner;
mod seeds;
mod socket;
mod state;

pub use agent::{Agent, Handle, Options, StartError, Stopped, Subscription};
pub use lateness::Lateness;
pub use listeners::ListenError;
pub use observation::{MemberObservation, Observation, SelfObservation};
pub use seeds::{PORT_DEFAULT, ParseSeedError, Seed};
pub use socket::BindError;
pub use state::StateError;
