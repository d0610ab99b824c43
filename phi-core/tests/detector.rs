//! Goal: the detector's promises, over heartbeats that were not chosen to please it.
#![expect(
    clippy::expect_used,
    clippy::float_cmp,
    reason = "parameters of the tests are legal; equal states give equal bits"
)]

use core::time::Duration;
use std::collections::BTreeSet;

use phi_core::{
    Calibrated, Detector, Exponential, Heartbeat, LatenessConfig, Learning, Nanos, Normal,
    NormalConfig, OnQuery, RobustScore, Threshold, Timestamp,
};

type Peer = Detector<Normal<[u64; 50]>>;

fn config(interval: Duration) -> NormalConfig {
    NormalConfig::for_interval(interval).expect("legal")
}

fn peer(config: NormalConfig) -> Peer {
    Detector::new(Normal::new([0_u64; 50], config).expect("legal"))
}

fn after(intervals: &[u64], config: NormalConfig) -> (Peer, Timestamp) {
    let mut subject = peer(config);
    let mut now = Timestamp::from_nanos(1_000);
    let _ = subject.heartbeat(now);
    for &interval in intervals {
        now = now.saturating_add(Nanos::new(interval));
        let _ = subject.heartbeat(now);
    }
    (subject, now)
}

/// Method: nothing heard must not look like something lost.
#[test]
fn before_the_first_heartbeat_nothing_is_suspected() {
    let subject = peer(config(Duration::from_secs(1)));
    assert_eq!(subject.phi(Timestamp::MAX).value(), 0.0);
    assert_eq!(subject.deadline(Threshold::new(1.0).expect("legal")), None);
    assert_eq!(subject.elapsed(Timestamp::MAX), None);
}

/// Method: one heartbeat, then silence: rivals never suspect here, or say NaN.
#[test]
fn one_heartbeat_is_enough_to_suspect() {
    let (subject, _) = after(&[], config(Duration::from_secs(1)));
    let later = |s: u64| Timestamp::from_nanos(1_000 + s * 1_000_000_000);
    assert!(subject.phi(later(1)).value() < 0.4);
    assert!(subject.phi(later(3)).value() > 8.0);
    assert!(subject.phi(Timestamp::MAX).value().is_finite());
}

/// Method: an arrival stamped before the last one leaves no trace.
#[test]
fn time_that_goes_backwards_is_reported_and_not_stored() {
    let (mut subject, now) = after(&[900, 1_100], config(Duration::from_micros(1)));
    let before = (subject.mean(), subject.std_dev(), subject.samples(), subject.last());
    let outcome = subject.heartbeat(now.saturating_sub(Nanos::new(700)));
    assert_eq!(outcome, Heartbeat::Backwards { by: Nanos::new(700) });
    assert_eq!(before, (subject.mean(), subject.std_dev(), subject.samples(), subject.last()));
    assert_eq!(subject.phi(Timestamp::ORIGIN).value(), subject.phi(now).value());
}

/// Method: an outage of an hour, resumed: the rhythm is as it was.
#[test]
fn a_resumed_subject_is_not_judged_by_its_absence() {
    let (mut subject, now) = after(&[1_000_000_000; 20], config(Duration::from_secs(1)));
    let (mean, samples) = (subject.mean(), subject.samples());
    let back = now.saturating_add(Duration::from_secs(3_600));
    subject.resume(back);
    assert_eq!(subject.phi(back), phi_core::Phi::ZERO.max(subject.phi(now)));
    let next = back.saturating_add(Duration::from_millis(300));
    assert_eq!(subject.heartbeat(next), Heartbeat::Resumed);
    assert_eq!((mean, samples), (subject.mean(), subject.samples()));
    let interval = Nanos::new(1_000_000_000);
    assert_eq!(
        subject.heartbeat(next.saturating_add(interval)),
        Heartbeat::Recorded { interval, lost: 0 }
    );
    subject.resume(now);
    assert!(subject.last() > Some(next), "resuming never goes backwards");
}

