//! Rumors on their way: told to the neighbours at once, then riding on what is sent anyway.
//!
//! Of each thing that can be said only the newest is kept, so that the size is that of the table.

use std::collections::BTreeMap;

use phi_core::Timestamp;

use crate::ident::NodeId;
use crate::wire::rumor::{self, Rumor, Rumors};

/// On how many messages a rumor rides; measured: the study of the protocol.
const RIDES: u8 = 8;

/// The room for rumors on a message that has something else to say (bytes).
const RIDING_BYTES: usize = 900;

/// What a rumor is about: a newer one about the same replaces it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Topic {
    Presence(NodeId),
    State(NodeId),
    Claim(NodeId),
    Notice(NodeId),
    Restarting(NodeId),
}

#[derive(Clone, Debug)]
struct Riding {
    rumor: Rumor,
    rides_left: u8,
    until: Timestamp,
}

/// A rumor to be told to the neighbours, but not to the one that it came from.
#[derive(Clone, Debug)]
pub(super) struct Telling {
    pub(super) rumor: Rumor,
    pub(super) source: Option<NodeId>,
}

/// All rumors on their way.
#[derive(Clone, Debug, Default)]
pub(super) struct Spread {
    riding: BTreeMap<Topic, Riding>,
    now: Vec<Telling>,
    collected: Vec<Telling>,
}

impl Spread {
    /// Tells `rumor` at the end of this input, and lets it ride until `until`.
    pub(super) fn tell(&mut self, rumor: Rumor, source: Option<NodeId>, until: Timestamp) {
        self.ride(&rumor, until);
        self.now.push(Telling { rumor, source });
    }

    /// The same, but to be told with others a little later. Whether it is the first of these.
    pub(super) fn collect(
        &mut self,
        rumor: Rumor,
        source: Option<NodeId>,
        until: Timestamp,
    ) -> bool {
        self.ride(&rumor, until);
        self.collected.push(Telling { rumor, source });
        self.collected.len() == 1
    }

    /// Lets what was collected be told at the end of this input.
    pub(super) fn release(&mut self) {
        self.now.append(&mut self.collected);
    }

    /// Whether there is anything to be told now.
    pub(super) const fn has_news(&self) -> bool {
        !self.now.is_empty()
    }

    /// What is to be told now.
    pub(super) fn take(&mut self) -> Vec<Telling> {
        std::mem::take(&mut self.now)
    }

    /// Lets `rumor` ride on other messages until `until`.
    pub(super) fn ride(&mut self, rumor: &Rumor, until: Timestamp) {
        if let Some(topic) = topic(rumor) {
            let riding = Riding { rumor: rumor.clone(), rides_left: RIDES, until };
            self.riding.insert(topic, riding);
        }
    }

    /// The rumors for one message, those that rode least first.
    pub(super) fn rumors(&mut self, now: Timestamp) -> Rumors {
        self.riding.retain(|_, riding| riding.rides_left > 0 && riding.until > now);
        if self.riding.is_empty() {
            return Rumors::default();
        }
        let mut order: Vec<(Topic, u8)> =
            self.riding.iter().map(|(topic, riding)| (*topic, riding.rides_left)).collect();
        order.sort_by_key(|(topic, rides_left)| (u8::MAX - rides_left, *topic));
        let wanted = order.iter().filter_map(|(topic, _)| self.riding.get(topic));
        let rumors = rumor::fitting(wanted.map(|riding| &riding.rumor), RIDING_BYTES);
        for (topic, _) in order.into_iter().take(rumors.as_slice().len()) {
            if let Some(riding) = self.riding.get_mut(&topic) {
                riding.rides_left -= 1;
            }
        }
        rumors
    }
}

/// What a rumor is about; `None` for what is told once, to those whom it concerns.
fn topic(rumor: &Rumor) -> Option<Topic> {
    match rumor {
        Rumor::Presence(presence) => Some(Topic::Presence(presence.id)),
        Rumor::Found { id, .. } => Some(Topic::State(*id)),
        Rumor::Accusation(accusation) => Some(Topic::Claim(accusation.subject)),
        Rumor::Retraction { subject, .. } => Some(Topic::Claim(*subject)),
        Rumor::Notice { id, .. } => Some(Topic::Notice(*id)),
        Rumor::Restarting { id, .. } => Some(Topic::Restarting(*id)),
        Rumor::Vouch { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::Incarnation;
    use crate::wire::rumor::Finding;

    fn found(id: u32, start: u64) -> Rumor {
        let (id, incarnation) = (NodeId::from_bits(id.into()), Incarnation::of_start(start));
        Rumor::Found { id, incarnation, finding: Finding::Down }
    }

    fn at(nanos: u64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    /// Goal: of one topic the newest rides, eight times, and not beyond its time.
    #[test]
    fn the_newest_rides_eight_times() {
        let mut spread = Spread::default();
        spread.tell(found(1, 1), None, at(100));
        spread.tell(found(1, 2), None, at(100));
        assert_eq!(spread.take().len(), 2);
        assert_eq!(spread.rumors(at(1)).as_slice(), [found(1, 2)]);
        let rides = (0..20).filter(|_| !spread.rumors(at(2)).as_slice().is_empty()).count();
        assert_eq!(rides, 7);
        spread.tell(found(1, 3), None, at(100));
        assert!(spread.rumors(at(100)).as_slice().is_empty(), "too old");
    }

    /// Goal: more than fit take turns.
    #[test]
    fn rumors_take_turns() {
        let mut spread = Spread::default();
        (0..200).for_each(|id| spread.tell(found(id, 1), None, at(100)));
        let mut told = std::collections::BTreeSet::new();
        for _ in 0..6 {
            told.extend(spread.rumors(at(1)).as_slice().iter().map(|rumor| format!("{rumor:?}")));
        }
        assert_eq!(told.len(), 200);
    }
}
