//! The local socket: HTTP/1.1 + JSON over a Unix socket, and a client for it.
//!
//! | request | answer |
//! |---|---|
//! | `GET /v1/self` | who this agent is, its settings and counters |
//! | `GET /v1/members` | all other members, with φ of now |
//! | `GET /v1/members/{name-or-id}` | one of them; 409 when two bear the name |
//! | `GET /v1/members/{name-or-id}/arrivals` | NDJSON: its heartbeats as they arrive |
//! | `GET /v1/events` | NDJSON: a snapshot, then each change, numbered |
//! | `POST /v1/leave` | says good-bye, for good or for a restart, and ends the agent |
//!
//! A connection is for one request: the answer ends with it. All but the last request only read.
//! Lengths of time are numbers of seconds (`…_s`); points in time are nanoseconds of this host's
//! `CLOCK_MONOTONIC` as decimal strings (`…_ns`), because they outgrow what a double holds exactly.
//! Clients must ignore fields and events that they do not know.

pub mod arrivals;
pub mod change;
pub mod client;
pub(crate) mod events;
pub mod listener;
pub mod order;
pub mod own;
mod peer;
mod problem;
pub mod server;
pub mod view;
