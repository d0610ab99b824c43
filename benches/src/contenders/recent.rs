//! The last arrivals, and when the next one is expected from them: what Chen's family stands on.
//!
//! How much later than expected is too late is the business of each contender.

use std::collections::VecDeque;

use phi_core::Nanos;

use crate::trace::Arrival;

/// The last `WINDOW` arrivals, with exact sums.
///
/// # Formula
///
/// ```text
/// EA = (1/n)·Σ (t_i − η·s_i) + (s_k + 1)·η
/// where t_i and s_i are arrival and sequence number of the n last heartbeats, s_k the last of
/// them, η the period of the sender
/// ```
///
/// Source: \[Chen02\], section 5.2 (estimation of expected arrival times, NFD-E).
pub(super) struct Recent<const WINDOW: usize> {
    arrivals: VecDeque<Arrival>,
    sum_at: i128,
    sum_sequence: i128,
}

impl<const WINDOW: usize> Recent<WINDOW> {
    pub(super) fn new() -> Self {
        Self { arrivals: VecDeque::with_capacity(WINDOW), sum_at: 0, sum_sequence: 0 }
    }

    pub(super) fn record(&mut self, arrival: Arrival) {
        if self.arrivals.len() == WINDOW
            && let Some(oldest) = self.arrivals.pop_front()
        {
            self.add(oldest, -1);
        }
        self.arrivals.push_back(arrival);
        self.add(arrival, 1);
    }

    /// From the last arrival to the next expected one (ns, negative when that is overdue already),
    /// of a sender that beats every `period`; None before the first arrival.
    pub(super) fn expected_ns(&self, period: Nanos) -> Option<f64> {
        let last = self.arrivals.back()?;
        let count = self.arrivals.len() as i128;
        let period = i128::from(period.get());
        let sum = self.sum_at - period * self.sum_sequence;
        let from = i128::from(last.at.as_nanos()) - period * (i128::from(last.sequence) + 1);
        Some((sum - count * from) as f64 / count as f64)
    }

    /// The period of the sender as the first and the last arrival of the window show it; None
    /// before there are two.
    pub(super) fn estimated_period(&self) -> Option<Nanos> {
        let (first, last) = (self.arrivals.front()?, self.arrivals.back()?);
        let elapsed = last.at.saturating_since(first.at).get();
        elapsed.checked_div(last.sequence - first.sequence).map(Nanos::new)
    }

    pub(super) fn bytes(&self) -> u64 {
        (size_of::<Self>() + self.arrivals.capacity() * size_of::<Arrival>()) as u64
    }

    fn add(&mut self, arrival: Arrival, sign: i128) {
        self.sum_at += sign * i128::from(arrival.at.as_nanos());
        self.sum_sequence += sign * i128::from(arrival.sequence);
    }
}

#[cfg(test)]
mod tests {
    use phi_core::Timestamp;

    use super::*;

    fn recent<const WINDOW: usize>(arrivals: &[(u64, u64)]) -> Recent<WINDOW> {
        let mut recent = Recent::new();
        for &(sequence, at) in arrivals {
            recent.record(Arrival { sequence, at: Timestamp::from_nanos(at) });
        }
        recent
    }

    /// Goal: the case of three arrivals reckoned by hand, with η = 10: arrivals
    /// shifted by η·s are 3, 5 and 10, their mean 6; the next has number 5 and is expected at 56,
    /// which is 6 after the last at 50.
    #[test]
    fn three_arrivals_by_hand() {
        let recent = recent::<3>(&[(0, 777), (1, 13), (2, 25), (4, 50)]);
        assert_eq!(recent.expected_ns(Nanos::new(10)), Some(6.0));
        assert_eq!(recent.estimated_period(), Some(Nanos::new(12)), "37 ns in 3 heartbeats");
    }

    /// Goal: a window of one expects the next a period after the last.
    #[test]
    fn a_window_of_one_is_the_last_arrival_and_a_period() {
        let recent = recent::<1>(&[(0, 0), (7, 123)]);
        assert_eq!(recent.expected_ns(Nanos::new(10)), Some(10.0));
        assert_eq!(recent.estimated_period(), None);
    }
}
