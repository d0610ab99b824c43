//! Hosts, their addresses, and sets of them.

use std::net::SocketAddr;

/// The most hosts of a world.
pub const HOSTS_MAX: usize = 4_096;

/// The port of all.
const PORT: u16 = 16_180;

/// A host, by its number from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct HostId(pub(super) u16);

impl HostId {
    /// Host `index`; beyond [`HOSTS_MAX`] there is none.
    pub(super) fn new(index: usize) -> Self {
        Self(u16::try_from(index).unwrap_or(u16::MAX))
    }

    pub(super) const fn index(self) -> usize {
        self.0 as usize
    }
}

/// An address: the host that has it, and how often that host had moved when it got it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Place {
    pub(super) host: HostId,
    pub(super) moves: u8,
}

impl Place {
    /// `10.moves.host`, the host in two bytes.
    pub(super) fn addr(self) -> SocketAddr {
        let [high, low] = self.host.0.to_be_bytes();
        SocketAddr::from(([10, self.moves, high, low], PORT))
    }

    /// The place with this address, if it is one of this world.
    pub(super) fn of(addr: SocketAddr) -> Option<Self> {
        let SocketAddr::V4(addr) = addr else { return None };
        let [ten, moves, high, low] = addr.ip().octets();
        let host = HostId(u16::from_be_bytes([high, low]));
        (ten == 10 && addr.port() == PORT).then_some(Self { host, moves })
    }
}

/// A set of hosts.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(super) struct Hosts(Vec<u64>);

impl Hosts {
    pub(super) fn all(count: usize) -> Self {
        Self::of(0..count)
    }

    pub(super) fn of(indices: impl IntoIterator<Item = usize>) -> Self {
        let mut hosts = Self::default();
        indices.into_iter().for_each(|index| hosts.insert(index));
        hosts
    }

    pub(super) fn insert(&mut self, index: usize) {
        let word = index / 64;
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        if let Some(word) = self.0.get_mut(word) {
            *word |= 1 << (index % 64);
        }
    }

    pub(super) fn contains(&self, host: HostId) -> bool {
        let word = self.0.get(host.index() / 64).copied().unwrap_or(0);
        word & 1 << (host.index() % 64) != 0
    }

    /// The indices, in rising order.
    pub(super) fn iter(&self) -> impl Iterator<Item = usize> {
        self.0.iter().enumerate().flat_map(|(place, word)| {
            (0..64).filter(move |bit| word & 1 << bit != 0).map(move |bit| place * 64 + bit)
        })
    }

    pub(super) fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: an address leads back to its host and move, and foreign ones lead nowhere.
    #[test]
    fn addresses_lead_back() {
        let place = Place { host: HostId(999), moves: 3 };
        assert_eq!(Place::of(place.addr()), Some(place));
        for foreign in ["10.0.0.1:1", "192.168.0.1:16180", "[::1]:16180"] {
            assert_eq!(Place::of(foreign.parse().expect("an address")), None);
        }
    }

    /// Goal: sets hold what was put in.
    #[test]
    fn sets_hold_what_was_put_in() {
        let set = Hosts::of([0, 63, 64, 1000]);
        assert_eq!(set.iter().collect::<Vec<_>>(), [0, 63, 64, 1000]);
        assert!(set.contains(HostId(64)) && !set.contains(HostId(65)));
        assert!(!set.contains(HostId(4000)));
        assert_eq!((set.len(), Hosts::all(70).len()), (4, 70));
    }
}
