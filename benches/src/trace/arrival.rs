//! One heartbeat that arrived. What a trace is, is the parent's business.

use phi_core::Timestamp;

/// One heartbeat that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) sequence: u64,
    pub(crate) at: Timestamp,
}
