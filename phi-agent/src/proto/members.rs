//! The table of members: bounded, ordered, found by id and by session.
//!
//! It stores; it decides nothing but who makes room when it is full.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use phi_core::{Phi, Timestamp};

use super::link::Link;
use super::liveness::{Liveness, State};
use super::rng::Rng;
use crate::ident::{Name, NodeId, SessionId};
use crate::wire::bounded::{Interval, Labels};
use crate::wire::message::Digest;
use crate::wire::rumor::{Finding, Presence};

/// Another member of the cluster, as this node sees it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub id: NodeId,
    /// Its name.
    pub name: Name,
    /// Where others reach it.
    pub addr: SocketAddr,
    /// What else its operator says of it.
    pub labels: Labels,
    /// What it promises.
    pub interval: Interval,
    /// What is held of it.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// Whether nobody but this node stands behind a `down`.
    pub unconfirmed: bool,
    /// The watch over it, if this node is, or was, one of its observers.
    pub link: Option<Box<Link>>,
    pub(super) session: SessionId,
    /// Since which life of it the address counts.
    pub(super) placed: crate::ident::Incarnation,
    /// Where its datagrams come from, and where they are sent to.
    pub(super) source: SocketAddr,
    /// Until when it may be away, as it announced.
    pub(super) excused_until: Timestamp,
    pub(super) times: Times,
}

/// When what may be done again that must not be done at network speed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Times {
    pub(super) notice: Timestamp,
    pub(super) vouch: Timestamp,
    pub(super) pull: Timestamp,
    /// Its own pulls, answered.
    pub(super) pages: Timestamp,
    pub(super) hello: Timestamp,
    pub(super) later: Timestamp,
    pub(super) contradiction: Timestamp,
    /// Until when it gets news directly, and has no vote, because it is back.
    pub(super) returned_until: Timestamp,
}

impl Member {
    /// The level of suspicion at `now`, if this node watches it; 0 for one that has left, of which
    /// no heartbeat is expected.
    #[must_use]
    pub fn phi(&self, now: Timestamp) -> Option<Phi> {
        match self.state.liveness {
            Liveness::Left => Some(Phi::ZERO),
            Liveness::Up | Liveness::Suspect | Liveness::Down => {
                self.link.as_ref().map(|link| link.detector.phi(now))
            }
        }
    }

    /// How much longer it may be away, if it restarts on purpose.
    #[must_use]
    pub fn excused(&self, now: Timestamp) -> Option<Duration> {
        let excused = self.state.liveness.is_present() && self.is_excused(now);
        excused.then(|| self.excused_until.saturating_since(now).into())
    }

    /// Whether it announced that it would be away now.
    pub(super) fn is_excused(&self, now: Timestamp) -> bool {
        self.excused_until > now
    }

    /// Whether this node is one of its observers now.
    #[must_use]
    pub fn is_observed(&self) -> bool {
        self.watch().is_some()
    }

    /// The watch over it, while it is this node's duty.
    pub(super) fn watch(&self) -> Option<&Link> {
        self.link.as_deref().filter(|link| link.duty)
    }

    pub(super) fn watch_mut(&mut self) -> Option<&mut Link> {
        self.link.as_deref_mut().filter(|link| link.duty)
    }

    /// What is told of it.
    pub(super) fn presence(&self) -> Presence {
        Presence {
            id: self.id,
            name: self.name.clone(),
            addr: self.addr,
            session: self.session,
            incarnation: self.state.incarnation,
            interval: self.interval,
            labels: self.labels.clone(),
            placed: self.placed,
            finding: match self.state.liveness {
                Liveness::Up | Liveness::Suspect => Finding::Alive,
                Liveness::Down => Finding::Down,
                Liveness::Left => Finding::Left,
            },
        }
    }

    /// What this member has to refute: the incarnation that it is suspect, down or left in.
    pub(super) const fn accused(&self) -> Option<crate::ident::Incarnation> {
        match self.state.liveness {
            Liveness::Up => None,
            Liveness::Suspect | Liveness::Down | Liveness::Left => Some(self.state.incarnation),
        }
    }
}

/// All members but this node itself.
#[derive(Debug)]
pub(super) struct Members {
    by_id: BTreeMap<NodeId, Member>,
    by_session: BTreeMap<SessionId, NodeId>,
    by_name: BTreeSet<(Name, NodeId)>,
    len_max: usize,
}

