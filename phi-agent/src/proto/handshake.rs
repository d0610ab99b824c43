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

use super::io::Output;
use super::liveness::State;
use super::members::Member;
use super::node::{Envelope, Node};
use super::pace;
use super::safeguard::Safeguard;
use super::stats::DropReason;
use crate::ident::Incarnation;
use crate::wire::message::{Challenge, Hello, Identity, Join, Message, Refusal, Refused, Welcome};
use crate::wire::rumor::{Finding, Presence};

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
            return Err(self.refuse(at.from, Refusal::ForeignCluster, None));
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
        join: &Join,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        if !self.secret.accepts(join.proof, at.from, at.session, now) {
            return Err(DropReason::Proof);
        }
        if join.cluster != self.config.cluster {
            return Err(self.refuse(at.from, Refusal::ForeignCluster, None));
        }
        if join.identity.id == self.config.identity.id {
            return Err(self.refuse(at.from, Refusal::SameIdentity, None));
        }
        self.establish_or_refuse(at, &join.identity, now)?;
        let welcome = Welcome {
            proof: join.challenge,
            identity: self.config.identity.clone(),
            accused: self.members.get(join.identity.id).and_then(Member::accused),
            seen_at: at.from,
            table: self.digest(),
        };
        self.send(at.from, Message::Welcome(welcome));
        Ok(())
    }

    pub(super) fn on_welcome(
        &mut self,
        at: Envelope,
        welcome: &Welcome,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        if !self.secret.accepts(welcome.proof, at.from, at.session, now) {
            return Err(DropReason::Proof);
        }
        let id = welcome.identity.id;
        if id == self.config.identity.id {
            return Err(DropReason::SameIdentity);
        }
        self.on_seen_at(welcome.seen_at, now);
        self.establish_or_refuse(at, &welcome.identity, now)?;
        if let Some(claim) = welcome.accused {
            self.refute(claim, Some(id), now);
        }
        if self.members.get(id).and_then(Member::accused).is_some() {
            self.notify(id, pace::NOTICE_SPACING, now);
        }
        if welcome.table != self.digest() && self.has(Safeguard::HelloPull) {
            self.pull(id, now);
        }
        Ok(())
    }

    /// Others see this node at `addr`. If they saw it elsewhere before, they must be told by it, in
    /// a higher incarnation: nothing else orders two addresses.
    fn on_seen_at(&mut self, addr: SocketAddr, now: Timestamp) {
        let moved = self.seen_at.is_some_and(|before| before != addr);
        if moved && now < self.refute_from {
            return; // told again by the next, if it is so
        }
        self.seen_at = Some(addr);
        if moved && self.config.identity.advertise.is_none() {
            tracing::info!(%addr, "This agent is seen at another address");
            let Some(higher) = self.incarnation().next_refutation() else { return };
            self.refute_from = now.saturating_add(pace::REFUTE_SPACING.of(self.interval()));
            let identity = &mut self.config.identity;
            (identity.incarnation, identity.placed) = (higher, higher);
            self.digest = None;
            self.announce_self(now);
        }
    }

    /// Takes in a refusal. Whoever was in a later life before (its state directory was put back to
    /// an older state, or lost what was not synced) steps over that, and asks again.
    pub(super) fn on_refused(
        &mut self,
        at: Envelope,
        refused: Refused,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        self.check_solicited(at.from)?;
        if let Some(known) = refused.known.filter(|_| refused.reason == Refusal::OldIncarnation) {
            self.step_over(known, now);
        }
        self.output(Output::Refused { by: at.from, reason: refused.reason });
        Ok(())
    }

    fn establish_or_refuse(
        &mut self,
        at: Envelope,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let Err(reason) = self.establish(at, identity, now) else { return Ok(()) };
        let known = self.members.get(identity.id).map(|member| member.state.incarnation);
        let refusal = Refusal::because_of(reason);
        Err(refusal.map_or(reason, |why| self.refuse(at.from, why, known)))
    }

    /// Makes the proven session at `at` that of the member `identity`.
    fn establish(
        &mut self,
        at: Envelope,
        identity: &Identity,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let id = identity.id;
        if self.members.owner(at.session).is_some_and(|owner| owner != id) {
            return Err(DropReason::ForeignSession);
        }
        let presence = Presence {
            id,
            name: identity.name.clone(),
            addr: identity.advertise.unwrap_or(at.from),
            session: at.session,
            incarnation: identity.incarnation,
            interval: identity.interval,
            labels: identity.labels.clone(),
            placed: identity.placed,
            finding: Finding::Alive,
        };
        let Some(member) = self.members.get(id) else {
            return self.admit(&presence, at.from, None, now);
        };
        let held = member.state;
        let same_life = held.incarnation.start == identity.incarnation.start;
        if member.session != at.session && same_life {
            // Two processes cannot both be it; when the other is gone, this one goes on after it.
            let there = held.liveness.is_present() && !self.misses(id, now);
            return Err(if there { DropReason::SameIdentity } else { DropReason::Stale });
        }
        if identity.incarnation < held.incarnation {
            // Of the known process itself it was only long on its way.
            let late = member.session == at.session;
            return Err(if late { DropReason::Overtaken } else { DropReason::Stale });
        }
        if member.source == at.from && same_life {
            self.adopt(id, State::up(identity.incarnation), None, now);
            return Ok(());
        }
        self.admit(&presence, at.from, None, now)
    }

    /// Tells a newcomer why it may not join; shorter than whatever it asked with.
    fn refuse(
        &mut self,
        to: SocketAddr,
        reason: Refusal,
        known: Option<Incarnation>,
    ) -> DropReason {
        let known = known.filter(|_| reason == Refusal::OldIncarnation);
        self.send(to, Message::Refused(Refused { reason, known }));
        match reason {
            Refusal::ForeignCluster => DropReason::ForeignCluster,
            Refusal::TableFull => DropReason::TableFull,
            Refusal::SameIdentity => DropReason::SameIdentity,
            Refusal::OldIncarnation => DropReason::Stale,
        }
    }

    /// Whether something was sent to `addr` that may draw a challenge or a refusal.
    fn check_solicited(&self, addr: SocketAddr) -> Result<(), DropReason> {
        let known = self.contacts.contains(addr) || self.members.at(addr).is_some();
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
