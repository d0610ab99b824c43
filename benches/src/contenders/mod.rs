//! The detectors that are compared, one file each.
//!
//! To add one: write its file beside [`chen`], and add its line to [`ALL`]. How they are measured
//! is the business of [`measure`](crate::measure).

mod akka;
mod bertier;
mod calibrated;
mod cassandra;
mod chen;
mod chitchat;
pub(crate) mod constant;
mod detector;
mod exponential;
mod hayashibara;
mod normal;
mod recent;
#[cfg(feature = "rivals")]
mod rivals;
mod robust;
mod satzger;
mod two_window;

use anyhow::Result;
use detector::Over;
use phi_bench::results::Cost;
use phi_core::Nanos;

use crate::contender::{Contender, Description};
use crate::cost::cost;
use crate::measure::{Course, Measured, levels, measure, mistakes};

/// The contenders, in the order of tables and legends; the first is what others are compared with.
pub(crate) const ALL: &[Entry] = &[
    Entry::of::<constant::Constant>(),
    Entry::of::<chen::Chen<32, false>>(),
    Entry::of::<chen::Chen<1_000, false>>(),
    Entry::of::<chen::Chen<1_000, true>>(),
    Entry::of::<bertier::Bertier>(),
    Entry::of::<two_window::TwoWindow>(),
    Entry::of::<hayashibara::Hayashibara<100>>(),
    Entry::of::<hayashibara::Hayashibara<1_000>>(),
    Entry::of::<akka::Akka<3>>(),
    Entry::of::<akka::Akka<0>>(),
    Entry::of::<Over<exponential::Exponential>>(),
    Entry::of::<Over<cassandra::Cassandra>>(),
    Entry::of::<chitchat::Chitchat>(),
    Entry::of::<satzger::Satzger>(),
    Entry::of::<Over<normal::Normal>>(),
    Entry::of::<Over<robust::Robust>>(),
    Entry::of::<Over<calibrated::Calibrated>>(),
    #[cfg(feature = "rivals")]
    Entry::of::<rivals::Linked<phi_bench::rivals::PhiAccrualFailureDetector>>(),
    #[cfg(feature = "rivals")]
    Entry::of::<rivals::Linked<phi_bench::rivals::PhiDetector>>(),
    #[cfg(feature = "rivals")]
    Entry::of::<rivals::Linked<phi_bench::rivals::PhiAccrual>>(),
    #[cfg(feature = "rivals")]
    Entry::of::<rivals::Linked<phi_bench::rivals::Lazily>>(),
];

/// A [`Contender`] as a value.
pub(crate) struct Entry {
    pub(crate) about: Description,
    pub(crate) learns_from_verdicts: bool,
    pub(crate) thresholds: fn() -> Vec<f64>,
    /// The points at these thresholds.
    pub(crate) measure: fn(&Course, &[f64]) -> Result<Vec<Measured>>,
    /// The level that each scored silence reached; only where verdicts do not matter.
    pub(crate) levels: fn(&Course) -> Result<Vec<f64>>,
    /// The number of mistakes at this threshold.
    pub(crate) mistakes: fn(&Course, f64) -> Result<u64>,
    pub(crate) cost: fn() -> Result<Cost>,
}

impl Entry {
    const fn of<C: Contender>() -> Self {
        Self {
            about: C::ABOUT,
            learns_from_verdicts: C::LEARNS_FROM_VERDICTS,
            thresholds: C::thresholds,
            measure: measure::<C>,
            levels: levels::<C>,
            mistakes: mistakes::<C>,
            cost: cost::<C>,
        }
    }
}

/// Eight numbers a decade from `10^first` to `10^last`, with three significant digits.
fn decades(first: i32, last: i32) -> Vec<f64> {
    const STEPS: [f64; 8] = [1.0, 1.33, 1.78, 2.37, 3.16, 4.22, 5.62, 7.5];
    let power = |decade: i32| libm::exp10(f64::from(decade));
    (first..last)
        .flat_map(|decade| STEPS.map(|step| step * power(decade)))
        .chain([power(last)])
        .collect()
}

/// From half a period to a thousand: fine near one, where quiet links are decided.
fn periods() -> Vec<f64> {
    const SHORTER: [f64; 8] = [0.5, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995];
    SHORTER.into_iter().chain(decades(-3, 3).into_iter().map(|excess| 1.0 + excess)).collect()
}

/// Levels φ from `10^first` to `10^last`, those among them at which promises are checked.
fn levels_of_phi(first: i32, last: i32) -> Vec<f64> {
    let mut levels = decades(first, last);
    levels.extend([2.0, 3.0, 4.0, 5.0, 8.0]);
    levels.sort_by(f64::total_cmp);
    levels
}

/// `nanos` as a length of time: 0 below that, the longest there is beyond.
fn to_nanos(nanos: f64) -> Nanos {
    Nanos::new(nanos.round() as u64) // saturates; NaN becomes 0
}

/// A length of time as a float (ns), `unknown` if there is none.
fn float_ns(length: Option<Nanos>, unknown: f64) -> f64 {
    length.map_or(unknown, |length| length.get() as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worlds::World;

    /// Goal: names tell contenders apart, and sweeps ascend, as the search at a rate needs.
    #[test]
    fn names_differ_and_thresholds_ascend() {
        for (i, entry) in ALL.iter().enumerate() {
            let name = entry.about.name;
            assert!(ALL.iter().skip(i + 1).all(|other| other.about.name != name));
            let thresholds = (entry.thresholds)();
            assert!(thresholds.is_sorted_by(|a, b| a < b), "{name}");
            assert!(thresholds.len() > 10 && thresholds[0] > 0.0, "{name}");
            let checked = [1.0, 2.0, 3.0, 4.0].iter().all(|level| thresholds.contains(level));
            assert!(checked || !entry.about.promises, "{name}");
        }
    }

    /// Goal: of every contender, level and patience are two sides of one thing: a silence is a
    /// mistake at just the thresholds below its level. By the levels counted, and by the patience
    /// asked for, mistakes are the same.
    #[test]
    fn levels_and_patience_agree() {
        let courses = ["lognormal", "lossburst"].map(|world| {
            Course::new(World::parse(world).expect("known").trace_of(2_500)).expect("long")
        });
        let entries = ALL.iter().filter(|entry| !entry.learns_from_verdicts);
        for (entry, course) in entries.flat_map(|e| courses.iter().map(move |c| (e, c))) {
            let name = entry.about.name;
            let levels = (entry.levels)(course).expect("legal");
            assert_eq!(levels.len() as u64, course.gaps, "{name}");
            for measured in (entry.measure)(course, &(entry.thresholds)()).expect("legal") {
                let threshold = measured.threshold;
                let by_level = levels.iter().filter(|level| **level > threshold).count() as f64;
                let by_patience = measured.mistakes as f64;
                assert!(
                    (by_level - by_patience).abs() <= 1.0 + by_patience / 1e3,
                    "{name} at {threshold}: {by_level} by level, {by_patience} by patience"
                );
            }
        }
    }
}
