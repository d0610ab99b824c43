//! An agent over chitchat: heartbeats by gossip, and a level of suspicion called φ.
//!
//! A gossip round a second, no key-values, all else as by default.

use std::collections::BTreeSet;
use std::time::{Duration, UNIX_EPOCH};

use anyhow::Result;
use chitchat::transport::UdpTransport;
use chitchat::{ChitchatConfig, ChitchatId, FailureDetectorConfig, ProtocolVersion};

use super::{Args, Event, report};

pub(super) async fn run(args: Args) -> Result<()> {
    let own = ChitchatId {
        node_id: args.name.as_str().into(),
        generation_id: UNIX_EPOCH.elapsed()?.as_millis() as u64,
        gossip_advertise_addr: args.bind,
    };
    let seeds = args.seed.iter().filter(|seed| **seed != args.bind);
    let config = ChitchatConfig {
        chitchat_id: own.clone(),
        cluster_id: "phi-lab".into(),
        gossip_interval: Duration::from_secs(1),
        listen_addr: args.bind,
        seed_nodes: seeds.map(ToString::to_string).collect(),
        failure_detector_config: FailureDetectorConfig::default(),
        marked_for_deletion_grace_period: Duration::from_secs(900),
        catchup_callback: None,
        extra_liveness_predicate: None,
        protocol_version: ProtocolVersion::V0,
    };
    let handle = chitchat::spawn_chitchat(config, Vec::new(), &UdpTransport).await?;
    let mut live = handle.with_chitchat(|chitchat| chitchat.live_nodes_watcher()).await;
    let mut seen = BTreeSet::new();
    loop {
        let nodes = live.borrow_and_update();
        let others = nodes.keys().filter(|id| **id != own).map(|id| id.node_id.to_string());
        let now: BTreeSet<String> = others.collect();
        drop(nodes);
        for name in seen.difference(&now) {
            report(Event::Down, name)?;
        }
        for name in now.difference(&seen) {
            report(Event::Up, name)?;
        }
        seen = now;
        live.changed().await?;
    }
}
