//! Each operation by each contender, as `phi-bench micro` does them; and the deadline, which no
//! rival has.
//!
//! How good the answers are is not measured here: see the command `phi-bench tradeoff`.

use std::hint::black_box;
use std::time::{Duration, Instant};

use criterion::{Bencher, Criterion, criterion_group, criterion_main};
use phi_bench::cases::{Row, cases};
use phi_bench::entrant::WINDOW;
use phi_bench::replay::Operation;
use phi_core::{ConfigError, Detector, Normal, NormalConfig, Threshold, Timestamp};

type Subject = Detector<Normal<[u64; WINDOW]>>;

/// A detector whose window is full of intervals of 1 s ± 50 ms.
fn warm() -> Result<Subject, ConfigError> {
    let config = NormalConfig::for_interval(Duration::from_secs(1))?;
    let mut subject = Detector::new(Normal::new([0; WINDOW], config)?);
    let mut now = Timestamp::ORIGIN;
    for beat in 0..2 * WINDOW as u64 {
        subject.heartbeat(now);
        now = now.saturating_add(Duration::from_millis(950 + beat * 37 % 101));
    }
    Ok(subject)
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
fn deadline(criterion: &mut Criterion) {
    let subject = warm().expect("legal");
    let threshold = Threshold::new(8.0).expect("legal");
    let mut group = criterion.benchmark_group("normal, window 1000");
    group.bench_function("deadline", |bencher| {
        bencher.iter(|| black_box(&subject).deadline(black_box(threshold)));
    });
    group.finish();
}

/// The rows of `phi-bench micro`. The loop is not subtracted: it is a contender, the empty one.
fn side_by_side(criterion: &mut Criterion) {
    for row in Row::ALL {
        let mut group = criterion.benchmark_group(row.title());
        for case in cases().into_iter().filter(|case| case.row == row) {
            let mut operation = (case.start)();
            group.bench_function(case.contender, |bencher| {
                time(bencher, operation.as_mut(), row.slice());
            });
        }
        group.finish();
    }
}

/// Times slices, each from a state like that of the others; preparation does not count.
#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
fn time(bencher: &mut Bencher<'_>, operation: &mut dyn Operation, slice: usize) {
    bencher.iter_custom(|iterations| {
        let mut left = usize::try_from(iterations).unwrap_or(usize::MAX);
        let mut total = Duration::ZERO;
        while left > 0 {
            let count = left.min(slice);
            operation.prepare(count).expect("legal");
            let start = Instant::now();
            operation.run();
            total += start.elapsed();
            left -= count;
        }
        total
    });
}

criterion_group!(benches, deadline, side_by_side);
criterion_main!(benches);