/// Method: a stream with a loss, a late one, duplicates and a restart, by number.
#[test]
fn numbers_tell_what_a_heartbeat_is() {
    let mut subject = peer(config(Duration::from_secs(1)));
    let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
    let interval = Nanos::new(1_000_000_000);
    assert_eq!(subject.heartbeat_seq(5, second(1)), Heartbeat::First);
    assert_eq!(subject.heartbeat_seq(6, second(2)), Heartbeat::Recorded { interval, lost: 0 });
    let twice = Nanos::new(2_000_000_000);
    assert_eq!(
        subject.heartbeat_seq(8, second(4)),
        Heartbeat::Recorded { interval: twice, lost: 1 }
    );
    let learnt = (subject.mean(), subject.std_dev(), subject.samples(), subject.last());
    assert_eq!(subject.lost(), 1);
    assert_eq!(subject.heartbeat_seq(7, second(5)), Heartbeat::Late);
    assert_eq!(subject.heartbeat_seq(8, second(6)), Heartbeat::Duplicate);
    assert_eq!(subject.lost(), 0);
    assert_eq!(learnt, (subject.mean(), subject.std_dev(), subject.samples(), subject.last()));
    subject.restart(second(9));
    assert_eq!(subject.heartbeat_seq(0, second(10)), Heartbeat::Resumed);
    assert_eq!((subject.samples(), subject.lost()), (learnt.2, 0));
}

/// Method: each thing that a heartbeat may turn out to be, against whether the silence began anew.
#[test]
fn accepted_is_what_ends_the_silence() {
    let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
    let trusted = Learning::Trusted(Threshold::new(8.0).expect("legal"));
    let mut subject = peer(config(Duration::from_secs(1))).with_learning(trusted);
    let mut all = BTreeSet::new();
    // A first one, the next, one after an outage, late, twice, before its time, and a new life.
    for (number, at) in [(5, 1), (6, 2), (8, 99), (7, 100), (8, 101), (9, 50), (10, 102)] {
        if number == 10 {
            subject.restart(second(101));
        }
        let before = subject.last();
        let outcome = subject.heartbeat_seq(number, second(at));
        assert_eq!(outcome.is_accepted(), subject.last() != before, "{outcome:?}");
        all.insert(format!("{outcome:?}").split([' ', '{']).next().map(str::to_owned));
    }
    assert_eq!(all.len(), 7, "{all:?}");
}

/// Method: an observer that paused for three seconds: the deadline moves by as much, the interval
/// is learnt without it, and no pause is credited beyond now.
#[test]
fn a_pause_of_the_observer_is_nobodys_silence() {
    let (mut subject, now) = after(&[1_000_000_000; 20], config(Duration::from_secs(1)));
    let threshold = Threshold::new(8.0).expect("legal");
    let before = subject.deadline(threshold).expect("it has beaten");
    let pause = Duration::from_secs(3);
    let end = now.saturating_add(Duration::from_millis(3_500));
    subject.pause(pause, end);
    assert_eq!(subject.deadline(threshold), Some(before.saturating_add(pause)));
    let next = now.saturating_add(Duration::from_secs(4));
    let interval = Nanos::new(1_000_000_000);
    assert_eq!(subject.heartbeat(next), Heartbeat::Recorded { interval, lost: 0 });
    subject.pause(Duration::MAX, next.saturating_add(Duration::from_millis(1)));
    assert_eq!(
        subject.elapsed(next.saturating_add(Duration::from_millis(1))),
        Some(Duration::ZERO)
    );
}

