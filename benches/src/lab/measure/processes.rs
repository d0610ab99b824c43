//! What the kernel says of a process: its time on a processor and off it, its memory, and datagrams
//! that found no room in its host.
//!
//! Source: `proc(5)`, and `Documentation/scheduler/sched-stats.rst` of the kernel.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// What a process has used since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Usage {
    /// On a processor, all threads together (ns).
    pub(crate) ran_ns: u64,
    /// Ready to run, and waiting for a processor (ns).
    pub(crate) waited_ns: u64,
}

/// The usage of process `pid`; threads that have ended are not in it.
pub(crate) fn usage(pid: u32) -> Result<Usage> {
    let threads = format!("/proc/{pid}/task");
    let mut sum = Usage::default();
    for thread in fs::read_dir(&threads).context(threads)? {
        // A thread may end while we look.
        let Ok(text) = fs::read_to_string(thread?.path().join("schedstat")) else { continue };
        let mut numbers = text.split_whitespace().map_while(|word| word.parse::<u64>().ok());
        sum.ran_ns += numbers.next().unwrap_or(0);
        sum.waited_ns += numbers.next().unwrap_or(0);
    }
    Ok(sum)
}

/// The memory of a process (KiB).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Memory {
    /// All pages that are resident, the program's own and those of libraries included.
    pub(crate) resident: u64,
    /// The same, with each page divided by the number of processes that share it.
    pub(crate) proportional: u64,
}

/// The memory of process `pid`.
pub(crate) fn memory(pid: u32) -> Result<Memory> {
    let text = read(pid, "smaps_rollup")?;
    let kib = |name: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(name));
        let kib = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
        kib.with_context(|| format!("no {name} of process {pid}"))
    };
    Ok(Memory { resident: kib("Rss:")?, proportional: kib("Pss:")? })
}

/// Datagrams that found no room in a receive buffer, of all sockets of the namespace of `pid`.
pub(crate) fn receive_drops(pid: u32) -> Result<u64> {
    let text = read(pid, "net/snmp")?;
    column(&text, "Udp:", "RcvbufErrors").context("no RcvbufErrors in net/snmp")
}

/// A number of a table of two lines, its names and its values.
fn column(text: &str, table: &str, name: &str) -> Option<u64> {
    let mut lines = text.lines().filter_map(|line| line.strip_prefix(table));
    let place = lines.next()?.split_whitespace().position(|word| word == name)?;
    lines.next()?.split_whitespace().nth(place)?.parse().ok()
}

fn read(pid: u32, file: &str) -> Result<String> {
    let path = Path::new("/proc").join(pid.to_string()).join(file);
    fs::read_to_string(&path).with_context(|| path.display().to_string())
}

/// The load average of this host over the last minute.
pub(crate) fn load_average() -> Result<f64> {
    let text = fs::read_to_string("/proc/loadavg").context("/proc/loadavg")?;
    let first = text.split_whitespace().next().and_then(|word| word.parse().ok());
    first.context("/proc/loadavg is not a number")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a process that works is seen to work, and this one has memory.
    #[test]
    fn this_process_has_run() {
        let own = std::process::id();
        let before = usage(own).expect("own");
        let mut sum = 0_u64;
        while usage(own).expect("own").ran_ns == before.ran_ns {
            sum = std::hint::black_box(sum.wrapping_add(1));
        }
        let memory = memory(own).expect("own");
        assert!(memory.resident > 500 && memory.proportional <= memory.resident, "{memory:?}");
        receive_drops(own).expect("UDP is there");
        assert!(load_average().expect("Linux") >= 0.0);
    }

    /// Goal: the right column of the right table.
    #[test]
    fn columns_are_found_by_name() {
        let text = "Tcp: RcvbufErrors\nTcp: 9\nUdp: InErrors RcvbufErrors\nUdp: 5 7\n";
        assert_eq!(column(text, "Udp:", "RcvbufErrors"), Some(7));
        assert_eq!(column(text, "Udp:", "Other"), None);
    }
}
