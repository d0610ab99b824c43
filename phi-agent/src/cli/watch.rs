//! `phi-agent watch`: φ, live.

use std::time::Duration;

use super::exit::Exit;
use super::terminal::{Screen, bar, length, level};
use super::{SocketArg, socket_path};
use crate::api::client::{ApiClient, AskError};
use crate::api::view::MemberView;
use crate::settings::HumanDuration;

#[derive(Debug, clap::Args)]
#[command(override_usage = "phi-agent watch <NAME | --all> [OPTIONS]")]
pub(super) struct WatchArgs {
    /// Name or id of the member to watch
    #[arg(required_unless_present = "all", conflicts_with = "all")]
    name: Option<String>,

    /// Watch all members
    #[arg(long)]
    all: bool,

    /// Time between two looks
    #[arg(long, value_name = "TIME", default_value = "200ms")]
    every: HumanDuration,

    /// End after this many looks
    #[arg(long, value_name = "N")]
    count: Option<u64>,

    #[command(flatten)]
    socket: SocketArg,
}

pub(super) async fn run(args: &WatchArgs) -> Exit {
    match try_run(args).await {
        Ok(()) => Exit::Done,
        Err(exit) => exit,
    }
}

async fn try_run(args: &WatchArgs) -> Result<(), Exit> {
    let client = socket_path::client(&args.socket)?;
    let threshold = client.own().await?.threshold;
    let mut screen = Screen::new();
    let mut looks = 0;
    let every = args.every.0.max(Duration::from_millis(10));
    while args.count.is_none_or(|count| looks < count) {
        if looks > 0 {
            tokio::time::sleep(every).await;
        }
        looks += 1;
        let members = look(&client, args.name.as_deref()).await?;
        let frame = frame(&members, threshold);
        if screen.draw(&frame).is_err() {
            return Ok(()); // whoever read this has gone
        }
    }
    Ok(())
}

async fn look(client: &ApiClient, name: Option<&str>) -> Result<Vec<MemberView>, AskError> {
    match name {
        Some(name) => client.member(name).await.map(|member| vec![member]),
        None => client.members().await.map(|answer| answer.members),
    }
}

/// One line a member.
fn frame(members: &[MemberView], threshold: f64) -> String {
    if members.is_empty() {
        return "no other members yet".to_owned();
    }
    let width = members.iter().map(|member| member.name.as_str().len()).max().unwrap_or(0);
    let lines = members.iter().map(|member| {
        format!(
            "{:width$}  {:7}  φ {:>7} {} {:>8} of silence",
            member.name,
            member.state.as_str(),
            member.phi.map_or_else(|| "-".to_owned(), level),
            bar(member.phi.unwrap_or(0.0), threshold),
            member.last_heartbeat_age_s.map_or_else(String::new, length),
        )
    });
    lines.collect::<Vec<_>>().join("\n")
}
