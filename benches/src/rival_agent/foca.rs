//! An agent over foca: SWIM without a clock or a socket, which this file lends it.
//!
//! Its settings are those that foca recommends for a LAN and a cluster of the size at hand.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Result;
use foca::{AccumulatingRuntime, Config, Foca, Identity, NoCustomBroadcast, OwnedNotification};
use foca::{PostcardCodec, Timer};
use rand::rngs::StdRng;
use serde::{Deserialize, Serialize};
use tokio::net::UdpSocket;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};

use super::{Args, Event, report};

/// Who a member is: its name and address, and a number that grows with each return.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Id {
    name: String,
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

type Protocol = Foca<Id, PostcardCodec, StdRng, NoCustomBroadcast>;

/// The protocol, and what is around it.
struct Agent {
    protocol: Protocol,
    runtime: AccumulatingRuntime<Id>,
    socket: UdpSocket,
    /// By time, and then in the order that foca asks for.
    timers: BinaryHeap<Reverse<(Instant, Timer<Id>)>>,
}

pub(super) async fn run(args: Args) -> Result<()> {
    let config = Config::new_lan(args.nodes);
    let mut bytes = vec![0; config.max_packet_size.get()];
    let life = UNIX_EPOCH.elapsed()?.as_millis() as u64;
    let id = Id { name: args.name, addr: args.bind, life };
    let mut agent = Agent {
        protocol: Foca::new(id, config, rand::make_rng(), PostcardCodec),
        runtime: AccumulatingRuntime::new(),
        socket: UdpSocket::bind(args.bind).await?,
        timers: BinaryHeap::new(),
    };
    let mut lonely = interval(Duration::from_secs(1));
    lonely.set_missed_tick_behavior(MissedTickBehavior::Skip);
    loop {
        let next = agent.timers.peek().map(|Reverse((at, _))| *at);
        let far = Instant::now() + Duration::from_secs(3_600);
        let timer_due = sleep_until(next.unwrap_or(far));
        tokio::select! {
            received = agent.socket.recv_from(&mut bytes) => {
                // An error is that of an earlier datagram, which nobody took.
                let data = received.ok().and_then(|(length, _from)| bytes.get(..length));
                if let Some(data) = data {
                    // What cannot be read is somebody else's mistake.
                    agent.protocol.handle_data(data, &mut agent.runtime).ok();
                }
            }
            () = timer_due, if next.is_some() => {
                if let Some(Reverse((_, timer))) = agent.timers.pop() {
                    agent.protocol.handle_timer(timer, &mut agent.runtime).ok();
                }
            }
            _ = lonely.tick(), if agent.protocol.num_members() == 0 => {
                for addr in args.seed.iter().filter(|seed| **seed != args.bind) {
                    let seed = Id { name: String::new(), addr: *addr, life: 0 };
                    agent.protocol.announce(seed, &mut agent.runtime)?;
                }
            }
        }
        agent.settle().await?;
    }
}

impl Agent {
    /// Does what the protocol asks for.
    async fn settle(&mut self) -> Result<()> {
        while let Some((to, data)) = self.runtime.to_send() {
            // What is lost is lost, that is what the protocol is for.
            self.socket.send_to(&data, to.addr).await.ok();
        }
        let now = Instant::now();
        while let Some((after, timer)) = self.runtime.to_schedule() {
            self.timers.push(Reverse((now + after, timer)));
        }
        while let Some(notification) = self.runtime.to_notify() {
            match notification {
                OwnedNotification::MemberUp(id) => report(Event::Up, &id.name)?,
                OwnedNotification::MemberDown(id) => report(Event::Down, &id.name)?,
                _ => {}
            }
        }
        Ok(())
    }
}
