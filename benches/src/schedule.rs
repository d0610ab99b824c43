//! When each heartbeat must have been sent, inferred from when they arrived.
//!
//! One trace has one clock: the delay here is the part that varies, above the fastest transit.

use statrs::statistics::{Data, OrderStatistics as _};

use crate::trace::Trace;

/// How many arrivals to either side may set the schedule's offset.
const NEIGHBOURS: usize = 50;

/// The delay of each arrival above the sender's schedule (ns, ≥ 0).
///
/// # Formula
///
/// ```text
/// r_k = t_k − s_k·m,   delay_k = r_k − max(min(r_{k−50} … r_k), min(r_k … r_{k+50}))
/// where t is the arrival, s the sequence number, m the median of (t_k − t_{k−1}) / (s_k − s_{k−1})
/// ```
///
/// The rate is the median because many senders drift against their nominal period. The offset is
/// the higher of the two minima because it rises for good when a sender pauses: what follows the
/// pause is judged by what follows.
pub(crate) fn delays_ns(trace: &Trace) -> Vec<f64> {
    let rate = median_rate_ns(trace);
    let heights: Vec<f64> = trace
        .arrivals
        .iter()
        .map(|arrival| arrival.at.as_nanos() as f64 - arrival.sequence as f64 * rate)
        .collect();
    let lowest = |range: &[f64]| range.iter().copied().fold(f64::INFINITY, f64::min);
    let delay = |k: usize, height: f64| {
        let before = heights.get(k.saturating_sub(NEIGHBOURS)..=k).map_or(height, lowest);
        let after = heights.get(k..heights.len().min(k + NEIGHBOURS + 1)).map_or(height, lowest);
        height - before.max(after)
    };
    heights.iter().enumerate().map(|(k, &height)| delay(k, height)).collect()
}

/// The median time from one heartbeat sent to the next (ns); 0 for a single arrival.
fn median_rate_ns(trace: &Trace) -> f64 {
    let later = trace.arrivals.iter().skip(1);
    let rates: Vec<f64> = trace
        .arrivals
        .iter()
        .zip(later)
        .map(|(a, b)| b.at.saturating_since(a.at).get() as f64 / (b.sequence - a.sequence) as f64)
        .collect();
    if rates.is_empty() { 0.0 } else { Data::new(rates).median() }
}

#[cfg(test)]
mod tests {
    use phi_core::{Nanos, Timestamp};

    use super::*;
    use crate::trace::Arrival;

    fn delays_of(sent: impl Iterator<Item = (u64, u64)>) -> Vec<f64> {
        let arrivals = sent
            .map(|(sequence, at)| Arrival { sequence, at: Timestamp::from_nanos(at) })
            .collect();
        let (name, kind) = (String::new(), String::new());
        delays_ns(&Trace { name, kind, period: Nanos::new(1_000), arrivals })
    }

    /// Goal: a late heartbeat is late by just that, at a sender whose rate is not the nominal one.
    #[test]
    fn a_late_arrival_has_its_delay_and_drift_has_none() {
        let late = |s: u64| if s == 70 { 400 } else { 0 };
        let delays = delays_of((0..200).map(|s| (s, 5_000 + s * 1_013 + late(s))));
        for (s, delay) in delays.iter().enumerate() {
            assert_eq!(*delay, if s == 70 { 400.0 } else { 0.0 }, "{s}");
        }
    }

    /// Goal: after a pause of the sender the schedule starts anew, and losses do not move it.
    #[test]
    fn a_pause_of_the_sender_is_no_delay() {
        let pause = |s: u64| if s >= 100 { 30_000 } else { 0 };
        let sent = (0..200).filter(|s| s % 7 != 3).map(|s| (s, s * 1_000 + pause(s)));
        assert!(delays_of(sent).iter().all(|&delay| delay == 0.0));
    }
}
