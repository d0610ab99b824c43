//! Times of operations, in short slices that take turns: what the machine does meanwhile hits all
//! contenders alike.
//!
//! What is done in a slice is the business of the cases.

use std::time::Instant;

use anyhow::Result;
use phi_bench::cases::Case;
use statrs::statistics::{Data, OrderStatistics as _, Statistics};

/// One operation's time, the loop around it included.
pub(super) struct Time {
    pub(super) case: Case,
    pub(super) median_ns: f64,
    pub(super) min_ns: f64,
}

/// Times `cases`, each once a round; the first round, in which nothing is warm, is not counted.
pub(super) fn time(cases: &[Case], rounds: usize) -> Result<Vec<Time>> {
    let mut running: Vec<_> =
        cases.iter().map(|case| (*case, (case.start)(), Vec::with_capacity(rounds))).collect();
    for round in 0..=rounds.max(1) {
        for (case, operation, times_ns) in &mut running {
            let count = case.row.slice();
            operation.prepare(count)?;
            let start = Instant::now();
            operation.run();
            let each_ns = start.elapsed().as_nanos() as f64 / count as f64;
            if round > 0 {
                times_ns.push(each_ns);
            }
        }
    }
    let time = |(case, _, times_ns): (Case, _, Vec<f64>)| Time {
        case,
        min_ns: Statistics::min(times_ns.iter()),
        median_ns: Data::new(times_ns).median(),
    };
    Ok(running.into_iter().map(time).collect())
}
