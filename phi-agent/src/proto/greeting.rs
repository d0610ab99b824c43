//! Saying hello: at seeds for ever, where members were before this process for a while.
//!
//! What an answer is worth is the handshake's business.

use std::net::SocketAddr;

use phi_core::Timestamp;

use super::contacts::Reason;
use super::io::{REMEMBERED_MAX, SEEDS_MAX};
use super::node::Node;
use super::timers::Timer;
use crate::wire::message::{Hello, Message};

impl Node {
    pub(super) fn on_seeds(&mut self, seeds: &[SocketAddr], now: Timestamp) {
        let seeds = seeds.get(..SEEDS_MAX).unwrap_or(seeds);
        self.contacts.keep_seeds(seeds);
        for seed in seeds {
            self.contact(*seed, Reason::Seed, now);
        }
    }

    /// Tries where members were before.
    pub(super) fn on_remembered(&mut self, addrs: &[SocketAddr], now: Timestamp) {
        for addr in addrs.iter().take(REMEMBERED_MAX) {
            self.contact(*addr, Reason::Remembered, now);
        }
    }

    /// Says hello at `addr` from now on, unless that is done already.
    pub(super) fn contact(&mut self, addr: SocketAddr, reason: Reason, now: Timestamp) {
        if self.contacts.add(addr, reason) {
            self.timers.set(Timer::Contact(addr), now);
            self.on_contact_timer(addr, now);
        }
    }

    pub(super) fn on_contact_timer(&mut self, addr: SocketAddr, now: Timestamp) {
        self.contacts.give_up(addr);
        if !self.contacts.contains(addr) {
            return;
        }
        let settled = self.members.is_present_at(addr);
        let wait = if settled {
            self.contacts.on_settled(addr)
        } else {
            let cluster = self.config.cluster.clone();
            self.send(addr, Message::Hello(Hello { cluster, padding: [0; 16] }));
            self.contacts.on_attempt(addr)
        };
        match wait.map(|wait| self.rng.jittered(wait)) {
            Some(wait) => self.timers.set(Timer::Contact(addr), now.saturating_add(wait)),
            None => self.timers.cancel(Timer::Contact(addr)),
        }
    }

    /// Notes that `from` is this node itself: looked at now and then, for it may change hands.
    pub(super) fn on_own_session(&mut self, from: SocketAddr, now: Timestamp) {
        if let Some(wait) = self.contacts.on_settled(from) {
            self.timers.set(Timer::Contact(from), now.saturating_add(wait));
        }
    }
}
