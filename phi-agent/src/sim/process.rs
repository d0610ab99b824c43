//! A process: a [`Node`] in the hands of the simulated driver. The only file of the simulator that
//! knows the protocol's own types, but for the lying member.
//!
//! Time here is the host's own clock.

use std::net::SocketAddr;
use std::time::Duration;

use phi_core::Timestamp;

use super::history::{Change, Row, Verdict};
use crate::ident::{Incarnation, NodeId};
use crate::proto::config::Config;
use crate::proto::detection::Detection;
use crate::proto::io::{Change as Event, Input, Output};
use crate::proto::liveness::Liveness;
use crate::proto::node::Node;
use crate::proto::profile::Profile;
use crate::proto::safeguard::Safeguard;
pub(super) use crate::proto::safeguard::Safeguards;
use crate::wire::header::HEADER_LEN;

/// Bytes that the seal adds to each datagram once bodies are sealed: the AEAD tag.
pub(super) const SEAL_BYTES: usize = 16;

/// The longest datagram.
pub(super) const DATAGRAM_BYTES_MAX: usize = crate::wire::DATAGRAM_BYTES_MAX;

/// The most members that a table may hold.
pub(super) const TABLE_MAX: usize = Config::MEMBERS_MAX;

/// Which bytes of a datagram damage may fall on. Bodies are not sealed yet, and what the seal will
/// reject would be believed today: so damage falls on the header, its kind excepted.
pub(super) fn damaged_place(roll: usize, len: usize) -> usize {
    let place = roll % HEADER_LEN.min(len.max(1));
    if place == 1 { 0 } else { place }
}

/// The names of the rules that can be switched off.
pub fn safeguard_names() -> impl Iterator<Item = &'static str> {
    Safeguard::ALL.into_iter().map(|(name, _)| name)
}

/// The same safeguards without the one of this name; `None` when there is none.
pub(super) fn without(safeguards: Safeguards, name: &str) -> Option<Safeguards> {
    let (_, safeguard) = Safeguard::ALL.into_iter().find(|(known, _)| *known == name)?;
    Some(safeguards.without(safeguard))
}

/// What a process is born with.
#[derive(Clone, Debug)]
pub(super) struct Birth {
    pub(super) id: NodeId,
    pub(super) name: String,
    /// How many times the member has been started, this time included.
    pub(super) start: u64,
    pub(super) interval: Duration,
    pub(super) safeguards: Safeguards,
    /// Which pause it tolerates.
    pub(super) profile: Profile,
    pub(super) seed: [u8; 32],
}

/// Something that a process finds in its socket.
#[derive(Clone, Debug)]
pub(super) enum Found {
    Datagram(Vec<u8>),
    /// A refusal by a host, with the first bytes of what it refuses.
    Unreachable(Vec<u8>),
}

/// What came out of a process in one turn.
#[derive(Debug, Default)]
pub(super) struct Outputs {
    pub(super) datagrams: Vec<(SocketAddr, Vec<u8>)>,
    pub(super) changes: Vec<Change>,
    pub(super) refused: u64,
    pub(super) stopped: bool,
    /// A later number of starts, to be kept.
    pub(super) persisted: Option<u64>,
    /// The most outputs that one input has drawn.
    pub(super) most: usize,
}

impl Outputs {
    pub(super) fn clear(&mut self) {
        self.datagrams.clear();
        self.changes.clear();
        (self.refused, self.stopped, self.persisted, self.most) = (0, false, None, 0);
    }
}

/// A running node and its next deadline.
#[derive(Debug)]
pub(super) struct Process {
    node: Node,
    deadline: Timestamp,
}

impl Process {
    /// A process that starts at `now`; `None` when `birth` is no legal configuration.
    pub(super) fn start(birth: &Birth, now: Timestamp) -> Option<Self> {
        let name = birth.name.parse().ok()?;
        let life = Incarnation::of_start(birth.start);
        let tolerated = birth.profile.tolerated_intervals();
        let detection = Detection::default().with_tolerated_intervals(tolerated);
        let config = Config::new(birth.id, name, life, birth.interval).ok()?;
        let config = Config { detection, safeguards: birth.safeguards, ..config };
        Some(Self { node: Node::new(config, &birth.seed, now), deadline: now })
    }

    /// Reads one thing from the socket that arrived at `arrived`.
    pub(super) fn read(
        &mut self,
        from: SocketAddr,
        found: &Found,
        (arrived, now): (Timestamp, Timestamp),
        outputs: &mut Outputs,
    ) {
        let input = match found {
            Found::Datagram(bytes) => Input::Datagram { from, arrived, bytes },
            Found::Unreachable(quoted) => Input::Unreachable { to: from, quoted },
        };
        self.hand_in(input, now, outputs);
    }

    /// Fires what is due, after the socket was read.
    pub(super) fn fire(&mut self, now: Timestamp, outputs: &mut Outputs) {
        self.hand_in(Input::Timer { network_read: true }, now, outputs);
    }

    pub(super) fn seeds(&mut self, seeds: &[SocketAddr], now: Timestamp, outputs: &mut Outputs) {
        self.hand_in(Input::Seeds(seeds), now, outputs);
    }

    pub(super) fn leave(&mut self, now: Timestamp, outputs: &mut Outputs) {
        self.hand_in(Input::Leave, now, outputs);
    }

    /// When to fire next.
    pub(super) const fn deadline(&self) -> Timestamp {
        self.deadline
    }

    pub(super) const fn incarnation(&self) -> Incarnation {
        self.node.incarnation()
    }

    pub(super) const fn last_event(&self) -> u64 {
        self.node.last_event()
    }

    /// The node's table of other members.
    pub(super) fn rows(&self) -> impl Iterator<Item = Row> {
        self.node.members().map(|member| Row {
            id: member.id,
            verdict: Verdict::from(member.state.liveness),
            incarnation: member.state.incarnation,
        })
    }

    /// Who watches the node, as it sees it.
    pub(super) fn observers(&self) -> Vec<NodeId> {
        self.node.observers(self.node.config().identity.id).into_iter().collect()
    }

    fn hand_in(&mut self, input: Input<'_>, now: Timestamp, outputs: &mut Outputs) {
        if self.node.handle(input, now).is_err() {
            return; // outputs are always drained below
        }
        let before = outputs.datagrams.len() + outputs.changes.len();
        loop {
            match self.node.poll_output() {
                Output::Transmit { to, mut bytes } => {
                    bytes.shrink_to_fit(); // millions are on their way when halves meet again
                    outputs.datagrams.push((to, bytes));
                }
                Output::Event(event) => outputs.changes.push(Change {
                    number: event.number,
                    of_state: event.change == Event::State,
                    id: event.id,
                    verdict: event.liveness.into(),
                    incarnation: event.incarnation,
                }),
                Output::Remember(_) | Output::Heard(_) => {}
                Output::Persist(start) => outputs.persisted = Some(start),
                Output::Refused { .. } => outputs.refused += 1,
                Output::Stopped => outputs.stopped = true,
                Output::Timeout(deadline) => {
                    self.deadline = deadline;
                    break;
                }
            }
        }
        let after = outputs.datagrams.len() + outputs.changes.len();
        outputs.most = outputs.most.max(after - before);
    }
}

impl From<Liveness> for Verdict {
    fn from(liveness: Liveness) -> Self {
        match liveness {
            Liveness::Up => Self::Alive,
            Liveness::Suspect => Self::Suspect,
            Liveness::Down => Self::Down,
            Liveness::Left => Self::Left,
        }
    }
}
