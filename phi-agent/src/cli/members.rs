//! `phi-agent members`: who is there, as a table or as JSON.

use std::io::Write;

use comfy_table::{CellAlignment, Table, presets};

use super::exit::Exit;
use super::terminal::{length, level};
use super::{SocketArg, socket_path};
use crate::api::view::{MemberView, MembersView, SelfView};

#[derive(Debug, clap::Args)]
pub(super) struct MembersArgs {
    #[command(flatten)]
    socket: SocketArg,

    /// Print the answer of the agent as JSON
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(args: &MembersArgs) -> Exit {
    match try_run(args).await {
        Ok(text) => match std::io::stdout().write_all(text.as_bytes()) {
            Ok(()) => Exit::Done,
            Err(error) => Exit::Failed(format!("cannot write: {error}")),
        },
        Err(exit) => exit,
    }
}

async fn try_run(args: &MembersArgs) -> Result<String, Exit> {
    let client = socket_path::client(&args.socket)?;
    let members = client.members().await?;
    if args.json {
        let json = serde_json::to_string_pretty(&members);
        return json.map(|json| json + "\n").map_err(|error| Exit::Failed(error.to_string()));
    }
    Ok(text(&client.own().await?, &members))
}

fn text(own: &SelfView, members: &MembersView) -> String {
    let count = members.members.len();
    let heading = format!(
        "{} ({}, cluster {}, incarnation {}) sees {count} other member{}",
        own.name,
        own.addr,
        own.cluster,
        own.incarnation,
        if count == 1 { "" } else { "s" },
    );
    let table = (count > 0).then(|| table(&members.members).to_string());
    let refusals = own
        .refused_by
        .iter()
        .map(|refusal| format!("refused by {}: {}", refusal.addr, refusal.reason));
    let insecure = own.insecure_plaintext.then(|| "INSECURE: datagrams are not sealed".to_owned());
    let parts = std::iter::once(heading).chain(table).chain(refusals).chain(insecure);
    parts.map(|part| part + "\n").collect()
}

fn table(members: &[MemberView]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header([
        "NAME",
        "STATE",
        "φ",
        "LAST HEARTBEAT",
        "MEAN ± σ",
        "LOST",
        "RTT",
        "ADDRESS",
        "INCARNATION",
    ]);
    for member in members {
        let age = member.last_heartbeat_age_s;
        let spread = format!("{} ± {}", length(member.mean_s), length(member.std_dev_s));
        let spread = if member.samples > 0 { spread } else { String::new() };
        table.add_row([
            member.name.to_string(),
            member.state.as_str().to_owned(),
            member.phi.map_or_else(|| "-".to_owned(), level),
            age.map_or_else(String::new, |age| format!("{} ago", length(age))),
            spread,
            member.lost.to_string(),
            member.rtt_s.map_or_else(String::new, length),
            member.addr.to_string(),
            member.incarnation.to_string(),
        ]);
    }
    for place in [2, 3, 5, 6] {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}
