//! Two agents inside one program, through the library: they meet, one leaves, the other is told.
//!
//! `cargo run -p phi-examples --bin two_agents`

use std::time::Duration;

use anyhow::Context;
use phi_agent::driver::{Agent, Options};
use phi_agent::proto::liveness::Liveness;

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    let first = Agent::start(options("first")?).context("starting the first agent")?;
    let mut events = first.handle().subscribe().await?.events;

    // The second finds the first by its address, which the kernel has chosen.
    let seed = first.handle().local_addr().to_string().parse()?;
    let second = Agent::start(Options { seeds: vec![seed], ..options("second")? })?;
    let met = events.recv().await?;
    println!("{} is {} at {}", met.name, met.liveness.as_str(), met.addr);

    // φ of a member at any time, without waiting for an event.
    let view = first.handle().observe().await?;
    for member in &view.members {
        let level = member.phi.context("in a cluster of two each watches the other")?;
        println!("{}: φ = {:.2} since {:?}", member.name, level, member.last_heartbeat);
    }

    // Leaving is told to everybody; an agent that is just dropped would be found out by φ.
    second.leave().await?;
    let gone = events.recv().await?;
    println!("{} has {}", gone.name, gone.liveness.as_str());
    anyhow::ensure!(gone.liveness == Liveness::Left, "it said good-bye");
    first.leave().await?;
    Ok(())
}

fn options(name: &str) -> anyhow::Result<Options> {
    let bind = "127.0.0.1:0".parse()?;
    let options = Options::new(name.parse()?, "two-agents".parse()?);
    Ok(Options { bind, interval: Duration::from_millis(100), ..options })
}
