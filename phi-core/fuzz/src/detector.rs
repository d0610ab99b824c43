//! Any calls of a detector, the same for each model, with the laws after each of them.

use core::time::Duration;

use arbitrary::Arbitrary;
use phi_core::{
    Calibrated, Detector, Exponential, ExponentialConfig, Heartbeat, Interpreter, LatenessConfig,
    Learning, Model, Normal, NormalConfig, QosMeter, RobustScore, Threshold, Timestamp, Verdict,
};

use crate::{Length, When, laws};

#[derive(Arbitrary, Debug)]
pub(crate) struct Input {
    interval: Length,
    longest: Length,
    pause: Length,
    threshold: f64,
    trusted: Option<f64>,
    calls: Vec<(Call, When)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Call {
    Heartbeat,
    HeartbeatSeq(u8),
    HeartbeatAnySeq(u64),
    Resume,
    Restart,
    Pause(Length),
    Rescale(Length, Length),
    Look,
}

pub(crate) fn run(input: Input) {
    let interval = input.interval.duration();
    let Ok(threshold) = Threshold::new(input.threshold) else { return };
    let trusted = input.trusted.and_then(|level| Threshold::new(level).ok());
    let learning = trusted.map_or(Learning::All, Learning::Trusted);
    let calls = input.calls.as_slice();
    if let Ok(config) = NormalConfig::for_interval(interval) {
        let config = config.with_acceptable_pause(input.pause.duration()).unwrap_or(config);
        let model = Normal::new([0_u64; 5], config).expect("five places");
        drive(Detector::new(model).with_learning(learning), threshold, calls);
        if let Ok(model) = Normal::new([0_u32; 5], config) {
            drive(Detector::new(model.on_query()).with_learning(learning), threshold, calls);
        }
        if let Ok(model) = Normal::new_f32([0_u32; 5], config) {
            drive(Detector::new(model).with_learning(learning), threshold, calls);
        }
    }
    if let Ok(config) = ExponentialConfig::for_interval(interval) {
        let config = config.with_longest_interval(input.longest.duration()).unwrap_or(config);
        let model = Exponential::new([0_u64; 5], config).expect("five places");
        drive(Detector::new(model).with_learning(learning), threshold, calls);
    }
    if let Ok(config) = LatenessConfig::for_interval(interval) {
        let config = config.with_longest_silence(input.longest.duration()).unwrap_or(config);
        let robust = Detector::new(RobustScore::new(config));
        drive(robust.with_learning(learning), threshold, calls);
        let calibrated = Detector::new(Calibrated::new(config));
        drive(calibrated.with_learning(learning), threshold, calls);
    }
}

fn drive<M: Model + Clone>(mut subject: Detector<M>, threshold: Threshold, calls: &[(Call, When)]) {
    let (mut clock, mut seq) = (Timestamp::ORIGIN, 0_u64);
    let mut reader = Interpreter::new(threshold);
    let mut meter = QosMeter::new(clock);
    for (call, when) in calls {
        let now = when.on(clock);
        let last = subject.last();
        match *call {
            Call::Heartbeat => heard(&mut subject, now, None),
            Call::HeartbeatSeq(ahead) => {
                seq = seq.saturating_add(ahead.into());
                heard(&mut subject, now, Some(seq.saturating_sub(3)));
            }
            Call::HeartbeatAnySeq(seq) => heard(&mut subject, now, Some(seq)),
            Call::Resume => subject.resume(now),
            Call::Restart => subject.restart(now),
            Call::Pause(pause) => paused(&mut subject, pause.duration(), now, threshold),
            Call::Rescale(from, to) => subject.rescale(from.duration(), to.duration()),
            Call::Look => {}
        }
        assert!(subject.last() >= last, "the last heartbeat went backwards");
        laws::hold(&subject, now, threshold);
        unscaled(&subject, now);
        let phi = subject.phi(now);
        if let Some(transition) = reader.observe(phi, now) {
            meter.record(transition);
        }
        assert_eq!(reader.verdict() == Verdict::Suspect, phi.reaches(threshold));
        clock = clock.max(now);
    }
    let accuracy = meter.query_accuracy(Timestamp::MAX).expect("some time has passed");
    assert!((0.0..=1.0).contains(&accuracy));
}

fn heard<M: Model>(subject: &mut Detector<M>, now: Timestamp, seq: Option<u64>) {
    let (before, last) = (laws::learnt(subject), subject.last());
    let outcome = match seq {
        Some(seq) => subject.heartbeat_seq(seq, now),
        None => subject.heartbeat(now),
    };
    match outcome {
        Heartbeat::Late | Heartbeat::Duplicate => assert_eq!(laws::learnt(subject), before),
        Heartbeat::Backwards { by } => {
            assert_eq!(laws::learnt(subject), before);
            assert_eq!(last, Some(now.saturating_add(by)));
        }
        Heartbeat::First => assert_eq!((last, subject.last()), (None, Some(now))),
        Heartbeat::Recorded { interval, .. } | Heartbeat::Returned { interval, .. } => {
            let since = last.map(|last| now.saturating_since(last));
            assert_eq!((since, subject.last()), (Some(interval), Some(now)));
        }
        _ => assert_eq!(subject.last(), Some(now)),
    }
}

/// The deadline moves by the pause, as far as there was silence.
fn paused<M: Model>(
    subject: &mut Detector<M>,
    pause: Duration,
    now: Timestamp,
    threshold: Threshold,
) {
    let (last, deadline) = (subject.last(), subject.deadline(threshold));
    let silence = subject.elapsed(now).unwrap_or_default();
    subject.pause(pause, now);
    let credit = pause.min(silence);
    assert_eq!(subject.last(), last.map(|last| last.saturating_add(credit)));
    let moved = deadline.map(|deadline| deadline.saturating_add(credit));
    assert_eq!(subject.deadline(threshold), moved);
}

/// A pace that stays what it was changes nothing.
fn unscaled<M: Model + Clone>(subject: &Detector<M>, now: Timestamp) {
    let mut same = subject.clone();
    for (from, to) in [(7, 7), (0, 7), (7, 0)] {
        same.rescale(Duration::from_nanos(from), Duration::from_nanos(to));
        assert_eq!(same.phi(now), subject.phi(now));
        assert_eq!(laws::learnt(&same), laws::learnt(subject));
    }
}
