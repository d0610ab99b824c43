//! One member of the cluster: takes inputs, gives outputs, and passes each to the part it concerns.
//!
//! The parts are in `greeting`, `handshake`, `heartbeat`, `verdict` and `leave`.

use std::collections::{BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use phi_core::Timestamp;

use super::config::Config;
use super::contacts::Contacts;
use super::gossip::Gossip;
use super::io::{Event, Input, NotDrained, Output};
use super::members::{Member, Members};
use super::proof::{ProofSecret, first_half, keyed};
use super::rng::Rng;
use super::stats::{DropReason, Stats};
use super::timers::{Timer, Timers};
use crate::ident::{Incarnation, NodeId, SessionId};
use crate::wire::Datagram;
use crate::wire::message::Message;

/// The wait with a verdict while a flood keeps the network from being read.
const JUDGE_AGAIN: Duration = Duration::from_millis(10);

/// The protocol's state of one process of one member.
#[derive(Debug)]
pub struct Node {
    pub(super) config: Config,
    pub(super) session: SessionId,
    pub(super) started: Timestamp,
    pub(super) secret: ProofSecret,
    pub(super) rng: Rng,
    pub(super) members: Members,
    pub(super) contacts: Contacts,
    pub(super) gossip: Gossip,
    pub(super) timers: Timers,
    pub(super) stats: Stats,
    pub(super) phase: Phase,
    pub(super) refute_from: Timestamp,
    sequence: u64,
    events: u64,
    outbox: VecDeque<Output>,
    drained: bool,
    latest: Timestamp,
}

/// Whether the node takes part, is saying good-bye, or has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    Running,
    Leaving { until: Timestamp, unconfirmed: BTreeSet<NodeId> },
    Stopped,
}

/// A datagram's circumstances.
#[derive(Clone, Copy, Debug)]
pub(super) struct Envelope {
    pub(super) from: SocketAddr,
    pub(super) session: SessionId,
    pub(super) arrived: Timestamp,
    /// Its length: no answer to a stranger may be longer.
    pub(super) bytes: usize,
}

impl Node {
    /// A node that knows nobody. `seed` must be unguessable on a real network: its session and its
    /// proofs come from it.
    #[must_use]
    pub fn new(config: Config, seed: &[u8; 32], now: Timestamp) -> Self {
        let session = first_half(&keyed(seed, &[b"session"]));
        let jitter = keyed(seed, &[b"jitter"]).first_chunk().copied().unwrap_or_default();
        let mut node = Self {
            session: SessionId::from_bits(u128::from_be_bytes(session)),
            secret: ProofSecret::new(keyed(seed, &[b"proofs"])),
            rng: Rng::new(u64::from_be_bytes(jitter)),
            members: Members::new(config.members_max),
            config,
            started: now,
            contacts: Contacts::default(),
            gossip: Gossip::default(),
            timers: Timers::default(),
            stats: Stats::default(),
            phase: Phase::Running,
            refute_from: now,
            sequence: 0,
            events: 0,
            outbox: VecDeque::new(),
            drained: true,
            latest: now,
        };
        let first = node.rng.part_of(node.config.identity.interval.get());
        node.timers.set(Timer::Heartbeat, now.saturating_add(first));
        node
    }

    /// Takes in one input. A `now` before an earlier one is taken as that.
    ///
    /// # Errors
    ///
    /// [`NotDrained`] when outputs of the input before are left; this one is then dropped.
    pub fn handle(&mut self, input: Input<'_>, now: Timestamp) -> Result<(), NotDrained> {
        if !self.drained {
            return Err(NotDrained);
        }
        self.drained = false;
        self.latest = self.latest.max(now);
        let now = self.latest;
        match (&self.phase, input) {
            (Phase::Stopped, _)
            | (Phase::Leaving { .. }, Input::Seeds(_) | Input::Leave)
            | (_, Input::Unreachable { .. }) => {}
            (_, Input::Datagram { from, arrived, bytes }) => {
                self.on_datagram(from, arrived.min(now), bytes, now);
            }
            (_, Input::Timer { network_read }) => self.on_timers(network_read, now),
            (Phase::Running, Input::Seeds(seeds)) => self.on_seeds(seeds, now),
            (Phase::Running, Input::Leave) => self.start_leaving(now),
        }
        Ok(())
    }

    /// The next thing to do; [`Output::Timeout`] when there is nothing more before that time.
    pub fn poll_output(&mut self) -> Output {
        self.outbox.pop_front().unwrap_or_else(|| {
            self.drained = true;
            Output::Timeout(self.timers.next().unwrap_or(Timestamp::MAX))
        })
    }

