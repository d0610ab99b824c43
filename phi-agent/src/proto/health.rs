//! "It is me": this node's own stalls, and whether it hears anybody at all.
//!
//! ```text
//! patience with s = max(P, 1.2 η + 1.5 · longest stall of either side in the last 60 η) ≤ P + 6 η
//! isolated        = every neighbour silent > 1.5 η, ≥ 3 probes unanswered, nobody heard for 0.6 P
//! ```
//!
//! Source: local health, \[Lifeguard\]; the rules, the study of the protocol.

use std::collections::VecDeque;
use std::time::Duration;

use phi_core::Timestamp;

use super::io::Change;
use super::node::Node;
use super::pace;
use super::safeguard::Safeguard;
use crate::ident::NodeId;
use crate::wire::bounded::Interval;

/// Members that are pinged at random in one round.
const PINGS: usize = 3;

/// Unanswered probes of a neighbour that counts towards isolation.
const ISOLATED_PROBES: u32 = 3;

/// Of the patience, the part (in tenths) for which nobody may be heard before isolation.
const ISOLATED_TENTHS: u32 = 6;

/// What a node knows of its own condition.
#[derive(Clone, Debug)]
pub(super) struct Health {
    /// Stalls that are longer than all later ones, the longest first.
    stalls: VecDeque<(Timestamp, Duration)>,
    /// When any member was last heard.
    pub(super) heard: Timestamp,
    pub(super) isolated: bool,
    next_ping: Timestamp,
    /// Until when this node accuses nobody, because it was told that it is down, or was isolated.
    pub(super) hold_until: Timestamp,
}

impl Health {
    pub(super) const fn new(now: Timestamp) -> Self {
        let stalls = VecDeque::new();
        Self { stalls, heard: now, isolated: false, next_ping: now, hold_until: Timestamp::ORIGIN }
    }

    fn record_stall(&mut self, stall: Duration, now: Timestamp) {
        while self.stalls.back().is_some_and(|(_, shorter)| *shorter <= stall) {
            self.stalls.pop_back();
        }
        self.stalls.push_back((now, stall));
    }

    /// The longest stall since `from`.
    fn longest(&mut self, from: Timestamp) -> Duration {
        while self.stalls.front().is_some_and(|(at, _)| *at < from) {
            self.stalls.pop_front();
        }
        self.stalls.front().map_or(Duration::ZERO, |(_, stall)| *stall)
    }
}

impl Node {
    /// Takes note of how late this input is dealt with.
    pub(super) fn note_lateness(&mut self, due: Timestamp, now: Timestamp) {
        let late: Duration = now.saturating_since(due).into();
        if late >= pace::STALL.of(self.interval()) {
            self.health.record_stall(late, now);
        }
    }

    /// The longest stall of this node that is remembered.
    pub(super) fn longest_stall(&mut self, now: Timestamp) -> Duration {
        let memory = pace::STALL_MEMORY.of(self.interval());
        self.health.longest(now.saturating_sub(memory))
    }

    /// How long a member may be silent before that counts, by this node's and its own stalls.
    pub(super) fn patience(
        &mut self,
        promised: Interval,
        declared: Duration,
        now: Timestamp,
    ) -> Duration {
        let interval = promised.get();
        let patience = self.config.detection.patience(promised);
        let own = self.longest_stall(now);
        let own = if self.has(Safeguard::OwnStalls) { own } else { Duration::ZERO };
        let declared = if self.has(Safeguard::DeclaredStalls) { declared } else { Duration::ZERO };
        let stall = own.max(declared);
        let stretched = pace::STALL_EXTRA.of(interval).saturating_add(stall.saturating_mul(3) / 2);
        let most = patience.saturating_add(pace::STRETCH_MAX.of(interval));
        if stall.is_zero() { patience } else { stretched.clamp(patience, most) }
    }

