//! One contender on one trace, replayed once for all its thresholds: how many mistakes, and how
//! fast a crash is seen.
//!
//! Which thresholds are tried is the business of [`sweep`](crate::sweep).

use anyhow::{Result, ensure};
use phi_core::{Nanos, QosMeter, Timestamp, Transition, Verdict};

use crate::contender::Contender;
use crate::longest::Longest;
use crate::schedule::delays_ns;
use crate::trace::{Arrival, Trace};

/// Heartbeats at the start of a trace that are learnt from, but not scored.
const WARM_UP_BEATS: u64 = 50;

/// A trace made ready to be replayed.
pub(crate) struct Course {
    pub(crate) trace: Trace,
    /// The delay of each arrival above the sender's schedule (ns).
    pub(crate) delays_ns: Vec<f64>,
    /// Heartbeats sent and scored, lost ones included.
    pub(crate) beats: u64,
    /// Silences between two arrivals that are scored: those after heartbeats that are.
    pub(crate) gaps: u64,
}

/// One arrival, and what follows it.
#[derive(Clone, Copy)]
pub(crate) struct Step {
    pub(crate) arrival: Arrival,
    pub(crate) delay_ns: f64,
    /// The silence after it; none after the last.
    pub(crate) gap: Option<Nanos>,
    /// It was sent before a crash just after any of these heartbeats, of those that are scored:
    /// from the arrival's own number, or the first scored, to before the next arrival's.
    pub(crate) crashes: (u64, u64),
}

impl Step {
    /// Whether the silence after it is scored.
    pub(crate) const fn is_scored(&self) -> bool {
        self.gap.is_some() && self.arrival.sequence >= WARM_UP_BEATS
    }

    /// When the silence after it ends; at the last arrival at once.
    fn end(&self) -> Timestamp {
        self.arrival.at.saturating_add(self.gap.unwrap_or_default())
    }
}

impl Course {
    /// # Errors
    ///
    /// When the trace is too short for anything to be scored.
    pub(crate) fn new(trace: Trace) -> Result<Self> {
        let ends = trace.arrivals.first().zip(trace.arrivals.last());
        ensure!(
            ends.is_some_and(|(first, last)| first.at < last.at),
            "{}: all heartbeats arrived at one time",
            trace.name
        );
        let beats = scored_beats(&trace);
        let mut course = Self { delays_ns: delays_ns(&trace), trace, beats, gaps: 0 };
        course.gaps = course.steps().filter(Step::is_scored).count() as u64;
        ensure!(
            course.gaps > 0,
            "{}: too short, the first {WARM_UP_BEATS} heartbeats are not scored",
            course.trace.name
        );
        Ok(course)
    }

    /// All arrivals in order, those that are not scored included.
    pub(crate) fn steps(&self) -> impl Iterator<Item = Step> + '_ {
        let arrivals = &self.trace.arrivals;
        let nexts = arrivals.iter().skip(1).map(Some).chain([None]);
        arrivals.iter().zip(nexts).zip(&self.delays_ns).map(|((arrival, next), &delay_ns)| Step {
            arrival: *arrival,
            delay_ns,
            gap: next.map(|next| next.at.saturating_since(arrival.at)),
            crashes: (
                arrival.sequence.max(WARM_UP_BEATS),
                next.map_or(arrival.sequence + 1, |next| next.sequence),
            ),
        })
    }

    /// The time from a crash just after heartbeat `sequence` was sent to a suspicion that begins
    /// `patience` after the arrival of `step` (ns).
    pub(crate) fn detection_ns(&self, step: &Step, sequence: u64, patience: Nanos) -> f64 {
        let since = (sequence - step.arrival.sequence) as f64 * self.trace.period.get() as f64;
        (patience.get() as f64 + step.delay_ns - since).max(0.0)
    }

    /// When the first scored heartbeat arrived.
    fn start(&self) -> Timestamp {
        let scored = self.steps().find(Step::is_scored);
        scored.map_or(Timestamp::ORIGIN, |step| step.arrival.at)
    }
}

/// How many heartbeats of a trace are scored.
fn scored_beats(trace: &Trace) -> u64 {
    trace.arrivals.last().map_or(0, |last| (last.sequence + 1).saturating_sub(WARM_UP_BEATS))
}

/// What a contender does at one threshold.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) threshold: f64,
    /// Silences that outlasted the contender's patience though the sender lived.
    pub(crate) mistakes: u64,
    /// `λ_M` (1/s).
    pub(crate) mistakes_per_s: f64,
    /// `T_D`, from a crash to suspicion, over a crash after each heartbeat that was asked for (ns).
    pub(crate) detection_mean_ns: f64,
    pub(crate) detection_p99_ns: f64,
    /// `T_MR` and `T_M`, means (s).
    pub(crate) recurrence_mean_s: Option<f64>,
    pub(crate) duration_mean_s: Option<f64>,
    /// `P_A`.
    pub(crate) accuracy: f64,
}

