//! A sender and its network: when heartbeats are sent, which are lost, when the rest arrives.
//!
//! How a delay is distributed is the business of [`draw`](super::draw).

use phi_core::{Nanos, Timestamp};

use super::draw::{Delay, Rng};
use crate::trace::Arrival;

/// What goes wrong, in periods and per heartbeat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sender {
    pub(super) delay: Delay,
    pub(super) loss: Loss,
    /// How much longer its period is than it says: 0.01 is 1 %.
    pub(super) drift: f64,
    /// By how much delays are multiplied from the middle of the time on.
    pub(super) shift: f64,
    /// How often it stops before a heartbeat, for 10 periods on average.
    pub(super) pauses: f64,
}

/// Which heartbeats are lost.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Loss {
    /// Each with this probability.
    Each(f64),
    /// All while a burst lasts, which begins and ends with these probabilities.
    Bursts { begin: f64, end: f64 },
}

/// How long a pause is on average (periods).
const PAUSE_MEAN: f64 = 10.0;

impl Sender {
    /// The steady one with other delays.
    pub(super) const fn with(self, delay: Delay) -> Self {
        Self { delay, ..self }
    }

    /// What arrives of the first `beats` heartbeats, in order; what newer numbers have overtaken
    /// is left out.
    pub(super) fn arrivals(&self, period: Nanos, beats: u64, seed: u64) -> Vec<Arrival> {
        let mut rng = Rng::new(seed);
        let mut is_bursting = false;
        let mut sent = 0.0;
        let mut arrivals = Vec::new();
        for sequence in 0..beats {
            // As many numbers are drawn whatever happens.
            let draws = [(); 4].map(|()| rng.uniform());
            let [pause, pause_length, loss, delay] = draws;
            sent += 1.0 + self.drift;
            if pause < self.pauses {
                sent -= PAUSE_MEAN * libm::log(pause_length);
            }
            let shift = if sequence >= beats / 2 { self.shift } else { 1.0 };
            let at = (sent + self.delay.at(delay) * shift) * period.get() as f64;
            if !self.is_lost(&mut is_bursting, loss) {
                let at = Timestamp::from_nanos(at.round() as u64);
                arrivals.push(Arrival { sequence, at });
            }
        }
        arrivals.sort_by_key(|arrival| (arrival.at, arrival.sequence));
        let mut newest = None;
        arrivals.retain(|arrival| {
            let is_news = newest.is_none_or(|newest| arrival.sequence > newest);
            newest = newest.max(Some(arrival.sequence));
            is_news
        });
        arrivals
    }

    fn is_lost(&self, is_bursting: &mut bool, uniform: f64) -> bool {
        match self.loss {
            Loss::Each(probability) => uniform < probability,
            Loss::Bursts { begin, end } => {
                *is_bursting = if *is_bursting { uniform >= end } else { uniform < begin };
                *is_bursting
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PERIOD: Nanos = Nanos::new(1_000_000);

    fn steady() -> Sender {
        Sender {
            delay: Delay::Normal(0.01),
            loss: Loss::Each(0.0),
            drift: 0.0,
            shift: 1.0,
            pauses: 0.0,
        }
    }

    /// Goal: each trouble is as frequent and as large as it is said.
    #[test]
    fn troubles_are_as_said() {
        let seconds = |sender: &Sender| {
            let arrivals = sender.arrivals(PERIOD, 40_000, 7);
            let last = arrivals.last().expect("many").at.as_nanos() as f64;
            (arrivals.len() as f64 / 40_000.0, last / 40_000e6)
        };
        let near = |value: f64, wanted: f64, by: f64| {
            assert!((value / wanted - 1.0).abs() < by, "{value} for {wanted}");
        };
        let (kept, took) = seconds(&steady());
        near(kept, 1.0, 1e-9);
        near(took, 1.0, 1e-3);
        let (kept, _) = seconds(&Sender { loss: Loss::Each(0.05), ..steady() });
        near(kept, 0.95, 0.01);
        let bursts = Loss::Bursts { begin: 0.01, end: 0.1 };
        let (kept, _) = seconds(&Sender { loss: bursts, ..steady() });
        near(kept, 1.0 / 1.1, 0.02);
        let (_, took) = seconds(&Sender { drift: 0.02, ..steady() });
        near(took, 1.02, 1e-3);
        let (_, took) = seconds(&Sender { pauses: 0.01, ..steady() });
        near(took, 1.1, 0.02);
    }

    /// Goal: from half time on delays are longer, and not before.
    #[test]
    fn the_level_shifts_at_half_time() {
        let sender = Sender { shift: 30.0, ..steady() };
        let delays: Vec<f64> = sender
            .arrivals(PERIOD, 1_000, 7)
            .iter()
            .map(|arrival| arrival.at.as_nanos() as f64 / 1e6 - (arrival.sequence + 1) as f64)
            .collect();
        assert!(delays[..499].iter().all(|delay| *delay < 0.6), "before");
        assert!(delays[501..].iter().all(|delay| *delay > 10.0), "after");
    }

    /// Goal: who is overtaken is no news.
    #[test]
    fn the_overtaken_are_left_out() {
        let arrivals = Sender { shift: 30.0, delay: Delay::Exponential(0.2), ..steady() }
            .arrivals(PERIOD, 1_000, 7);
        assert!(arrivals.len() < 900 && arrivals.is_sorted_by(|a, b| a.sequence < b.sequence));
    }
}
