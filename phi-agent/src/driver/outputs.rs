//! What comes out of a node, and where it goes.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use phi_core::{Phi, Timestamp};
use tokio::sync::broadcast;

use super::keeper::Keeper;
use super::listeners::Listeners;
use super::socket::Socket;
use super::unsent::Unsent;
use crate::proto::io::{Event, Input, Output};
use crate::proto::node::Node;
use crate::wire::message::Refusal;

/// The most refusals that are remembered.
const REFUSALS_MAX: usize = 64;

/// Where the outputs of a node go.
pub(super) struct Outputs<'a> {
    pub(super) socket: &'a Socket,
    pub(super) events: &'a broadcast::Sender<Arc<Event>>,
    pub(super) refusals: &'a mut BTreeMap<SocketAddr, Refusal>,
    pub(super) listeners: &'a mut Listeners,
    pub(super) listener_gone: &'a mut bool,
    pub(super) unsent: &'a mut Unsent,
    pub(super) keeper: &'a Keeper,
    pub(super) next_timer: &'a mut Timestamp,
    pub(super) stopped: &'a mut bool,
}

impl Outputs<'_> {
    /// One turn of the drain rule.
    pub(super) fn hand_in(&mut self, node: &mut Node, input: Input<'_>, now: Timestamp) {
        if let Err(error) = node.handle(input, now) {
            tracing::error!(%error, "An input was dropped");
        }
        loop {
            match node.poll_output() {
                Output::Transmit { to, bytes } => self.send(to, &bytes),
                Output::Event(event) => self.tell(event),
                Output::Refused { by, reason } => self.on_refused(by, reason),
                Output::Heard(heard) => *self.listener_gone |= self.listeners.tell(&heard),
                Output::Persist(start) => self.keeper.persist(start),
                Output::Remember(addrs) => self.keeper.remember(addrs),
                Output::Stopped => *self.stopped = true,
                Output::Timeout(at) => {
                    *self.next_timer = at;
                    return;
                }
            }
        }
    }

    fn send(&mut self, to: SocketAddr, bytes: &[u8]) {
        if let Err(error) = self.socket.send(to, bytes) {
            self.unsent.count(to, &error);
        }
    }

    fn tell(&mut self, event: Event) {
        self.refusals.remove(&event.addr); // who is a member now has changed its mind
        let Event { name, id, addr, incarnation, phi, .. } = &event;
        let state = event.liveness.as_str();
        let (phi, change) = (phi.map(Phi::value), event.change.as_str());
        tracing::info!(%name, %id, %addr, %incarnation, change, state, phi, "A member changed");
        let _nobody_listens = self.events.send(Arc::new(event));
    }

    fn on_refused(&mut self, by: SocketAddr, reason: Refusal) {
        if self.refusals.len() >= REFUSALS_MAX && !self.refusals.contains_key(&by) {
            self.refusals.pop_first();
        }
        if self.refusals.insert(by, reason).is_none() {
            tracing::warn!(%by, "Refused: {}", explain(reason));
        }
    }
}

/// What to do about a refusal.
fn explain(reason: Refusal) -> &'static str {
    match reason {
        Refusal::ForeignCluster => "that agent belongs to another cluster; compare `cluster`",
        Refusal::TableFull => {
            "that agent knows as many members as it may; raise `members-max` there"
        }
        Refusal::SameIdentity => {
            "another agent has the identity of this one; remove the copy of its state directory"
        }
        Refusal::OldIncarnation => {
            "this agent was in a later life before, so its state directory is an old copy; remove \
             it to start as a new member"
        }
    }
}
