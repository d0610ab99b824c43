//! `phi-agent leave`: the local agent says good-bye, for good or for a restart, and ends.

use super::exit::{self, Exit};
use super::{SocketArg, socket_path};
use crate::proto::io::RESTART_MAX;
use crate::settings::HumanDuration;

#[derive(Debug, clap::Args)]
#[command(after_help = AFTER_HELP)]
pub(super) struct LeaveArgs {
    /// Announce a restart instead: nobody misses the agent before this time is over, 10m at most
    #[arg(long, value_name = "TIME", value_parser = back_within)]
    back_within: Option<HumanDuration>,

    #[command(flatten)]
    socket: SocketArg,
}

const AFTER_HELP: &str = "\
A restart that raises no alarm, such as after an upgrade:

  phi-agent leave --back-within 30s && systemctl restart phi-agent

Others show the agent as restarting, keep it up, and take it for down only if it is not back in
time. Without --back-within they show it as left, as after SIGTERM. It takes root, or the user that
the agent runs as (else exit code 77).";

/// A time that an agent may be away for.
fn back_within(text: &str) -> Result<HumanDuration, String> {
    let time: HumanDuration = text.parse().map_err(|error| format!("{error}"))?;
    if time.0.is_zero() || time.0 > RESTART_MAX {
        let max = HumanDuration(RESTART_MAX);
        return Err(format!("{time} is out of range; it must be above 0 and at most {max}"));
    }
    Ok(time)
}

pub(super) async fn run(args: &LeaveArgs) -> Exit {
    match try_run(args).await {
        Ok(text) => exit::print(&text),
        Err(exit) => exit,
    }
}

async fn try_run(args: &LeaveArgs) -> Result<String, Exit> {
    let client = socket_path::client(&args.socket)?;
    let own = client.own().await?;
    client.leave(args.back_within.map(|time| time.0)).await?;
    let name = own.name;
    Ok(match args.back_within {
        Some(time) => format!(
            "{name} has ended and is expected back within {time}; start it again with its state \
             directory\n"
        ),
        None => format!("{name} has left\n"),
    })
}
