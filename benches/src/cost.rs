//! What a contender takes: memory, and time for a heartbeat and for a question.
//!
//! It is a rough measure, of everything in one place and in one process; `micro` is the careful
//! one.

use std::hint::black_box;
use std::time::Instant;

use anyhow::Result;
use phi_bench::results::Cost;

use crate::contender::Contender;
use crate::worlds::World;

/// Heartbeats that fill any window before times are taken.
const WARM_UP: usize = 1_100;

/// Heartbeats, and as many questions, that are timed together.
const TIMED: usize = 500;

/// The least time of so many counts: what else the machine does only adds.
const ROUNDS: usize = 5;

/// Measures contender `C`, at the threshold in the middle of its sweep.
pub(crate) fn cost<C: Contender>() -> Result<Cost> {
    let trace = World::parse("gamma")?.trace_of((WARM_UP + 2 * TIMED) as u64);
    let thresholds = C::thresholds();
    let threshold = thresholds.get(thresholds.len() / 2).copied().unwrap_or(1.0);
    let mut cost = Cost::default();
    for _ in 0..ROUNDS {
        let mut contender = C::start(trace.period)?;
        let (before, after) = trace.arrivals.split_at(WARM_UP.min(trace.arrivals.len()));
        for arrival in before {
            contender.heartbeat(*arrival);
        }
        let timed = after.get(..TIMED).unwrap_or(after);
        let start = Instant::now();
        for arrival in timed {
            contender.heartbeat(black_box(*arrival));
        }
        let heartbeat_ns = start.elapsed().as_nanos() as f64 / TIMED as f64;
        let start = Instant::now();
        for _ in 0..TIMED {
            black_box(contender.patience(black_box(threshold)));
        }
        let patience_ns = start.elapsed().as_nanos() as f64 / TIMED as f64;
        let least = |before: Option<f64>, now: f64| Some(before.map_or(now, |b| b.min(now)));
        cost.bytes = contender.bytes();
        cost.heartbeat_ns = least(cost.heartbeat_ns, heartbeat_ns);
        cost.patience_ns = least(cost.patience_ns, patience_ns);
    }
    Ok(cost)
}
