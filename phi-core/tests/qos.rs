//! Goal: the metrics are those of the definitions, over any history of verdicts and crashes.
#![expect(
    clippy::expect_used,
    clippy::indexing_slicing,
    reason = "histories of the tests are short, and windows of two hold two"
)]

use core::time::Duration;

use phi_core::{QosMeter, Timestamp, Transition, Verdict};
use proptest::prelude::*;

use Event::{Crash, Recover, Suspect, Trust};

#[derive(Clone, Copy, Debug, PartialEq)]
enum Event {
    Suspect,
    Trust,
    Crash,
    Recover,
}

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

fn second(seconds: u64) -> Timestamp {
    at(seconds * 1_000_000_000)
}

fn whole(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

fn fed(history: &[(u64, Event)]) -> QosMeter {
    let mut meter = QosMeter::new(second(0));
    for (time, event) in history {
        feed(&mut meter, *event, second(*time));
    }
    meter
}

fn feed(meter: &mut QosMeter, event: Event, at: Timestamp) {
    match event {
        Suspect => meter.record(Transition { verdict: Verdict::Suspect, at }),
        Trust => meter.record(Transition { verdict: Verdict::Trust, at }),
        Crash => meter.crash(at),
        Recover => meter.recover(at),
    }
}

/// Method: a history on paper.
///
/// ```text
/// 0 ── 10 S─12 T ── 20 S──25 T ── 40 crash
/// ```
#[test]
fn mistakes_computed_by_hand() {
    let history = [(10, Suspect), (12, Trust), (20, Suspect), (25, Trust), (40, Crash)];
    let meter = fed(&history);
    assert_eq!(meter.detection_times().mean(), None);
    assert_eq!(meter.mistake_durations().mean(), Some(Duration::from_millis(3_500)));
    assert_eq!(meter.mistake_durations().max(), Some(whole(5)));
    assert_eq!(meter.mistake_recurrences().mean(), Some(whole(10)));
    assert_eq!(meter.good_periods().mean(), Some(whole(8)));
    assert_eq!(meter.query_accuracy(second(99)), Some(33.0 / 40.0), "frozen by the crash");
    assert_eq!(meter.mistakes_per_second(second(99)), Some(2.0 / 40.0));
}

/// Method: a history on paper.
///
/// ```text
/// 0 ── 40 crash ── 43 S ── 50 alive ── 52 T ── 60 crash ── 70 alive ── 80
/// ```
#[test]
fn crashes_computed_by_hand() {
    let history =
        [(40, Crash), (43, Suspect), (50, Recover), (52, Trust), (60, Crash), (70, Recover)];
    let meter = fed(&history);
    assert_eq!((meter.detection_times().count(), meter.undetected()), (1, 1));
    assert_eq!(meter.detection_times().mean(), Some(whole(3)));
    assert_eq!(meter.mistakes(), 0, "the suspicion of the crashed subject is none");
    assert_eq!(meter.mistake_durations().count(), 0, "nor is what is left of it after 50");
    assert_eq!(meter.query_accuracy(second(80)), Some(58.0 / 60.0));
}

/// Method: the start, and the first nanosecond.
#[test]
fn what_is_not_yet_defined_is_none() {
    let meter = fed(&[]);
    assert_eq!(meter.query_accuracy(second(0)), None);
    assert_eq!(meter.mistakes_per_second(second(0)), None);
    assert_eq!(meter.good_periods().max(), None);
    assert_eq!(meter.query_accuracy(at(1)), Some(1.0));
}

/// Method: a late heartbeat after the crash brings trust back; only the suspicion that lasts
/// detects.
#[test]
fn the_suspicion_that_lasts_is_the_detection() {
    let mut meter = fed(&[(3, Suspect), (5, Crash)]);
    assert_eq!(meter.detection_times().mean(), Some(whole(0)), "suspected already");
    feed(&mut meter, Trust, second(6));
    assert_eq!(meter.detection_times().count(), 0);
    feed(&mut meter, Suspect, second(9));
    assert_eq!(meter.detection_times().max(), Some(whole(4)));
    assert_eq!(meter.mistakes(), 1);
}

/// Method: an old event, at both ends of time.
#[test]
fn time_that_goes_backwards_is_saturated_and_counted() {
    let mut meter = QosMeter::new(Timestamp::ORIGIN);
    feed(&mut meter, Suspect, Timestamp::MAX);
    feed(&mut meter, Trust, Timestamp::ORIGIN);
    feed(&mut meter, Crash, second(1));
    assert_eq!(meter.backwards(), 2);
    assert_eq!(meter.mistake_durations().max(), Some(Duration::ZERO));
    assert_eq!(meter.query_accuracy(Timestamp::ORIGIN), Some(1.0));
}

/// What the definitions say of a history, by brute force: every nanosecond, every pair.
#[derive(Debug, Default, PartialEq)]
struct Naive {
    alive: u64,
    trusted: u64,
    recurrence: Vec<u64>,
    duration: Vec<u64>,
    good: Vec<u64>,
    detection: Vec<u64>,
    undetected: u64,
    mistakes: u64,
}

/// The part of a history between two changes of the subject, and the verdict that it begins with.
struct Run {
    alive: bool,
    begin: u64,
    end: u64,
    verdict: Event,
    transitions: Vec<(u64, Event)>,
}

fn runs(history: &[(u64, Event)], now: u64) -> Vec<Run> {
    let run = |alive, begin, verdict| Run { alive, begin, end: now, verdict, transitions: vec![] };
    let mut runs = vec![run(true, 0, Trust)];
    let mut verdict = Trust;
    for (time, event) in history {
        let last = runs.last_mut().expect("one at least");
        let is_verdict = matches!(event, Suspect | Trust);
        if is_verdict && *event != verdict {
            verdict = *event;
            last.transitions.push((*time, *event));
        } else if !is_verdict && last.alive == (*event == Crash) {
            last.end = *time;
            let alive = !last.alive;
            runs.push(run(alive, *time, verdict));
        }
    }
    runs
}

fn naive(history: &[(u64, Event)], now: u64) -> Naive {
    let mut result = Naive::default();
    let runs = runs(history, now);
    let current = runs.len() - 1;
    for (number, run) in runs.iter().enumerate() {
        let verdict_at = |time: u64| {
            run.transitions.iter().rfind(|(begin, _)| *begin <= time).map_or(run.verdict, |t| t.1)
        };
        if !run.alive {
            let last = run.transitions.last().copied().unwrap_or((run.begin, run.verdict));
            if last.1 == Suspect {
                result.detection.push(last.0 - run.begin);
            } else {
                result.undetected += u64::from(number != current);
            }
            continue;
        }
        result.alive += run.end - run.begin;
        let trusted = (run.begin..run.end).filter(|time| verdict_at(*time) == Trust);
        result.trusted += u64::try_from(trusted.count()).expect("few");
        let begins: Vec<u64> =
            run.transitions.iter().filter(|t| t.1 == Suspect).map(|t| t.0).collect();
        result.mistakes += u64::try_from(begins.len()).expect("few");
        result.recurrence.extend(begins.windows(2).map(|pair| pair[1] - pair[0]));
        for pair in run.transitions.windows(2) {
            let length = pair[1].0 - pair[0].0;
            let kind = if pair[0].1 == Suspect { &mut result.duration } else { &mut result.good };
            kind.push(length);
        }
    }
    result
}

fn mean(lengths: &[u64]) -> Option<Duration> {
    let sum = lengths.iter().sum::<u64>();
    sum.checked_div(u64::try_from(lengths.len()).expect("few")).map(Duration::from_nanos)
}

proptest! {
    /// Method: random events at random distances, zero among them.
    #[test]
    fn streaming_equals_a_naive_recomputation(
        steps in prop::collection::vec((0_u64..30, 0_usize..8), 0..60),
        rest in 0_u64..30,
    ) {
        let mut meter = QosMeter::new(Timestamp::ORIGIN);
        let (mut now, mut history) = (0, Vec::new());
        for (step, kind) in steps {
            let event = [Suspect, Suspect, Suspect, Trust, Trust, Trust, Crash, Recover][kind];
            now += step;
            history.push((now, event));
            feed(&mut meter, event, at(now));
        }
        now += rest;
        let expected = naive(&history, now);
        prop_assert_eq!(meter.mistake_recurrences().mean(), mean(&expected.recurrence));
        prop_assert_eq!(meter.mistake_durations().mean(), mean(&expected.duration));
        prop_assert_eq!(meter.good_periods().mean(), mean(&expected.good));
        prop_assert_eq!(meter.detection_times().mean(), mean(&expected.detection));
        let longest = expected.detection.iter().max().copied().map(Duration::from_nanos);
        prop_assert_eq!(meter.detection_times().max(), longest);
        prop_assert_eq!(meter.undetected(), expected.undetected);
        prop_assert_eq!(meter.mistakes(), expected.mistakes);
        let alive = f64::from(u32::try_from(expected.alive).expect("short"));
        let trusted = f64::from(u32::try_from(expected.trusted).expect("short"));
        let mistakes = f64::from(u32::try_from(expected.mistakes).expect("few"));
        let defined = expected.alive > 0;
        prop_assert_eq!(meter.query_accuracy(at(now)), defined.then(|| trusted / alive));
        let rate = defined.then(|| mistakes / (alive / 1e9));
        prop_assert_eq!(meter.mistakes_per_second(at(now)), rate);
        prop_assert_eq!(meter.backwards(), 0);
    }
}