/// Method: an observer that slept through heartbeats 3 to 5: it has heard number 6 a second after
/// the pause, but none knows in how much of a second the four were sent.
#[test]
fn nothing_is_learnt_from_a_pause_with_losses() {
    let half = |halves: u64| Timestamp::from_nanos(halves * 500_000_000);
    let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
    let mut peer = Detector::new(RobustScore::new(config));
    let _ = peer.heartbeat_seq(1, half(2));
    let _ = peer.heartbeat_seq(2, half(4));
    let learnt = (peer.mean(), peer.std_dev(), peer.samples());
    peer.pause(Duration::from_secs(3), half(11));
    assert_eq!(peer.heartbeat_seq(6, half(12)), Heartbeat::Resumed);
    assert_eq!((peer.mean(), peer.std_dev(), peer.samples()), learnt);
    assert_eq!((peer.last(), peer.lost()), (Some(half(12)), 3));
    let interval = Nanos::new(1_000_000_000);
    assert_eq!(peer.heartbeat_seq(7, half(14)), Heartbeat::Recorded { interval, lost: 0 });
    // Without a loss there is nothing to doubt, and without a credit neither.
    peer.pause(Duration::from_secs(1), half(17));
    assert_eq!(peer.heartbeat_seq(8, half(18)), Heartbeat::Recorded { interval, lost: 0 });
    peer.pause(Duration::ZERO, half(19));
    let interval = Nanos::new(2_000_000_000);
    assert_eq!(peer.heartbeat_seq(10, half(22)), Heartbeat::Recorded { interval, lost: 1 });
}

/// Method: the same pause of two seconds, with the three heartbeats that came in it stamped by the
/// kernel, and stamped when they were read, as the documentation has it.
#[test]
fn heartbeats_that_waited_out_a_pause_do_no_harm() {
    let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
    let beats = [1_000_000_000; 20];
    let (mut stamped, now) = after(&beats, config(Duration::from_secs(1)));
    let learnt = (stamped.mean(), stamped.std_dev());
    let mut read = stamped.clone();
    let since = |s: u64| now.saturating_add(Nanos::new(second(s).as_nanos()));
    for beat in 1..=3 {
        assert!(matches!(stamped.heartbeat(since(beat)), Heartbeat::Recorded { .. }));
        read.resume(since(3));
        assert_eq!(read.heartbeat(since(3)), Heartbeat::Resumed);
    }
    read.resume(since(3));
    assert_eq!(read.heartbeat(since(4)), Heartbeat::Resumed);
    for peer in [&stamped, &read] {
        assert_eq!(peer.mean(), learnt.0);
        assert!(peer.std_dev() <= learnt.1);
    }
    // A credit before what waits, instead: it is from before the last one.
    let mut credited = read;
    credited.pause(Duration::from_secs(2), since(7));
    assert!(matches!(credited.heartbeat(since(5)), Heartbeat::Backwards { .. }));
}

/// Method: with doubts of its own about outages, a detector still learns from an interval that
/// holds a pause, and still leaves out one that ended a suspicion.
#[test]
fn a_pause_leaves_the_choice_of_what_to_learn() {
    let (peer, now) = after(&[1_000_000_000; 20], config(Duration::from_secs(1)));
    let threshold = Threshold::new(8.0).expect("legal");
    let pause = |peer: &mut Peer| {
        peer.pause(Duration::from_secs(3), now.saturating_add(Duration::from_millis(3_500)));
    };
    let mut early = peer.with_learning(Learning::Trusted(threshold));
    pause(&mut early);
    let mut late = early.clone();
    let on_time = now.saturating_add(Duration::from_secs(4));
    assert!(matches!(early.heartbeat(on_time), Heartbeat::Recorded { lost: 0, .. }));
    let overdue = on_time.saturating_add(Duration::from_secs(60));
    assert!(matches!(late.heartbeat(overdue), Heartbeat::Returned { lost: 0, .. }));
    for mut peer in [early, late] {
        let next = peer.last().expect("heard").saturating_add(Duration::from_secs(60));
        assert!(matches!(peer.heartbeat(next), Heartbeat::Returned { .. }), "judged again");
    }
}

