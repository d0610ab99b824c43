//! Logs of `ping`, with `-D` or without: a reply is an arrival, its `icmp_seq` the number.
//!
//! Ping waits for nobody: a probe goes out each interval, so its log shows what heartbeats over
//! that path would have met, there and back.

use std::path::Path;

use anyhow::{Context as _, Result, ensure};

use super::clock::{Unit, number_ns};
use super::series::Beat;
use crate::trace::BEATS_MAX;
use crate::trace::lines::Lines;

/// `icmp_seq` has 16 bits.
const TURN: u64 = 1 << 16;

/// The replies in the log at `path`, plain or gzip; lines of other kinds are passed over.
pub(super) fn read(path: &Path) -> Result<Vec<Beat>> {
    let mut lines = Lines::open(path)?;
    let mut beats: Vec<Beat> = Vec::new();
    let mut highest = 0;
    while let Some(line) = lines.next()? {
        let reply = reply(line);
        let Some((number, mut beat)) = reply.with_context(|| lines.place())? else { continue };
        let number = unwrapped(number, highest);
        highest = highest.max(number);
        beat.number = Some(number);
        beats.push(beat);
        ensure!(beats.len() as u64 <= BEATS_MAX, "{}: too many lines", lines.place());
    }
    let stamped = beats.iter().filter(|beat| beat.arrived_ns.is_some()).count();
    ensure!(
        stamped == 0 || stamped == beats.len(),
        "{}: some replies have a time stamp in front and some have none",
        path.display()
    );
    ensure!(
        !beats.is_empty(),
        "{}: no reply in it; lines like `[1700000000.123456] 64 bytes from 192.0.2.1: icmp_seq=1 \
         ttl=57 time=12.3 ms` are looked for (`ping -D`)",
        path.display()
    );
    Ok(beats)
}

/// The number and times of a line that tells of a reply.
fn reply(line: &str) -> Result<Option<(u64, Beat)>> {
    if !line.contains("bytes from") {
        return Ok(None);
    }
    let word = |key: &str| line.split_whitespace().find_map(|word| word.strip_prefix(key));
    let Some(number) = word("icmp_seq=").or_else(|| word("seq=")) else { return Ok(None) };
    let number = number.parse().with_context(|| format!("icmp_seq `{number}`"))?;
    ensure!(number < TURN, "icmp_seq {number} is not below {TURN}");
    let stamp = line.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let arrived_ns = stamp.map(|(stamp, _)| number_ns(stamp, Unit::S)).transpose()?;
    let delay_ns = word("time=").or_else(|| word("time<")).map(|time| number_ns(time, Unit::Ms));
    Ok(Some((number, Beat { arrived_ns, delay_ns: delay_ns.transpose()?, ..Beat::default() })))
}

/// The number near `highest` whose lower 16 bits are `number`.
const fn unwrapped(number: u64, highest: u64) -> u64 {
    let near = highest - highest % TURN + number;
    if near + TURN / 2 < highest {
        near + TURN
    } else if near > highest + TURN / 2 && near >= TURN {
        near - TURN
    } else {
        near
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn beats(text: &str) -> Result<Vec<Beat>> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let path = folder.path().join("ping.log");
        fs::write(&path, text).expect("writable");
        read(&path)
    }

    /// Goal: replies are found among everything else that ping says, from iputils and from busybox.
    #[test]
    fn replies_are_found() {
        let text = "PING 192.0.2.1 (192.0.2.1) 56(84) bytes of data.\n\
            [1700000000.250000] 64 bytes from 192.0.2.1: icmp_seq=1 ttl=57 time=12.3 ms\n\
            [1700000001.1] no answer yet for icmp_seq=2\n\
            From 192.0.2.9 icmp_seq=3 Destination Host Unreachable\n\
            [1700000003.300000] 64 bytes from a.example: icmp_seq=4 ttl=57 time<1 ms (DUP!)\n\n\
            --- 192.0.2.1 ping statistics ---\n4 packets transmitted, 2 received\n";
        let replies = beats(text).expect("legal");
        let read: Vec<_> = replies.iter().map(|b| (b.number, b.arrived_ns, b.delay_ns)).collect();
        let at = |ms: i128| Some((1_700_000_000_000 + ms) * 1_000_000);
        assert_eq!(read[0], (Some(1), at(250), Some(12_300_000)));
        assert_eq!(read[1], (Some(4), at(3_300), Some(1_000_000)));
        let busybox = "64 bytes from 192.0.2.1: seq=0 ttl=64 time=0.061 ms\n";
        let other = beats(busybox).expect("legal");
        assert_eq!((other[0].number, other[0].arrived_ns), (Some(0), None));
    }

    /// Goal: numbers go on above 65,535, also when replies overtake each other there.
    #[test]
    fn numbers_wrap() {
        let mut highest = 0;
        for (number, expected) in
            [(65_534, 65_534), (0, 65_536), (65_535, 65_535), (1, 65_537), (30_000, 95_536)]
        {
            let number = unwrapped(number, highest);
            assert_eq!(number, expected);
            highest = highest.max(number);
        }
        assert_eq!(unwrapped(5, 131_072), 131_077);
        assert_eq!(unwrapped(65_530, 131_073), 131_066);
    }

    /// Goal: what is wrong is named with its line, and what is wanted is said.
    #[test]
    fn bad_logs_are_refused() {
        let error = |text: &str| format!("{:#}", beats(text).expect_err("must be refused"));
        assert!(
            error("64 bytes from a: icmp_seq=70000 ttl=5 time=1 ms\n").contains(":1: icmp_seq")
        );
        assert!(error("[x] 64 bytes from a: icmp_seq=7 time=1 ms\n").contains(":1: `x`"));
        assert!(error("hello\n").contains("ping -D"));
        let mixed =
            "[1.0] 64 bytes from a: icmp_seq=1 time=1 ms\n64 bytes from a: icmp_seq=2 time=1";
        assert!(error(mixed).contains("some have none"));
    }
}
