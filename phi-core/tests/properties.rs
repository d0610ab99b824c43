//! Goal: the laws of the four models, over call sequences that nobody chose.
//!
//! They hold for a detector as a whole, and for each model in the same words; other files have what
//! is particular to one of them.
#![expect(
    clippy::expect_used,
    clippy::cast_precision_loss,
    clippy::indexing_slicing,
    reason = "parameters of the tests are legal; a naive recomputation rounds where it likes"
)]

use core::time::Duration;

use phi_core::{
    Calibrated, Detector, Exponential, ExponentialConfig, Heartbeat, LatenessConfig, Learning,
    Model, Nanos, Normal, NormalConfig, OnQuery, RobustScore, Sequence, Storage, Threshold,
    Timestamp, Window,
};
use proptest::prelude::*;

const SECOND: u64 = 1_000_000_000;

fn normal(interval: u64) -> Normal<[u64; 16]> {
    let config = NormalConfig::for_interval(Duration::from_nanos(interval)).expect("legal");
    Normal::new([0_u64; 16], config).expect("legal")
}

/// The nearest interval that microseconds in 32 bits can hold.
fn coarse(interval: u64) -> Duration {
    Duration::from_nanos(interval.clamp(1_000, 1_000 * u64::from(u32::MAX)))
}

/// With an acceptable pause, and a minimum deviation of a twentieth.
fn patient(interval: u64) -> Normal<[u64; 16]> {
    let config = NormalConfig::for_interval(Duration::from_nanos(interval))
        .and_then(|config| config.with_acceptable_pause(Duration::from_nanos(interval) * 3 / 2))
        .and_then(|config| config.with_min_std_dev(Duration::from_nanos(interval.div_ceil(20))));
    Normal::new([0_u64; 16], config.unwrap_or(NormalConfig::akka())).expect("legal")
}

fn on_query(interval: u64) -> Normal<[u32; 16], f64, OnQuery> {
    let config = NormalConfig::for_interval(coarse(interval)).expect("legal");
    Normal::new([0_u32; 16], config).expect("legal").on_query()
}

fn single(interval: u64) -> Normal<[u32; 16], f32> {
    let config = NormalConfig::for_interval(coarse(interval)).expect("legal");
    Normal::new_f32([0_u32; 16], config).expect("legal")
}

fn exponential(interval: u64) -> Exponential<[u64; 16]> {
    let config = ExponentialConfig::for_interval(Duration::from_nanos(interval)).expect("legal");
    Exponential::new([0_u64; 16], config).expect("legal")
}

fn lateness(interval: u64) -> LatenessConfig {
    LatenessConfig::for_interval(Duration::from_nanos(interval)).expect("legal")
}

/// Without a longest silence.
fn unlimited(interval: u64) -> LatenessConfig {
    lateness(interval).with_longest_silence(Duration::MAX).expect("legal")
}

/// Checks `$law(model, …)` for each of the models, for heartbeats promised every `$interval` ns.
macro_rules! for_each_model {
    ($interval:expr, $law:ident($($argument:expr),*)) => {{
        let interval = $interval;
        $law("normal", normal(interval), $($argument),*)?;
        $law("normal, patient", patient(interval), $($argument),*)?;
        $law("normal, on query", on_query(interval), $($argument),*)?;
        $law("normal, single", single(interval), $($argument),*)?;
        $law("exponential", exponential(interval), $($argument),*)?;
        $law("robust", RobustScore::new(lateness(interval)), $($argument),*)?;
        $law("calibrated", Calibrated::new(lateness(interval)), $($argument),*)?;
        $law("robust, unlimited", RobustScore::new(unlimited(interval)), $($argument),*)?;
        $law("calibrated, unlimited", Calibrated::new(unlimited(interval)), $($argument),*)?;
    }};
}

/// One call of whatever a detector can be asked to do.
#[derive(Clone, Debug)]
enum Call {
    Heartbeat(u64),
    HeartbeatSeq(u64, u64),
    Resume(u64),
    Restart(u64),
    Pause(u64, u64),
    Rescale(u64, u64),
}

impl Call {
    fn on(&self, subject: &mut Detector<impl Model>) -> Option<Heartbeat> {
        let at = Timestamp::from_nanos;
        match *self {
            Self::Heartbeat(now) => return Some(subject.heartbeat(at(now))),
            Self::HeartbeatSeq(seq, now) => return Some(subject.heartbeat_seq(seq, at(now))),
            Self::Resume(now) => subject.resume(at(now)),
            Self::Restart(now) => subject.restart(at(now)),
            Self::Pause(pause, now) => subject.pause(Duration::from_nanos(pause), at(now)),
            Self::Rescale(from, to) => {
                subject.rescale(Duration::from_nanos(from), Duration::from_nanos(to));
            }
        }
        None
    }
}

