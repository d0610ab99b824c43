//! How strangers become members: both sides prove that they are alive now, where they say they are.
//!
//! ```text
//!  newcomer                      member
//!     │ Hello(cluster)             │
//!     ├───────────────────────────▶│  nothing is stored
//!     │        Challenge(proof)    │
//!     │◀───────────────────────────┤  not longer than the Hello
//!     │ Join(proof, challenge, me) │
//!     ├───────────────────────────▶│  proof holds: the newcomer is a member here
//!     │   Welcome(challenge, me)   │
//!     │◀───────────────────────────┤  challenge returned: the member is one there
//! ```
//!
//! A heartbeat of a session that is not proven draws a challenge as well, so that whoever restarts
//! is known again after one round trip.

use std::net::SocketAddr;

use phi_core::Timestamp;

use super::contacts::Reason;
use super::gossip::rumor;
use super::io::Output;
use super::link::{Link, Proven};
use super::liveness::{Liveness, State};
use super::members::{Member, TableFull};
use super::node::{Envelope, Node};
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::bounded::List;
use crate::wire::message::{
    Challenge, Hello, Identity, Join, Message, Refusal, Refused, Rumor, Welcome,
};

/// The length of a challenge on the wire (bytes): header and proof.
const CHALLENGE_BYTES: usize = 46;

impl Node {
    pub(super) fn on_hello(
        &mut self,
        at: Envelope,
        hello: &Hello,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        if hello.cluster != self.config.cluster {
            return Err(self.refuse(at.from, Refusal::ForeignCluster));
        }
        self.challenge(at, now);
        Ok(())
    }

    /// Challenges the sender of a datagram that is at least as long as the answer.
    pub(super) fn challenge(&mut self, at: Envelope, now: Timestamp) {
        if at.bytes >= CHALLENGE_BYTES {
            let proof = self.secret.challenge(at.from, at.session, now);
            self.send(at.from, Message::Challenge(Challenge { proof }));
        }
    }

    pub(super) fn on_challenge(
        &mut self,
        at: Envelope,
        challenge: Challenge,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        self.check_solicited(at.from)?;
        let join = Join {
            proof: challenge.proof,
            challenge: self.secret.challenge(at.from, at.session, now),
            cluster: self.config.cluster.clone(),
            identity: self.config.identity.clone(),
        };
        self.send(at.from, Message::Join(join));
        Ok(())
    }

    pub(super) fn on_join(
        &mut self,
        at: Envelope,
        join: Join,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        if !self.secret.accepts(join.proof, at.from, at.session, now) {
            return Err(DropReason::Proof);
        }
        if join.cluster != self.config.cluster {
            return Err(self.refuse(at.from, Refusal::ForeignCluster));
        }
        if join.identity.id == self.config.identity.id {
            return Err(self.refuse(at.from, Refusal::SameIdentity));
        }
        let id = join.identity.id;
        if let Err(reason) = self.establish(at, join.identity, now) {
            return Err(Refusal::because_of(reason).map_or(reason, |why| self.refuse(at.from, why)));
        }
        let welcome = Welcome {
            proof: join.challenge,
            identity: self.config.identity.clone(),
            accused: self.members.get(id).and_then(Member::accused),
            rumors: self.acquaintances(id),
        };
        self.send(at.from, Message::Welcome(welcome));
        Ok(())
    }

    pub(super) fn on_welcome(
        &mut self,
        at: Envelope,
        welcome: Welcome,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        if !self.secret.accepts(welcome.proof, at.from, at.session, now) {
            return Err(DropReason::Proof);
        }
        if welcome.identity.id == self.config.identity.id {
            return Err(DropReason::SameIdentity);
        }
        let id = welcome.identity.id;
        self.establish(at, welcome.identity, now)?;
        if let Some(claim) = welcome.accused {
            self.refute(claim, now);
        }
        if self.members.get(id).and_then(Member::accused).is_some() {
            self.send_standing(id);
        }
        self.on_rumors(welcome.rumors.as_slice(), now);
        Ok(())
    }

    pub(super) fn on_refused(&mut self, at: Envelope, refused: Refused) -> Result<(), DropReason> {
        self.check_solicited(at.from)?;
        self.output(Output::Refused { by: at.from, reason: refused.reason });
        Ok(())
    }

    /// Takes note of addresses that others know.
    pub(super) fn on_rumors(&mut self, rumors: &[Rumor], now: Timestamp) {
        for rumor in rumors {
            let known = self.members.get(rumor.id).is_some_and(|member| {
                member.state.liveness.is_present() || rumor.incarnation <= member.state.incarnation
            });
            if !known && rumor.id != self.config.identity.id {
                self.contact(rumor.addr, Reason::Hearsay, now);
            }
        }
    }

