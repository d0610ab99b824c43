//! Arrivals of others on their way into the format: numbered, sorted, and counted from zero.
//!
//! How they stand in their files is the business of who reads those.

use anyhow::{Context as _, Result, ensure};
use phi_core::{INTERVAL_MAX, Nanos, Timestamp};
use serde::Serialize;

use crate::trace::{Arrival, BEATS_MAX};

/// One heartbeat of a file of others: what is known of it. Times are on any one clock (ns).
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beat {
    /// Its number in order of sending.
    pub(super) number: Option<u64>,
    /// When it was sent.
    pub(super) sent_ns: Option<i128>,
    /// When it arrived.
    pub(super) arrived_ns: Option<i128>,
    /// How long it was under way, for data that has no arrivals; None where it was lost.
    pub(super) delay_ns: Option<i128>,
}

/// What was made of a file.
#[derive(Debug)]
pub(super) struct Series {
    pub(super) period: Nanos,
    pub(super) arrivals: Vec<Arrival>,
    pub(super) counts: Counts,
}

/// What was left out, and what was lost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(super) struct Counts {
    /// Heartbeats that arrived.
    pub(super) arrived: u64,
    /// Numbers between the first and the last that did not.
    pub(super) lost: u64,
    /// Arrivals of numbers that had arrived before: left out.
    pub(super) twice: u64,
}

/// Numbers, sorts and shifts `beats`, which a sender sends each `period`, if that is known.
///
/// # Formula
///
/// ```text
/// number:  as given; else the place in order of sending; else the place in the file
/// period:  as given; else the median of (x_k − x_{k−1}) / (s_k − s_{k−1}) over neighbours in order
///          of numbers, where x is the time of sending, or of arrival where that is not known
/// arrival: as given; else s_k·period + delay_k
/// ```
pub(super) fn series(mut beats: Vec<Beat>, period: Option<Nanos>) -> Result<Series> {
    ensure!(beats.len() > 1, "too few heartbeats ({}); two at least are needed", beats.len());
    number(&mut beats);
    let period = match period {
        Some(period) => period,
        None => median_period(&beats)?,
    };
    let mut arrivals: Vec<(i128, u64)> =
        beats.iter().filter_map(|beat| Some((arrival(beat, period)?, beat.number?))).collect();
    arrivals.sort_unstable();
    let first_number = beats.iter().filter_map(|beat| beat.number).min().unwrap_or(0);
    let last_number = arrivals.iter().map(|(_, number)| *number).max();
    let sent = last_number.map_or(0, |last| (last - first_number).saturating_add(1));
    ensure!(sent <= BEATS_MAX, "more than {BEATS_MAX} heartbeats; import it in parts");
    let start = arrivals.first().map_or(0, |(at, _)| *at);
    let mut seen = vec![false; sent as usize];
    let mut counts = Counts::default();
    let mut numbered = Vec::with_capacity(arrivals.len());
    for (at, number) in arrivals {
        let sequence = number - first_number;
        match seen.get_mut(sequence as usize) {
            Some(seen) if !*seen => *seen = true,
            _ => {
                counts.twice += 1;
                continue;
            }
        }
        let at = u64::try_from(at - start).context("a time out of range")?;
        numbered.push(Arrival { sequence, at: Timestamp::from_nanos(at) });
    }
    counts.arrived = numbered.len() as u64;
    counts.lost = sent - counts.arrived;
    ensure!(counts.arrived > 1, "too few arrivals ({}); two at least are needed", counts.arrived);
    Ok(Series { period, arrivals: numbered, counts })
}

/// Gives every beat a number: where some have one, those without are left as they are.
fn number(beats: &mut [Beat]) {
    if beats.iter().any(|beat| beat.number.is_some()) {
        return;
    }
    if beats.iter().all(|beat| beat.sent_ns.is_some()) {
        beats.sort_by_key(|beat| beat.sent_ns);
    }
    (0..).zip(beats).for_each(|(number, beat)| beat.number = Some(number));
}

fn arrival(beat: &Beat, period: Nanos) -> Option<i128> {
    beat.arrived_ns
        .or_else(|| Some(i128::from(beat.number?) * i128::from(period.get()) + beat.delay_ns?))
}