/// Method: an outage of an hour, with each choice of what to learn from it.
#[test]
fn what_is_learnt_from_an_outage_is_a_choice() {
    let threshold = Threshold::new(8.0).expect("legal");
    let outage = Nanos::new(3_600_000_000_000);
    let (mut all, now) = after(&[1_000_000_000; 20], config(Duration::from_secs(1)));
    let mut trusted = all.clone().with_learning(Learning::Trusted(threshold));
    let before = trusted.mean();
    let back = now.saturating_add(outage);
    assert_eq!(all.heartbeat(back), Heartbeat::Recorded { interval: outage, lost: 0 });
    assert!(all.mean() > before * 100);
    assert_eq!(trusted.heartbeat(back), Heartbeat::Returned { interval: outage, lost: 0 });
    assert_eq!(trusted.mean(), before);
}

/// Method: the first heartbeat after a resumption, and one that skips a number, at the very instant
/// of what came before them: time stood still, but it did not go backwards.
#[test]
fn a_heartbeat_at_the_same_instant_is_no_step_back() {
    let (mut subject, now) = after(&[1_000_000_000; 3], config(Duration::from_secs(1)));
    subject.resume(now);
    assert_eq!(subject.heartbeat(now), Heartbeat::Resumed);
    assert_eq!(
        subject.heartbeat_seq(5, now),
        Heartbeat::Recorded { interval: Nanos::ZERO, lost: 0 }
    );
    assert_eq!(
        subject.heartbeat_seq(7, now),
        Heartbeat::Recorded { interval: Nanos::ZERO, lost: 1 }
    );
    let threshold = Threshold::new(8.0).expect("legal");
    let mut judged = subject.with_learning(Learning::Trusted(threshold));
    assert_eq!(judged.heartbeat(now), Heartbeat::Recorded { interval: Nanos::ZERO, lost: 0 });
}

/// Method: the same history with and without an acceptable pause, whose mean is a whole number of
/// nanoseconds: φ is the same that much later, to the bit, and so is the deadline.
#[test]
fn an_acceptable_pause_is_silence_that_does_not_count() {
    let intervals = [900_000_000, 1_100_000_000].repeat(25);
    let pause = Duration::from_secs(3);
    let patient = config(Duration::from_secs(1)).with_acceptable_pause(pause).expect("legal");
    let (strict, now) = after(&intervals, config(Duration::from_secs(1)));
    let (patient, _) = after(&intervals, patient);
    for millis in (500..5_000).step_by(100) {
        let then = now.saturating_add(Duration::from_millis(millis));
        assert_eq!(patient.phi(then.saturating_add(pause)), strict.phi(then), "{millis} ms");
    }
    let threshold = Threshold::new(8.0).expect("legal");
    let later = strict.deadline(threshold).map(|deadline| deadline.saturating_add(pause));
    assert_eq!(patient.deadline(threshold), later);
}

/// Method: a sender that changes from a beat a second to four: φ at the same share of the interval
/// is what it was, at once.
#[test]
fn a_changed_interval_rescales_what_was_learnt() {
    let intervals: Vec<u64> = [800_000_000, 1_200_000_000].repeat(25);
    let (mut subject, now) = after(&intervals, config(Duration::from_secs(1)));
    let before = subject.phi(now.saturating_add(Duration::from_millis(1_600)));
    subject.rescale(Duration::from_secs(1), Duration::from_millis(250));
    assert_eq!(subject.mean(), Duration::from_millis(250));
    assert_eq!(subject.phi(now.saturating_add(Duration::from_millis(400))), before);
    subject.rescale(Duration::ZERO, Duration::from_secs(1));
    assert_eq!(subject.mean(), Duration::from_millis(250));
}