    /// Makes the proven session at `at` that of the member `identity`.
    fn establish(
        &mut self,
        at: Envelope,
        identity: Identity,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let id = identity.id;
        if self.members.owner(at.session).is_some_and(|owner| owner != id) {
            return Err(DropReason::ForeignSession);
        }
        let addr = identity.advertise.unwrap_or(at.from);
        let claim = State { liveness: Liveness::Up, incarnation: identity.incarnation };
        let Some(member) = self.members.get_mut(id) else {
            return self.admit(at, identity, claim, now);
        };
        let held = member.state;
        if claim.incarnation < held.incarnation {
            return Err(DropReason::Stale);
        }
        if member.link.session != at.session {
            let same_life = held.incarnation.start == claim.incarnation.start;
            if same_life && held.liveness.is_present() {
                return Err(DropReason::SameIdentity); // two processes cannot both be it
            }
            return self.admit(at, identity, claim, now);
        }
        // The same session, proven again: perhaps at a new address, perhaps after a partition.
        (member.link.addr, member.addr, member.name) = (at.from, addr, identity.name);
        if !held.liveness.is_present() && held.yields_to(claim) {
            member.link.detector.resume(now);
        }
        self.transition(id, claim, now);
        Ok(())
    }

    /// Gives a new session its member: one that was not known, or a known one's next process. What
    /// is down or has left in this very life stays so until it refutes.
    fn admit(
        &mut self,
        at: Envelope,
        identity: Identity,
        claim: State,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let id = identity.id;
        let proven = Proven { session: at.session, addr: at.from, interval: identity.interval };
        let link = Link::new(proven, &self.config.detection, self.sequence(), now);
        let held = self.members.get(id).map(|member| (member.state, member.since));
        let comes_up = held.is_none_or(|(state, _)| state.yields_to(claim));
        let (state, since) = held.filter(|_| !comes_up).unwrap_or((claim, now));
        let addr = identity.advertise.unwrap_or(at.from);
        let member = Member { id, name: identity.name, addr, state, since, link };
        if let Some(gone) = self.members.put(member).map_err(|TableFull| DropReason::TableFull)? {
            self.timers.cancel(Timer::Verdict(gone));
        }
        if comes_up {
            self.on_transition(id, now);
            self.gossip.on_news(id);
        }
        Ok(())
    }

    /// Rumors for a newcomer: present members, beginning at a random place of the circle.
    fn acquaintances(&mut self, newcomer: NodeId) -> List<Rumor, { Rumor::PER_DATAGRAM_MAX }> {
        let start = u128::from(self.rng.next()) << 64;
        let mut place = Some(NodeId::from_bits(start));
        let mut rumors: Vec<Rumor> = Vec::new();
        while let Some(member) = self.members.present_after(place) {
            let again = rumors.first().is_some_and(|first| first.id == member.id);
            if again || rumors.len() > Rumor::PER_DATAGRAM_MAX {
                break;
            }
            place = Some(member.id);
            rumors.push(rumor(member));
        }
        List::first_of(rumors.into_iter().filter(|rumor| rumor.id != newcomer))
    }

    /// Tells a newcomer why it may not join; shorter than whatever it asked with.
    fn refuse(&mut self, to: SocketAddr, reason: Refusal) -> DropReason {
        self.send(to, Message::Refused(Refused { reason }));
        match reason {
            Refusal::ForeignCluster => DropReason::ForeignCluster,
            Refusal::TableFull => DropReason::TableFull,
            Refusal::SameIdentity => DropReason::SameIdentity,
            Refusal::OldIncarnation => DropReason::Stale,
        }
    }

    /// Whether something was sent to `addr` that may draw a challenge or a refusal.
    fn check_solicited(&self, addr: SocketAddr) -> Result<(), DropReason> {
        let known = self.contacts.contains(addr)
            || self.members.iter().any(|member| member.link.addr == addr);
        if known { Ok(()) } else { Err(DropReason::Unsolicited) }
    }
}

impl Refusal {
    /// What a newcomer is told whose identity was dropped for `reason`; some get silence.
    const fn because_of(reason: DropReason) -> Option<Self> {
        if matches!(reason, DropReason::TableFull) {
            Some(Self::TableFull)
        } else if matches!(reason, DropReason::SameIdentity) {
            Some(Self::SameIdentity)
        } else if matches!(reason, DropReason::Stale) {
            Some(Self::OldIncarnation)
        } else {
            None
        }
    }
}
