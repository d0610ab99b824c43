//! Addresses to say hello at: seeds for ever, remembered ones for a while.
//!
//! ```text
//! first hello at once, then after 0.2 s · 2ⁿ ± 15 %, at most 5 s apart
//! ```

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

/// The most addresses tried at a time; seeds always find room.
const CONTACTS_MAX: usize = 2_048;

/// The wait after the first hello; a round trip on any network but the worst.
const BACKOFF_FIRST: Duration = Duration::from_millis(200);

/// The longest wait: a partition that heals is noticed within it.
const BACKOFF_MAX: Duration = Duration::from_secs(5);

/// Hellos to an address that is only remembered; they take half a minute.
const REMEMBERED_ATTEMPTS_MAX: u32 = 10;

/// Why an address is tried, in rising order of importance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Reason {
    /// A member was there before this process began.
    Remembered,
    /// The user named it.
    Seed,
}

/// The addresses that are tried.
#[derive(Debug, Default)]
pub(super) struct Contacts {
    by_addr: BTreeMap<SocketAddr, Contact>,
}

#[derive(Clone, Copy, Debug)]
struct Contact {
    reason: Reason,
    attempts: u32,
}

impl Contacts {
    /// Adds an address, or a better reason for one that is there. `true` if it is new and its first
    /// hello is due now; `false` also when there is no room for it.
    pub(super) fn add(&mut self, addr: SocketAddr, reason: Reason) -> bool {
        if let Some(known) = self.by_addr.get_mut(&addr) {
            known.reason = known.reason.max(reason);
            return false;
        }
        if self.by_addr.len() >= CONTACTS_MAX && reason != Reason::Seed {
            let hearsay = self.by_addr.iter().find(|(_, contact)| contact.reason < reason);
            let Some(hearsay) = hearsay.map(|(addr, _)| *addr) else { return false };
            self.by_addr.remove(&hearsay);
        }
        self.by_addr.insert(addr, Contact { reason, attempts: 0 });
        true
    }

    pub(super) fn contains(&self, addr: SocketAddr) -> bool {
        self.by_addr.contains_key(&addr)
    }

    /// Takes seeds that are no longer among `seeds` for nothing more than remembered.
    pub(super) fn keep_seeds(&mut self, seeds: &[SocketAddr]) {
        let gone = |addr: &SocketAddr, contact: &Contact| {
            contact.reason == Reason::Seed && !seeds.contains(addr)
        };
        for (_, contact) in self.by_addr.iter_mut().filter(|(addr, contact)| gone(addr, contact)) {
            contact.reason = Reason::Remembered;
        }
    }

    /// Notes that nobody needs to be found there now: nothing but a seed is looked at again. The
    /// wait until then, if there is to be one.
    pub(super) fn on_settled(&mut self, addr: SocketAddr) -> Option<Duration> {
        let contact = self.by_addr.get_mut(&addr)?;
        if contact.reason == Reason::Seed {
            contact.attempts = 0;
            return Some(BACKOFF_MAX);
        }
        self.by_addr.remove(&addr);
        None
    }

    /// Forgets an address that is only remembered when nobody answered the last hello either.
    pub(super) fn give_up(&mut self, addr: SocketAddr) {
        let is_spent = |contact: &Contact| {
            contact.reason == Reason::Remembered && contact.attempts >= REMEMBERED_ATTEMPTS_MAX
        };
        if self.by_addr.get(&addr).is_some_and(is_spent) {
            self.by_addr.remove(&addr);
        }
    }

    /// Notes one more hello: the wait until the next, or until no answer is expected any more.
    pub(super) fn on_attempt(&mut self, addr: SocketAddr) -> Option<Duration> {
        let contact = self.by_addr.get_mut(&addr)?;
        contact.attempts = contact.attempts.saturating_add(1);
        let doublings = (contact.attempts - 1).min(8);
        Some((BACKOFF_FIRST * (1 << doublings)).min(BACKOFF_MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addr(port: u16) -> SocketAddr {
        SocketAddr::from(([127, 0, 0, 1], port))
    }

    /// Goal: seeds are tried for ever and never further apart than the maximum.
    #[test]
    fn seeds_are_tried_for_ever() {
        let mut contacts = Contacts::default();
        assert!(contacts.add(addr(1), Reason::Seed));
        let waits: Vec<_> = (0..100).filter_map(|_| contacts.on_attempt(addr(1))).collect();
        assert_eq!(waits.len(), 100);
        assert_eq!(waits.first(), Some(&BACKOFF_FIRST));
        assert_eq!(waits.iter().max(), Some(&BACKOFF_MAX));
        assert_eq!(contacts.on_settled(addr(1)), Some(BACKOFF_MAX));
        assert!(contacts.contains(addr(1)));
    }

    /// Goal: what is only remembered is given up, and a flood of it is bounded and leaves room for
    /// seeds.
    #[test]
    fn remembered_addresses_are_bounded_in_attempts_and_number() {
        let mut contacts = Contacts::default();
        assert!(contacts.add(addr(1), Reason::Remembered));
        let mut attempt = |addr| {
            contacts.give_up(addr);
            contacts.on_attempt(addr).is_some()
        };
        assert_eq!((0..100).filter(|_| attempt(addr(1))).count(), 10);
        for port in 1..=u16::MAX {
            contacts.add(addr(port), Reason::Remembered);
        }
        assert_eq!(contacts.by_addr.len(), CONTACTS_MAX);
        assert!(contacts.add(SocketAddr::from(([127, 0, 0, 2], 1)), Reason::Seed));
        assert!(!contacts.add(addr(500), Reason::Seed), "known, for a better reason now");
        assert_eq!((0..100).filter_map(|_| contacts.on_attempt(addr(500))).count(), 100);
    }

    /// Goal: seeds that the user, or the DNS, took away are forgotten; nothing else is.
    #[test]
    fn seeds_can_be_taken_away() {
        let mut contacts = Contacts::default();
        for (port, reason) in [(1, Reason::Seed), (2, Reason::Seed), (3, Reason::Remembered)] {
            contacts.add(addr(port), reason);
        }
        contacts.keep_seeds(&[addr(2)]);
        let settled = [1, 2, 3].map(|port| contacts.on_settled(addr(port)).is_some());
        assert_eq!(settled, [false, true, false], "only what is still a seed is looked at again");
    }
}
