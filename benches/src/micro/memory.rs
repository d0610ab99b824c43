//! Bytes a peer: of the detector itself, and of what a process grows by for each of many, with the
//! window full.
//!
//! The allocator's rounding is part of what a process grows by; what else the caller keeps is not.

use std::hint::black_box;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context as _, Result, ensure};
use phi_bench::entrant::Entrant;
use phi_bench::ours::{NormalU32F32, NormalU32OnQuery, NormalU64, OfCalibrated, Ours};
use phi_bench::replay::{SETUP, full};
use serde::Serialize;

/// Its name on the command line.
pub(super) const KEY: &str = "memory";

/// How many detectors a process makes to see what one takes.
const DETECTORS: usize = 5_000;

/// What one contender takes.
#[derive(Serialize)]
pub(super) struct Line {
    pub(super) contender: &'static str,
    /// The detector itself (bytes).
    pub(super) itself: usize,
    /// What the process grows by (bytes).
    pub(super) resident: f64,
    /// The most that ours is meant to take itself (bytes).
    pub(super) goal: Option<usize>,
}

struct Entry {
    contender: &'static str,
    itself: usize,
    goal: Option<usize>,
    resident: fn(usize) -> Result<f64>,
}

impl Entry {
    fn of<E: Entrant>(goal: Option<usize>) -> Self {
        Self { contender: E::NAME, itself: size_of::<E>(), goal, resident: resident::<E> }
    }
}

fn entries() -> Vec<Entry> {
    let ours = [
        Entry::of::<Ours<NormalU64>>(Some(8_100)),
        Entry::of::<Ours<NormalU32OnQuery>>(Some(4_100)),
        Entry::of::<Ours<NormalU32F32>>(Some(4_100)),
        Entry::of::<Ours<OfCalibrated>>(Some(256)),
    ];
    ours.into_iter().chain(rivals()).collect()
}

#[cfg(feature = "rivals")]
fn rivals() -> [Entry; 4] {
    use phi_bench::rivals::{Lazily, PhiAccrual, PhiAccrualFailureDetector, PhiDetector};

    [
        Entry::of::<PhiAccrualFailureDetector>(None),
        Entry::of::<PhiDetector>(None),
        Entry::of::<PhiAccrual>(None),
        Entry::of::<Lazily>(None),
    ]
}

#[cfg(not(feature = "rivals"))]
const fn rivals() -> [Entry; 0] {
    []
}

/// Measures each contender in a process of its own, whose memory nobody has touched before.
pub(super) fn measure() -> Result<Vec<Line>> {
    entries().iter().map(measure_one).collect()
}

fn measure_one(entry: &Entry) -> Result<Line> {
    let program = env::current_exe().context("the path of this program")?;
    let output = Command::new(program)
        .args(["micro", "--only", KEY, "--contender", entry.contender])
        .args(["--count", &DETECTORS.to_string()])
        .output()
        .context("a process to measure memory in")?;
    let text = String::from_utf8_lossy(&output.stdout);
    let told = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "memory of {}: {}", entry.contender, told.trim());
    let resident = text.trim().parse().with_context(|| format!("memory: `{}`", text.trim()))?;
    let Entry { contender, itself, goal, .. } = *entry;
    Ok(Line { contender, itself, resident, goal })
}

/// The other side of it.
pub(super) fn print_resident(contender: &str, count: usize) -> Result<()> {
    use std::io::Write as _;

    let entry = entries().into_iter().find(|entry| entry.contender == contender);
    let entry = entry.with_context(|| format!("no contender `{contender}`"))?;
    writeln!(std::io::stdout(), "{}", (entry.resident)(count)?)?;
    Ok(())
}

fn resident<E: Entrant>(count: usize) -> Result<f64> {
    let mut detectors: Vec<E> = Vec::with_capacity(count);
    let before = resident_bytes()?;
    for _ in 0..count {
        detectors.push(full(E::start(SETUP)?, 0));
    }
    let grown = resident_bytes()?.saturating_sub(before);
    black_box(&detectors);
    Ok(grown as f64 / count as f64)
}

/// The resident memory of this process.
fn resident_bytes() -> Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("memory is read on Linux only")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib = line.and_then(|line| line.split_whitespace().next()).context("VmRSS is missing")?;
    Ok(kib.parse::<u64>().context("VmRSS")? * 1_024)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: beside its intervals a detector takes little.
    #[test]
    fn ours_take_little_beside_their_intervals() {
        for entry in entries().iter().filter(|entry| entry.goal.is_some()) {
            let intervals = entry.goal.unwrap_or_default() / 1_000 * 1_000;
            assert!(entry.itself <= intervals + 256, "{}", entry.contender);
        }
    }
}
