//! A small world for protocol tests: nodes, virtual time, a network with faults; no clock and no
//! socket.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;

use phi_agent::ident::{Incarnation, NodeId, SessionId};
use phi_agent::proto::config::Config;
use phi_agent::proto::io::{Event, Heard, Input, Output};
use phi_agent::proto::liveness::Liveness;
use phi_agent::proto::node::Node;
use phi_agent::wire::header::Header;
use phi_agent::wire::message::Refusal;
use phi_core::Timestamp;

/// One way through the network.
const LATENCY: Duration = Duration::from_micros(300);

/// Datagrams that no test needs at one time: more of them only come of nodes that answer each other
/// for ever.
const STORM: u64 = 50_000;

/// The interval of all nodes.
pub(crate) const INTERVAL: Duration = Duration::from_secs(1);

/// All nodes, and the datagrams between them.
pub(crate) struct World {
    pub(crate) now: Timestamp,
    hosts: BTreeMap<SocketAddr, Host>,
    flights: BTreeMap<(Timestamp, u64), Flight>,
    sent: u64,
    /// Hosts that live on without their process: they answer that nobody listens.
    killed: BTreeSet<SocketAddr>,
    /// One-way cuts: from, to.
    pub(crate) cuts: BTreeSet<(SocketAddr, SocketAddr)>,
    /// Every datagram arrives this many times.
    pub(crate) copies: u64,
    pub(crate) transmissions: Vec<(SocketAddr, SocketAddr, Vec<u8>)>,
    /// The last session that each address has sent from.
    pub(crate) sessions: BTreeMap<SocketAddr, SessionId>,
}

pub(crate) struct Host {
    pub(crate) node: Node,
    pub(crate) events: Vec<Event>,
    pub(crate) refusals: Vec<(SocketAddr, Refusal)>,
    pub(crate) heard: Vec<Heard>,
    /// What the node last asked to keep for its next process.
    pub(crate) remembered: Vec<SocketAddr>,
    pub(crate) stopped: Option<Timestamp>,
    next_timer: Timestamp,
    paused_until: Option<Timestamp>,
    queued: Vec<(Timestamp, SocketAddr, Vec<u8>)>,
}

