//! The agent's protocol without its IO: datagrams encoded and decoded, and what a second of a
//! member's life costs among 10, 100 and 1,000 others.
//!
//! The others live in the same process, on a network in memory whose clock is virtual; only the
//! time that one member takes is counted. Traffic and answers are real.

use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use criterion::{BenchmarkId, Criterion, criterion_group, criterion_main};
use phi_agent::ident::{Incarnation, NodeId};
use phi_agent::proto::config::Config;
use phi_agent::proto::io::{Input, Output};
use phi_agent::proto::node::Node;
use phi_agent::wire::Datagram;
use phi_agent::wire::message::Message;
use phi_core::Timestamp;

const INTERVAL: Duration = Duration::from_secs(1);

/// One way through the network.
const LATENCY: Duration = Duration::from_micros(300);

/// Until everybody knows everybody, and what was said of it has been said.
const SETTLED: Duration = Duration::from_secs(30);

/// The member whose time is counted; it is nobody's seed.
const SUBJECT: u32 = 1;

struct Host {
    node: Node,
    next_timer: Timestamp,
}

/// A datagram under way.
struct Flight {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// All members, and the datagrams between them.
struct Network {
    now: Timestamp,
    hosts: BTreeMap<SocketAddr, Host>,
    /// Whose timer is due when, and nobody else's before.
    timers: BTreeSet<(Timestamp, SocketAddr)>,
    flights: BTreeMap<(Timestamp, u64), Flight>,
    sent: u64,
    /// What the subject took.
    spent: Duration,
    /// The last heartbeat that it sent.
    heartbeat: Vec<u8>,
}

fn addr(index: u32) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from_bits(0x0a00_0000 + index), 16_180))
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
impl Network {
    /// So many members beside the subject, after they have settled.
    fn settled(others: u32) -> Self {
        let mut network = Self {
            now: Timestamp::from_nanos(1 << 40),
            hosts: BTreeMap::new(),
            timers: BTreeSet::new(),
            flights: BTreeMap::new(),
            sent: 0,
            spent: Duration::ZERO,
            heartbeat: Vec::new(),
        };
        for index in 0..=others {
            network.start(index);
        }
        network.run(SETTLED);
        let subject = network.hosts.get(&addr(SUBJECT)).expect("it was started");
        assert_eq!(subject.node.members().count(), others as usize, "all know each other");
        assert!(!network.heartbeat.is_empty(), "it sends heartbeats");
        network
    }

    fn start(&mut self, index: u32) {
        let id = NodeId::from_bits(u128::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15) << 32);
        let name = format!("n{index}").parse().expect("a name");
        let incarnation = Incarnation::of_start(1);
        let config = Config::new(id, name, incarnation, INTERVAL).expect("legal");
        let config = Config { members_max: 4_096, ..config };
        let mut seed = [7; 32];
        seed.iter_mut().zip(index.to_be_bytes()).for_each(|(byte, of_index)| *byte = of_index);
        let node = Node::new(config, &seed, self.now);
        self.hosts.insert(addr(index), Host { node, next_timer: self.now });
        self.hand_in(addr(index), Input::Seeds(&[addr(0)]));
    }

    fn run(&mut self, length: Duration) {
        let end = self.now.saturating_add(length);
        loop {
            let flight = self.flights.first_key_value().map(|((at, _), _)| *at);
            let timer = self.timers.first().map(|(at, _)| *at);
            let Some(next) = flight.into_iter().chain(timer).min().filter(|at| *at <= end) else {
                break;
            };
            self.now = self.now.max(next);
            if flight == Some(next) {
                let (_, Flight { from, to, bytes }) = self.flights.pop_first().expect("seen");
                self.hand_in(to, Input::Datagram { from, arrived: self.now, bytes: &bytes });
            } else {
                let (_, addr) = self.timers.pop_first().expect("seen");
                self.hand_in(addr, Input::Timer { network_read: true });
            }
        }
        self.now = end;
    }

    fn hand_in(&mut self, at: SocketAddr, input: Input<'_>) {
        let Some(host) = self.hosts.get_mut(&at) else { return };
        self.timers.remove(&(host.next_timer, at));
        let mut outgoing = Vec::new();
        let start = Instant::now();
        host.node.handle(input, self.now).expect("drained");
        host.next_timer = loop {
            match host.node.poll_output() {
                Output::Timeout(next) => break next.max(self.now),
                Output::Transmit { to, bytes } => outgoing.push((to, bytes)),
                other => drop(black_box(other)),
            }
        };
        if at == addr(SUBJECT) {
            self.spent += start.elapsed();
        }
        self.timers.insert((host.next_timer, at));
        let arrives = self.now.saturating_add(LATENCY);
        for (to, bytes) in outgoing {
            self.sent += 1;
            if at == addr(SUBJECT) && is_heartbeat(&bytes) {
                bytes.clone_into(&mut self.heartbeat);
            }
            self.flights.insert((arrives, self.sent), Flight { from: at, to, bytes });
        }
    }
}

fn is_heartbeat(bytes: &[u8]) -> bool {
    Datagram::decode(bytes).is_ok_and(|datagram| matches!(datagram.message, Message::Heartbeat(_)))
}

/// How many others; only the fewest when nothing is timed.
fn sizes() -> &'static [u32] {
    let is_test = std::env::args().any(|argument| argument == "--test");
    if is_test { &[10] } else { &[10, 100, 1_000] }
}

#[expect(clippy::expect_used, reason = "what a node sends is legal")]
fn agent(criterion: &mut Criterion) {
    for others in sizes() {
        let mut network = Network::settled(*others);
        let bytes = network.heartbeat.clone();
        let datagram = Datagram::decode(&bytes).expect("legal");
        let mut wire = criterion.benchmark_group(format!("wire, a heartbeat of {} B", bytes.len()));
        wire.bench_function("encode", |bencher| bencher.iter(|| black_box(&datagram).encode()));
        wire.bench_function("decode", |bencher| {
            bencher.iter(|| Datagram::decode(black_box(&bytes)));
        });
        wire.finish();
        let mut node = criterion.benchmark_group("node, a second of its life");
        node.sample_size(10);
        node.bench_function(BenchmarkId::from_parameter(others), |bencher| {
            bencher.iter_custom(|seconds| {
                network.spent = Duration::ZERO;
                (0..seconds).for_each(|_| network.run(INTERVAL));
                network.spent
            });
        });
        node.finish();
    }
}

criterion_group!(benches, agent);
criterion_main!(benches);
