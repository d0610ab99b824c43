//! The one clock of the laboratory: `CLOCK_MONOTONIC`, read in this process.
//!
//! Reports get their time when their line is read here, whichever agent wrote it.

use std::time::Duration;

use anyhow::Result;
use nix::time::{ClockId, clock_gettime};

/// Now (ns since the host's start).
pub(crate) fn monotonic_ns() -> Result<u64> {
    let now = clock_gettime(ClockId::CLOCK_MONOTONIC)?;
    Ok(Duration::from(now).as_nanos() as u64)
}

/// From `from_ns` to `to_ns` in seconds, to the millisecond; negative if it comes before.
pub(crate) fn seconds(from_ns: u64, to_ns: u64) -> f64 {
    let micros = |later: u64, earlier: u64| (later.saturating_sub(earlier) / 1_000) as f64;
    ((micros(to_ns, from_ns) - micros(from_ns, to_ns)) / 1e3).round() / 1e3
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: lengths have a sign, and milliseconds.
    #[test]
    fn lengths_are_signed() {
        assert_eq!(seconds(1_000_000_000, 3_500_400_000), 2.5);
        assert_eq!(seconds(3_500_000_000, 1_000_000_000), -2.5);
        assert_eq!(seconds(7, 7), 0.0);
    }
}
