//! One agent per host: UDP heartbeats and gossip, membership and live φ over a local socket.
pub mod api;
pub mod cli;
pub mod driver;
pub mod ident;
pub mod proto;
pub mod settings;
#[cfg(feature = "sim")]
pub mod sim;
pub mod wire;