fn median_period(beats: &[Beat]) -> Result<Nanos> {
    let mut times: Vec<(u64, i128)> = beats
        .iter()
        .filter_map(|beat| Some((beat.number?, beat.sent_ns.or(beat.arrived_ns)?)))
        .collect();
    times.sort_unstable();
    times.dedup_by_key(|(number, _)| *number);
    let mut rates: Vec<i128> = times
        .iter()
        .zip(times.iter().skip(1))
        .map(|(a, b)| (b.1 - a.1) / i128::from(b.0 - a.0))
        .collect();
    let middle = rates.len() / 2;
    ensure!(!rates.is_empty(), "too few times to tell the period: say it with --period");
    let (_, median, _) = rates.select_nth_unstable(middle);
    ensure!(
        *median >= 0,
        "times fall as numbers rise, by {} ns at the median: are these the right columns?",
        median.unsigned_abs()
    );
    let period = u64::try_from(*median).map_or(Nanos::MAX, Nanos::new);
    ensure!(
        period > Nanos::ZERO && period <= INTERVAL_MAX,
        "the median interval is {median} ns: say with --period what the sender promises"
    );
    Ok(period)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrived(number: u64, at: i128) -> Beat {
        Beat { number: Some(number), arrived_ns: Some(at), ..Beat::default() }
    }

    fn pairs(series: &Series) -> Vec<(u64, u64)> {
        series.arrivals.iter().map(|a| (a.sequence, a.at.as_nanos())).collect()
    }

    /// Goal: arrivals are sorted and counted from zero; losses and repetitions are counted; the
    /// period is the median interval per number.
    #[test]
    fn a_numbered_series() {
        let beats =
            vec![arrived(7, 1_000), arrived(9, 1_210), arrived(8, 1_220), arrived(9, 1_230)];
        let beats = beats.into_iter().chain([arrived(11, 1_400), arrived(12, 1_500)]).collect();
        let series = series(beats, None).expect("legal");
        assert_eq!(pairs(&series), [(0, 0), (2, 210), (1, 220), (4, 400), (5, 500)]);
        assert_eq!(series.counts, Counts { arrived: 5, lost: 1, twice: 1 });
        assert_eq!(series.period, Nanos::new(100));
    }

    /// Goal: without numbers the order of sending numbers them, or else that of the file.
    #[test]
    fn numbers_are_made_up_from_order() {
        let sent = |sent, at| Beat { sent_ns: Some(sent), arrived_ns: Some(at), ..Beat::default() };
        let of = series(vec![sent(20, 95), sent(10, 97), sent(30, 99)], None).expect("legal");
        assert_eq!(pairs(&of), [(1, 0), (0, 2), (2, 4)]);
        assert_eq!(of.period, Nanos::new(10));
        let at = |at| Beat { arrived_ns: Some(at), ..Beat::default() };
        let of = series(vec![at(5), at(9), at(7)], Some(Nanos::new(2))).expect("legal");
        assert_eq!(pairs(&of), [(0, 0), (2, 2), (1, 4)]);
    }

    /// Goal: round-trip times alone are put on a schedule, lost ones keep their number.
    #[test]
    fn delays_are_put_on_a_schedule() {
        let probe = |number, delay_ns| Beat { number: Some(number), delay_ns, ..Beat::default() };
        let beats = vec![probe(1, Some(974)), probe(2, None), probe(3, Some(1_220))];
        let of = series(beats.clone(), Some(Nanos::new(2_000))).expect("legal");
        assert_eq!(pairs(&of), [(0, 0), (2, 4_246)]);
        assert_eq!(of.counts.lost, 1);
        let error = series(beats, None).expect_err("no period");
        assert!(error.to_string().contains("--period"), "{error}");
    }

    /// Goal: too little and too much are refused, before memory is taken for it.
    #[test]
    fn what_cannot_be_a_trace_is_refused() {
        assert!(series(Vec::new(), Some(Nanos::new(1))).is_err());
        assert!(series(vec![arrived(1, 5)], Some(Nanos::new(1))).is_err());
        let error = series(vec![arrived(0, 1), arrived(u64::MAX, 2)], Some(Nanos::new(1)));
        assert!(error.expect_err("too far").to_string().contains("in parts"));
    }
}
