//! One member of the cluster: takes inputs, gives outputs, and passes each to the part it concerns.
//!
//! The parts are in the files above this one in the list of the module.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;

use phi_core::Timestamp;

use super::claims::{Claims, first_round};
use super::config::Config;
use super::contacts::Contacts;
use super::health::Health;
use super::io::{Change, Event, Input, NotDrained, Output};
use super::members::{Member, Members};
use super::proof::{ProofSecret, first_half, keyed};
use super::rings::Rings;
use super::rng::Rng;
use super::safeguard::Safeguard;
use super::spread::Spread;
use super::stats::{DropReason, Stats};
use super::timers::{Timer, Timers};
use crate::ident::{Incarnation, NodeId, SessionId};
use crate::wire::Datagram;
use crate::wire::message::{Digest, Message};
use crate::wire::rumor::Rumors;

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
    pub(super) rings: Rings,
    /// Whether who watches whom must be worked out anew.
    pub(super) rings_changed: bool,
    pub(super) claims: Claims,
    /// What others say of members, until when these must have answered.
    pub(super) hearsay: BTreeMap<NodeId, Hearsay>,
    /// Who asked for a vouch, by subject.
    pub(super) relays: BTreeMap<NodeId, Vec<(NodeId, Timestamp)>>,
    pub(super) contacts: Contacts,
    pub(super) spread: Spread,
    pub(super) timers: Timers,
    pub(super) health: Health,
    pub(super) stats: Stats,
    pub(super) phase: Phase,
    pub(super) refute_from: Timestamp,
    /// Where others see this node.
    pub(super) seen_at: Option<SocketAddr>,
    pub(super) rounds: u64,
    pub(super) remembered: BTreeSet<SocketAddr>,
    /// Whose arrivals are told of.
    pub(super) listened: BTreeSet<NodeId>,
    /// The hashes over the table, until it changes.
    pub(super) digest: Option<Digest>,
    /// The beats of this session so far; all heartbeats of one have its number, so that one that
    /// was sent to somebody else tells nothing new.
    pub(super) beats: u64,
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
    Leaving(Leaving),
    Stopped,
}

/// A good-bye.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaving {
    pub(super) until: Timestamp,
    pub(super) told: BTreeSet<NodeId>,
    pub(super) confirmed: BTreeSet<NodeId>,
    /// For how long, if this is a restart.
    pub(super) back_within: Option<Duration>,
}