/// Replays a trace through contender `C`, for all `thresholds` at once where it allows that.
///
/// # Formula
///
/// ```text
/// mistake:  t_{k+1} − t_k > L_k
/// T_D(s) = max(0, L_k + delay_k − (s − s_k)·η), for a crash just after heartbeat s was sent
/// where L_k is the silence after arrival k at which C suspects, k the last arrival with s_k ≤ s,
/// η the nominal period
/// ```
///
/// Source: the accuracy and speed metrics of \[Chen02\]; `T_D` is counted per heartbeat.
pub(crate) fn measure<C: Contender>(course: &Course, thresholds: &[f64]) -> Result<Vec<Measured>> {
    let at_once = if C::LEARNS_FROM_VERDICTS { 1 } else { thresholds.len().max(1) };
    let mut measured = Vec::with_capacity(thresholds.len());
    for thresholds in thresholds.chunks(at_once) {
        measured.extend(replay::<C>(course, thresholds)?);
    }
    Ok(measured)
}

fn replay<C: Contender>(course: &Course, thresholds: &[f64]) -> Result<Vec<Measured>> {
    let asked = |(number, step): (usize, Step)| {
        let (from, to) = step.crashes;
        if number.is_multiple_of(C::ASKED_EACH) { to.saturating_sub(from) } else { 0 }
    };
    let crashes = course.steps().enumerate().map(asked).sum();
    let start = course.start();
    let mut tallies: Vec<Tally> =
        thresholds.iter().map(|threshold| Tally::new(*threshold, start, crashes)).collect();
    let mut contender = C::start(course.trace.period)?;
    let mut suspects = false;
    for (number, step) in course.steps().enumerate() {
        if suspects {
            contender.heartbeat_after_suspicion(step.arrival);
        } else {
            contender.heartbeat(step.arrival);
        }
        if C::LEARNS_FROM_VERDICTS {
            let threshold = thresholds.first().copied().unwrap_or_default();
            suspects = step.gap.is_some_and(|gap| gap > contender.patience(threshold));
        }
        let is_asked = number.is_multiple_of(C::ASKED_EACH) && step.crashes.0 < step.crashes.1;
        let scored = step.gap.filter(|_| step.is_scored());
        let level = (!is_asked).then(|| scored.map(|gap| contender.level(gap))).flatten();
        for tally in &mut tallies {
            // Who is not asked is asked all the same where it made a mistake.
            if !is_asked && level.is_none_or(|level| level <= tally.threshold) {
                continue;
            }
            let patience = contender.patience(tally.threshold);
            if is_asked {
                tally.on_crashes(course, &step, patience);
            }
            if level.is_some() || scored.is_some_and(|gap| gap > patience) {
                tally.on_mistake(&step, patience);
            }
        }
    }
    let end = course.trace.arrivals.last().map_or(start, |last| last.at);
    Ok(tallies.into_iter().map(|tally| tally.close(end)).collect())
}

/// The level that each scored silence reached, in order of time.
pub(crate) fn levels<C: Contender>(course: &Course) -> Result<Vec<f64>> {
    let mut contender = C::start(course.trace.period)?;
    let mut levels = Vec::with_capacity(course.gaps as usize);
    for step in course.steps() {
        contender.heartbeat(step.arrival);
        if let Some(gap) = step.gap.filter(|_| step.is_scored()) {
            levels.push(contender.level(gap));
        }
    }
    Ok(levels)
}

/// The number of mistakes at `threshold`, and nothing else.
pub(crate) fn mistakes<C: Contender>(course: &Course, threshold: f64) -> Result<u64> {
    let mut contender = C::start(course.trace.period)?;
    let mut mistakes = 0;
    let mut suspects = false;
    for step in course.steps() {
        if suspects {
            contender.heartbeat_after_suspicion(step.arrival);
        } else {
            contender.heartbeat(step.arrival);
        }
        suspects = step.gap.is_some_and(|gap| gap > contender.patience(threshold));
        mistakes += u64::from(suspects && step.is_scored());
    }
    Ok(mistakes)
}

/// What comes together for one threshold.
struct Tally {
    threshold: f64,
    crashes: u64,
    detection_sum_ns: f64,
    detection_longest: Longest,
    meter: QosMeter,
}

impl Tally {
    fn new(threshold: f64, start: Timestamp, crashes: u64) -> Self {
        Self {
            threshold,
            crashes,
            detection_sum_ns: 0.0,
            detection_longest: Longest::percent(crashes),
            meter: QosMeter::new(start),
        }
    }

