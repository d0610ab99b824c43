//! A member of foca 2.0: SWIM, with the settings that it recommends for a LAN of that size.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::num::NonZeroU32;

use foca::{AccumulatingRuntime, Codec as _, Config, Foca, Header, Identity, Member};
use foca::{Message, NoCustomBroadcast, PostcardCodec, Timer};
use phi_core::Timestamp;
use rand::SeedableRng as _;
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};

use super::network::{Host, Outgoing, addr};

/// Who a member is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Id {
    addr: SocketAddr,
    life: u64,
}

impl Identity for Id {
    type Addr = SocketAddr;

    fn renew(&self) -> Option<Self> {
        Some(Self { life: self.life + 1, ..self.clone() })
    }

    fn addr(&self) -> SocketAddr {
        self.addr
    }

    fn win_addr_conflict(&self, other: &Self) -> bool {
        self.life > other.life
    }
}

pub(crate) struct Swim {
    protocol: Foca<Id, PostcardCodec, StdRng, NoCustomBroadcast>,
    runtime: AccumulatingRuntime<Id>,
    timers: BinaryHeap<Reverse<(Timestamp, Timer<Id>)>>,
}

impl Swim {
    fn settle(&mut self, now: Timestamp, outgoing: &mut Outgoing) {
        while let Some((to, data)) = self.runtime.to_send() {
            outgoing.push((to.addr, data.to_vec()));
        }
        while let Some((after, timer)) = self.runtime.to_schedule() {
            self.timers.push(Reverse((now.saturating_add(after), timer)));
        }
        while self.runtime.to_notify().is_some() {}
    }
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
impl Host for Swim {
    const NAME: &'static str = "foca 2.0";

    type Decoded = Header<Id>;

    /// It is told of the others, as joining is not what is timed.
    fn start(index: u32, others: u32, now: Timestamp, outgoing: &mut Outgoing) -> Self {
        let id = |index| Id { addr: addr(index), life: 1 };
        let config = Config::new_lan(NonZeroU32::new(others + 1).expect("one at least"));
        let random = StdRng::seed_from_u64(index.into());
        let mut host = Self {
            protocol: Foca::new(id(index), config, random, PostcardCodec),
            runtime: AccumulatingRuntime::new(),
            timers: BinaryHeap::new(),
        };
        let members =
            (0..=others).filter(|other| *other != index).map(|other| Member::alive(id(other)));
        host.protocol.apply_many(members, false, &mut host.runtime).expect("legal");
        host.settle(now, outgoing);
        host
    }

    fn on_datagram(
        &mut self,
        _from: SocketAddr,
        bytes: &[u8],
        now: Timestamp,
        outgoing: &mut Outgoing,
    ) {
        self.protocol.handle_data(bytes, &mut self.runtime).expect("from a member");
        self.settle(now, outgoing);
    }

    fn on_timer(&mut self, now: Timestamp, outgoing: &mut Outgoing) {
        if let Some(Reverse((_, timer))) = self.timers.pop() {
            self.protocol.handle_timer(timer, &mut self.runtime).expect("its own");
            self.settle(now, outgoing);
        }
    }

    fn next_timer(&self) -> Timestamp {
        self.timers.peek().map_or(Timestamp::MAX, |Reverse((at, _))| *at)
    }

    fn members(&self) -> usize {
        self.protocol.num_members()
    }

    fn is_sign_of_life(bytes: &[u8]) -> bool {
        Self::decode(bytes).is_some_and(|header| matches!(header.message, Message::Ping(_)))
    }

    fn decode(mut bytes: &[u8]) -> Option<Header<Id>> {
        PostcardCodec.decode_header(&mut bytes).ok()
    }

    fn encode(header: &mut Header<Id>) -> Vec<u8> {
        let mut bytes = Vec::new();
        PostcardCodec.encode_header(header, &mut bytes).expect("in memory");
        bytes
    }
}
