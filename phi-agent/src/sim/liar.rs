//! A member that lies: it holds the key and a proven session, and what it says is well-formed.
//!
//! It says that others are dead, that they live elsewhere in later lives, and that it is itself in
//! one life after the other. It does not forge other members' datagrams: holders of the key can,
//! and `SECURITY.md` says so.

use super::dice::Dice;
use super::place::Place;
use crate::ident::{Incarnation, NodeId, SessionId};
use crate::wire::Datagram;
use crate::wire::bounded::{Interval, List};
use crate::wire::header::Header;
use crate::wire::message::{Heartbeat, Leave, LeaveAck, Message, Rumor, Standing};

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
        match self.dice.below(6) {
            0 => Message::Standing(Standing {
                incarnation: own,
                accused: Some(receiver.incarnation),
            }),
            1 => Message::Standing(Standing {
                incarnation: own,
                accused: Some(later(receiver.incarnation)),
            }),
            2 => Message::Standing(Standing { incarnation: later(own), accused: None }),
            3 => Message::Leave(Leave { incarnation: about.incarnation }),
            4 => Message::LeaveAck(LeaveAck { incarnation: receiver.incarnation }),
            _ => self
                .rumor(about, own)
                .map_or(Message::LeaveAck(LeaveAck { incarnation: own }), Message::Heartbeat),
        }
    }

    /// A heartbeat that says of a member that it lives on, later, at an address of nobody.
    fn rumor(&mut self, about: Target, own: Incarnation) -> Option<Heartbeat> {
        let start = about.incarnation.start + 1;
        let host = super::place::HostId::new(60_000 + self.dice.below(1_000));
        let addr = Place { host, moves: 9 }.addr();
        let rumor = Rumor { id: about.id, incarnation: Incarnation::of_start(start), addr };
        Some(Heartbeat {
            incarnation: own,
            number: SEQUENCE_FROM + self.sent,
            sent_us: self.dice.bits() >> 20,
            interval: Interval::new(std::time::Duration::from_secs(1))?,
            echo: None,
            accused: None,
            rumors: List::first_of([rumor]),
        })
    }
}