struct Flight {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// The address of host `index`.
pub(crate) fn addr(index: u8) -> SocketAddr {
    SocketAddr::from(([10, 0, 0, index], 16_180))
}

/// The id of the node that lives on host `index`.
pub(crate) fn id(index: u8) -> NodeId {
    NodeId::from_bits(u128::from(index) << 100 | 0xabc)
}

/// A default configuration for host `index`.
pub(crate) fn config(index: u8, start: u64) -> Config {
    let name = format!("n{index}").parse().expect("a name");
    Config::new(id(index), name, Incarnation::of_start(start), INTERVAL).expect("legal")
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            now: Timestamp::from_nanos(1 << 40),
            hosts: BTreeMap::new(),
            flights: BTreeMap::new(),
            sent: 0,
            killed: BTreeSet::new(),
            cuts: BTreeSet::new(),
            copies: 1,
            transmissions: Vec::new(),
            sessions: BTreeMap::new(),
        }
    }

    /// `count` nodes that all have node 1 as seed, after ten seconds together.
    pub(crate) fn cluster(count: u8) -> Self {
        let mut world = Self::new();
        for index in 1..=count {
            world.start(index, config(index, 1), &[addr(1)]);
        }
        world.run(Duration::from_secs(10));
        world
    }

    /// Puts a new node on host `index`.
    pub(crate) fn start(&mut self, index: u8, config: Config, seeds: &[SocketAddr]) {
        let start = config.identity.incarnation.start;
        let seed = [index, u8::try_from(start % 256).expect("below 256")].repeat(16);
        let seed = seed.try_into().expect("32 bytes");
        let host = Host {
            node: Node::new(config, &seed, self.now),
            events: Vec::new(),
            refusals: Vec::new(),
            heard: Vec::new(),
            remembered: Vec::new(),
            stopped: None,
            next_timer: self.now,
            paused_until: None,
            queued: Vec::new(),
        };
        self.killed.remove(&addr(index));
        self.hosts.insert(addr(index), host);
        self.hand_in(addr(index), Input::Seeds(seeds));
    }

    /// Ends the process on host `index`; the host says so to whoever writes to it.
    pub(crate) fn kill(&mut self, index: u8) {
        self.hosts.remove(&addr(index));
        self.killed.insert(addr(index));
    }

    /// Ends host `index`, which says nothing more.
    pub(crate) fn power_off(&mut self, index: u8) {
        self.hosts.remove(&addr(index));
    }

    pub(crate) fn leave(&mut self, index: u8) {
        self.hand_in(addr(index), Input::Leave);
    }

    /// Lets host `index` say that it will be back within `within`.
    pub(crate) fn restart(&mut self, index: u8, within: Duration) {
        self.hand_in(addr(index), Input::Restart(within));
    }

    /// Tells host `index` where members were before.
    pub(crate) fn remind(&mut self, index: u8, addrs: &[SocketAddr]) {
        self.hand_in(addr(index), Input::Remembered(addrs));
    }

    /// Lets host `index` tell of the heartbeats of these.
    pub(crate) fn listen(&mut self, index: u8, to: &[NodeId]) {
        self.hand_in(addr(index), Input::Listen(to));
    }

    /// Stops host `index` in its tracks; datagrams wait in its kernel with their times.
    pub(crate) fn pause(&mut self, index: u8, length: Duration) {
        let until = self.now.saturating_add(length);
        self.host_mut(index).paused_until = Some(until);
    }

    /// Cuts the ways between two groups, or mends them.
    pub(crate) fn partition(&mut self, left: &[u8], right: &[u8], cut: bool) {
        let pairs = left.iter().flat_map(|a| right.iter().map(move |b| (addr(*a), addr(*b))));
        let ways: BTreeSet<_> = pairs.flat_map(|(a, b)| [(a, b), (b, a)]).collect();
        self.cuts.retain(|way| !ways.contains(way));
        self.cuts.extend(ways.into_iter().filter(|_| cut));
    }

    /// Wakes host `index` now, whatever time it expects.
    pub(crate) fn wake(&mut self, index: u8) {
        self.hand_in(addr(index), Input::Timer { network_read: true });
    }

    /// Delivers bytes to host `index` now, as if they came from `from`.
    pub(crate) fn deliver(&mut self, index: u8, from: SocketAddr, bytes: &[u8]) {
        let arrived = self.now;
        self.hand_in(addr(index), Input::Datagram { from, arrived, bytes });
    }

    pub(crate) fn host(&self, index: u8) -> &Host {
        self.hosts.get(&addr(index)).expect("the host is there")
    }

    pub(crate) fn host_mut(&mut self, index: u8) -> &mut Host {
        self.hosts.get_mut(&addr(index)).expect("the host is there")
    }

    /// What `observer` holds of `subject`.
    pub(crate) fn holds(&self, observer: u8, subject: u8) -> Option<Liveness> {
        let mut members = self.host(observer).node.members();
        members.find(|member| member.id == id(subject)).map(|member| member.state.liveness)
    }

    /// Lets `length` pass.
    pub(crate) fn run(&mut self, length: Duration) {
        let end = self.now.saturating_add(length);
        let sent = self.sent;
        while let Some(next) = self.next_instant().filter(|next| *next <= end) {
            self.now = self.now.max(next);
            self.deliver_due();
            self.wake_due();
            assert!(self.sent < sent + STORM, "a storm at {:?}", self.now);
        }
        self.now = end;
    }

    fn next_instant(&self) -> Option<Timestamp> {
        let flight = self.flights.keys().next().map(|(at, _)| *at);
        let wakes =
            self.hosts.values().map(|host| host.paused_until.unwrap_or(host.next_timer)).min();
        flight.into_iter().chain(wakes).min()
    }

    fn deliver_due(&mut self) {
        while let Some(entry) = self.flights.first_entry().filter(|entry| entry.key().0 <= self.now)
        {
            let Flight { from, to, bytes } = entry.remove();
            let now = self.now;
            match self.hosts.get_mut(&to) {
                Some(host) if host.paused_until.is_some() => host.queued.push((now, from, bytes)),
                Some(_) => {
                    self.hand_in(to, Input::Datagram { from, arrived: now, bytes: &bytes });
                }
                None if self.killed.contains(&to) && !self.cuts.contains(&(to, from)) => {
                    self.hand_in(from, Input::Unreachable { to, quoted: &bytes });
                }
                None => {}
            }
        }
    }

    fn wake_due(&mut self) {
        let now = self.now;
        let due = |host: &Host| host.paused_until.unwrap_or(host.next_timer) <= now;
        let due: Vec<SocketAddr> =
            self.hosts.iter().filter(|(_, host)| due(host)).map(|(addr, _)| *addr).collect();
        for addr in due {
            let host = self.hosts.get_mut(&addr).expect("just seen");
            host.paused_until = None;
            for (arrived, from, bytes) in std::mem::take(&mut host.queued) {
                self.hand_in(addr, Input::Datagram { from, arrived, bytes: &bytes });
            }
            self.hand_in(addr, Input::Timer { network_read: true });
        }
    }

    fn hand_in(&mut self, at: SocketAddr, input: Input<'_>) {
        let now = self.now;
        let Some(host) = self.hosts.get_mut(&at) else { return };
        host.node.handle(input, now).expect("drained");
        let mut outgoing = Vec::new();
        loop {
            match host.node.poll_output() {
                Output::Transmit { to, bytes } => outgoing.push((to, bytes)),
                Output::Event(event) => host.events.push(event),
                Output::Heard(heard) => host.heard.push(heard),
                Output::Persist(_) => {} // each test says which start it is
                Output::Remember(addrs) => host.remembered = addrs,
                Output::Refused { by, reason } => host.refusals.push((by, reason)),
                Output::Stopped => host.stopped = Some(now),
                Output::Timeout(next) => {
                    host.next_timer = next;
                    break;
                }
            }
        }
        for (to, bytes) in outgoing {
            self.transmit(at, to, bytes);
        }
    }

    fn transmit(&mut self, from: SocketAddr, to: SocketAddr, bytes: Vec<u8>) {
        let arrives = self.now.saturating_add(LATENCY);
        for _ in 0..self.copies * u64::from(!self.cuts.contains(&(from, to))) {
            self.sent += 1;
            let flight = Flight { from, to, bytes: bytes.clone() };
            self.flights.insert((arrives, self.sent), flight);
        }
        let session = Header::parse(&bytes).expect("a datagram of ours").session;
        self.sessions.insert(from, session);
        self.transmissions.push((from, to, bytes));
    }
}