impl Members {
    pub(super) const fn new(len_max: usize) -> Self {
        Self {
            by_id: BTreeMap::new(),
            by_session: BTreeMap::new(),
            by_name: BTreeSet::new(),
            len_max,
        }
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Member> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Option<&mut Member> {
        self.by_id.get_mut(&id)
    }

    /// The watch over `id`, while it is this node's duty.
    pub(super) fn watch_mut(&mut self, id: NodeId) -> Option<&mut Link> {
        self.get_mut(id)?.watch_mut()
    }

    /// The member whose session, at its address, this is; it is answered there from now on.
    pub(super) fn sender(&mut self, session: SessionId, from: SocketAddr) -> Option<NodeId> {
        let id = self.by_session.get(&session)?;
        let member = self.by_id.get_mut(id)?;
        let is_there = member.source == from || member.addr == from;
        is_there.then(|| {
            member.source = from;
            member.id
        })
    }

    /// The member whose session this is, wherever it is.
    pub(super) fn owner(&self, session: SessionId) -> Option<NodeId> {
        self.by_session.get(&session).copied()
    }

    /// The member that datagrams to `addr` go to: who is present before who is gone.
    pub(super) fn at(&self, addr: SocketAddr) -> Option<NodeId> {
        let there = || self.iter().filter(|member| member.source == addr);
        let present = there().find(|member| member.state.liveness.is_present());
        present.or_else(|| there().next()).map(|member| member.id)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.by_id.values()
    }

    /// All that are present.
    pub(super) fn present(&self) -> impl Iterator<Item = &Member> {
        self.iter().filter(|member| member.state.liveness.is_present())
    }

    pub(super) fn is_present(&self, id: NodeId) -> bool {
        self.get(id).is_some_and(|member| member.state.liveness.is_present())
    }

    /// Whether a member that is present is reached at `addr`.
    pub(super) fn is_present_at(&self, addr: SocketAddr) -> bool {
        self.present().any(|member| member.addr == addr || member.source == addr)
    }

    /// The ids of those that this node watches.
    pub(super) fn watched(&self) -> Vec<NodeId> {
        self.iter().filter(|member| member.watch().is_some()).map(|member| member.id).collect()
    }

    /// Puts in `member`, in place of what was known of it. `Err` when there is no room; otherwise
    /// the member that made room, if one had to.
    pub(super) fn put(&mut self, member: Member) -> Result<Option<NodeId>, TableFull> {
        let mut gone = None;
        if !self.by_id.contains_key(&member.id) && self.by_id.len() >= self.len_max {
            gone = Some(self.longest_gone().ok_or(TableFull)?);
        }
        for id in gone.into_iter().chain([member.id]) {
            if let Some(old) = self.by_id.remove(&id) {
                self.by_session.remove(&old.session); // only it had this session
                self.by_name.remove(&(old.name, old.id));
            }
        }
        self.by_session.insert(member.session, member.id);
        self.by_name.insert((member.name.clone(), member.id));
        self.by_id.insert(member.id, member);
        Ok(gone)
    }

    /// Gives `id` another session, which must not be another member's.
    pub(super) fn set_session(&mut self, id: NodeId, session: SessionId) {
        let Some(member) = self.by_id.get_mut(&id) else { return };
        self.by_session.remove(&member.session);
        member.session = session;
        self.by_session.insert(session, id);
    }

    /// Gives `id` another name.
    pub(super) fn rename(&mut self, id: NodeId, name: &Name) {
        let Some(member) = self.by_id.get_mut(&id).filter(|member| member.name != *name) else {
            return;
        };
        let old = std::mem::replace(&mut member.name, name.clone());
        self.by_name.remove(&(old, id));
        self.by_name.insert((name.clone(), id));
    }

    /// All that have this name.
    pub(super) fn named<'a>(&'a self, name: &'a Name) -> impl Iterator<Item = &'a Member> {
        let from = (name.clone(), NodeId::from_bits(0));
        let named = self.by_name.range(from..).take_while(move |(other, _)| other == name);
        named.filter_map(|(_, id)| self.by_id.get(id))
    }

    /// The member that has been left, or else down, for longest.
    fn longest_gone(&self) -> Option<NodeId> {
        let gone = self.iter().filter(|member| !member.state.liveness.is_present());
        gone.min_by_key(|member| (member.state.liveness != Liveness::Left, member.since))
            .map(|member| member.id)
    }

    /// Hashes over the members that are present, and `own`.
    pub(super) fn digest(&self, own: (NodeId, crate::ident::Incarnation)) -> Digest {
        let mut digest = Digest::default();
        let present = self.present().map(|member| (member.id, member.state.incarnation));
        for (id, incarnation) in present.chain([own]) {
            if let Some(hash) = digest.0.get_mut(part(id)) {
                *hash ^= mark(id, incarnation);
            }
        }
        digest
    }
}

/// In which part of a digest a member is.
pub(super) fn part(id: NodeId) -> usize {
    usize::try_from(id.to_bits() >> 124).unwrap_or(0)
}

/// One number for all parts.
pub(super) fn whole(digest: &Digest) -> u32 {
    digest.0.iter().fold(0, |whole, part| whole.rotate_left(5) ^ part)
}

fn mark(id: NodeId, incarnation: crate::ident::Incarnation) -> u32 {
    #[expect(clippy::cast_possible_truncation, reason = "all parts go in, 32 bits come out")]
    let (high, low) = ((id.to_bits() >> 64) as u64, id.to_bits() as u64);
    let mut state = Rng::new(high).next() ^ low;
    for number in [incarnation.start, incarnation.refutation.into()] {
        state = Rng::new(state).next() ^ number;
    }
    u32::try_from(Rng::new(state).next() >> 32).unwrap_or(0)
}

/// All places are taken by members that are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableFull;
