//! The laboratory: agents in network namespaces of one host, faults on purpose, and what the agents
//! say about each other.
//!
//! Floors, lowest first; a file imports from floors below its own, by `crate::lab::`:
//!
//! ```text
//!   results · names · tool · clock · requirements
//!   net · events · leftovers · metric
//!   peers/ · api            who is measured
//!   agent · helper          processes
//!   faults/ · measure/      what is done to them, what is read off them
//!   judge · goals           what it amounts to
//!   table · features · stand
//!   scenarios/              what a trial is
//!   campaign                all trials
//!   command · roles         what users and helpers begin with
//! ```

mod agent;
mod api;
mod campaign;
mod clock;
mod command;
mod events;
mod faults;
mod features;
mod goals;
mod helper;
mod judge;
mod leftovers;
mod measure;
mod metric;
mod names;
mod net;
mod peers;
mod requirements;
mod results;
mod roles;
mod scenarios;
mod stand;
mod table;
mod tool;

pub(crate) use command::{Args, exit_code, run};
pub(crate) use roles::{Args as HelperArgs, run as run_helper};
