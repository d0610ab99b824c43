//! What is timed of many detectors: who is late among 100,000, a hundred of which are.
//!
//! How one of them answers is the business of [`replay`](crate::replay).

use std::hint::black_box;
use std::time::Duration;

use anyhow::{Context as _, Result};
use phi_core::{Calibrated, Detector, Fleet, Handle, LatenessConfig, Slot, Threshold, Timestamp};

use crate::entrant::{Entrant, Nothing, Setup};
use crate::replay::{Operation, SETUP};

/// How many peers there are.
pub const PEERS: usize = 100_000;

/// One peer in so many has fallen silent.
const SILENT_EVERY: usize = 1_000;

/// When the question is put: 1 s after the first of the living was last heard from.
const NOW: Timestamp = Timestamp::from_nanos(101_000_000_000);

/// Many detectors of many peers.
pub trait Peers: Sized + 'static {
    /// Its name in tables.
    const NAME: &'static str;

    /// From which φ on a peer is late, unless a model has a scale of its own.
    const THRESHOLD: f64 = 8.0;

    /// One peer a history: three arrivals.
    ///
    /// # Errors
    ///
    /// When this setup is refused.
    fn start(setup: Setup, histories: &[[Timestamp; 3]]) -> Result<Self>;

    /// Takes in a heartbeat of one peer.
    fn heartbeat(&mut self, peer: usize, now: Timestamp);

    /// How many of them are late.
    fn late(&self, now: Timestamp) -> usize;
}

impl Peers for Nothing {
    const NAME: &'static str = <Self as Entrant>::NAME;

    fn start(_: Setup, _: &[[Timestamp; 3]]) -> Result<Self> {
        Ok(Self)
    }

    fn heartbeat(&mut self, peer: usize, now: Timestamp) {
        black_box((peer, now));
    }

    fn late(&self, now: Timestamp) -> usize {
        black_box(now);
        0
    }
}

/// A fleet with a threshold of its own: its model's φ of 3 is one mistake in 1,000 heartbeats.
#[derive(Debug)]
pub struct OurFleet {
    fleet: Fleet<Calibrated, Vec<Slot<Calibrated>>, Vec<u64>>,
    handles: Vec<Handle>,
}

impl Peers for OurFleet {
    const NAME: &'static str = "phi-core Fleet";

    const THRESHOLD: f64 = 3.0;

    fn start(setup: Setup, histories: &[[Timestamp; 3]]) -> Result<Self> {
        let count = histories.len();
        let config = LatenessConfig::for_interval(setup.interval)?;
        let slots = vec![Slot::VACANT; count];
        let mut fleet = Fleet::new(slots, vec![0; 2 * count], Threshold::new(Self::THRESHOLD)?)?;
        let insert = |history: &[Timestamp; 3]| {
            let mut detector = Detector::new(Calibrated::new(config));
            for arrival in history {
                detector.heartbeat(*arrival);
            }
            fleet.insert(detector).context("a slot for each")
        };
        let handles = histories.iter().map(insert).collect::<Result<_>>()?;
        Ok(Self { fleet, handles })
    }

    fn heartbeat(&mut self, peer: usize, now: Timestamp) {
        if let Some(handle) = self.handles.get(peer) {
            black_box(self.fleet.heartbeat(*handle, now)).ok();
        }
    }

    fn late(&self, now: Timestamp) -> usize {
        self.fleet.late(now).count()
    }
}

/// Three heartbeats of each peer, 1 s apart; the last of the living are spread over a second, the
/// silent ones have been so for 20 s more.
fn histories(count: usize) -> Vec<[Timestamp; 3]> {
    let history = |peer: usize| {
        let phase = Duration::from_secs(1).mul_f64(peer as f64 / count as f64);
        let silent = if peer.is_multiple_of(SILENT_EVERY) { 20 } else { 0 };
        let arrival =
            |second| Timestamp::ORIGIN.saturating_add(Duration::from_secs(second) + phase);
        [98, 99, 100].map(|second: u64| arrival(second - silent))
    };
    (0..count).map(history).collect()
}

/// "Who is late?", over all peers.
#[derive(Debug)]
pub struct Scan<P> {
    peers: Option<P>,
    count: usize,
}

impl<P> Default for Scan<P> {
    fn default() -> Self {
        Self { peers: None, count: 0 }
    }
}

impl<P: Peers> Operation for Scan<P> {
    /// The question changes nothing, so the peers are set up once.
    fn prepare(&mut self, count: usize) -> Result<()> {
        if self.peers.is_none() {
            self.peers = Some(P::start(SETUP, &histories(PEERS))?);
        }
        self.count = count;
        Ok(())
    }

    fn run(&mut self) {
        if let Some(peers) = &self.peers {
            for _ in 0..self.count {
                black_box(peers.late(black_box(NOW)));
            }
        }
    }
}

/// A heartbeat of one peer after the other: what it costs to know who is late.
#[derive(Debug)]
pub struct Round<P> {
    peers: Option<P>,
    next: usize,
    beats: Vec<(usize, Timestamp)>,
}

impl<P> Default for Round<P> {
    fn default() -> Self {
        Self { peers: None, next: 0, beats: Vec::new() }
    }
}

impl<P: Peers> Operation for Round<P> {
    /// Goes on where it stopped: the peers are many, and the next ones have not been touched.
    fn prepare(&mut self, count: usize) -> Result<()> {
        if self.peers.is_none() {
            self.peers = Some(P::start(SETUP, &histories(PEERS))?);
        }
        let beat = |number: usize| {
            let at = NOW.saturating_add(Duration::from_micros(10 * number as u64));
            (number * 7_919 % PEERS, at)
        };
        self.beats.clear();
        self.beats.extend((self.next..self.next + count).map(beat));
        self.next += count;
        Ok(())
    }

    fn run(&mut self) {
        if let Some(peers) = &mut self.peers {
            for (peer, at) in &self.beats {
                peers.heartbeat(*peer, *at);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn late<P: Peers>() -> usize {
        P::start(SETUP, &histories(5_000)).expect("legal").late(NOW)
    }

    /// Goal: everybody finds just the silent ones.
    #[test]
    fn the_silent_ones_are_late() {
        assert_eq!(late::<OurFleet>(), 5);
        #[cfg(feature = "rivals")]
        assert_eq!(late::<crate::rivals::PhiAccrualFailureDetectorPeers>(), 5);
    }
}
