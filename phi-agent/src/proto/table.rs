//! News and tables: who exists, as others tell it, and how two tables become the same.
//!
//! ```text
//!  a ── heartbeat(hash) ──▶ b     differs: twice, or at the first heartbeat
//!  a ◀──── pull(16 hashes) ─ b
//!  a ── page, page, … ──────▶ b    what is in the parts that differ
//! ```
//!
//! What others say of a member that this node watches, and hears, neither revives nor removes nor
//! re-numbers it.

use std::time::Duration;

use phi_core::Timestamp;

use super::contacts::Reason;
use super::io::Change;
use super::liveness::{Liveness, State};
use super::members::{Member, TableFull, Times, part, whole};
use super::node::{From, Node};
use super::pace;
use super::safeguard::Safeguard;
use super::spread::Telling;
use super::stats::DropReason;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::message::{Digest, Gossip, Heartbeat, Message, Page, Pull};
use crate::wire::rumor::{self, Finding, Presence, Rumor};

/// The room on a page, or for rumors told at once (bytes): a datagram without header and seal, and
/// what stands before the list.
const LIST_BYTES: usize = 1_120;

/// How many starts beyond the known one a member may have gone on by what others say: so many no
/// process goes through between two words of it. Beyond, it has to show itself.
const STARTS_BELIEVED: u64 = 1 << 16;

/// The latest start of a stranger that is believed.
const STRANGERS_STARTS_BELIEVED: u64 = 1 << 32;

/// The most pages that answer one pull: the rest comes with the next.
const PAGES_MAX: usize = 64;

impl Node {
    pub(super) fn on_gossip(&mut self, from: From, gossip: &Gossip) -> Result<(), DropReason> {
        self.hear(from, gossip.incarnation)?;
        self.on_rumors(from, &gossip.rumors)
    }

    pub(super) fn on_rumor(&mut self, from: From, rumor: &Rumor) -> Result<(), DropReason> {
        match rumor {
            Rumor::Presence(presence) => self.learn(from, presence),
            Rumor::Found { id, incarnation, finding } => {
                let liveness = finding.liveness();
                self.on_found(from, *id, State { liveness, incarnation: *incarnation })
            }
            Rumor::Accusation(accusation) => self.on_accusation(from, accusation),
            Rumor::Retraction { subject, round } => self.on_retraction(from, *subject, *round),
            Rumor::Vouch { subject, incarnation, age_us, heard_us } => {
                self.on_vouch(from, (*subject, *incarnation, (*age_us, *heard_us)))
            }
            Rumor::Notice { id, incarnation } => self.on_notice(from, *id, *incarnation),
            Rumor::Restarting { id, incarnation, within_us } => {
                let within = Duration::from_micros(*within_us);
                self.on_restarting(from, State::up(*incarnation), (*id, within))
            }
        }
    }

    /// Lets a rumor go on its way.
    pub(super) fn spread_rumor(&mut self, rumor: Rumor, source: Option<NodeId>, now: Timestamp) {
        let until = now.saturating_add(pace::RUMOR_AGE.of(self.interval()));
        self.spread.tell(rumor, source, until);
    }

    /// Sends what is to be told now to all neighbours, and to some of those who are just back, but
    /// not to where it came from.
    pub(super) fn tell_neighbours(&mut self) {
        let tellings = self.spread.take();
        if tellings.is_empty() {
            return;
        }
        let now = self.latest();
        let (mut listeners, mut back) = (Vec::new(), Vec::new());
        for member in self.members.present() {
            if member.watch().is_some() {
                listeners.push(member.id);
            } else if member.times.returned_until > now {
                back.push(member.id);
            }
        }
        // The others hear it from these: halves of many that all told each other everything would
        // drown in it.
        listeners.extend(self.rng.draw(&mut back, 2 * self.config.observers.get()));
        for id in listeners {
            let fresh = tellings.iter().filter(|telling| concerns(telling, id));
            let mut rest: Vec<&Rumor> = fresh.map(|telling| &telling.rumor).collect();
            while !rest.is_empty() {
                let rumors = rumor::fitting(rest.iter().copied(), LIST_BYTES);
                rest.drain(..rumors.as_slice().len().max(1));
                self.send_rumors(id, rumors);
            }
        }
    }

