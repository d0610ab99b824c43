//! A member that lies: it holds the key and a proven session, and what it says is well-formed.
//!
//! It says that others are dead, that they live elsewhere in later lives, and that it is itself in
//! one life after the other. It does not forge other members' datagrams: holders of the key can,
//! and `SECURITY.md` says so.

use super::dice::Dice;
use super::place::Place;
use crate::ident::{Incarnation, NodeId, SessionId};
use crate::wire::Datagram;
use crate::wire::bounded::{Interval, Labels, List};
use crate::wire::header::Header;
use crate::wire::message::{Ack, Gossip, Leave, LeaveAck, Message, Probe};
use crate::wire::rumor::{Accusation, Finding, Grounds, Presence, Rumor};

/// Numbers of a liar's datagrams start here, beyond those of its own process.
const SEQUENCE_FROM: u64 = 1 << 40;

/// The liar on one host.
#[derive(Debug)]
pub(super) struct Liar {
    dice: Dice,
    /// The session of the member's own process, as its datagrams show it.
    session: Option<SessionId>,
    sent: u64,
}

/// A member that is lied about.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target {
    pub(super) id: NodeId,
    pub(super) incarnation: Incarnation,
}

impl Liar {
    pub(super) const fn new(seed: u64) -> Self {
        Self { dice: Dice::new(seed, 4), session: None, sent: 0 }
    }

    /// Takes the session from a datagram of the member itself.
    pub(super) fn overhear(&mut self, bytes: &[u8]) {
        self.session = Header::parse(bytes).ok().map(|header| header.session).or(self.session);
    }

    /// One lie to each of `others`; `own` is the incarnation of the liar itself.
    pub(super) fn round(
        &mut self,
        others: &[(Place, Target)],
        own: Incarnation,
    ) -> Vec<(Place, Vec<u8>)> {
        let Some(session) = self.session else { return Vec::new() };
        let mut round = Vec::new();
        for (to, receiver) in others {
            let about = others.get(self.dice.below(others.len())).map_or(receiver, |(_, id)| id);
            let message = self.falsehood(receiver, *about, own);
            self.sent += 1;
            let sequence = SEQUENCE_FROM + self.sent;
            if let Ok(bytes) = (Datagram { session, sequence, message }).encode() {
                round.push((*to, bytes));
            }
        }
        round
    }

    fn falsehood(&mut self, receiver: &Target, about: Target, own: Incarnation) -> Message {
        let later = |life: Incarnation| Incarnation { start: life.start + 7, refutation: 9 };
        let accused = Some(receiver.incarnation);
        match self.dice.below(7) {
            0 => Message::Probe(Probe {
                subject: receiver.id,
                incarnation: own,
                sent_us: 0,
                accused,
                rumors: List::default(),
            }),
            1 => Message::Ack(Ack {
                incarnation: own,
                echo_us: self.dice.bits() >> 20,
                stall_us: u64::MAX,
                accused: Some(later(receiver.incarnation)),
                rumors: List::default(),
            }),
            2 => self.gossip(later(own), Vec::new()),
            3 => Message::Leave(Leave { incarnation: about.incarnation, back_within_us: None }),
            4 => Message::LeaveAck(LeaveAck { incarnation: receiver.incarnation }),
            _ => {
                let rumors = self.rumors(about, own);
                self.gossip(own, rumors)
            }
        }
    }

    #[expect(clippy::unused_self, reason = "beside the other lies")]
    fn gossip(&self, incarnation: Incarnation, rumors: Vec<Rumor>) -> Message {
        Message::Gossip(Gossip { incarnation, rumors: List::first_of(rumors) })
    }

    /// One false thing about a member: that it is dead, accused, no longer accused, vouched for, or
    /// lives elsewhere in a later life.
    fn rumors(&mut self, about: Target, own: Incarnation) -> Vec<Rumor> {
        let Target { id, incarnation } = about;
        let later = Incarnation { refutation: incarnation.refutation + 5, ..incarnation };
        let round = own.start << 32 | self.dice.bits() & u64::from(u32::MAX);
        let rumor = match self.dice.below(9) {
            0 => Rumor::Found { id, incarnation, finding: Finding::Down },
            1 => Rumor::Found { id, incarnation: later, finding: Finding::Alive },
            2 => Rumor::Found { id, incarnation, finding: Finding::Left },
            3 => Rumor::Notice { id, incarnation },
            4 => Rumor::Vouch { subject: id, incarnation, age_us: 0, heard_us: Some(0) },
            5 => Rumor::Accusation(Accusation {
                subject: id,
                incarnation,
                round,
                grounds: Grounds::Refused,
            }),
            6 => Rumor::Retraction { subject: id, round },
            7 => Rumor::Notice { id, incarnation: Incarnation { refutation: u32::MAX, ..later } },
            _ => return self.elsewhere(about).into_iter().collect(),
        };
        vec![rumor]
    }

    /// A member lives on, later, at an address of nobody.
    fn elsewhere(&mut self, about: Target) -> Option<Rumor> {
        let host = super::place::HostId::new(60_000 + self.dice.below(1_000));
        let addr = Place { host, moves: 9 }.addr();
        Some(Rumor::Presence(Box::new(Presence {
            id: about.id,
            name: "elsewhere".parse().ok()?,
            addr,
            session: SessionId::from_bits(self.dice.bits().into()),
            incarnation: Incarnation::of_start(about.incarnation.start + 1),
            interval: Interval::new(std::time::Duration::from_secs(1))?,
            labels: Labels::default(),
            placed: Incarnation::of_start(about.incarnation.start + 1),
            finding: Finding::Alive,
        })))
    }
}
