//! What figures were measured on.
//!
//! It is described as far as it says so itself; nothing is benchmarked here.

use std::fs;
use std::num::NonZero;
use std::thread::available_parallelism;

/// Processor, how many of it, and the system.
pub(crate) fn describe() -> String {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let named = info.lines().find(|line| line.starts_with("model name"));
    let model = named.and_then(|line| line.split_once(':')).map_or("unknown", |(_, name)| name);
    let cores = available_parallelism().map_or(1, NonZero::get);
    let model = model.trim();
    format!("{model}, {cores} cores, {} {}", std::env::consts::OS, std::env::consts::ARCH)
}
