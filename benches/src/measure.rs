//! One contender at one threshold on one trace: how many mistakes, and how fast a crash is seen.
//!
//! Which thresholds are tried is the business of [`sweep`](crate::sweep).

use anyhow::Result;
use phi_core::Nanos;
use statrs::statistics::{Data, OrderStatistics as _, Statistics as _};

use crate::contenders::Contender;
use crate::trace::Trace;

/// Heartbeats at the start of a trace that are learnt from, but not scored.
pub(crate) const WARM_UP_BEATS: u64 = 50;

/// What a contender does at one threshold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Point {
    pub(crate) threshold: f64,
    /// Heartbeats sent and scored, lost ones included.
    pub(crate) beats: u64,
    /// Silences that outlasted the contender's patience though the sender lived.
    pub(crate) mistakes: u64,
    /// From a crash to suspicion, mean over a crash after each heartbeat (ns).
    pub(crate) detection_mean_ns: f64,
    /// The same, 99th percentile (ns).
    pub(crate) detection_p99_ns: f64,
}

impl Point {
    /// Mistakes per heartbeat sent.
    pub(crate) fn mistake_rate(&self) -> f64 {
        self.mistakes as f64 / self.beats as f64
    }

    /// Where no mistake was seen: what the rate is below, with 95 % confidence.
    ///
    /// # Formula
    ///
    /// ```text
    /// (1 − p)^n = 0.05  ⇒  p ≈ 3/n, the rule of three
    /// ```
    pub(crate) fn rate_bound(&self) -> Option<f64> {
        (self.mistakes == 0).then(|| 3.0 / self.beats as f64)
    }
}

/// How many heartbeats of a trace are scored.
pub(crate) fn scored_beats(trace: &Trace) -> u64 {
    trace.arrivals.last().map_or(0, |last| (last.sequence + 1).saturating_sub(WARM_UP_BEATS))
}

/// Replays a trace through contender `C`.
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
/// Source: the accuracy and speed metrics of \[Chen02\], counted per heartbeat.
pub(crate) fn measure<C: Contender>(
    trace: &Trace,
    delays_ns: &[f64],
    threshold: f64,
) -> Result<Point> {
    let mut contender = C::start(trace.period, threshold)?;
    let period_ns = trace.period.get() as f64;
    let mut detections_ns = Vec::with_capacity(scored_beats(trace) as usize);
    let mut mistakes = 0;
    let nexts = trace.arrivals.iter().skip(1).map(Some).chain([None]);
    for ((arrival, next), delay_ns) in trace.arrivals.iter().zip(nexts).zip(delays_ns) {
        contender.heartbeat(*arrival);
        let end = next.map_or(arrival.sequence + 1, |next| next.sequence);
        if end <= WARM_UP_BEATS {
            continue;
        }
        let patience = contender.patience();
        let gap = next.map_or(Nanos::ZERO, |next| next.at.saturating_since(arrival.at));
        mistakes += u64::from(gap > patience && arrival.sequence >= WARM_UP_BEATS);
        for sequence in arrival.sequence.max(WARM_UP_BEATS)..end {
            let since_ns = (sequence - arrival.sequence) as f64 * period_ns;
            detections_ns.push((patience.get() as f64 + delay_ns - since_ns).max(0.0));
        }
    }
    Ok(Point {
        threshold,
        beats: detections_ns.len() as u64,
        mistakes,
        detection_mean_ns: detections_ns.iter().mean(),
        detection_p99_ns: Data::new(detections_ns).percentile(99),
    })
}

#[cfg(test)]
mod tests {
    use phi_core::Timestamp;

    use super::*;
    use crate::contenders::constant::Constant;
    use crate::trace::Arrival;

    /// A heartbeat each 10 ns from sequence 0 to 149, without those that `lost` names.
    fn trace(lost: &[u64]) -> Trace {
        let arrivals = (0..150)
            .filter(|sequence| !lost.contains(sequence))
            .map(|sequence| Arrival { sequence, at: Timestamp::from_nanos(sequence * 10) })
            .collect();
        Trace { name: "t".into(), kind: String::new(), period: Nanos::new(10), arrivals }
    }

    fn measured(trace: &Trace, threshold: f64) -> Point {
        let delays_ns = vec![0.0; trace.arrivals.len()];
        measure::<Constant>(trace, &delays_ns, threshold).expect("legal")
    }

    /// Goal: mistakes and detection times are those counted by hand: after a lost heartbeat a crash
    /// is noticed one period sooner, since the silence has begun already.
    #[test]
    fn a_hand_counted_case() {
        let trace = trace(&[20, 70, 80, 81]);
        let point = measured(&trace, 2.5);
        assert_eq!((point.beats, point.mistakes), (100, 1), "only 79 to 82 is longer; 20: warm-up");
        let seen = (97.0 * 25.0 + 2.0 * 15.0 + 5.0) / 100.0;
        assert!((point.detection_mean_ns - seen).abs() < 1e-9, "{point:?}");
        assert_eq!(point.detection_p99_ns, 25.0);
        assert_eq!(measured(&trace, 1.5).mistakes, 2);
    }

    /// Goal: a gap of exactly the patience is no mistake, and none is reported with a bound.
    #[test]
    fn no_mistake_is_a_bound_not_a_zero() {
        let trace = trace(&[]);
        let none = measured(&trace, 1.0);
        assert_eq!((none.mistakes, none.rate_bound()), (0, Some(0.03)));
        let all = measured(&trace, 0.9);
        assert_eq!((all.mistakes, all.rate_bound()), (99, None));
    }
}