/// Method: the same history with a model on the heap that only the run knows, and with its model
/// taken out and put into another detector.
#[cfg(feature = "alloc")]
#[test]
fn a_model_may_be_chosen_at_run_time() {
    let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
    let mut known = Detector::new(RobustScore::new(config));
    let model: Box<dyn phi_core::Model> = Box::new(RobustScore::new(config));
    let mut boxed = Detector::new(model);
    for (seq, seconds) in [(0, 1), (1, 2), (3, 5), (4, 5), (9, 11)] {
        let now = Timestamp::from_nanos(seconds * 1_000_000_000);
        assert_eq!(boxed.heartbeat_seq(seq, now), known.heartbeat_seq(seq, now));
    }
    known.rescale(Duration::from_secs(1), Duration::from_secs(2));
    phi_core::Model::rescale(boxed.model_mut(), Nanos::new(1), Nanos::new(2));
    let threshold = Threshold::new(8.0).expect("legal");
    let said = |peer: &Detector<Box<dyn phi_core::Model>>, now| {
        (peer.phi(now), peer.deadline(threshold), peer.mean(), peer.std_dev(), peer.samples())
    };
    let now = Timestamp::from_nanos(20_000_000_000);
    let expected =
        (known.phi(now), known.deadline(threshold), known.mean(), known.std_dev(), known.samples());
    assert_eq!(said(&boxed, now), expected);
    let mut moved = Detector::new(boxed.into_model());
    moved.resume(known.last().expect("heard"));
    assert_eq!(said(&moved, now), expected);
}

/// Method: a case by hand. Intervals 900 and 1,100 ms around made-up ones that were pushed out:
/// μ = 1 s, σ = 100 ms, so a silence of 1.5 s is z = 5, where φ = 6.542646 (the oracle's).
#[test]
fn phi_matches_a_hand_computed_case() {
    let intervals: Vec<u64> = [900_000_000, 1_100_000_000].repeat(25);
    let (subject, now) = after(
        &intervals,
        config(Duration::from_secs(7)).with_min_std_dev(Duration::from_millis(1)).expect("legal"),
    );
    let phi = subject.phi(now.saturating_add(Duration::from_millis(1_500))).value();
    assert!((phi - 6.542_645_807_2).abs() < 1e-6, "{phi}");
}

/// Goal: what one peer takes stays what the documentation says, padding included.
#[test]
fn detectors_are_small() {
    assert_eq!(size_of::<Detector<Calibrated>>(), 256);
    assert_eq!(size_of::<Detector<RobustScore>>(), 80);
    let beside = |detector: usize, window: usize| detector - window;
    assert_eq!(beside(size_of::<Detector<Normal<[u64; 1_000]>>>(), 8_000), 112);
    assert_eq!(beside(size_of::<Detector<Normal<[u32; 1_000]>>>(), 4_000), 112);
    assert_eq!(beside(size_of::<Detector<Normal<[u32; 1_000], f64, OnQuery>>>(), 4_000), 96);
    assert_eq!(beside(size_of::<Detector<Exponential<[u64; 1_000]>>>(), 8_000), 96);
}

/// Goal: a numbered heartbeat from before the last one leaves no hole: the interval after it spans
/// the numbers that it should, so that the sender is not taken for slow.
#[test]
fn a_step_back_in_time_does_not_shorten_the_next_count() {
    let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
    let mut peer = Detector::new(RobustScore::new(config));
    let at = |half_seconds: u64| Timestamp::from_nanos(half_seconds * 500_000_000);
    assert_eq!(peer.heartbeat_seq(1, at(2)), Heartbeat::First);
    let interval = Nanos::new(1_000_000_000);
    assert_eq!(peer.heartbeat_seq(2, at(4)), Heartbeat::Recorded { interval, lost: 0 });
    let by = Nanos::new(500_000_000);
    assert_eq!(peer.heartbeat_seq(3, at(3)), Heartbeat::Backwards { by });
    let interval = Nanos::new(2_000_000_000);
    assert_eq!(peer.heartbeat_seq(4, at(8)), Heartbeat::Recorded { interval, lost: 1 });
    assert_eq!(peer.mean(), Duration::from_secs(1));
}