    /// If this node itself was late by more than half an interval, credits that to all: what did
    /// not come meanwhile is not the others' fault. What did come was taken in before, with its
    /// true times.
    pub(super) fn credit_stall(&mut self, now: Timestamp) {
        let late: Duration =
            self.timers.next().map_or(Duration::ZERO, |due| now.saturating_since(due).into());
        if late <= pace::CREDIT.of(self.interval()) || !self.has(Safeguard::PauseCredit) {
            return;
        }
        self.stats.stalls += 1;
        tracing::debug!(
            late_ms = late.as_secs_f64() * 1e3,
            "This agent was stalled: crediting all"
        );
        self.health.heard = self.health.heard.saturating_add(late).min(now);
        for id in self.members.watched() {
            let Some(link) = self.members.watch_mut(id) else { continue };
            if let Some(last) = link.detector.last() {
                link.detector.resume(last.saturating_add(late).min(now));
            }
            link.signs.credit(late, now);
            self.timers.set(super::timers::Timer::Judge(id), now);
        }
    }

    /// Whether this node may accuse anybody now.
    pub(super) fn may_accuse(&self, now: Timestamp) -> bool {
        !self.health.isolated && now >= self.health.hold_until
    }

    /// Looks whether it is this node that hears nobody; if that may be, asks members at random.
    pub(super) fn check_isolation(&mut self, now: Timestamp) {
        let (mut silent, mut dead_silent, mut watched) = (0_usize, 0_usize, 0_usize);
        for link in self.members.present().filter_map(|member| member.watch()) {
            let silence: Duration = now.saturating_since(link.signs.last()).into();
            let is_silent = silence > pace::ISOLATED_SILENCE.of(link.interval.get());
            let asked = link.probing.is_some_and(|probing| probing.since_sign >= ISOLATED_PROBES);
            watched += 1;
            silent += usize::from(is_silent);
            dead_silent += usize::from(is_silent && asked);
        }
        // Of two members each is the other's only neighbour: neither can tell whose fault it is.
        let few = self.members.present().nth(1).is_none();
        if few || 2 * silent < watched {
            return;
        }
        if now >= self.health.next_ping {
            self.health.next_ping = now.saturating_add(pace::PING_SPACING.of(self.interval()));
            self.ping_at_random(now);
        }
        let patience = self.config.detection.patience(self.config.identity.interval);
        let unheard: Duration = now.saturating_since(self.health.heard).into();
        let alone = dead_silent == watched && self.has(Safeguard::Isolation);
        if alone && unheard > patience / 10 * ISOLATED_TENTHS {
            self.set_isolated(true, now);
        }
    }

    fn ping_at_random(&mut self, now: Timestamp) {
        let mut others: Vec<NodeId> = self.members.present().map(|member| member.id).collect();
        for id in self.rng.draw(&mut others, PINGS) {
            self.send_probe(id, now);
        }
    }

    /// Who is no longer isolated gives the others time to be heard.
    pub(super) fn set_isolated(&mut self, isolated: bool, now: Timestamp) {
        if self.health.isolated != isolated {
            self.health.isolated = isolated;
            let hold = now.saturating_add(pace::HOLD.of(self.interval()));
            self.health.hold_until = self.health.hold_until.max(hold);
            tracing::info!(isolated, "Nobody is heard: this agent may be cut off");
            self.tell_of_self(if isolated { Change::Isolated } else { Change::Connected }, now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the longest stall of the last minute is known, whatever came after it.
    #[test]
    fn the_longest_recent_stall_is_remembered() {
        let at = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
        let ms = Duration::from_millis;
        let mut health = Health::new(at(0));
        for (second, stall) in [(1, 300), (2, 900), (3, 100), (4, 500)] {
            health.record_stall(ms(stall), at(second));
        }
        assert_eq!(health.longest(at(0)), ms(900));
        assert_eq!(health.longest(at(3)), ms(500));
        assert_eq!(health.longest(at(5)), Duration::ZERO);
    }
}
