//! What is done to agents from outside: one file each.
//!
//! Signals to processes are with [`agent`](crate::lab::agent).

pub(crate) mod bulk;
pub(crate) mod burners;
pub(crate) mod filter;
pub(crate) mod link;
pub(crate) mod queue;
