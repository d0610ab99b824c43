//! The detectors that are compared, one file each.
//!
//! To add one: write its file beside [`normal`], and add its line to [`ALL`]. How they are measured
//! is the business of [`measure`](crate::measure).

pub(crate) mod constant;
mod normal;

use anyhow::Result;
use phi_core::Nanos;

use crate::measure::{Point, measure};
use crate::trace::{Arrival, Trace};

/// The contenders, in the order of tables and legends; the first is what others are compared with.
pub(crate) const ALL: &[Entry] = &[
    Entry::of::<constant::Constant>(), //
    Entry::of::<normal::PhiNormal>(),
];

/// A failure detector that has one threshold.
pub(crate) trait Contender: Sized {
    /// Its name in tables and plots.
    const NAME: &'static str;

    /// The thresholds worth trying, ascending: from ones that err all the time to ones that would
    /// not see the longest outage in the traces.
    fn thresholds() -> Vec<f64>;

    /// A detector that has heard nothing, of a sender that promises a heartbeat every `period`.
    fn start(period: Nanos, threshold: f64) -> Result<Self>;

    /// Learns of an arrival.
    fn heartbeat(&mut self, arrival: Arrival);

    /// How long a silence after the last arrival it bears; longer ones it suspects.
    fn patience(&self) -> Nanos;
}

/// A [`Contender`] as a value.
pub(crate) struct Entry {
    pub(crate) name: &'static str,
    pub(crate) thresholds: fn() -> Vec<f64>,
    /// Trace, delay of each arrival (ns), threshold.
    pub(crate) measure: fn(&Trace, &[f64], f64) -> Result<Point>,
}

impl Entry {
    const fn of<C: Contender>() -> Self {
        Self { name: C::NAME, thresholds: C::thresholds, measure: measure::<C> }
    }
}

/// Eight numbers a decade from `10^first` to `10^last`, with three significant digits.
fn decades(first: i32, last: i32) -> Vec<f64> {
    const STEPS: [f64; 8] = [1.0, 1.33, 1.78, 2.37, 3.16, 4.22, 5.62, 7.5];
    (first..last)
        .flat_map(|decade| STEPS.map(|step| step * 10_f64.powi(decade)))
        .chain([10_f64.powi(last)])
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: names tell contenders apart, and sweeps ascend, as the search at a rate needs.
    #[test]
    fn names_differ_and_thresholds_ascend() {
        for (i, entry) in ALL.iter().enumerate() {
            assert!(ALL.iter().skip(i + 1).all(|other| other.name != entry.name));
            let thresholds = (entry.thresholds)();
            assert!(thresholds.is_sorted_by(|a, b| a < b), "{}", entry.name);
            assert!(thresholds.len() > 10 && thresholds[0] > 0.0);
        }
    }
}