/// Numbers of every size, the ends of the range among them.
fn number() -> impl Strategy<Value = u64> {
    prop_oneof![
        8 => (any::<u64>(), 0_u32..64).prop_map(|(number, shift)| number >> shift),
        1 => Just(0),
        1 => Just(u64::MAX),
    ]
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        8 => number().prop_map(Call::Heartbeat),
        8 => (number(), number()).prop_map(|(seq, now)| Call::HeartbeatSeq(seq, now)),
        1 => number().prop_map(Call::Resume),
        1 => number().prop_map(Call::Restart),
        1 => (number(), number()).prop_map(|(pause, now)| Call::Pause(pause, now)),
        1 => (number(), number()).prop_map(|(from, to)| Call::Rescale(from, to)),
    ]
}

fn level() -> impl Strategy<Value = f64> {
    prop_oneof![1e-6..1.0, 1.0..8.0, 8.0..40.0, 40.0..1e6]
}

prop_compose! {
    /// A promised interval, and intervals around it with a few that are far from it.
    fn rhythm()(base in prop_oneof![1_u64..2_000, SECOND / 1_000..5 * SECOND])(
        intervals in prop::collection::vec(
            prop_oneof![6 => base / 2..=base * 2, 1 => 0..=base * 50], 0..60),
        base in Just(base),
    ) -> (u64, Vec<u64>) {
        (base, intervals)
    }
}

/// A detector that has heard a heartbeat at 1 s and one after each interval, and when the last was;
/// before each fifth of them one or two were lost.
fn heard<M: Model>(model: M, intervals: &[u64]) -> (Detector<M>, Timestamp) {
    let mut subject = Detector::new(model);
    let mut now = Timestamp::from_nanos(SECOND);
    let _ = subject.heartbeat_seq(0, now);
    for (count, &interval) in (1_u64..).zip(intervals) {
        now = now.saturating_add(Nanos::new(interval));
        let _ = subject.heartbeat_seq(count + count / 5 + count / 10, now);
    }
    (subject, now)
}

/// The laws of a moment: all figures finite, φ rising from nanosecond to nanosecond around `now`,
/// and the deadline the first instant that reaches the threshold.
fn laws_hold<M: Model>(
    name: &str,
    subject: &Detector<M>,
    now: Timestamp,
    threshold: Threshold,
) -> Result<(), TestCaseError> {
    let one = Nanos::new(1);
    let neighbours = [now.saturating_sub(one), now, now.saturating_add(one), Timestamp::MAX];
    let levels = neighbours.map(|at| subject.phi(at).value());
    prop_assert!(levels.is_sorted(), "{}: φ falls: {:?}", name, levels);
    prop_assert!(levels.iter().all(|level| level.is_finite()), "{}: {:?}", name, levels);
    let Some(deadline) = subject.deadline(threshold) else {
        prop_assert!(subject.last().is_none(), "{}: no deadline", name);
        return Ok(());
    };
    let reached = |at| subject.phi(at).reaches(threshold);
    prop_assert!(deadline == Timestamp::MAX || reached(deadline), "{}: early", name);
    let before = deadline.saturating_sub(one);
    prop_assert!(Some(deadline) == subject.last() || !reached(before), "{}: late", name);
    Ok(())
}

fn laws_hold_after_each_call<M: Model>(
    name: &str,
    model: M,
    learning: Learning,
    calls: &[(Call, u64)],
    threshold: Threshold,
) -> Result<(), TestCaseError> {
    let mut subject = Detector::new(model).with_learning(learning);
    for (call, now) in calls {
        let before = subject.last();
        let outcome = call.on(&mut subject);
        prop_assert!(before <= subject.last(), "{}: the last heartbeat went backwards", name);
        if let Some(Heartbeat::Late | Heartbeat::Duplicate | Heartbeat::Backwards { .. }) = outcome
        {
            prop_assert_eq!(before, subject.last(), "{}: learnt from {:?}", name, outcome);
        }
        laws_hold(name, &subject, Timestamp::from_nanos(*now), threshold)?;
    }
    Ok(())
}

