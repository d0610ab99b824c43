//! What is really the case: who runs, who is disturbed, which ways are open, since when.
//!
//! Members never see it; checkers compare with it what members say.

use std::collections::BTreeMap;
use std::time::Duration;

use phi_core::Timestamp;

use super::facts::{Fact, Phase, View};
use super::history::Seen;
use crate::ident::{Incarnation, NodeId};

/// A datagram that took longer tells of the past.
const FRESH_MAX: Duration = Duration::from_secs(1);

/// The truth about a world.
#[derive(Clone, Debug)]
pub(super) struct Truth {
    pub(super) now: Timestamp,
    facts: Vec<Fact>,
    /// Faults at work, and since when there are none.
    faults: u32,
    quiet_since: Timestamp,
    by_id: BTreeMap<NodeId, usize>,
    ways: Vec<Way>,
    views: Vec<Option<View>>,
}

/// The way from one host to another: how many faults close it, and since when none does.
#[derive(Clone, Copy, Debug, Default)]
struct Way {
    closed_by: u32,
    open_since: Timestamp,
}

impl Truth {
    pub(super) fn new(ids: &[NodeId], now: Timestamp) -> Self {
        let count = ids.len();
        let fact = Fact {
            phase: Phase::Absent,
            since: now,
            disturbances: 0,
            calm_since: now,
            highest: Incarnation::default(),
            own: Incarnation::default(),
            own_since: now,
            last_word: now,
            misled: now,
            lives: 0,
            forgot: false,
            unaccountable: false,
        };
        let mut by_id = BTreeMap::new();
        for (index, id) in ids.iter().enumerate() {
            by_id.entry(*id).or_insert(index);
        }
        Self {
            now,
            facts: vec![fact; count],
            faults: 0,
            quiet_since: now,
            by_id,
            ways: vec![Way { closed_by: 0, open_since: now }; count * count],
            views: vec![None; count * count],
        }
    }

    /// Notes that a process of `host` was started in `incarnation`.
    pub(super) fn started(&mut self, host: usize, incarnation: Incarnation) {
        let now = self.now;
        self.set_phase(host, Phase::Running);
        if let Some(fact) = self.facts.get_mut(host) {
            fact.lives += 1;
            fact.calm_since = now;
        }
        self.forget_views(host);
        self.in_incarnation(host, incarnation);
    }

    /// Notes that the process of `host` was told to leave.
    pub(super) fn leaves(&mut self, host: usize) {
        self.set_phase(host, Phase::Leaving);
    }

    /// Notes that `to` heard what `from` had sent this long ago.
    pub(super) fn heard(&mut self, from: usize, to: usize, age: Duration) {
        let now = self.now;
        if self.fact(from).is_some_and(|fact| fact.phase != Phase::Running) {
            self.fact_mut(from, |fact| fact.last_word = now);
        }
        if age > FRESH_MAX {
            self.fact_mut(to, |fact| fact.misled = now);
        }
    }

    /// Notes that the process of `host` has ended, or that it never was there.
    pub(super) fn ended(&mut self, host: usize, phase: Phase) {
        self.set_phase(host, phase);
    }

    /// Notes which incarnation the process of `host` is in.
    pub(super) fn in_incarnation(&mut self, host: usize, incarnation: Incarnation) {
        let now = self.now;
        if let Some(fact) = self.facts.get_mut(host)
            && fact.own != incarnation
        {
            (fact.own, fact.own_since) = (incarnation, now);
            fact.highest = fact.highest.max(incarnation);
        }
    }

    /// Notes that something begins, or ceases, to keep `host` from running as it should.
    pub(super) fn disturb(&mut self, host: usize, begins: bool) {
        let now = self.now;
        if let Some(fact) = self.facts.get_mut(host) {
            fact.disturbances = stepped(fact.disturbances, begins);
            fact.calm_since = now;
        }
    }

    /// Notes that a fault closes, or ceases to close, the way between two hosts.
    pub(super) fn close(&mut self, from: usize, to: usize, begins: bool) {
        let (now, count) = (self.now, self.facts.len());
        if let Some(way) = self.ways.get_mut(from * count + to) {
            way.closed_by = stepped(way.closed_by, begins);
            way.open_since = now;
        }
    }

    /// Notes that a fault begins, or ends; one that is over at once does both.
    pub(super) fn fault(&mut self, begins: bool) {
        self.faults = stepped(self.faults, begins);
        self.quiet_since = self.now;
    }

    pub(super) fn forgot(&mut self, host: usize) {
        self.fact_mut(host, |fact| fact.forgot = true);
    }

    pub(super) fn unaccountable(&mut self, host: usize) {
        self.fact_mut(host, |fact| fact.unaccountable = true);
    }

