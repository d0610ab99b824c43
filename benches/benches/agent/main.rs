//! The agent's protocol without its IO, and that of foca, a SWIM protocol without IO, where it is
//! built (feature `rivals`): datagrams encoded and decoded, and what a second of a member's life
//! costs among 10, 100 and 1,000 others. Ratios are printed at the end.
//!
//! Other rivals bring their sockets and clocks with them, so they cannot be timed alone.

#[cfg(feature = "rivals")]
mod foca;
mod network;
mod phi;
mod ratios;

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, BenchmarkId, Criterion};

use self::network::{Host, Network};
use self::ratios::Ratios;

/// What members send each other to see who lives.
const INTERVAL: Duration = Duration::from_secs(1);

/// Seconds that are simulated for a sample, times members, however many criterion wants: only one
/// member is timed, and all others take their time as well.
const MEMBER_SECONDS_MAX: u64 = 20_000;

/// Goes by the clock, and doubles what it wants until it is over: not longer than the most that is
/// simulated fills, or that has no end.
const WARM_UP: Duration = Duration::from_millis(100);

/// Whether anything is timed, or only tried.
fn is_timed() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// How many others; only the fewest when nothing is timed.
fn sizes() -> &'static [u32] {
    if is_timed() { &[10, 100, 1_000] } else { &[10] }
}

/// A contender in all that is timed.
#[expect(clippy::expect_used, reason = "what a member sends is legal")]
fn of<H: Host>(criterion: &mut Criterion, ratios: &mut Ratios) {
    for others in sizes() {
        let mut network = Network::<H>::settled(*others);
        let mut node = criterion.benchmark_group("node, a second of its life");
        node.sample_size(10).warm_up_time(WARM_UP);
        node.bench_function(BenchmarkId::new(H::NAME, others), |bencher| {
            bencher.iter_custom(|seconds| {
                let simulated = seconds.min(MEMBER_SECONDS_MAX / u64::from(*others));
                let spent = network.spent_by_subject(INTERVAL, simulated);
                let each_ns = spent.as_nanos() as f64 / simulated as f64;
                ratios.add(
                    &format!("a second of its life, {others} others"),
                    "ns",
                    H::NAME,
                    each_ns,
                );
                Duration::from_nanos((each_ns * seconds as f64) as u64)
            });
        });
        node.finish();
        let sign = network.sign_of_life();
        let mut wire = criterion.benchmark_group(format!("wire, a sign of life among {others}"));
        let mut decoded = H::decode(sign).expect("its own");
        let row = |what: &str| format!("a sign of life, {others} others: {what}");
        ratios.add(&row("length"), "B", H::NAME, sign.len() as f64);
        timed(&mut wire, ratios, ["encode", H::NAME], &row("encode"), || {
            black_box(H::encode(black_box(&mut decoded)));
        });
        timed(&mut wire, ratios, ["decode", H::NAME], &row("decode"), || {
            black_box(H::decode(black_box(sign)));
        });
        wire.finish();
    }
}

/// Times `operation` for criterion and for the table.
fn timed(
    group: &mut BenchmarkGroup<'_, WallTime>,
    ratios: &mut Ratios,
    [what, who]: [&'static str; 2],
    row: &str,
    mut operation: impl FnMut(),
) {
    group.bench_function(BenchmarkId::new(who, what), |bencher| {
        bencher.iter_custom(|count| {
            let start = Instant::now();
            (0..count).for_each(|_| operation());
            let spent = start.elapsed();
            ratios.add(row, "ns", who, spent.as_nanos() as f64 / count as f64);
            spent
        });
    });
}

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let mut ratios = Ratios::default();
    of::<phi::Phi>(&mut criterion, &mut ratios);
    #[cfg(feature = "rivals")]
    of::<foca::Swim>(&mut criterion, &mut ratios);
    criterion.final_summary();
    if is_timed() {
        ratios.print();
    }
}
