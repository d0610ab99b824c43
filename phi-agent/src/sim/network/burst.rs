//! Losses in bursts: a way is good or bad for a while, and all is lost while it is bad.
//!
//! Source: E. Gilbert, *Capacity of a burst-noise channel*, 1960; E. Elliott, *Estimates of error
//! rates for codes on burst-noise channels*, 1963. In time instead of datagrams, because a member
//! sends a way but one datagram a second.

use std::time::Duration;

use phi_core::Timestamp;

use crate::sim::dice::Dice;

/// The longest stay, in means: what is lost for longer is a cut, which is a fault of its own.
const STAY_MAX: f64 = 3.0;

/// How long ways are good and bad, on average.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sim) struct Bursts {
    pub(in crate::sim) good: Duration,
    pub(in crate::sim) bad: Duration,
}

/// The state of one way: how it is, and until when; none before its first datagram.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct BurstState(Option<(bool, Timestamp)>);

impl Bursts {
    /// Whether the way is bad at `now`.
    pub(super) fn is_bad(&self, state: &mut BurstState, now: Timestamp, dice: &mut Dice) -> bool {
        let (mut bad, mut until) = state.0.unwrap_or_else(|| {
            let share = self.bad.as_secs_f64() / (self.good + self.bad).as_secs_f64();
            let bad = dice.chance(share);
            (bad, now.saturating_add(self.stay(bad, dice)))
        });
        while until <= now {
            bad = !bad;
            until = until.saturating_add(self.stay(bad, dice));
        }
        state.0 = Some((bad, until));
        bad
    }

    /// The length of one stay, memoryless up to its end, and never nothing.
    fn stay(&self, bad: bool, dice: &mut Dice) -> Duration {
        let mean = if bad { self.bad } else { self.good };
        mean.mul_f64(dice.exponential().min(STAY_MAX)).max(Duration::from_micros(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the share of bad time is bad / (good + bad), and bad moments come together.
    #[test]
    fn losses_come_in_bursts() {
        let bursts = Bursts { good: Duration::from_secs(8), bad: Duration::from_secs(2) };
        let (mut state, mut dice) = (BurstState::default(), Dice::new(5, 0));
        let step = Duration::from_millis(100);
        let moments: Vec<bool> = (0..200_000)
            .map(|n| {
                bursts.is_bad(&mut state, Timestamp::ORIGIN.saturating_add(step * n), &mut dice)
            })
            .collect();
        let bad = moments.iter().filter(|bad| **bad).count();
        assert!((36_000..44_000).contains(&bad), "{bad}");
        let changes = moments.windows(2).filter(|pair| pair[0] != pair[1]).count();
        assert!((3_000..5_000).contains(&changes), "two for each ten seconds: {changes}");
    }
}
