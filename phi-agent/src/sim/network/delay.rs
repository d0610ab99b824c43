//! How long a datagram is on its way.

use std::time::Duration;

use crate::sim::dice::Dice;

/// A distribution of one-way delays.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sim) enum Delay {
    /// exp(N(ln median, σ²)), and rarely a spike, as when an interrupt is served late.
    LogNormal { median: Duration, sigma: f64, spikes: f64 },
    /// median · (2u)^(−1/α) for u uniform above 0: half lie below the median, the mean is infinite
    /// for α ≤ 1. Source: the Pareto distribution.
    Heavy { median: Duration, alpha: f64 },
}

/// The shortest and longest spike.
const SPIKE: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(300)];

/// No delay is longer, so that a run ends.
const DELAY_MAX: Duration = Duration::from_secs(60);

impl Default for Delay {
    /// A local network, as measured for the sketch: see `docs/simulator.md`.
    fn default() -> Self {
        Self::LogNormal { median: Duration::from_micros(300), sigma: 0.4, spikes: 2e-4 }
    }
}

impl Delay {
    pub(in crate::sim) fn sample(&self, dice: &mut Dice) -> Duration {
        let (median, factor) = match *self {
            Self::LogNormal { spikes, .. } if dice.chance(spikes) => {
                let [least, most] = SPIKE;
                return dice.between(least, most);
            }
            Self::LogNormal { median, sigma, .. } => (median, libm::exp(sigma * dice.normal())),
            Self::Heavy { median, alpha } => {
                let place = 2.0 * (1.0 - dice.unit());
                (median, libm::pow(place, -1.0 / alpha))
            }
        };
        let seconds = (median.as_secs_f64() * factor).min(DELAY_MAX.as_secs_f64());
        Duration::from_secs_f64(seconds)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sorted(delay: Delay) -> Vec<Duration> {
        let mut dice = Dice::new(1, 0);
        let mut all: Vec<_> = (0..100_001).map(|_| delay.sample(&mut dice)).collect();
        all.sort_unstable();
        all
    }

    /// Goal: half of the delays lie below the median, and the tails are what they should be.
    #[test]
    fn medians_and_tails_are_right() {
        let normal = sorted(Delay::default());
        assert!((290..310).contains(&normal[50_000].as_micros()), "{:?}", normal[50_000]);
        // 97.7 % lie below two σ: 300 µs · e^0.8.
        assert!((650..690).contains(&normal[97_725].as_micros()), "{:?}", normal[97_725]);
        let spikes = normal.iter().filter(|delay| delay.as_millis() >= 10).count();
        assert!((8..40).contains(&spikes), "{spikes}");
        let heavy = sorted(Delay::Heavy { median: Duration::from_millis(1), alpha: 1.0 });
        assert!((970..1_030).contains(&heavy[50_000].as_micros()), "{:?}", heavy[50_000]);
        // P(delay > x) = median / 2x for α = 1.
        assert!((40..60).contains(&heavy[99_000].as_millis()), "{:?}", heavy[99_000]);
    }
}
