//! Tasks that want to know of arrivals: bounded in number, each with a bounded queue.
//!
//! Who does not read is let go, so that nobody holds up the loop.

use std::collections::BTreeSet;

use thiserror::Error;
use tokio::sync::mpsc;
use tokio::sync::mpsc::error::TrySendError;

use crate::ident::{Name, NodeId};
use crate::proto::io::Heard;
use crate::proto::listening::LISTENED_MAX;

/// Arrivals that wait for one listener: ten seconds of a heartbeat each 10 ms.
const HEARD_MAX: usize = 1_024;

/// Why arrivals of a member are not to be had here.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListenError {
    /// This agent exchanges no heartbeats with it.
    #[error("this agent does not watch it")]
    NotObserved {
        /// Who does, by their names.
        observers: Vec<Name>,
    },
    /// As many listen as may.
    #[error("{LISTENED_MAX} recordings are going on already")]
    TooMany,
}

/// All listeners, each of one member.
#[derive(Debug, Default)]
pub(super) struct Listeners(Vec<(NodeId, mpsc::Sender<Heard>)>);

impl Listeners {
    /// One more, of `id`; None when there are too many.
    pub(super) fn add(&mut self, id: NodeId) -> Option<mpsc::Receiver<Heard>> {
        self.0.retain(|(_, listener)| !listener.is_closed());
        if self.0.len() >= LISTENED_MAX {
            return None;
        }
        let (listener, heard) = mpsc::channel(HEARD_MAX);
        self.0.push((id, listener));
        Some(heard)
    }

    /// Lets those go whose member is not `watched`; whether there was any.
    pub(super) fn retain(&mut self, watched: impl Fn(NodeId) -> bool) -> bool {
        let before = self.0.len();
        self.0.retain(|(id, _)| watched(*id));
        self.0.len() < before
    }

    /// Tells whoever listens to that member; whether anybody has gone since.
    pub(super) fn tell(&mut self, heard: &Heard) -> bool {
        let before = self.0.len();
        self.0.retain(|(id, listener)| {
            *id != heard.id
                || match listener.try_send(heard.clone()) {
                    Ok(()) => true,
                    Err(TrySendError::Full(_) | TrySendError::Closed(_)) => false,
                }
        });
        self.0.len() < before
    }

    /// The members that are listened to.
    pub(super) fn ids(&self) -> Vec<NodeId> {
        let ids: BTreeSet<NodeId> = self.0.iter().map(|(id, _)| *id).collect();
        ids.into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use phi_core::Timestamp;

    use super::*;
    use crate::ident::Incarnation;
    use crate::wire::bounded::Interval;

    fn heard(id: u128, number: u64) -> Heard {
        Heard {
            id: NodeId::from_bits(id),
            number,
            incarnation: Incarnation::of_start(1),
            interval: Interval::new(std::time::Duration::from_secs(1)).expect("legal"),
            arrived: Timestamp::ORIGIN,
        }
    }

    /// Goal: each hears its own member, who has gone or does not read is let go, and no more than
    /// the limit are taken.
    #[test]
    fn listeners_are_bounded() {
        let mut listeners = Listeners::default();
        let mut one = listeners.add(NodeId::from_bits(1)).expect("room");
        let two = listeners.add(NodeId::from_bits(2)).expect("room");
        assert!(!listeners.tell(&heard(1, 7)));
        assert_eq!(one.try_recv().map(|heard| heard.number), Ok(7));
        drop(two);
        assert!(listeners.tell(&heard(2, 1)), "one has gone");
        assert_eq!(listeners.ids(), [NodeId::from_bits(1)]);
        let gone = (0..2_000).filter(|number| listeners.tell(&heard(1, *number))).count();
        assert_eq!(gone, 1, "who does not read is let go once");
        assert!(listeners.ids().is_empty());
        let held: Vec<_> = (0..LISTENED_MAX).map(|_| listeners.add(NodeId::from_bits(3))).collect();
        assert!(held.iter().all(Option::is_some) && listeners.add(NodeId::from_bits(3)).is_none());
        assert!(!listeners.retain(|_| true) && listeners.retain(|id| id != NodeId::from_bits(3)));
        drop(held);
        assert!(listeners.add(NodeId::from_bits(3)).is_some(), "those that have gone make room");
    }
}
