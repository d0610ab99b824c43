//! Random numbers: a generator of our own, and distributions of `statrs` by their inverse.
//!
//! One number is drawn for each delay, so that worlds of one seed differ in what they must.

use statrs::distribution::{Exp, Gamma, LogNormal, Normal, Pareto, Weibull};

/// SplitMix64.
///
/// Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014.
pub(super) struct Rng(u64);

impl Rng {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number between 0 and 1, neither of them: the middle of one of 2⁵² equal parts.
    pub(super) fn uniform(&mut self) -> f64 {
        ((self.next() >> 12) as f64 + 0.5) / (1_u64 << 52) as f64
    }
}

/// How delays are distributed, in periods. All but the normal have a mean of 0.2; its mean is 0.5,
/// and it is cut off at 0.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Delay {
    /// By deviation.
    Normal(f64),
    /// By mean.
    Exponential(f64),
    /// By the deviation of its logarithm.
    LogNormal(f64),
    /// By shape.
    Gamma(f64),
    /// By shape.
    Weibull(f64),
    /// By shape, above 1.
    Pareto(f64),
    /// By the share of the slower of two modes.
    Mixture(f64),
}

/// The mean of most delays (periods).
const MEAN: f64 = 0.2;

impl Delay {
    /// The delay that a share of `uniform` is shorter than (periods, ≥ 0).
    pub(super) fn at(self, uniform: f64) -> f64 {
        let delay = match self {
            Self::Normal(deviation) => inverse(Normal::new(0.5, deviation), uniform),
            Self::Exponential(mean) => inverse(Exp::new(1.0 / mean), uniform),
            Self::LogNormal(sigma) => {
                inverse(LogNormal::new(MEAN.ln() - sigma * sigma / 2.0, sigma), uniform)
            }
            Self::Gamma(shape) => inverse(Gamma::new(shape, shape / MEAN), uniform),
            Self::Weibull(shape) => {
                let scale = MEAN / libm::tgamma(1.0 + 1.0 / shape);
                inverse(Weibull::new(shape, scale), uniform)
            }
            Self::Pareto(shape) => {
                inverse(Pareto::new(MEAN * (shape - 1.0) / shape, shape), uniform)
            }
            Self::Mixture(slow) => return Self::mixture(slow, uniform),
        };
        delay.max(0.0)
    }

    /// The part of `uniform` below 1 − `slow` draws from a fast mode, the rest from a slow one.
    fn mixture(slow: f64, uniform: f64) -> f64 {
        let fast = 1.0 - slow;
        if uniform < fast {
            inverse(Normal::new(0.1, 0.02), uniform / fast).max(0.0)
        } else {
            inverse(Normal::new(1.1, 0.2), (uniform - fast) / slow).max(0.0)
        }
    }
}

/// The inverse of a distribution function; 0 if there is no such distribution, which the constants
/// of the worlds rule out.
fn inverse<D, E>(distribution: Result<D, E>, uniform: f64) -> f64
where
    D: statrs::distribution::ContinuousCDF<f64, f64>,
{
    distribution.map_or(0.0, |distribution| distribution.inverse_cdf(uniform))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the generator is the published one (first numbers of seed 1234567, from the author's
    /// test vector).
    #[test]
    fn the_generator_is_splitmix64() {
        let mut rng = Rng::new(1_234_567);
        let numbers = [(); 3].map(|()| rng.next());
        let published =
            [6_457_827_717_110_365_317, 3_203_168_211_198_807_973, 9_817_491_932_198_370_423];
        assert_eq!(numbers, published);
    }

    /// Goal: means are those that are said, to the error of the sum over even shares.
    #[test]
    fn means_are_those_that_are_said() {
        let delays = [
            (Delay::Normal(0.05), 0.5),
            (Delay::Exponential(0.2), 0.2),
            (Delay::LogNormal(1.0), 0.2),
            (Delay::Gamma(2.0), 0.2),
            (Delay::Weibull(0.6), 0.2),
            (Delay::Mixture(0.1), 0.2),
        ];
        for (delay, mean) in delays {
            let parts = 4_000;
            let sum: f64 =
                (0..parts).map(|i| delay.at((f64::from(i) + 0.5) / f64::from(parts))).sum();
            let found = sum / f64::from(parts);
            assert!((found / mean - 1.0).abs() < 0.01, "{delay:?}: {found}");
        }
        let median = Delay::Pareto(1.8).at(0.5);
        assert!((median - 0.2 * 0.8 / 1.8 * 2_f64.powf(1.0 / 1.8)).abs() < 1e-12, "{median}");
    }
}