    /// A crash after each heartbeat that was sent from this arrival to before the next.
    fn on_crashes(&mut self, course: &Course, step: &Step, patience: Nanos) {
        for sequence in step.crashes.0..step.crashes.1 {
            let detection_ns = course.detection_ns(step, sequence, patience);
            if detection_ns == 0.0 {
                break; // nor is any later one above
            }
            self.detection_sum_ns += detection_ns;
            self.detection_longest.record(detection_ns);
        }
    }

    fn on_mistake(&mut self, step: &Step, patience: Nanos) {
        let suspicion = step.arrival.at.saturating_add(patience).min(step.end());
        self.meter.record(Transition { verdict: Verdict::Suspect, at: suspicion });
        self.meter.record(Transition { verdict: Verdict::Trust, at: step.end() });
    }

    fn close(self, end: Timestamp) -> Measured {
        let mean_s = |lengths: phi_core::Lengths| lengths.mean().map(|mean| mean.as_secs_f64());
        Measured {
            threshold: self.threshold,
            mistakes: self.meter.mistakes(),
            mistakes_per_s: self.meter.mistakes_per_second(end).unwrap_or_default(),
            detection_mean_ns: self.detection_sum_ns / self.crashes.max(1) as f64,
            detection_p99_ns: self.detection_longest.least(),
            recurrence_mean_s: mean_s(self.meter.mistake_recurrences()),
            duration_mean_s: mean_s(self.meter.mistake_durations()),
            accuracy: self.meter.query_accuracy(end).unwrap_or(1.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::contenders::constant::Constant;

    /// A heartbeat each 10 ns from sequence 0 to 149, without those that `lost` names.
    fn course(lost: &[u64]) -> Course {
        let arrivals = (0..150)
            .filter(|sequence| !lost.contains(sequence))
            .map(|sequence| Arrival { sequence, at: Timestamp::from_nanos(sequence * 10) })
            .collect();
        let (name, kind) = ("t".into(), String::new());
        Course::new(Trace { name, kind, period: Nanos::new(10), arrivals }).expect("long enough")
    }

    fn measured(course: &Course, threshold: f64) -> Measured {
        let thresholds = [0.1, threshold, 100.0];
        let measured = measure::<Constant>(course, &thresholds).expect("legal");
        assert_eq!(mistakes::<Constant>(course, threshold).expect("legal"), measured[1].mistakes);
        measured[1].clone()
    }

    /// Goal: mistakes and detection times are those counted by hand: after a lost heartbeat a crash
    /// is noticed one period sooner, since the silence has begun already.
    #[test]
    fn a_hand_counted_case() {
        let course = course(&[20, 70, 80, 81]);
        let point = measured(&course, 2.5);
        assert_eq!((course.beats, course.gaps), (100, 96));
        assert_eq!(point.mistakes, 1, "only 79 to 82 is longer; 20 is warm-up");
        let seen = (97.0 * 25.0 + 2.0 * 15.0 + 5.0) / 100.0;
        assert!((point.detection_mean_ns - seen).abs() < 1e-9, "{point:?}");
        assert_eq!(point.detection_p99_ns, 25.0);
    }

    /// Goal: the metrics of Chen, Toueg and Aguilera, by hand: at 1.5 periods, 70 is missed for 5
    /// ns, and 80 and 81 for 15, which begin 100 ns apart; 990 ns are scored.
    #[test]
    fn the_metrics_of_the_paper_by_hand() {
        let point = measured(&course(&[20, 70, 80, 81]), 1.5);
        assert_eq!(point.mistakes, 2);
        let near =
            |value: f64, wanted: f64| assert!((value / wanted - 1.0).abs() < 1e-9, "{value}");
        near(point.mistakes_per_s, 2.0 / 990e-9);
        near(point.recurrence_mean_s.expect("two"), 100e-9);
        near(point.duration_mean_s.expect("two"), 10e-9);
        near(point.accuracy, 970.0 / 990.0);
    }

    /// Goal: a trace without any time in it is refused, as nothing can be divided by it.
    #[test]
    fn a_trace_takes_time() {
        let arrivals = (0..150).map(|sequence| Arrival { sequence, at: Timestamp::from_nanos(7) });
        let (name, kind) = ("t".into(), String::new());
        let trace = Trace { name, kind, period: Nanos::new(10), arrivals: arrivals.collect() };
        let error = Course::new(trace).map(|_| ()).expect_err("must be refused");
        assert!(error.to_string().contains("t: all heartbeats arrived at one time"), "{error}");
    }

    /// Goal: a gap of exactly the patience is no mistake.
    #[test]
    fn patience_is_borne_to_its_end() {
        let course = course(&[]);
        let none = measured(&course, 1.0);
        assert_eq!((none.mistakes, none.recurrence_mean_s, none.duration_mean_s), (0, None, None));
        assert_eq!(measured(&course, 0.9).mistakes, 99);
    }
}