    /// Who this node is and how it works.
    #[must_use]
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Which life of this node it is, refutations included.
    #[must_use]
    pub const fn incarnation(&self) -> Incarnation {
        self.config.identity.incarnation
    }

    /// All other members, in the order of their ids.
    pub fn members(&self) -> impl Iterator<Item = &Member> {
        self.members.iter()
    }

    /// The number of the last [`Event`]; 0 before the first.
    #[must_use]
    pub const fn last_event(&self) -> u64 {
        self.events
    }

    /// The counters.
    #[must_use]
    pub const fn stats(&self) -> &Stats {
        &self.stats
    }

    fn on_datagram(&mut self, from: SocketAddr, arrived: Timestamp, bytes: &[u8], now: Timestamp) {
        self.stats.datagrams_received += 1;
        let received = Datagram::decode(bytes).map_err(DropReason::from).and_then(|datagram| {
            let session = datagram.session;
            let envelope = Envelope { from, session, arrived, bytes: bytes.len() };
            self.on_message(envelope, datagram.message, now)
        });
        if let Err(reason) = received {
            self.stats.count_drop(reason);
            tracing::trace!(%from, ?reason, "Dropped a datagram");
        }
    }

    fn on_message(
        &mut self,
        at: Envelope,
        message: Message,
        now: Timestamp,
    ) -> Result<(), DropReason> {
        if at.session == self.session {
            self.on_own_session(at.from, now);
            return Err(DropReason::OwnSession);
        }
        let sender = self.members.proven(at.session, at.from);
        if sender.is_none() && !message.kind().is_handshake() {
            self.challenge(at, now);
            return Err(DropReason::Unproven);
        }
        if self.phase != Phase::Running && message.kind().is_handshake() {
            return Err(DropReason::Leaving);
        }
        match (message, sender) {
            (Message::Hello(hello), _) => self.on_hello(at, &hello, now),
            (Message::Challenge(challenge), _) => self.on_challenge(at, challenge, now),
            (Message::Join(join), _) => self.on_join(at, join, now),
            (Message::Welcome(welcome), _) => self.on_welcome(at, welcome, now),
            (Message::Refused(refused), _) => self.on_refused(at, refused),
            (Message::Heartbeat(heartbeat), Some(sender)) => {
                self.on_heartbeat(sender, &heartbeat, at.arrived, now)
            }
            (Message::Leave(leave), Some(sender)) => self.on_leave(sender, leave, now),
            (Message::LeaveAck(ack), Some(sender)) => self.on_leave_ack(sender, ack),
            (Message::Standing(standing), Some(sender)) => {
                self.on_standing(sender, standing, at.arrived, now)
            }
            (_, None) => Err(DropReason::Unproven),
        }
    }

    fn on_timers(&mut self, network_read: bool, now: Timestamp) {
        self.credit_stall(now);
        while let Some((timer, due)) = self.timers.pop_due(now) {
            match timer {
                Timer::Heartbeat => self.on_heartbeat_timer(due, now),
                Timer::Verdict(id) if network_read => self.judge(id, now),
                Timer::Verdict(_) => self.timers.set(timer, now.saturating_add(JUDGE_AGAIN)),
                Timer::Contact(addr) => self.on_contact_timer(addr, now),
                Timer::Leave => self.on_leave_timer(now),
            }
        }
    }

    pub(super) fn send(&mut self, to: SocketAddr, message: Message) {
        self.sequence += 1;
        let datagram = Datagram { session: self.session, sequence: self.sequence, message };
        match datagram.encode() {
            Ok(bytes) => {
                self.stats.datagrams_sent += 1;
                self.stats.bytes_sent += bytes.len() as u64;
                self.output(Output::Transmit { to, bytes });
            }
            Err(error) => debug_assert!(false, "a message of ours must fit: {error}"),
        }
    }

    /// The number of the last datagram sent, to anybody.
    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outbox.push_back(output);
    }

    /// Tells that the state of `id` has changed.
    pub(super) fn tell(&mut self, id: NodeId, now: Timestamp) {
        let Some(member) = self.members.get(id) else { return };
        self.events += 1;
        self.outbox.push_back(Output::Event(Event {
            number: self.events,
            at: now,
            liveness: member.state.liveness,
            id,
            name: member.name.clone(),
            addr: member.addr,
            incarnation: member.state.incarnation,
            phi: member.phi(now),
        }));
    }

    /// The time since the session began, in the unit of the wire (µs).
    pub(super) const fn session_us(&self, now: Timestamp) -> u64 {
        now.saturating_since(self.started).get() / 1_000
    }

    /// The time at which the session was this old; the end of time, if a sender made it up.
    pub(super) fn session_time(&self, sent_us: u64) -> Timestamp {
        self.started.saturating_add(Duration::from_micros(sent_us))
    }
}
