//! Instructions of operations, counted by valgrind: each is done in a process of its own a few and
//! more times, and what the one took more is divided by how much more often it was done.
//!
//! So start and preparation drop out, as far as they do not depend on the number.

use std::env;
use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, ensure};
use phi_bench::cases::{Case, Row};

/// Instructions of one operation, the loop around it included.
pub(super) struct Count {
    pub(super) row: Row,
    pub(super) contender: &'static str,
    pub(super) each: f64,
}

/// Counts the instructions of all `cases`.
pub(super) fn count(cases: &[Case]) -> Result<Vec<Count>> {
    let found = Command::new("valgrind").arg("--version").output();
    ensure!(
        found.is_ok_and(|output| output.status.success()),
        "valgrind is missing: install it, or leave out --instructions"
    );
    let folder = tempfile::tempdir().context("a folder for the counts")?;
    let file = folder.path().join("counts");
    cases.iter().map(|case| count_one(case, &file)).collect()
}

fn count_one(case: &Case, file: &Path) -> Result<Count> {
    let (few, more) = numbers(case.row);
    let difference = total(case, more, file)?.saturating_sub(total(case, few, file)?);
    let each = difference as f64 / (more - few) as f64;
    Ok(Count { row: case.row, contender: case.contender, each })
}

/// How often an operation is done in the shorter and in the longer process.
const fn numbers(row: Row) -> (usize, usize) {
    match row {
        Row::Pair | Row::PhiAgain | Row::Heartbeat => (1_000, 3_000),
        Row::Late => (1, 3),
        Row::PeerHeartbeat => (1_000, 11_000),
    }
}

/// All instructions of a process that does the operation `number` times. Preparation grows with it
/// too, by what an empty loop's does: that is subtracted with the loop.
fn total(case: &Case, number: usize, file: &Path) -> Result<u64> {
    let program = env::current_exe().context("the path of this program")?;
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", &format!("--callgrind-out-file={}", file.display())])
        .arg(program)
        .args(["micro", "--only", case.row.key(), "--contender", case.contender])
        .args(["--count", &number.to_string()])
        .output()
        .context("valgrind")?;
    let text = String::from_utf8_lossy(&output.stderr);
    let name = case.contender;
    ensure!(output.status.success(), "valgrind, {name}: {}", text.trim());
    collected(&text).with_context(|| format!("valgrind, {name}: no number in: {}", text.trim()))
}

/// The number in the line `==1234== Collected : 5678`.
fn collected(text: &str) -> Option<u64> {
    let line = text.lines().find(|line| line.contains("Collected"))?;
    line.rsplit(':').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the number is found among what valgrind says, and none is made up.
    #[test]
    fn the_number_is_read() {
        let text = "==7== Events    : Ir\n==7== Collected : 1234567\n==7== \n";
        assert_eq!(collected(text), Some(1_234_567));
        assert_eq!(collected("==7== Events : Ir\n"), None);
    }
}
