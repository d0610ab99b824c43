//! Seeds: where to find the first members, by address or by name, looked up again for ever.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::proto::io::SEEDS_MAX;

/// The port of agents that name none; φ is 1.6180.
pub const PORT_DEFAULT: u16 = 16_180;

/// The wait between two look-ups of the names.
const LOOKUP_INTERVAL: Duration = Duration::from_secs(10);

/// The address or name of a seed: `HOST:PORT`, or `HOST` for the default port.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Seed(Place);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Addr(SocketAddr),
    Name { host: String, port: u16 },
}

impl FromStr for Seed {
    type Err = ParseSeedError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return Ok(Self(Place::Addr(addr)));
        }
        let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
        if let Ok(ip) = bare.parse::<IpAddr>() {
            return Ok(Self(Place::Addr(SocketAddr::new(ip, PORT_DEFAULT))));
        }
        let (host, port) = match text.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().map_err(|_| ParseSeedError)?),
            None => (text, PORT_DEFAULT),
        };
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
        if host.is_empty() || host.len() > 253 || port == 0 || !host.bytes().all(legal) {
            return Err(ParseSeedError);
        }
        Ok(Self(Place::Name { host: host.to_owned(), port }))
    }
}

impl TryFrom<String> for Seed {
    type Error = ParseSeedError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Seed> for String {
    fn from(seed: Seed) -> Self {
        seed.to_string()
    }
}

impl fmt::Display for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Place::Addr(addr) => addr.fmt(f),
            Place::Name { host, port } => write!(f, "{host}:{port}"),
        }
    }
}

/// The text names no seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("a seed is HOST:PORT, like db1.example.net:{PORT_DEFAULT} or [::1]:{PORT_DEFAULT}")]
pub struct ParseSeedError;

impl Seed {
    /// Its address, if it is none that must be looked up.
    #[must_use]
    pub const fn addr(&self) -> Option<SocketAddr> {
        match &self.0 {
            Place::Addr(addr) => Some(*addr),
            Place::Name { .. } => None,
        }
    }
}

/// Whether a socket bound to `local` can send to `addr`: loopback reaches no other host.
#[must_use]
pub fn reaches(local: SocketAddr, addr: SocketAddr) -> bool {
    local.is_ipv4() == addr.is_ipv4() && (!local.ip().is_loopback() || addr.ip().is_loopback())
}

/// Looks `seeds` up, now and then again, and passes on those that `local` reaches: addresses at
/// once, names as they are found, each in its own time; one that cannot be found any more stays
/// what it was. Ends when nobody listens any more, or when there is nothing that could change.
pub(super) async fn keep_resolving(
    seeds: Vec<Seed>,
    local: SocketAddr,
    resolved: mpsc::Sender<Vec<SocketAddr>>,
) {
    let mut found = vec![Found::default(); seeds.len()];
    let (answer, mut answers) = mpsc::channel(SEEDS_MAX);
    let mut look_ups = JoinSet::new();
    for (place, (seed, found)) in seeds.into_iter().zip(&mut found).enumerate() {
        match seed.0 {
            Place::Addr(addr) => found.keep(&[addr], local),
            Place::Name { host, port } => {
                look_ups.spawn(keep_looking_up(place, host, port, answer.clone()));
            }
        }
    }
    drop(answer);
    let mut before = Vec::new();
    loop {
        let mut now: Vec<SocketAddr> = found.iter().flat_map(|found| found.addrs.clone()).collect();
        now.sort_unstable();
        now.dedup();
        now.truncate(SEEDS_MAX);
        if now != before && resolved.send(now.clone()).await.is_err() {
            return;
        }
        before = now;
        tokio::select! {
            () = resolved.closed() => return,
            answer = answers.recv() => match answer {
                Some(answer) => answer.note(&mut found, local),
                None => return,
            }
        }
    }
}

/// Looks one name up for as long as anybody wants to know.
async fn keep_looking_up(place: usize, host: String, port: u16, answers: mpsc::Sender<Answer>) {
    loop {
        let found = tokio::net::lookup_host((host.as_str(), port)).await;
        let addrs = found.map(Iterator::collect);
        if answers.send(Answer { place, host: host.clone(), addrs }).await.is_err() {
            return;
        }
        tokio::time::sleep(LOOKUP_INTERVAL).await;
    }
}

/// What a look-up brought.
struct Answer {
    /// Of which seed.
    place: usize,
    host: String,
    addrs: io::Result<Vec<SocketAddr>>,
}

impl Answer {
    fn note(self, found: &mut [Found], local: SocketAddr) {
        let Some(found) = found.get_mut(self.place) else { return };
        match self.addrs {
            Ok(addrs) => found.keep(&addrs, local),
            Err(error) => {
                if !std::mem::replace(&mut found.failed, true) {
                    let host = self.host;
                    tracing::warn!(host, %error, "Cannot look up a seed: trying again for ever");
                }
            }
        }
    }
}

/// What is known of one seed.
#[derive(Clone, Default)]
struct Found {
    addrs: Vec<SocketAddr>,
    /// Whether the last look-up was of no use; told once.
    failed: bool,
}

impl Found {
    /// Keeps the addresses that a socket bound to `local` can send to.
    fn keep(&mut self, addrs: &[SocketAddr], local: SocketAddr) {
        let usable = addrs.iter().filter(|addr| reaches(local, **addr));
        self.addrs = usable.copied().collect();
        let none = self.addrs.is_empty();
        if none && !std::mem::replace(&mut self.failed, none) {
            tracing::warn!(?addrs, %local, "A seed has no address that the bound one reaches");
        }
        self.failed = none;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each way to write a seed gives the address or name that it means.
    #[test]
    fn seeds_are_parsed_in_every_form() {
        for (text, shown) in [
            ("10.0.0.1:7", "10.0.0.1:7"),
            ("10.0.0.1", "10.0.0.1:16180"),
            ("[::1]:7", "[::1]:7"),
            ("[::1]", "[::1]:16180"),
            ("[fe80::1%2]:7", "[fe80::1%2]:7"),
            ("::1", "[::1]:16180"),
            ("db-1.example.net:80", "db-1.example.net:80"),
            ("db1", "db1:16180"),
        ] {
            assert_eq!(text.parse::<Seed>().map(|seed| seed.to_string()).as_deref(), Ok(shown));
        }
        for bad in ["", ":1", "a:b", "a:0", "a:70000", "a b:1", "http://a:1", "::1:x"] {
            assert_eq!(bad.parse::<Seed>(), Err(ParseSeedError), "{bad:?}");
        }
    }

    /// Goal: addresses are passed on once, in order, without those that cannot be reached.
    #[tokio::test]
    async fn literal_seeds_are_resolved_once() {
        let seeds = ["127.0.0.1:9", "[::1]:9", "127.0.0.1:8", "127.0.0.1:9", "10.0.0.1:9"];
        let seeds = seeds.map(|seed| seed.parse().expect("legal")).to_vec();
        let (sender, mut receiver) = mpsc::channel(1);
        keep_resolving(seeds, SocketAddr::from(([127, 0, 0, 1], 1)), sender).await;
        let expected = [8, 9].map(|port| SocketAddr::from(([127, 0, 0, 1], port))).to_vec();
        assert_eq!(receiver.recv().await, Some(expected));
        assert_eq!(receiver.recv().await, None);
    }
}