/// φ(d) ≥ t > φ(d − 1 ns), for a deadline that is the detector's or that of the model.
fn the_deadline_leads_back<M: Model>(
    name: &str,
    model: M,
    intervals: &[u64],
    threshold: Threshold,
) -> Result<(), TestCaseError> {
    let (subject, last) = heard(model, intervals);
    let deadline = subject.deadline(threshold).expect("there was a heartbeat");
    let Some(timeout) = subject.model().timeout(threshold) else {
        let ever = subject.model().phi(Nanos::MAX).reaches(threshold);
        prop_assert!(!ever && deadline == Timestamp::MAX, "{}: time enough", name);
        return Ok(());
    };
    prop_assert_eq!(deadline, last.saturating_add(timeout), "{}", name);
    let reached = |elapsed| subject.model().phi(Nanos::new(elapsed)).reaches(threshold);
    prop_assert!(reached(timeout.get()), "{}: early", name);
    let before = timeout.get().checked_sub(1);
    prop_assert!(!before.is_some_and(reached), "{}: late", name);
    // A higher threshold comes no earlier.
    let higher =
        Threshold::new((threshold.value() * 1.5).min(Threshold::MAX.value())).expect("legal");
    prop_assert!(subject.deadline(higher) >= Some(deadline), "{}: order", name);
    Ok(())
}

fn silence_raises_phi<M: Model>(
    name: &str,
    model: M,
    intervals: &[u64],
    silence: u64,
) -> Result<(), TestCaseError> {
    let (subject, last) = heard(model, intervals);
    let at = |nanos: u64| subject.phi(last.saturating_add(Nanos::new(nanos)));
    let steps = [silence, silence + 1, silence + 2, silence + silence / 7 + 3, silence * 2 + 3];
    let levels = steps.map(at);
    prop_assert!(levels.is_sorted(), "{}: {:?}", name, levels);
    Ok(())
}

/// What a detector says of a stream in which all lengths are `factor` times as long.
fn scaled<M: Model>(
    model: impl Fn(u64) -> M,
    base: u64,
    intervals: &[u64],
    silence: u64,
    factor: u64,
) -> f64 {
    let intervals: Vec<u64> = intervals.iter().map(|interval| interval * factor).collect();
    let (subject, last) = heard(model(base * factor), &intervals);
    subject.phi(last.saturating_add(Nanos::new(silence * factor))).value()
}

fn has_no_unit<M: Model>(
    name: &str,
    model: impl Fn(u64) -> M,
    (base, intervals): (u64, &[u64]),
    silence: u64,
    (power, factor): (u32, u64),
) -> Result<(), TestCaseError> {
    let phi = |factor| scaled(&model, base, intervals, silence, factor);
    let once = phi(1);
    prop_assert_eq!(once.to_bits(), phi(1 << power).to_bits(), "{}: {}", name, once);
    let other = phi(factor);
    prop_assert!((once - other).abs() <= 1e-9 * once.max(1.0), "{}: {} {}", name, once, other);
    Ok(())
}

/// Mean, deviation, number of intervals and the last heartbeat.
type Learnt = (Duration, Duration, usize, Option<Timestamp>);

fn learnt(subject: &Detector<impl Model>) -> Learnt {
    (subject.mean(), subject.std_dev(), subject.samples(), subject.last())
}

/// Against the same stream without what came twice or too late: φ and all statistics are those.
fn noise_is_not_learnt<M: Model + Clone>(
    name: &str,
    model: M,
    stream: &[(u64, u64)],
) -> Result<(), TestCaseError> {
    let (mut noisy, mut clean) = (Detector::new(model.clone()), Detector::new(model));
    let mut highest = None;
    for &(seq, now) in stream {
        let at = Timestamp::from_nanos(now);
        let outcome = noisy.heartbeat_seq(seq, at);
        if highest < Some(seq) {
            highest = Some(seq);
            prop_assert_eq!(clean.heartbeat_seq(seq, at), outcome, "{}", name);
        } else {
            let is_old = matches!(outcome, Heartbeat::Late | Heartbeat::Duplicate);
            prop_assert!(is_old, "{}: {:?}", name, outcome);
        }
        prop_assert_eq!(learnt(&noisy), learnt(&clean), "{}", name);
        let later = at.saturating_add(Duration::from_secs(2));
        prop_assert_eq!(noisy.phi(later), clean.phi(later), "{}", name);
    }
    prop_assert!(noisy.lost() <= clean.lost(), "{}: what came late is not lost", name);
    Ok(())
}

