//! Who accuses whom: of each accuser's claims about a subject the newest, as long as it counts.
//!
//! Whether the accusers are a majority is decided elsewhere.

use std::collections::BTreeMap;

use phi_core::Timestamp;

use crate::ident::{Incarnation, NodeId};
use crate::wire::rumor::{Accusation, Grounds};

/// The most accusers that are remembered for one subject; its electorate is smaller.
const ACCUSERS_MAX: usize = 32;

/// The first round of accusations in a start: what an accuser says in a later one counts more.
pub(super) fn first_round(start: u64) -> u64 {
    start.min(u32::MAX.into()) << 32
}

/// What one accuser said last about one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Claim {
    pub(super) round: u64,
    /// `None` once it was taken back.
    pub(super) charge: Option<Charge>,
}

/// An accusation that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Charge {
    pub(super) incarnation: Incarnation,
    pub(super) grounds: Grounds,
    pub(super) since: Timestamp,
    pub(super) until: Timestamp,
}

/// All claims, by subject and accuser.
#[derive(Clone, Debug, Default)]
pub(super) struct Claims {
    by_subject: BTreeMap<NodeId, BTreeMap<NodeId, Claim>>,
}

impl Claims {
    /// Takes in an accusation by `accuser` that counts until `until`: whether it is news. The same
    /// round again only counts for longer.
    pub(super) fn accuse(
        &mut self,
        accuser: NodeId,
        accusation: &Accusation,
        until: Timestamp,
        now: Timestamp,
    ) -> bool {
        let Accusation { subject, incarnation, round, grounds } = *accusation;
        let claims = self.by_subject.entry(subject).or_default();
        let known = claims.get(&accuser).copied();
        if known.is_none() && claims.len() >= ACCUSERS_MAX {
            // One that does not count any more makes room.
            let counts = |claim: &Claim| claim.charge.is_some_and(|charge| charge.until > now);
            let idle = claims.iter().find(|(_, claim)| !counts(claim)).map(|(id, _)| *id);
            let Some(idle) = idle else { return false };
            claims.remove(&idle);
        }
        let renewed = known.filter(|claim| claim.round == round).and_then(|claim| claim.charge);
        if known.is_some_and(|claim| claim.round >= round) && renewed.is_none() {
            return false;
        }
        let since = renewed.map_or(now, |charge| charge.since);
        let until = renewed.map_or(until, |charge| charge.until.max(until));
        let charge = Some(Charge { incarnation, grounds, since, until });
        claims.insert(accuser, Claim { round, charge });
        renewed.is_none()
    }

    /// Takes in that `accuser` takes back what it said up to `round`: whether that is news.
    pub(super) fn retract(&mut self, subject: NodeId, accuser: NodeId, round: u64) -> bool {
        let claims = self.by_subject.entry(subject).or_default();
        let known = claims.get(&accuser).copied();
        if known.is_some_and(|known| known.round >= round)
            || known.is_none() && claims.len() >= ACCUSERS_MAX
        {
            return false;
        }
        claims.insert(accuser, Claim { round, charge: None });
        true
    }

    /// Forgets all about `subject`, and all that it said.
    pub(super) fn forget(&mut self, subject: NodeId) {
        self.by_subject.remove(&subject);
        for claims in self.by_subject.values_mut() {
            claims.remove(&subject);
        }
        self.by_subject.retain(|_, claims| !claims.is_empty());
    }

    /// Forgets the claims about `subject`, which has refuted them.
    pub(super) fn clear(&mut self, subject: NodeId) {
        self.by_subject.remove(&subject);
    }

    /// The charges against `subject` in `incarnation` that count at `now`.
    pub(super) fn against(
        &self,
        subject: NodeId,
        incarnation: Incarnation,
        now: Timestamp,
    ) -> impl Iterator<Item = (NodeId, Charge)> + '_ {
        let claims = self.by_subject.get(&subject).into_iter().flatten();
        claims.filter_map(move |(accuser, claim)| {
            let charge = claim.charge?;
            (charge.incarnation == incarnation && charge.until > now).then_some((*accuser, charge))
        })
    }

    /// When the first of the charges against `subject` ceases to count.
    pub(super) fn next_end(&self, subject: NodeId, now: Timestamp) -> Option<Timestamp> {
        let claims = self.by_subject.get(&subject)?.values();
        claims
            .filter_map(|claim| claim.charge)
            .map(|charge| charge.until)
            .filter(|u| *u > now)
            .min()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(nanos: u64) -> Timestamp {
        Timestamp::from_nanos(nanos)
    }

    fn accusation(round: u64) -> Accusation {
        Accusation {
            subject: NodeId::from_bits(1),
            incarnation: Incarnation::of_start(3),
            round,
            grounds: Grounds::Silent,
        }
    }

    fn counting(claims: &Claims, now: u64) -> usize {
        claims.against(NodeId::from_bits(1), Incarnation::of_start(3), at(now)).count()
    }

    /// Goal: the newest claim of an accuser counts, in whatever order they come, for its time.
    #[test]
    fn the_newest_claim_wins() {
        let (subject, accuser) = (NodeId::from_bits(1), NodeId::from_bits(2));
        let mut claims = Claims::default();
        assert!(claims.accuse(accuser, &accusation(5), at(100), at(0)));
        assert!(
            !claims.accuse(accuser, &accusation(5), at(200), at(50)),
            "the same again is no news"
        );
        assert_eq!((counting(&claims, 150), counting(&claims, 200)), (1, 0), "but lasts longer");
        assert!(!claims.retract(subject, accuser, 4));
        assert_eq!(counting(&claims, 150), 1);
        assert!(claims.retract(subject, accuser, 6));
        assert!(!claims.accuse(accuser, &accusation(5), at(300), at(60)), "taken back already");
        assert_eq!(counting(&claims, 70), 0);
        assert!(claims.accuse(accuser, &accusation(7), at(300), at(70)));
        assert_eq!(counting(&claims, 80), 1);
        let other_life = claims.against(subject, Incarnation::of_start(4), at(80));
        assert_eq!(other_life.count(), 0);
    }

    /// Goal: a flood of made-up accusers is bounded.
    #[test]
    fn accusers_are_bounded() {
        let mut claims = Claims::default();
        for accuser in 0..10_000 {
            let accuser = NodeId::from_bits(accuser);
            claims.accuse(accuser, &accusation(1), at(100), at(0));
            claims.retract(NodeId::from_bits(1), NodeId::from_bits(accuser.to_bits() + 9_999), 1);
        }
        let kept = claims.by_subject.values().map(BTreeMap::len).sum::<usize>();
        assert_eq!(kept, ACCUSERS_MAX);
    }
}