    /// Takes in what is told of a member.
    pub(super) fn learn(&mut self, from: From, presence: &Presence) -> Result<(), DropReason> {
        let Presence { id, incarnation, finding, .. } = *presence;
        let claim = State { liveness: finding.liveness(), incarnation };
        let owner = self.members.owner(presence.session);
        if id == self.own_id() || presence.session == self.session {
            return self.on_found(from, self.own_id(), claim);
        }
        if owner.is_some_and(|owner| owner != id) {
            return Err(DropReason::ForeignSession);
        }
        let Some(member) = self.members.get(id) else {
            if incarnation.start > STRANGERS_STARTS_BELIEVED {
                return Err(DropReason::Stale);
            }
            return self.admit(presence, presence.addr, Some(from.id), from.now);
        };
        let held = member.state;
        let later = incarnation.start > held.incarnation.start;
        if !later && member.session != presence.session {
            // Of the past of the known process, or of one that forgot that it was here before.
            if incarnation.start == held.incarnation.start && !held.liveness.is_present() {
                self.ask_there(presence, from.now);
            }
            return Err(DropReason::Stale);
        }
        if later {
            if self.hears(id, from.now) {
                self.tell_of_later(id, incarnation, from.now); // it will say so itself
                return Err(DropReason::Stale);
            }
            if incarnation.start - held.incarnation.start > STARTS_BELIEVED {
                self.ask_there(presence, from.now);
                return Err(DropReason::Stale);
            }
            if !held.liveness.is_present() {
                // Whoever was gone before is taken for what it is said to be.
                return self.admit(presence, presence.addr, Some(from.id), from.now);
            }
            // What is said of that life beside is judged like all that others say.
            let alive = Presence { finding: Finding::Alive, ..presence.clone() };
            self.admit(&alive, presence.addr, Some(from.id), from.now)?;
        }
        match finding {
            Finding::Alive if later => Ok(()),
            // What a table holds for gone may be so on one side only: it shall answer.
            Finding::Down if self.has(Safeguard::Notices) => self.on_notice(from, id, incarnation),
            Finding::Alive | Finding::Down | Finding::Left => {
                self.on_move(from, presence);
                self.on_found(from, id, claim)
            }
        }
    }

    /// Says hello where a member is said to be in a life that is not believed by hearsay.
    fn ask_there(&mut self, presence: &Presence, now: Timestamp) {
        let wait = pace::AWAY.of(self.interval());
        let Some(member) = self.members.get_mut(presence.id) else { return };
        if pace::may_again(&mut member.times.hello, wait, now) {
            self.contact(presence.addr, Reason::Remembered, now);
        }
    }

    /// Takes note of a later address of a member in the life that is known.
    fn on_move(&mut self, from: From, presence: &Presence) {
        let id = presence.id;
        let itself = from.id == id;
        let doubted = self.members.watch_mut(id).is_some_and(|link| link.probing.is_some());
        if !itself && !doubted && self.hears(id, from.now) {
            return; // it is where it is heard
        }
        let Some(member) = self.members.get_mut(id) else { return };
        let same_process = member.session == presence.session;
        if !same_process || presence.placed <= member.placed {
            return;
        }
        member.placed = presence.placed;
        member.addr = presence.addr;
        if !itself {
            member.source = presence.addr;
        }
        self.announce(id, Some(from.id), from.now);
    }

    /// Puts a member in, or the next process of one that is known.
    pub(super) fn admit(
        &mut self,
        presence: &Presence,
        source: std::net::SocketAddr,
        teller: Option<NodeId>,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        let id = presence.id;
        let claim =
            State { liveness: presence.finding.liveness(), incarnation: presence.incarnation };
        if self.members.get(id).is_some_and(|known| known.session != presence.session) {
            self.forget_fault(id, now);
        }
        if let Some(known) = self.members.get_mut(id) {
            (known.addr, known.source) = (presence.addr, source);
            (known.labels, known.interval) = (presence.labels.clone(), presence.interval);
            known.excused_until = Timestamp::ORIGIN;
            known.placed = presence.placed;
            if known.session != presence.session {
                known.link.iter_mut().for_each(|link| link.restart(now));
                self.members.set_session(id, presence.session);
                self.rings_changed = true;
            }
            self.members.rename(id, &presence.name);
            self.adopt(id, claim, teller, now);
        } else {
            let member = Member {
                id,
                name: presence.name.clone(),
                addr: presence.addr,
                labels: presence.labels.clone(),
                interval: presence.interval,
                state: claim,
                since: now,
                unconfirmed: false,
                link: None,
                session: presence.session,
                placed: presence.placed,
                source,
                excused_until: Timestamp::ORIGIN,
                times: Times::default(),
            };
            let gone = self.members.put(member).map_err(|TableFull| DropReason::TableFull)?;
            if let Some(gone) = gone {
                self.forget(gone);
            }
            if claim.liveness.is_present() {
                self.rings.insert(id);
                self.digest = None;
            }
            self.rings_changed = true;
            self.tell(id, Change::State, now);
        }
        self.check_name(id, now);
        if presence.finding == Finding::Alive {
            self.announce(id, teller, now);
        }
        Ok(())
    }

    /// Tells of a newcomer, soon and with others.
    fn announce(&mut self, id: NodeId, teller: Option<NodeId>, now: Timestamp) {
        let Some(presence) = self.members.get(id).map(Member::presence) else { return };
        let until = now.saturating_add(pace::RUMOR_AGE.of(self.interval()));
        let rumor = Rumor::Presence(Box::new(presence));
        if self.spread.collect(rumor, teller, until) {
            let then = now.saturating_add(pace::COLLECT.of(self.interval()));
            self.timers.set(Timer::Collect, then);
        }
    }

    fn forget(&mut self, id: NodeId) {
        for timer in [Timer::Judge(id), Timer::Count(id), Timer::Answer(id)] {
            self.timers.cancel(timer);
        }
        self.claims.forget(id);
        self.drop_hearsay(id);
        self.relays.remove(&id);
        self.rings.remove(id);
    }

