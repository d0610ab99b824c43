//! `serf agent`, from Debian, with its LAN profile.
//!
//! It tells of members in its log:
//!
//! ```text
//!     2026/11/25 09:40:00 [INFO] serf: EventMemberFailed: n5 10.77.0.5
//! ```

use std::ffi::OsString;

use anyhow::Result;

use super::{Peer, Place};
use crate::lab::events::{Line, Verdict};
use crate::lab::names::{SEEDS, address, node_name, node_of};
use crate::lab::requirements::{Refusal, is_installed};
use crate::lab::results::PeerName;
use crate::lab::tool;

pub(super) fn find() -> Result<Peer> {
    if !is_installed("serf")? {
        return Err(Refusal::NoRival("serf is not installed: apt install serf".into()).into());
    }
    let said = tool::run("serf", &["version"], "")?;
    let package = tool::run("dpkg-query", &["-W", "-f", "${Version}", "serf"], "");
    let package = package.map_or_else(|_| String::new(), |version| format!(", Debian {version}"));
    Ok(Peer {
        name: PeerName::Serf,
        program: "serf".into(),
        version: format!("{}{package}", said.lines().next().unwrap_or_default()),
        configuration: "-profile=lan; not encrypted",
        arguments,
        parse,
        is_ours: false,
    })
}

fn arguments(place: &Place<'_>) -> Vec<OsString> {
    let mut arguments: Vec<OsString> = vec![
        "agent".into(),
        format!("-node={}", node_name(place.node)).into(),
        format!("-bind={}", address(place.node)).into(),
        "-rpc-addr=127.0.0.1:7373".into(),
        "-profile=lan".into(),
        "-retry-interval=1s".into(),
    ];
    let seeds = (1..=SEEDS).filter(|seed| *seed != place.node);
    arguments.extend(seeds.map(|seed| format!("-retry-join={}", address(seed)).into()));
    arguments
}

fn parse(line: &[u8]) -> Line {
    let line = String::from_utf8_lossy(line);
    let Some((_, event)) = line.split_once(" serf: EventMember") else { return Line::Other };
    let mut words = event.split_whitespace();
    let verdict = match words.next() {
        Some("Join:") => Verdict::Up,
        Some("Failed:") => Verdict::Down,
        Some("Leave:") => Verdict::Left,
        _ => return Line::Other,
    };
    match words.next().and_then(node_of) {
        Some(subject) => Line::Said { subject, verdict },
        None => Line::Unreadable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: members that come and go are read out of the log, and nothing else is.
    #[test]
    fn the_log_tells_who_comes_and_goes() {
        let said = |text: &str| parse(format!("    2026/11/25 09:40:00 [INFO] {text}").as_bytes());
        for (event, verdict) in
            [("Join", Verdict::Up), ("Failed", Verdict::Down), ("Leave", Verdict::Left)]
        {
            let line = said(&format!("serf: EventMember{event}: n5 10.77.0.5\n"));
            assert_eq!(line, Line::Said { subject: 5, verdict });
        }
        assert_eq!(said("serf: EventMemberUpdate: n5"), Line::Other);
        assert_eq!(said("agent: Received event: member-failed"), Line::Other);
        assert_eq!(said("serf: EventMemberFailed: "), Line::Unreadable);
    }
}
