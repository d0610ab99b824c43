//! Many seeds at a time, in threads; results in the order of the seeds.

use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};

use crate::driver::clock;
use crate::sim::{Outcome, Scenario, check_determinism};

/// Every so many seeds, and the first, are run twice and compared.
const TWICE_EVERY: u64 = 50;

/// What a sweep came to.
#[derive(Debug)]
pub(super) struct Swept {
    pub(super) outcomes: Vec<Outcome>,
    /// Real time.
    pub(super) took: Duration,
}

/// Runs all `seeds`; `on_outcome` sees each in its turn.
pub(super) fn run(
    scenario: &Scenario,
    seeds: Range<u64>,
    jobs: NonZeroUsize,
    mut on_outcome: impl FnMut(&Outcome) -> io::Result<()>,
) -> io::Result<Swept> {
    let started = clock::now();
    let mut outcomes = Vec::new();
    in_order(
        seeds,
        jobs,
        |seed| checked(scenario, seed),
        |outcome| {
            let told = on_outcome(&outcome);
            outcomes.push(outcome);
            told
        },
    )?;
    Ok(Swept { outcomes, took: clock::now().saturating_since(started).into() })
}

/// Does `work` for all `seeds`, so many at a time; `take` gets the results in the order of seeds.
pub(super) fn in_order<T: Send>(
    seeds: Range<u64>,
    jobs: NonZeroUsize,
    work: impl Fn(u64) -> T + Sync,
    mut take: impl FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let bar = bar(seeds.end - seeds.start);
    let (next, given_up) = (AtomicU64::new(seeds.start), AtomicBool::new(false));
    thread::scope(|scope| {
        // As many as can be computed before one is taken: workers never run far ahead.
        let (sender, receiver) = mpsc::sync_channel(jobs.get() * 2);
        for _ in 0..jobs.get() {
            let (sender, next, given_up) = (sender.clone(), &next, &given_up);
            let (work, end) = (&work, seeds.end);
            let seed = move || {
                let seed = next.fetch_add(1, Ordering::Relaxed);
                (seed < end && !given_up.load(Ordering::Relaxed)).then_some(seed)
            };
            let results = std::iter::from_fn(seed).map(move |seed| (seed, work(seed)));
            scope.spawn(move || results.map(|result| sender.send(result)).all(|sent| sent.is_ok()));
        }
        drop(sender);
        let told = receive(&receiver, seeds.start, |result| {
            bar.inc(1);
            take(result)
        });
        given_up.store(told.is_err(), Ordering::Relaxed);
        told
    })?;
    bar.finish_and_clear();
    Ok(())
}

/// Takes results in the order of seeds, from `due` on; stops at the first that cannot be told.
fn receive<T>(
    receiver: &Receiver<(u64, T)>,
    mut due: u64,
    mut take: impl FnMut(T) -> io::Result<()>,
) -> io::Result<()> {
    let mut waiting = BTreeMap::new();
    for (seed, result) in receiver {
        waiting.insert(seed, result);
        while let Some(result) = waiting.remove(&due) {
            due += 1;
            take(result)?;
        }
    }
    Ok(())
}

/// Runs a seed, and now and then once more.
fn checked(scenario: &Scenario, seed: u64) -> Outcome {
    let mut outcome = crate::sim::run(scenario, seed);
    if seed.is_multiple_of(TWICE_EVERY) {
        check_determinism(&mut outcome, &crate::sim::run(scenario, seed));
    }
    outcome
}

/// Progress on standard error, where that is a terminal and there is something to wait for.
fn bar(count: u64) -> ProgressBar {
    if count < 2 {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} seeds, {eta} left");
    let bar = ProgressBar::new(count);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
