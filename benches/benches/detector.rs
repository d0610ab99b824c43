//! What a heartbeat and a query cost, with a full window of 1,000 intervals.
//!
//! How good the answers are is not measured here: see the command `phi-bench tradeoff`.

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use phi_core::{ConfigError, Detector, Normal, NormalConfig, Threshold, Timestamp};

const WINDOW: usize = 1_000;

type Subject = Detector<Normal<[u64; WINDOW]>>;

/// A detector whose window is full of intervals of 1 s ± 50 ms, and when its next heartbeat is due.
fn warm() -> Result<(Subject, Timestamp), ConfigError> {
    let config = NormalConfig::for_interval(Duration::from_secs(1))?;
    let mut subject = Detector::new(Normal::new([0_u64; WINDOW], config)?);
    let mut now = Timestamp::ORIGIN;
    for beat in 0..2 * WINDOW as u64 {
        subject.heartbeat(now);
        now = now.saturating_add(Duration::from_millis(950 + beat * 37 % 101));
    }
    Ok((subject, now))
}

#[expect(clippy::expect_used, reason = "the parameters are constants, and legal")]
fn detector(criterion: &mut Criterion) {
    let (mut subject, mut now) = warm().expect("legal");
    let threshold = Threshold::new(8.0).expect("legal");
    let mut group = criterion.benchmark_group("normal, window 1000");
    group.bench_function("phi", |bencher| {
        let late = now.saturating_add(Duration::from_millis(300));
        bencher.iter(|| black_box(&subject).phi(black_box(late)));
    });
    group.bench_function("deadline", |bencher| {
        bencher.iter(|| black_box(&subject).deadline(black_box(threshold)));
    });
    group.bench_function("heartbeat", |bencher| {
        bencher.iter_batched(
            || {
                now = now.saturating_add(Duration::from_millis(1_003));
                now
            },
            |now| black_box(&mut subject).heartbeat(black_box(now)),
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, detector);
criterion_main!(benches);
