//! Our member.

use std::hint::black_box;
use std::net::SocketAddr;

use phi_agent::ident::{Incarnation, NodeId};
use phi_agent::proto::config::Config;
use phi_agent::proto::io::{Input, Output};
use phi_agent::proto::node::Node;
use phi_agent::wire::Datagram;
use phi_agent::wire::message::Message;
use phi_core::Timestamp;

use super::INTERVAL;
use super::network::{Host, Outgoing, addr};

pub(crate) struct Phi {
    node: Node,
    next_timer: Timestamp,
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
impl Phi {
    fn hand_in(&mut self, input: Input<'_>, now: Timestamp, outgoing: &mut Outgoing) {
        self.node.handle(input, now).expect("drained");
        self.next_timer = loop {
            match self.node.poll_output() {
                Output::Timeout(next) => break next.max(now),
                Output::Transmit { to, bytes } => outgoing.push((to, bytes)),
                other => drop(black_box(other)),
            }
        };
    }
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
impl Host for Phi {
    const NAME: &'static str = "phi-agent";

    type Decoded = Datagram;

    /// It finds the others by asking the first.
    fn start(index: u32, _others: u32, now: Timestamp, outgoing: &mut Outgoing) -> Self {
        let id = NodeId::from_bits(u128::from(index).wrapping_mul(0x9e37_79b9_7f4a_7c15) << 32);
        let name = format!("n{index}").parse().expect("a name");
        let incarnation = Incarnation::of_start(1);
        let config = Config::new(id, name, incarnation, INTERVAL).expect("legal");
        let config = Config { members_max: 4_096, ..config };
        let mut seed = [7; 32];
        seed.iter_mut().zip(index.to_be_bytes()).for_each(|(byte, of_index)| *byte = of_index);
        let mut host = Self { node: Node::new(config, &seed, now), next_timer: now };
        host.hand_in(Input::Seeds(&[addr(0)]), now, outgoing);
        host
    }

    fn on_datagram(
        &mut self,
        from: SocketAddr,
        bytes: &[u8],
        now: Timestamp,
        outgoing: &mut Outgoing,
    ) {
        self.hand_in(Input::Datagram { from, arrived: now, bytes }, now, outgoing);
    }

    fn on_timer(&mut self, now: Timestamp, outgoing: &mut Outgoing) {
        self.hand_in(Input::Timer { network_read: true }, now, outgoing);
    }

    fn next_timer(&self) -> Timestamp {
        self.next_timer
    }

    fn members(&self) -> usize {
        self.node.members().count()
    }

    fn is_sign_of_life(bytes: &[u8]) -> bool {
        Datagram::decode(bytes)
            .is_ok_and(|datagram| matches!(datagram.message, Message::Heartbeat(_)))
    }

    fn decode(bytes: &[u8]) -> Option<Datagram> {
        Datagram::decode(bytes).ok()
    }

    fn encode(datagram: &mut Datagram) -> Vec<u8> {
        datagram.encode().expect("it was short enough")
    }
}
