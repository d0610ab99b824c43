//! An agent over memberlist: SWIM with Lifeguard, over UDP and TCP.
//!
//! Its settings are those that it recommends for a LAN: a probe each half second.

use std::time::Duration;

use anyhow::{Result, anyhow};
use memberlist::delegate::{CompositeDelegate, EventKind, SubscribleEventDelegate};
use memberlist::net::NetTransportOptions;
use memberlist::proto::{MaybeResolvedAddress, NodeId};
use memberlist::tokio::{TokioNetTransport, TokioSocketAddrResolver, TokioTcp};
use memberlist::{Memberlist, Options};
use tokio::time::sleep;

use super::{Args, Event, report};

type Transport = TokioNetTransport<NodeId, TokioSocketAddrResolver, TokioTcp>;

/// How long one that found nobody waits before it tries again.
const RETRY: Duration = Duration::from_secs(1);

pub(super) async fn run(args: Args) -> Result<()> {
    let (delegate, events) = SubscribleEventDelegate::unbounded();
    let delegate = CompositeDelegate::new().with_event_delegate(delegate);
    let mut transport = NetTransportOptions::new(args.name.parse()?);
    transport.add_bind_address(args.bind);
    let list =
        Memberlist::<Transport, _>::with_delegate(delegate, transport, Options::lan()).await?;
    let seeds: Vec<_> = args.seed.into_iter().filter(|seed| *seed != args.bind).collect();
    let joining = async {
        // It returns only to be tried again; the rest comes by gossip.
        while list.num_online_members().await < 2 {
            list.join_many(seeds.iter().copied().map(MaybeResolvedAddress::resolved)).await.ok();
            sleep(RETRY).await;
        }
        std::future::pending::<()>().await;
    };
    let reporting = async {
        loop {
            let event = events.recv().await.map_err(|_| anyhow!("memberlist has ended"))?;
            let name = event.node_state().id().as_str();
            match event.kind() {
                EventKind::Join if name != args.name => report(Event::Up, name)?,
                EventKind::Leave if name != args.name => report(Event::Down, name)?,
                _ => {}
            }
        }
    };
    tokio::select! {
        () = joining => Ok(()),
        outcome = reporting => outcome,
    }
}
