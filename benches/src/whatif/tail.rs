//! From the levels that silences reached in a recording to the threshold that a wanted rate of
//! false alarms needs, seen or extrapolated, and how sure that is.
//!
//! What a level is, is the contender's business.

use serde::Serialize;
use statrs::distribution::{ChiSquared, ContinuousCDF as _};

/// The most of the highest levels that a tail is fitted to, and the least.
const FITTED_MAX: usize = 200;
const FITTED_MIN: usize = 20;

/// Which share of all levels counts as their tail.
const TAIL_SHARE: f64 = 0.02;

/// Both sides of a range that holds with 95 %.
const TWO_SIDED: f64 = 1.96;

/// How levels are spread far out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A level is a logarithm of a probability: P(> h) falls like e^(−h/β).
    Exponential,
    /// A level is a length of time or a multiple of one: P(> h) falls like h^(−α).
    Power,
}

/// A threshold for a wanted rate.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(super) struct Needed {
    /// The likeliest.
    pub(super) threshold: f64,
    /// What it is at most, with 97.5 %, as far as the tail goes on as it began.
    pub(super) threshold_safe: f64,
    /// Whether the recording itself holds so rare events.
    pub(super) basis: Basis,
}

/// Where a threshold is from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Basis {
    /// Counted: the recording has several alarms at the wanted rate.
    Seen,
    /// From the shape of the tail, beyond what was recorded.
    Extrapolated,
}

impl Basis {
    /// In words.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Seen => "counted",
            Self::Extrapolated => "extrapolated",
        }
    }
}

/// The threshold at which `rate` of the silences, whose `levels` ascend, are alarms. None where no
/// threshold makes so few, or the recording is too short to tell, which without a shape of the tail
/// it is where it holds too few alarms itself.
///
/// # Formula
///
/// ```text
/// k highest levels above u; h = u + β·ln(k/(n·rate)), β = mean(h_i − u)          (exponential)
///                           h = u·(k/(n·rate))^(1/α), 1/α = mean(ln h_i − ln u)  (power)
/// safe: β or 1/α times 1 + 1.96/√k
/// ```
///
/// Source: the estimator of B. M. Hill, "A simple general approach to inference about the tail of a
/// distribution", Annals of Statistics 3 (1975); of the exponential, its logarithm.
pub(super) fn needed(levels: &[f64], rate: f64, shape: Option<Shape>) -> Option<Needed> {
    let count = levels.len() as f64;
    let allowed = rate * count;
    let endless = levels.iter().filter(|level| !level.is_finite()).count() as f64;
    if endless > allowed.max(0.0).floor() {
        return None;
    }
    if allowed >= FITTED_MIN as f64 {
        let at =
            |allowed: f64| levels.get(levels.len().checked_sub(1 + allowed.max(0.0) as usize)?);
        let threshold = *at(allowed)?;
        let threshold_safe = *at(allowed - TWO_SIDED * allowed.sqrt())?;
        return Some(Needed { threshold, threshold_safe, basis: Basis::Seen });
    }
    let shape = shape?;
    let fitted = ((count * TAIL_SHARE) as usize).clamp(FITTED_MIN, FITTED_MAX);
    let start = levels.len().checked_sub(fitted + 1)?;
    let (edge, tail) = levels.get(start..)?.split_first()?;
    let finite: Vec<f64> = tail.iter().copied().filter(|level| level.is_finite()).collect();
    let lengths = finite.iter().map(|level| match shape {
        Shape::Exponential => level - edge,
        Shape::Power => (level / edge).ln(),
    });
    let mean = lengths.sum::<f64>() / finite.len() as f64;
    if mean <= 0.0 {
        return None; // the highest are all the same: they say nothing of what is beyond
    }
    let beyond = (finite.len() as f64 / allowed).ln();
    let at = |mean: f64| match shape {
        Shape::Exponential => edge + mean * beyond,
        Shape::Power => edge * (mean * beyond).exp(),
    };
    let surer = 1.0 + TWO_SIDED / (finite.len() as f64).sqrt();
    let needed = Needed {
        threshold: at(mean),
        threshold_safe: at(mean * surer),
        basis: Basis::Extrapolated,
    };
    needed.threshold_safe.is_finite().then_some(needed)
}

/// What the number of alarms in as long a time again is at most, with 95 %, when `seen` were.
///
/// # Formula
///
/// ```text
/// λ with P(at most `seen` | λ) = 0.05 for a Poisson number: χ²(0.95; 2·seen + 2)/2
/// ```
///
/// For none seen this is −ln 0.05 ≈ 3, the rule of three.
pub(super) fn at_most(seen: u64) -> f64 {
    let freedom = 2.0 * seen as f64 + 2.0;
    ChiSquared::new(freedom).map_or(f64::INFINITY, |chi| chi.inverse_cdf(0.95) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The level that a share of (k − ½)/n is above, by shape.
    fn levels(count: usize, shape: Shape) -> Vec<f64> {
        let share = |k: usize| (k as f64 - 0.5) / count as f64;
        let level = |k| match shape {
            Shape::Exponential => -share(k).log10(),
            Shape::Power => share(k).powf(-0.5),
        };
        (1..=count).rev().map(level).collect()
    }

    /// Goal: of a tail that is what it is taken for, the threshold of a rate a thousand times below
    /// what was recorded is found within its range, and what was recorded is counted.
    #[test]
    fn tails_are_continued() {
        for (shape, truth) in [(Shape::Exponential, 7.0), (Shape::Power, 10_f64.powf(3.5))] {
            let levels = levels(10_000, shape);
            let far = needed(&levels, 1e-7, Some(shape)).expect("long enough");
            assert_eq!(far.basis, Basis::Extrapolated);
            let off = far.threshold / truth;
            assert!((0.8..1.25).contains(&off) && far.threshold_safe > truth, "{shape:?} {far:?}");
            let near = needed(&levels, 1e-2, Some(shape)).expect("long enough");
            assert_eq!(near.basis, Basis::Seen);
            let above = levels.iter().filter(|level| **level > near.threshold).count();
            assert_eq!(above, 100);
            assert!(levels.iter().filter(|level| **level > near.threshold_safe).count() < 85);
        }
    }

    /// Goal: where no threshold is enough, or too little was recorded, nothing is made up.
    #[test]
    fn what_cannot_be_told_is_not_told() {
        let mut levels = levels(1_000, Shape::Power);
        levels.push(f64::INFINITY);
        assert!(needed(&levels, 1e-6, Some(Shape::Power)).is_none());
        assert!(needed(&levels, 1e-1, Some(Shape::Power)).is_some());
        assert!(needed(&[1.0; 15], 1e-6, Some(Shape::Power)).is_none());
        assert!(
            needed(&vec![1.0; 10_000], 1e-6, Some(Shape::Power)).is_none(),
            "none is above the others"
        );
        assert!(needed(&levels, 1e-1, None).is_some(), "counted");
        assert!(needed(&levels[..1_000], 1e-6, None).is_none(), "no shape to go on by");
        assert!(needed(&[], 1e-6, Some(Shape::Power)).is_none());
    }

    /// Goal: none seen is the rule of three, and more is the usual table.
    #[test]
    fn bounds_are_those_of_tables() {
        assert!((at_most(0) - 2.9957).abs() < 1e-3);
        assert!((at_most(1) - 4.7439).abs() < 1e-3);
        assert!((at_most(10) - 16.962).abs() < 1e-2);
    }
}