/// A pause moves the deadline by just its length as long as it lies in the silence, and the
/// interval that it was part of is learnt without it.
fn a_pause_is_credited_exactly<M: Model + Clone>(
    name: &str,
    model: M,
    intervals: &[u64],
    (silence, pause): (u64, u64),
    threshold: Threshold,
) -> Result<(), TestCaseError> {
    let (mut paused, last) = heard(model, intervals);
    let steady = paused.clone();
    let now = last.saturating_add(Nanos::new(silence));
    paused.pause(Duration::from_nanos(pause), now);
    let credit = Nanos::new(pause.min(silence));
    let moved = steady.deadline(threshold).map(|deadline| deadline.saturating_add(credit));
    prop_assert_eq!(paused.deadline(threshold), moved, "{}", name);
    let here = paused.phi(now);
    prop_assert_eq!(here, steady.phi(now.saturating_sub(credit)), "{}", name);
    let interval = Nanos::new(silence - credit.get());
    let expected = Heartbeat::Recorded { interval, lost: 0 };
    prop_assert_eq!(paused.heartbeat(now), expected, "{}", name);
    Ok(())
}

/// The last `capacity` of `intervals`.
fn last_of(intervals: &[u64], capacity: usize) -> &[u64] {
    &intervals[intervals.len().saturating_sub(capacity)..]
}

/// Checks that a window holds just these intervals, by all that it says of them.
fn holds<S: Storage>(window: &Window<S>, held: &[u64]) -> Result<(), TestCaseError> {
    prop_assert_eq!((window.len(), window.is_empty()), (held.len(), held.is_empty()));
    prop_assert_eq!(window.sum().get(), held.iter().sum::<u64>());
    prop_assert!(window.intervals().map(Nanos::get).eq(held.iter().copied()));
    let (Some(mean), Some(std_dev)) = (window.mean(), window.std_dev()) else {
        prop_assert!(held.is_empty(), "no mean of {:?}", held);
        return Ok(());
    };
    let (naive_mean, naive_std_dev) = two_passes(held);
    let close = |found: Nanos, naive: f64| {
        (found.get() as f64 - naive).abs() <= 0.501 + 1e-12 * naive_mean // rounded to 1 ns
    };
    prop_assert!(close(mean, naive_mean), "mean {:?} {}", mean, naive_mean);
    prop_assert!(close(std_dev, naive_std_dev), "deviation {:?} {}", std_dev, naive_std_dev);
    Ok(())
}

/// Mean and standard deviation in two passes.
fn two_passes(held: &[u64]) -> (f64, f64) {
    let n = held.len() as f64;
    let mean = held.iter().map(|x| *x as f64).sum::<f64>() / n;
    let squares = held.iter().map(|x| (*x as f64 - mean).powi(2)).sum::<f64>();
    (mean, (squares / n).sqrt())
}

