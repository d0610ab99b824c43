//! Chance from a seed: the only source of it in a simulated world.
//!
//! Logarithms and the like go through `libm`, so that a seed means the same world in every build.

use std::time::Duration;

use crate::proto::rng::Rng;

/// A stream of random values; streams with different labels are independent.
#[derive(Clone, Debug)]
pub(super) struct Dice(Rng);

impl Dice {
    /// The stream `label` of the world `seed`.
    pub(super) const fn new(seed: u64, label: u64) -> Self {
        let mut rng = Rng::new(seed ^ label.wrapping_mul(0xd6e8_feb8_6659_fd93));
        let start = rng.next();
        Self(Rng::new(start))
    }

    pub(super) const fn bits(&mut self) -> u64 {
        self.0.next()
    }

    /// A number below `end`; 0 if there is none.
    pub(super) fn below(&mut self, end: usize) -> usize {
        let end = end as u64;
        usize::try_from(self.bits() % end.max(1)).unwrap_or(0)
    }

    /// From 0 to below 1, in steps of 2⁻⁵³.
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    pub(super) fn unit(&mut self) -> f64 {
        (self.bits() >> 11) as f64 / 9_007_199_254_740_992.0
    }

    /// True with this probability; asks for no number when the answer is certain.
    pub(super) fn chance(&mut self, probability: f64) -> bool {
        probability > 0.0 && (probability >= 1.0 || self.unit() < probability)
    }

    /// A length from `least` to below `most`, each as likely.
    pub(super) fn between(&mut self, least: Duration, most: Duration) -> Duration {
        least + most.saturating_sub(least).mul_f64(self.unit())
    }

    /// A value of the standard normal distribution.
    ///
    /// Source: G. Box, M. Muller, *A note on the generation of random normal deviates*, 1958.
    pub(super) fn normal(&mut self) -> f64 {
        let (first, second) = (1.0 - self.unit(), self.unit());
        libm::sqrt(-2.0 * libm::log(first)) * libm::cos(std::f64::consts::TAU * second)
    }

    /// A value of the exponential distribution with mean 1.
    pub(super) fn exponential(&mut self) -> f64 {
        -libm::log(1.0 - self.unit())
    }

    /// `count` different numbers below `end`, in rising order.
    pub(super) fn some(&mut self, count: usize, end: usize) -> Vec<usize> {
        let mut all: Vec<usize> = (0..end).collect();
        for place in 0..count.min(end) {
            let other = place + self.below(end - place);
            all.swap(place, other);
        }
        all.truncate(count);
        all.sort_unstable();
        all
    }

    /// 32 bytes for a node's own randomness.
    pub(super) fn seed(&mut self) -> [u8; 32] {
        let mut seed = [0; 32];
        for chunk in seed.chunks_exact_mut(8) {
            chunk.copy_from_slice(&self.bits().to_be_bytes());
        }
        seed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the distributions have the moments that their names promise.
    #[test]
    fn distributions_have_their_moments() {
        let mut dice = Dice::new(1, 2);
        let count = 100_000_u32;
        let mean = |values: &mut dyn FnMut() -> f64| {
            (0..count).map(|_| values()).sum::<f64>() / f64::from(count)
        };
        assert!((mean(&mut || dice.unit()) - 0.5).abs() < 0.01);
        assert!(mean(&mut || dice.normal()).abs() < 0.02);
        assert!((mean(&mut || libm::pow(dice.normal(), 2.0)) - 1.0).abs() < 0.03);
        assert!((mean(&mut || dice.exponential()) - 1.0).abs() < 0.02);
        assert!((mean(&mut || f64::from(u8::from(dice.chance(0.3)))) - 0.3).abs() < 0.01);
    }

    /// Goal: a choice holds different numbers in order, and every number gets its turn.
    #[test]
    fn choices_are_fair() {
        let mut dice = Dice::new(3, 4);
        let mut seen = [0; 9];
        for _ in 0..900 {
            let some = dice.some(3, 9);
            assert!(some.len() == 3 && some.is_sorted_by(|a, b| a < b), "{some:?}");
            for index in some {
                seen[index] += 1;
            }
        }
        assert!(seen.iter().all(|count| (230..370).contains(count)), "{seen:?}");
        assert_eq!(dice.some(5, 2), [0, 1]);
        assert_ne!(Dice::new(1, 0).bits(), Dice::new(1, 1).bits());
    }
}