    fn check_name(&mut self, id: NodeId, now: Timestamp) {
        let Some(name) = self.members.get(id).map(|member| member.name.clone()) else { return };
        let own = &self.config.identity;
        let own = (own.name == name).then_some(own.id);
        let others = self.members.named(&name).filter(|other| other.id != id);
        let mut others = others.filter(|other| other.state.liveness.is_present());
        let taken = others.next().map(|other| other.id).or(own);
        drop(others);
        if let Some(by) = taken {
            tracing::warn!(%name, "Two members have one name; give one of them another");
            self.tell(id, Change::NameTaken { by }, now);
        }
    }

    /// The hashes over this node's table.
    pub(super) fn digest(&mut self) -> Digest {
        let own = (self.own_id(), self.incarnation());
        *self.digest.get_or_insert_with(|| self.members.digest(own))
    }

    /// Pulls if the table of a neighbour differs for longer than news need.
    pub(super) fn compare_tables(&mut self, id: NodeId, heartbeat: &Heartbeat, now: Timestamp) {
        let differs = heartbeat.table != whole(&self.digest());
        let hello = heartbeat.hello && self.has(Safeguard::HelloPull);
        let Some(link) = self.members.watch_mut(id) else { return };
        let pull = differs && (hello || link.table_differs);
        link.table_differs = differs;
        if pull {
            self.pull(id, now);
        }
    }

    /// Asks `id` for what is different in its table, not too often.
    pub(super) fn pull(&mut self, id: NodeId, now: Timestamp) {
        let wait = pace::ANSWER_SPACING.of(self.interval());
        let Some(member) = self.members.get_mut(id) else { return };
        if !pace::may_again(&mut member.times.pull, wait, now) {
            return;
        }
        let pull = Pull { incarnation: self.incarnation(), table: self.digest() };
        self.send_to(id, Message::Pull(pull));
    }

    pub(super) fn on_pull(&mut self, from: From, pull: &Pull) -> Result<(), DropReason> {
        self.hear(from, pull.incarnation)?;
        let wait = pace::PAGES_SPACING.of(self.interval());
        let mut pages = self.members.get_mut(from.id).map(|member| &mut member.times.pages);
        if pages.as_mut().is_some_and(|mark| !pace::may_again(mark, wait, from.now)) {
            return Err(DropReason::Overtaken);
        }
        let own = self.digest();
        let differs = |id: NodeId| own.0.get(part(id)) != pull.table.0.get(part(id));
        let asker = from.id;
        let mut told: Vec<Presence> = self
            .members
            .iter()
            .filter(|member| member.id != asker && differs(member.id))
            .map(Member::presence)
            .collect();
        told.extend(self.own_presence().filter(|own| differs(own.id)));
        let mut rest = &told[..];
        for _ in 0..PAGES_MAX {
            let (members, count) = rumor::page(rest, LIST_BYTES);
            if count == 0 {
                break;
            }
            rest = rest.get(count..).unwrap_or_default();
            let page = Page { incarnation: self.incarnation(), members };
            self.send_to(asker, Message::Page(page));
        }
        if own != pull.table {
            self.pull(asker, from.now);
        }
        Ok(())
    }

    pub(super) fn on_page(&mut self, from: From, page: &Page) -> Result<(), DropReason> {
        self.hear(from, page.incarnation)?;
        let mut result = Ok(());
        for presence in page.members.as_slice() {
            result = self.learn(from, presence).and(result);
        }
        result
    }

    /// Tells all where this node is now.
    pub(super) fn announce_self(&mut self, now: Timestamp) {
        if let Some(presence) = self.own_presence() {
            self.spread_rumor(Rumor::Presence(Box::new(presence)), None, now);
        }
    }

    /// What this node says of itself, once it knows where it is.
    fn own_presence(&self) -> Option<Presence> {
        let identity = &self.config.identity;
        Some(Presence {
            id: identity.id,
            name: identity.name.clone(),
            addr: identity.advertise.or(self.seen_at)?,
            session: self.session,
            incarnation: identity.incarnation,
            interval: identity.interval,
            labels: identity.labels.clone(),
            placed: identity.placed,
            finding: Finding::Alive,
        })
    }
}

fn concerns(telling: &Telling, id: NodeId) -> bool {
    let about = match &telling.rumor {
        Rumor::Presence(presence) => Some(presence.id),
        Rumor::Restarting { id, .. } => Some(*id),
        Rumor::Found { .. }
        | Rumor::Accusation(_)
        | Rumor::Retraction { .. }
        | Rumor::Vouch { .. }
        | Rumor::Notice { .. } => None,
    };
    telling.source != Some(id) && about != Some(id)
}

impl Finding {
    /// The state that it is.
    pub(super) const fn liveness(self) -> Liveness {
        match self {
            Self::Alive => Liveness::Up,
            Self::Down => Liveness::Down,
            Self::Left => Liveness::Left,
        }
    }
}