/// A stream of (number, arrival) in order of arrival: doubled, overtaken, lost, and with a pause.
fn stream() -> impl Strategy<Value = Vec<(u64, u64)>> {
    let arrival = (0_u64..200, 0_u64..5, 0..3 * SECOND);
    prop::collection::vec(arrival, 1..120).prop_map(|arrivals| {
        let (mut now, mut next) = (SECOND, 1_000);
        let numbered = arrivals.into_iter().map(|(back, ahead, wait)| {
            now += wait;
            // Mostly the next ones, at times one from as far back as a late one can be told, or
            // farther.
            let seq = if back < 120 { next + ahead } else { next - (back - 120) };
            next = next.max(seq) + u64::from(back < 120);
            (seq, now)
        });
        numbered.collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Goal: no sequence of calls, whatever the times and numbers, breaks a law or leaves a figure
    /// that is no number.
    #[test]
    fn no_call_sequence_breaks_a_law(
        interval in 1_u64..=1 << 50,
        calls in prop::collection::vec((call(), number()), 0..40),
        learning in prop_oneof![
            Just(Learning::All),
            level().prop_map(|level| Learning::Trusted(Threshold::new(level).expect("legal"))),
        ],
        threshold in level(),
    ) {
        let threshold = Threshold::new(threshold).expect("legal");
        for_each_model!(interval, laws_hold_after_each_call(learning, &calls, threshold));
    }

    /// Goal: φ never falls while the subject is silent, not even from one nanosecond to the next.
    #[test]
    fn phi_rises_with_the_silence(
        (base, intervals) in rhythm(),
        silence in 0_u64..1 << 61,
        shift in 0_u32..61,
    ) {
        for_each_model!(base, silence_raises_phi(&intervals, silence >> shift));
    }

    /// Goal: φ(φ⁻¹(t)) is t as nearly as whole nanoseconds allow, in all four models.
    #[test]
    fn deadlines_are_exact_to_the_nanosecond((base, intervals) in rhythm(), level in level()) {
        let threshold = Threshold::new(level).expect("legal");
        for_each_model!(base, the_deadline_leads_back(&intervals, threshold));
    }

    /// Goal: φ has no unit. All lengths times a power of two give the same bits, and times any
    /// other number the same level.
    #[test]
    fn phi_does_not_depend_on_the_unit(
        (base, intervals) in rhythm(),
        periods in 0.0..120.0,
        power in 1_u32..9,
        factor in 3_u64..1_000,
    ) {
        // Quarters and tenths of the first interval must be whole.
        let (base, unit) = (base.next_multiple_of(40), (power, factor));
        let silence = Duration::from_nanos(base).mul_f64(periods);
        let silence = Nanos::from(silence).get();
        // No model reckons with less than a nanosecond.
        let intervals: Vec<u64> = intervals.into_iter().map(|interval| interval.max(1)).collect();
        let stream = (base, intervals.as_slice());
        has_no_unit("normal", normal, stream, silence, unit)?;
        has_no_unit("normal, patient", patient, stream, silence, unit)?;
        has_no_unit("exponential", exponential, stream, silence, unit)?;
        let robust = |interval| RobustScore::new(lateness(interval));
        has_no_unit("robust", robust, stream, silence, unit)?;
        let calibrated = |interval| Calibrated::new(lateness(interval));
        has_no_unit("calibrated", calibrated, stream, silence, unit)?;
        let robust = |interval| RobustScore::new(unlimited(interval));
        has_no_unit("robust, unlimited", robust, stream, silence, unit)?;
        let calibrated = |interval| Calibrated::new(unlimited(interval));
        has_no_unit("calibrated, unlimited", calibrated, stream, silence, unit)?;
    }

    /// Goal: what a window says is what a computation in two passes says of the intervals that it
    /// should hold, wherever it stores them.
    #[test]
    fn a_window_equals_a_naive_recomputation(
        base in 1_u64..1 << 40,
        shares in prop::collection::vec(0_u64..2_000, 1..200),
        capacity in 1_usize..40,
        pace in 1_u64..100,
    ) {
        let intervals: Vec<_> = shares.iter().map(|share| base + base * share / 1_000).collect();
        let mut places = vec![7_u64; capacity];
        let mut window = Window::new(&mut places[..]).expect("legal");
        holds(&window, &[])?;
        for (count, interval) in (1..).zip(&intervals) {
            window.record(Nanos::new(*interval));
            holds(&window, last_of(&intervals[..count], capacity))?;
        }
        window.rescale(Nanos::new(7), Nanos::new(pace));
        let scaled: Vec<_> = intervals.iter().map(|interval| interval * pace / 7).collect();
        holds(&window, last_of(&scaled, capacity))?;
        window.clear();
        holds(&window, &[])?;
    }

    /// Goal: storage on the heap is storage like any other.
    #[cfg(feature = "alloc")]
    #[test]
    fn a_boxed_window_equals_a_naive_recomputation(
        intervals in prop::collection::vec(1_u64..1 << 40, 1..60),
        capacity in 1_usize..20,
    ) {
        let places: Box<[u64]> = vec![7_u64; capacity].into();
        let mut window = Window::new(places).expect("legal");
        for interval in &intervals {
            window.record(Nanos::new(*interval));
        }
        holds(&window, last_of(&intervals, capacity))?;
    }

    /// Goal: the highest number is the highest that came.
    #[test]
    fn the_highest_number_is_remembered(stream in prop::collection::vec(number(), 0..40)) {
        let mut numbers = Sequence::new();
        for (count, number) in (0..).zip(&stream) {
            prop_assert_eq!(numbers.highest(), stream[..count].iter().copied().max());
            let _ = numbers.record(*number);
        }
    }

    /// Goal: whatever comes twice or overtaken changes no statistic and no level.
    #[test]
    fn duplicates_and_reordering_are_not_learnt(stream in stream(), interval in 1..4 * SECOND) {
        for_each_model!(interval, noise_is_not_learnt(&stream));
    }

    /// Goal: what the observer slept is nobody's silence, to the nanosecond.
    #[test]
    fn a_pause_moves_the_deadline_by_its_length(
        (base, intervals) in rhythm(),
        silence in 0..1000 * SECOND,
        pause in 0..1000 * SECOND,
        level in level(),
    ) {
        let threshold = Threshold::new(level).expect("legal");
        for_each_model!(
            base,
            a_pause_is_credited_exactly(&intervals, (silence, pause), threshold)
        );
    }
}
