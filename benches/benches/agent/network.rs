//! Members and the datagrams between them, in memory and on a virtual clock: traffic and answers
//! are real, and what one member takes is counted.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use phi_core::Timestamp;

/// One way through the network.
const LATENCY: Duration = Duration::from_micros(300);

/// Until everybody knows everybody, and what was said of it has been said.
const SETTLED: Duration = Duration::from_secs(30);

/// The member whose time is counted; it is nobody's seed.
const SUBJECT: u32 = 1;

/// Datagrams that a member wants sent.
pub(crate) type Outgoing = Vec<(SocketAddr, Vec<u8>)>;

/// A protocol without IO.
pub(crate) trait Host: Sized {
    /// Its name in tables.
    const NAME: &'static str;

    /// A datagram that was decoded.
    type Decoded;

    /// Member `index` of those from 0 to `others`.
    fn start(index: u32, others: u32, now: Timestamp, outgoing: &mut Outgoing) -> Self;

    fn on_datagram(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        now: Timestamp,
        outgoing: &mut Outgoing,
    );

    fn on_timer(&mut self, now: Timestamp, outgoing: &mut Outgoing);

    fn next_timer(&self) -> Timestamp;

    /// How many others it knows.
    fn members(&self) -> usize;

    /// Whether this is what members send in order to show, or to ask, that somebody lives.
    fn is_sign_of_life(bytes: &[u8]) -> bool;

    fn decode(bytes: &[u8]) -> Option<Self::Decoded>;

    fn encode(datagram: &mut Self::Decoded) -> Vec<u8>;
}

/// A datagram under way.
struct Flight {
    from: SocketAddr,
    to: SocketAddr,
    bytes: Vec<u8>,
}

/// All members, and the datagrams between them.
pub(crate) struct Network<H> {
    now: Timestamp,
    hosts: BTreeMap<SocketAddr, H>,
    /// Whose timer is due when, and nobody else's before.
    timers: BTreeSet<(Timestamp, SocketAddr)>,
    flights: BTreeMap<(Timestamp, u64), Flight>,
    sent: u64,
    /// What the subject took.
    spent: Duration,
    /// The last sign of life that it sent.
    sign: Vec<u8>,
}

/// Where member `index` is.
pub(crate) fn addr(index: u32) -> SocketAddr {
    SocketAddr::from((Ipv4Addr::from_bits(0x0a00_0000 + index), 16_180))
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
impl<H: Host> Network<H> {
    /// So many members beside the subject, after they have settled.
    pub(crate) fn settled(others: u32) -> Self {
        let mut network = Self {
            now: Timestamp::from_nanos(1 << 40),
            hosts: BTreeMap::new(),
            timers: BTreeSet::new(),
            flights: BTreeMap::new(),
            sent: 0,
            spent: Duration::ZERO,
            sign: Vec::new(),
        };
        for index in 0..=others {
            let mut outgoing = Vec::new();
            let host = H::start(index, others, network.now, &mut outgoing);
            network.timers.insert((host.next_timer(), addr(index)));
            network.hosts.insert(addr(index), host);
            network.send(addr(index), outgoing);
        }
        network.run(SETTLED);
        let subject = network.hosts.get(&addr(SUBJECT)).expect("it was started");
        assert_eq!(subject.members(), others as usize, "all know each other");
        assert!(!network.sign.is_empty(), "it shows that it lives");
        network
    }

    /// What the subject takes in so many intervals.
    pub(crate) fn spent_by_subject(&mut self, interval: Duration, intervals: u64) -> Duration {
        self.spent = Duration::ZERO;
        (0..intervals).for_each(|_| self.run(interval));
        self.spent
    }

    pub(crate) fn sign_of_life(&self) -> &[u8] {
        &self.sign
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
                self.hand_in(to, |host, now, out| host.on_datagram(from, &bytes, now, out));
            } else {
                let (_, addr) = *self.timers.first().expect("seen");
                self.hand_in(addr, H::on_timer);
            }
        }
        self.now = end;
    }

    fn hand_in(&mut self, at: SocketAddr, input: impl FnOnce(&mut H, Timestamp, &mut Outgoing)) {
        let Some(host) = self.hosts.get_mut(&at) else { return };
        self.timers.remove(&(host.next_timer(), at));
        let mut outgoing = Vec::new();
        let start = Instant::now();
        input(host, self.now, &mut outgoing);
        if at == addr(SUBJECT) {
            self.spent += start.elapsed();
        }
        self.timers.insert((host.next_timer(), at));
        self.send(at, outgoing);
    }

    fn send(&mut self, from: SocketAddr, outgoing: Outgoing) {
        let arrives = self.now.saturating_add(LATENCY);
        for (to, bytes) in outgoing {
            self.sent += 1;
            if from == addr(SUBJECT) && H::is_sign_of_life(&bytes) {
                bytes.clone_into(&mut self.sign);
            }
            self.flights.insert((arrives, self.sent), Flight { from, to, bytes });
        }
    }
}
