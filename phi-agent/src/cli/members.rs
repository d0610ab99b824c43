//! `phi-agent members`: who is there, as a table or as JSON.

use std::collections::{BTreeMap, BTreeSet};

use comfy_table::{CellAlignment, Table, presets};

use super::exit::{self, Exit};
use super::terminal::{length, level};
use super::{SocketArg, socket_path};
use crate::api::own::SelfView;
use crate::api::view::{MemberView, MembersView};
use crate::ident::Name;

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
        Ok(text) => exit::print(&text),
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
    let said =
        if own.labels.is_empty() { String::new() } else { format!(", {}", labels(&own.labels)) };
    let heading = format!(
        "{} ({}, cluster {}, incarnation {}{said}) sees {count} other member{}",
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
    let twice = taken_twice(&members.members);
    let insecure = own.insecure_plaintext.then(|| "INSECURE: datagrams are not sealed".to_owned());
    let parts = std::iter::once(heading).chain(table).chain(twice).chain(refusals).chain(insecure);
    parts.map(|part| part + "\n").collect()
}

fn table(members: &[MemberView]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let labelled = members.iter().any(|member| !member.labels.is_empty());
    let mut header = vec![
        "NAME",
        "STATE",
        "φ",
        "LAST HEARTBEAT",
        "MEAN ± σ",
        "LOST",
        "RTT",
        "ADDRESS",
        "INCARNATION",
    ];
    header.extend(labelled.then_some("LABELS"));
    table.set_header(header);
    for member in members {
        let age = member.last_heartbeat_age_s;
        let spread = format!("{} ± {}", length(member.mean_s), length(member.std_dev_s));
        let spread = if member.samples > 0 { spread } else { String::new() };
        let mut row = vec![
            name(member),
            state(member),
            member.phi.map_or_else(|| "-".to_owned(), level),
            age.map_or_else(String::new, |age| format!("{} ago", length(age))),
            spread,
            member.lost.to_string(),
            member.rtt_s.map_or_else(String::new, length),
            member.addr.to_string(),
            member.incarnation.to_string(),
        ];
        row.extend(labelled.then(|| labels(&member.labels)));
        table.add_row(row);
    }
    for place in [2, 3, 5, 6] {
        if let Some(column) = table.column_mut(place) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// The name of a member, with the beginning of its id where another one has the same name.
fn name(member: &MemberView) -> String {
    if member.same_name.is_empty() {
        return member.name.to_string();
    }
    format!("{} ({})", member.name, short(&member.id))
}

/// The beginning of an id, which tells a few apart.
fn short(id: &str) -> String {
    id.chars().take(8).collect()
}

/// What is held of a member, and until when nobody misses it.
fn state(member: &MemberView) -> String {
    let state = member.state.as_str();
    match member.back_within_s {
        Some(left) => format!("{state}, restarting ({})", length(left)),
        None => state.to_owned(),
    }
}

/// Labels as they are written, values quoted that are not plain.
///
/// Values are other operators' words: what could draw on a terminal, or turn its text around, is
/// escaped.
fn labels(labels: &BTreeMap<Name, String>) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "._-/:@+".contains(c);
    let written = labels.iter().map(|(key, value)| {
        let bare = !value.is_empty() && value.chars().all(plain);
        if bare { format!("{key}={value}") } else { format!("{key}={value:?}") }
    });
    written.collect::<Vec<_>>().join(" ")
}

/// A line for each name that several present members have.
fn taken_twice(members: &[MemberView]) -> Vec<String> {
    let mut bearers: BTreeMap<&Name, BTreeSet<&str>> = BTreeMap::new();
    for member in members.iter().filter(|member| !member.same_name.is_empty()) {
        let all = member.same_name.iter().chain([&member.id]).map(String::as_str);
        bearers.entry(&member.name).or_default().extend(all);
    }
    let line = |(name, ids): (&Name, BTreeSet<&str>)| {
        let ids = ids.into_iter().collect::<Vec<_>>().join(", ");
        format!(
            "NAME TAKEN TWICE: {name} is the name of {ids}; give all but one another, by --name"
        )
    };
    bearers.into_iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u8, name: &str, same_name: &[u8]) -> MemberView {
        let id_of = |id: &u8| format!("{id:02x}").repeat(16);
        let view = serde_json::json!({
            "name": name, "id": id_of(&id), "addr": "10.0.0.1:7", "state": "up",
            "state_age_s": 1.0, "incarnation": { "start": 1, "refutation": 0 },
            "unconfirmed": false, "back_within_s": null, "link_fault": null, "labels": {},
            "same_name": same_name.iter().map(id_of).collect::<Vec<_>>(),
            "observed": false, "phi": null, "last_heartbeat_age_s": null, "mean_s": 0.0,
            "std_dev_s": 0.0, "samples": 0, "deadline_ns": null, "deadline_in_s": null,
            "lost": 0, "late": 0, "duplicates": 0, "rtt_s": null,
        });
        serde_json::from_value(view).expect("a member")
    }

    /// Goal: no value of a label does to a terminal what its author wants: escapes, line ends and
    /// marks that turn the text around are shown, not obeyed.
    #[test]
    fn hostile_labels_are_escaped() {
        let shown = |value: &str| {
            labels(&BTreeMap::from([("k".parse().expect("a key"), value.to_owned())]))
        };
        assert_eq!(shown("eu-1/b"), "k=eu-1/b");
        assert_eq!([shown(""), shown("a b"), shown("ä")], ["k=\"\"", "k=\"a b\"", "k=\"ä\""]);
        for hostile in ["\u{1b}[2J", "a\nb", "\u{202e}gpj", "\u{2028}", "\u{9b}31m", "\u{200b}"] {
            let text = shown(hostile);
            assert!(text.is_ascii() && !text.contains(char::is_control), "{text:?}");
        }
    }

    /// Goal: a name that two members have is told once, with both ids, and tells them apart.
    #[test]
    fn a_name_taken_twice_is_told_once() {
        let members = [member(1, "web", &[2]), member(2, "web", &[1]), member(3, "db", &[])];
        let lines = taken_twice(&members);
        assert_eq!(lines.len(), 1);
        assert!(
            lines.concat().contains(&"01".repeat(16)) && lines.concat().contains(&"02".repeat(16))
        );
        let names: Vec<_> = members.iter().map(name).collect();
        assert_eq!(names, ["web (01010101)", "web (02020202)", "db"]);
    }

    /// Goal: a member that restarts on purpose says how much longer it may be away.
    #[test]
    fn a_restart_is_shown_with_its_time() {
        let mut away = member(1, "web", &[]);
        away.back_within_s = Some(29.5);
        assert_eq!(state(&away), "up, restarting (29.50 s)");
        assert_eq!(state(&member(2, "db", &[])), "up");
    }
}
