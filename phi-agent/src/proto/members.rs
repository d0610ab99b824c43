//! The table of members: bounded, ordered, found by id and by session.
//!
//! It stores; it decides nothing but who makes room when it is full.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use phi_core::{Phi, Timestamp};

use super::link::Link;
use super::liveness::{Liveness, State};
use crate::ident::{Name, NodeId, SessionId};

/// Another member of the cluster, as this node sees it.
#[derive(Clone, Debug)]
pub struct Member {
    /// Who.
    pub id: NodeId,
    /// Its name.
    pub name: Name,
    /// Where others reach it.
    pub addr: SocketAddr,
    /// What is held of it.
    pub state: State,
    /// Since when.
    pub since: Timestamp,
    /// The connection with its last session.
    pub link: Link,
}

impl Member {
    /// The level of suspicion at `now`; 0 for one that has left, of which no heartbeat is expected.
    #[must_use]
    pub fn phi(&self, now: Timestamp) -> Phi {
        match self.state.liveness {
            Liveness::Left => Phi::ZERO,
            Liveness::Up | Liveness::Suspect | Liveness::Down => self.link.detector.phi(now),
        }
    }
}

/// All members but this node itself.
#[derive(Debug)]
pub(super) struct Members {
    by_id: BTreeMap<NodeId, Member>,
    by_session: BTreeMap<SessionId, NodeId>,
    len_max: usize,
}

impl Members {
    pub(super) const fn new(len_max: usize) -> Self {
        Self { by_id: BTreeMap::new(), by_session: BTreeMap::new(), len_max }
    }

    pub(super) fn get(&self, id: NodeId) -> Option<&Member> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: NodeId) -> Option<&mut Member> {
        self.by_id.get_mut(&id)
    }

    /// The member whose proven session, at its proven address, this is.
    pub(super) fn proven(&self, session: SessionId, from: SocketAddr) -> Option<NodeId> {
        let id = self.by_session.get(&session)?;
        self.by_id.get(id).filter(|member| member.link.addr == from).map(|member| member.id)
    }

    /// The member whose session this is, wherever it was proven.
    pub(super) fn owner(&self, session: SessionId) -> Option<NodeId> {
        self.by_session.get(&session).copied()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Member> {
        self.by_id.values()
    }

    /// The ids of all that are present.
    pub(super) fn present(&self) -> Vec<NodeId> {
        let present = self.iter().filter(|member| member.state.liveness.is_present());
        present.map(|member| member.id).collect()
    }

    /// Whether a member that is present is reached at `addr`.
    pub(super) fn is_present_at(&self, addr: SocketAddr) -> bool {
        self.iter().any(|member| {
            member.state.liveness.is_present() && (member.addr == addr || member.link.addr == addr)
        })
    }

    /// Whether a member that is down was last reached at `addr`.
    pub(super) fn is_down_at(&self, addr: SocketAddr) -> bool {
        let mut down = self.iter().filter(|member| member.state.liveness == Liveness::Down);
        down.any(|member| member.link.addr == addr)
    }

    /// The first present member after `id` in the circle of ids.
    pub(super) fn present_after(&self, id: Option<NodeId>) -> Option<&Member> {
        let after = id.map_or(0, |id| id.to_bits().wrapping_add(1));
        let after = NodeId::from_bits(after);
        let circle = self.by_id.range(after..).chain(self.by_id.range(..after));
        circle.map(|(_, member)| member).find(|member| member.state.liveness.is_present())
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
                self.by_session.remove(&old.link.session); // only it had this session
            }
        }
        self.by_session.insert(member.link.session, member.id);
        self.by_id.insert(member.id, member);
        Ok(gone)
    }

    /// The member that has been left, or else down, for longest.
    fn longest_gone(&self) -> Option<NodeId> {
        let gone = self.iter().filter(|member| !member.state.liveness.is_present());
        gone.min_by_key(|member| (member.state.liveness != Liveness::Left, member.since))
            .map(|member| member.id)
    }
}

/// All places are taken by members that are present.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableFull;
