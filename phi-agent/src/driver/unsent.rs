//! Datagrams that the kernel did not take: counted, and told of once for each destination and
//! reason.

use std::collections::BTreeSet;
use std::io;
use std::net::SocketAddr;

/// The most that are told of: a log is no place for each datagram.
const TOLD_MAX: usize = 64;

/// What could not be sent since the start.
#[derive(Debug, Default)]
pub(super) struct Unsent {
    count: u64,
    told: BTreeSet<(SocketAddr, io::ErrorKind)>,
}

impl Unsent {
    /// One more datagram, to `to`.
    pub(super) fn count(&mut self, to: SocketAddr, error: &io::Error) {
        self.count += 1;
        if self.told.len() < TOLD_MAX && self.told.insert((to, error.kind())) {
            tracing::warn!(%to, %error, "Cannot send to this address");
        }
    }

    /// How many there were.
    pub(super) const fn get(&self) -> u64 {
        self.count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each is counted, whatever is remembered of it, and that is bounded.
    #[test]
    fn all_are_counted_and_few_are_remembered() {
        let mut unsent = Unsent::default();
        for port in 0..1_000_u16 {
            let to = SocketAddr::from(([10, 0, 0, 1], port / 2));
            unsent.count(to, &io::ErrorKind::NetworkUnreachable.into());
        }
        assert_eq!(unsent.get(), 1_000);
        assert!(unsent.told.len() <= TOLD_MAX);
    }
}