    /// Notes what an observer says.
    pub(super) fn seen(&mut self, seen: &Seen) {
        let place = seen.observer * self.facts.len() + seen.subject;
        if let Some(view) = self.views.get_mut(place) {
            let before = view.filter(|view| view.verdict == seen.verdict);
            let since = before.map_or(seen.at, |view| view.since);
            let before = view.filter(|view| view.verdict.is_present() == seen.verdict.is_present());
            let present_since = before.map_or(seen.at, |view| view.present_since);
            let Seen { verdict, incarnation, .. } = *seen;
            *view = Some(View { verdict, since, present_since, incarnation });
        }
    }

    /// The host that is home to a member.
    pub(super) fn home(&self, id: NodeId) -> Option<usize> {
        self.by_id.get(&id).copied()
    }

    pub(super) const fn hosts(&self) -> usize {
        self.facts.len()
    }

    pub(super) fn fact(&self, host: usize) -> Option<&Fact> {
        self.facts.get(host)
    }

    pub(super) fn facts(&self) -> impl Iterator<Item = (usize, &Fact)> {
        self.facts.iter().enumerate()
    }

    pub(super) fn view(&self, observer: usize, subject: usize) -> Option<View> {
        *self.views.get(observer * self.facts.len() + subject)?
    }

    /// The subjects that an observer's events spoke of.
    pub(super) fn views(&self, observer: usize) -> impl Iterator<Item = (usize, View)> {
        let count = self.facts.len();
        let row = self.views.get(observer * count..(observer + 1) * count).unwrap_or_default();
        row.iter().enumerate().filter_map(|(subject, view)| Some((subject, (*view)?)))
    }

    /// Whether a way is open now.
    pub(super) fn is_open(&self, from: usize, to: usize) -> bool {
        self.way(from, to).is_some_and(|way| way.closed_by == 0)
    }

    /// Whether there have been no faults for this long.
    pub(super) fn is_quiet(&self, length: Duration) -> bool {
        self.faults == 0 && self.has_lasted(self.quiet_since, length)
    }

    /// Whether a process has run undisturbed for this long.
    pub(super) fn is_calm(&self, host: usize, length: Duration) -> bool {
        self.fact(host).is_some_and(|fact| {
            fact.phase == Phase::Running
                && fact.disturbances == 0
                && self.has_lasted(fact.since.max(fact.calm_since), length)
        })
    }

    /// Since when nothing of a member that has gone has arrived anywhere.
    pub(super) fn gone_since(&self, host: usize) -> Timestamp {
        self.fact(host).map_or(self.now, |fact| fact.since.max(fact.last_word))
    }

    /// Whether nothing that was long on its way has reached a host for this long.
    pub(super) fn is_informed(&self, host: usize, length: Duration) -> bool {
        self.fact(host).is_some_and(|fact| self.has_lasted(fact.misled, length))
    }

    /// Whether two hosts have reached each other for this long.
    pub(super) fn is_connected(&self, a: usize, b: usize, length: Duration) -> bool {
        [(a, b), (b, a)].into_iter().all(|(from, to)| {
            let way = self.way(from, to);
            way.is_some_and(|way| way.closed_by == 0 && self.has_lasted(way.open_since, length))
        })
    }

    /// Whether `host` has, for this long, run undisturbed and reached more than half of all running
    /// members that did so as well, itself counted.
    pub(super) fn is_in_majority(&self, host: usize, length: Duration) -> bool {
        if !self.is_calm(host, length) {
            return false;
        }
        let running = self.facts.iter().filter(|fact| fact.phase == Phase::Running).count();
        let reached = (0..self.hosts()).filter(|other| {
            *other == host
                || self.is_calm(*other, length) && self.is_connected(host, *other, length)
        });
        let reached = reached.count();
        let is_pair = self.facts.iter().filter(|fact| fact.lives > 0).count() == 2;
        reached * 2 > running && (reached >= 2 || is_pair)
    }

    pub(super) fn has_lasted(&self, since: Timestamp, length: Duration) -> bool {
        Duration::from(self.now.saturating_since(since)) >= length
    }

    fn way(&self, from: usize, to: usize) -> Option<&Way> {
        self.ways.get(from * self.facts.len() + to)
    }

    fn set_phase(&mut self, host: usize, phase: Phase) {
        let now = self.now;
        self.fact_mut(host, |fact| (fact.phase, fact.since) = (phase, now));
    }

    fn fact_mut(&mut self, host: usize, change: impl FnOnce(&mut Fact)) {
        if let Some(fact) = self.facts.get_mut(host) {
            change(fact);
        }
    }

    fn forget_views(&mut self, observer: usize) {
        let count = self.facts.len();
        if let Some(row) = self.views.get_mut(observer * count..(observer + 1) * count) {
            row.fill(None);
        }
    }
}

const fn stepped(count: u32, up: bool) -> u32 {
    if up { count + 1 } else { count.saturating_sub(1) }
}