/// What others say of a member, and since when it may answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Hearsay {
    pub(super) state: super::liveness::State,
    pub(super) since: Timestamp,
    pub(super) kind: HearsayKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HearsayKind {
    /// Of members on this side.
    Verdict,
    /// It may be the view of the other side of a partition.
    Notice {
        /// Whether the member was told so by this node itself.
        asked: bool,
    },
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

/// A message of a member.
#[derive(Clone, Copy, Debug)]
pub(super) struct From {
    pub(super) id: NodeId,
    pub(super) arrived: Timestamp,
    pub(super) now: Timestamp,
}

impl Node {
    /// A node that knows nobody. `seed` must be unguessable on a real network: its session and its
    /// proofs come from it.
    #[must_use]
    pub fn new(config: Config, seed: &[u8; 32], now: Timestamp) -> Self {
        let session = first_half(&keyed(seed, &[b"session"]));
        let jitter = keyed(seed, &[b"jitter"]).first_chunk().copied().unwrap_or_default();
        let mut rings = Rings::new(config.observers);
        rings.insert(config.identity.id);
        let mut node = Self {
            session: SessionId::from_bits(u128::from_be_bytes(session)),
            secret: ProofSecret::new(keyed(seed, &[b"proofs"])),
            rng: Rng::new(u64::from_be_bytes(jitter)),
            members: Members::new(config.members_max),
            rings,
            rings_changed: false,
            claims: Claims::default(),
            hearsay: BTreeMap::new(),
            relays: BTreeMap::new(),
            seen_at: None,
            rounds: first_round(config.identity.incarnation.start),
            config,
            started: now,
            contacts: Contacts::default(),
            spread: Spread::default(),
            timers: Timers::default(),
            health: Health::new(now),
            stats: Stats::default(),
            phase: Phase::Running,
            refute_from: now,
            remembered: BTreeSet::new(),
            listened: BTreeSet::new(),
            digest: None,
            beats: 0,
            sequence: 0,
            events: 0,
            outbox: VecDeque::new(),
            drained: true,
            latest: now,
        };
        let first = node.rng.part_of(node.interval());
        node.timers.set(Timer::Beat, now.saturating_add(first));
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
        let tells = !matches!(input, Input::Datagram { .. } | Input::Unreachable { .. });
        match (&self.phase, input) {
            (Phase::Stopped, _)
            | (
                Phase::Leaving(_),
                Input::Seeds(_) | Input::Remembered(_) | Input::Leave | Input::Restart(_),
            ) => {}
            (_, Input::Datagram { from, arrived, bytes }) => {
                self.on_datagram(from, arrived.min(now), bytes, now);
            }
            (_, Input::Unreachable { to, quoted }) => self.on_unreachable(to, quoted, now),
            (_, Input::Listen(to)) => self.on_listen(to),
            (_, Input::Timer { network_read }) => self.on_timers(network_read, now),
            (Phase::Running, Input::Seeds(seeds)) => self.on_seeds(seeds, now),
            (Phase::Running, Input::Remembered(addrs)) => self.on_remembered(addrs, now),
            (Phase::Running, Input::Leave) => self.start_leaving(None, now),
            (Phase::Running, Input::Restart(within)) => self.start_leaving(Some(within), now),
        }
        self.update_duties(now);
        if tells {
            self.tell_neighbours();
        } else if self.spread.has_news() && self.phase != Phase::Stopped {
            self.timers.set(Timer::Tell, now);
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

    /// The member `id`, if it is known and another.
    #[must_use]
    pub fn member(&self, id: NodeId) -> Option<&Member> {
        self.members.get(id)
    }

    /// The members that watch `subject` as this node sees it, and that `subject` watches.
    #[must_use]
    pub fn observers(&self, subject: NodeId) -> BTreeSet<NodeId> {
        self.rings.observers(subject, &|_| false)
    }

    /// Whether this node hears nobody at all, and so accuses nobody.
    #[must_use]
    pub const fn is_isolated(&self) -> bool {
        self.health.isolated
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

    /// The latest time that was handed in.
    pub(super) const fn latest(&self) -> Timestamp {
        self.latest
    }

    pub(super) fn interval(&self) -> Duration {
        self.config.identity.interval.get()
    }

    /// Whether a rule is on.
    pub(super) const fn has(&self, safeguard: Safeguard) -> bool {
        self.config.safeguards.has(safeguard)
    }

    pub(super) const fn own_id(&self) -> NodeId {
        self.config.identity.id
    }

    fn on_datagram(&mut self, from: SocketAddr, arrived: Timestamp, bytes: &[u8], now: Timestamp) {
        self.stats.datagrams_received += 1;
        self.note_lateness(arrived, now);
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
        if self.phase != Phase::Running && message.kind().is_handshake() {
            return Err(DropReason::Leaving);
        }
        match message {
            Message::Hello(hello) => self.on_hello(at, &hello, now),
            Message::Challenge(challenge) => self.on_challenge(at, challenge, now),
            Message::Join(join) => self.on_join(at, &join, now),
            Message::Welcome(welcome) => self.on_welcome(at, &welcome, now),
            Message::Refused(refused) => self.on_refused(at, refused, now),
            message @ (Message::Heartbeat(_)
            | Message::Leave(_)
            | Message::LeaveAck(_)
            | Message::Gossip(_)
            | Message::Probe(_)
            | Message::Ack(_)
            | Message::Relay(_)
            | Message::Pull(_)
            | Message::Page(_)) => {
                let Some(id) = self.members.sender(at.session, at.from) else {
                    self.challenge(at, now);
                    return Err(DropReason::Unproven);
                };
                self.on_member_message(From { id, arrived: at.arrived, now }, message)
            }
        }
    }

    fn on_member_message(&mut self, from: From, message: Message) -> Result<(), DropReason> {
        match message {
            Message::Heartbeat(heartbeat) => self.on_heartbeat(from, &heartbeat),
            Message::Gossip(gossip) => self.on_gossip(from, &gossip),
            Message::Probe(probe) => self.on_probe(from, &probe),
            Message::Ack(ack) => self.on_ack(from, &ack),
            Message::Relay(relay) => self.on_relay(from, relay),
            Message::Pull(pull) => self.on_pull(from, &pull),
            Message::Page(page) => self.on_page(from, &page),
            Message::Leave(leave) => self.on_leave(from, leave),
            Message::LeaveAck(ack) => self.on_leave_ack(from.id, ack),
            Message::Hello(_)
            | Message::Challenge(_)
            | Message::Join(_)
            | Message::Welcome(_)
            | Message::Refused(_) => Err(DropReason::Unproven), // dealt with before
        }
    }

    fn on_timers(&mut self, network_read: bool, now: Timestamp) {
        self.note_lateness(self.timers.next().unwrap_or(now), now);
        self.credit_stall(now);
        while let Some((timer, due)) = self.timers.pop_due(now) {
            let judges = matches!(timer, Timer::Judge(_) | Timer::Count(_) | Timer::Answer(_));
            if judges && !network_read {
                self.timers.set(timer, now.saturating_add(JUDGE_AGAIN));
                continue;
            }
            match timer {
                Timer::Beat => self.on_beat(due, now),
                Timer::Heartbeat(id) => self.send_heartbeat(id, now),
                Timer::Judge(id) => self.judge(id, now),
                Timer::Count(id) => self.count(id, now),
                Timer::Answer(id) => self.on_answer_timer(id, now),
                Timer::Collect => self.spread.release(),
                Timer::Takeover => self.take_over(now),
                Timer::Dead => self.on_dead_timer(now),
                Timer::Contact(addr) => self.on_contact_timer(addr, now),
                Timer::Leave => self.on_leave_timer(now),
                Timer::Tell => {} // done at the end of this input
            }
        }
    }

    /// What rides on the next message.
    pub(super) fn riding(&mut self, now: Timestamp) -> Rumors {
        if self.has(Safeguard::Riding) { self.spread.rumors(now) } else { Rumors::default() }
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

    /// Sends to a member, wherever it is.
    pub(super) fn send_to(&mut self, id: NodeId, message: Message) {
        if let Some(to) = self.members.get(id).map(|member| member.source) {
            self.send(to, message);
        }
    }

    pub(super) fn output(&mut self, output: Output) {
        self.outbox.push_back(output);
    }

    /// Tells of a change of `id`.
    pub(super) fn tell(&mut self, id: NodeId, change: Change, now: Timestamp) {
        let Some(member) = self.members.get(id) else { return };
        self.events += 1;
        self.outbox.push_back(Output::Event(Event {
            number: self.events,
            at: now,
            change,
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

    /// Tells of a change of this node itself.
    pub(super) fn tell_of_self(&mut self, change: Change, now: Timestamp) {
        self.events += 1;
        let identity = &self.config.identity;
        let addr = identity.advertise.or(self.seen_at);
        self.outbox.push_back(Output::Event(Event {
            number: self.events,
            at: now,
            change,
            liveness: super::liveness::Liveness::Up,
            id: identity.id,
            name: identity.name.clone(),
            addr: addr.unwrap_or_else(|| SocketAddr::from(([0, 0, 0, 0], 0))),
            incarnation: identity.incarnation,
            phi: None,
        }));
    }
}
