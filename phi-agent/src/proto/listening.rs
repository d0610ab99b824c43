//! Who wants to know when heartbeats of which members arrive, for recordings.
//!
//! It changes nothing of what the node decides, and costs nothing while nobody listens.

use phi_core::Timestamp;

use super::io::{Heard, Output};
use super::node::Node;
use crate::ident::NodeId;
use crate::wire::message::Heartbeat;

/// The most members that are listened to at a time.
pub const LISTENED_MAX: usize = 16;

impl Node {
    /// Reports the arrivals of these members from now on, and of no others.
    pub(super) fn on_listen(&mut self, to: &[NodeId]) {
        self.listened = to.iter().copied().take(LISTENED_MAX).collect();
    }

    /// Reports that a heartbeat of `id`, which had not come before, arrived at `arrived`.
    pub(super) fn report_heard(&mut self, id: NodeId, heartbeat: &Heartbeat, arrived: Timestamp) {
        if self.listened.contains(&id) {
            let Heartbeat { number, incarnation, interval, .. } = *heartbeat;
            self.output(Output::Heard(Heard { id, number, incarnation, interval, arrived }));
        }
    }
}
