//! Pseudo-random numbers whose seed keeps its meaning for ever: for jitter, never for secrets.

use std::time::Duration;

/// SplitMix64: 64 bits of state, equidistributed, and the same numbers in every version of ours.
///
/// Source: G. Steele, D. Lea, C. Flood, *Fast splittable pseudorandom number generators*, 2014.
#[derive(Clone, Debug)]
pub(crate) struct Rng(u64);

impl Rng {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(crate) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A length from 85 % to 115 % of `length`, so that what started together does not stay so.
    pub(super) fn jittered(&mut self, length: Duration) -> Duration {
        const STEPS: u64 = 1 << 20;
        let step = u32::try_from(self.next() % STEPS).unwrap_or(0);
        length.mul_f64(0.85 + 0.30 * f64::from(step) / 1_048_576.0)
    }

    /// Up to `count` of `choices`, drawn anew.
    pub(super) fn draw<T: Copy>(&mut self, choices: &mut Vec<T>, count: usize) -> Vec<T> {
        let mut drawn = Vec::new();
        while drawn.len() < count && !choices.is_empty() {
            let place = usize::try_from(self.next() % choices.len() as u64).unwrap_or(0);
            drawn.push(choices.swap_remove(place));
        }
        drawn
    }

    /// A length from 0 to `length`.
    pub(super) fn part_of(&mut self, length: Duration) -> Duration {
        let nanos = u64::try_from(length.as_nanos()).unwrap_or(u64::MAX);
        Duration::from_nanos(self.next() % nanos.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a seed means the same numbers as in the published reference implementation.
    #[test]
    fn numbers_are_those_of_the_reference() {
        let mut rng = Rng::new(1_234_567);
        let expected = [6_457_827_717_110_365_317, 3_203_168_211_198_807_973];
        assert_eq!([rng.next(), rng.next()], expected);
    }

    /// Goal: jitter stays within its bounds.
    #[test]
    fn jitter_is_bounded() {
        let mut rng = Rng::new(7);
        for _ in 0..10_000 {
            let length = rng.jittered(Duration::from_secs(1));
            assert!((850..=1_150).contains(&length.as_millis()), "{length:?}");
        }
    }
}
