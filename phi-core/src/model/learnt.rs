//! What models have learnt, as numbers: what a snapshot is made of.
//!
//! How the numbers are written down is the business of [`snapshot`](crate::Snapshot).

use super::Model;
use super::calibrated::Calibrated;
use super::exponential::Exponential;
use super::moments::Moments;
use super::normal::Normal;
use super::precision::Precision;
use super::robust::RobustScore;
use crate::time::{INTERVAL_MAX, Nanos};
use crate::window::{CAPACITY_MAX, Storage};

/// A model whose knowledge can be taken along. Parameters are not knowledge: they are those of the
/// model that takes it over.
pub trait Learnt: Model + Sized {
    /// What the numbers are: models may share it when they can read each other's.
    const KIND: &'static str;

    /// What was learnt.
    fn numbers(&self) -> impl Iterator<Item = u64>;

    /// The same model with what `numbers` say in place of what it has learnt.
    ///
    /// # Errors
    ///
    /// [`Unlearnable`] when learning could not have led to these numbers.
    fn recall<E>(
        self,
        numbers: impl FnMut() -> Result<Option<u64>, E>,
    ) -> Result<Self, Unlearnable<E>>;
}

/// Why numbers are no knowledge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Unlearnable<E> {
    /// They could not be read.
    Unreadable(E),
    /// No learning leads to them; the text says what would be right.
    Impossible(&'static str),
}

impl<E> From<E> for Unlearnable<E> {
    fn from(error: E) -> Self {
        Self::Unreadable(error)
    }
}

const INTERVALS: &str = "at least one interval, and at most 8192, of up to 2^50 ns each";
const SCORE: &str = "location, scale and number of samples, as learning leaves them";
const HISTOGRAM: &str = "location, scale, a number of scores below 65535, and 88 counts of scores, \
                         none greater than the one before";

/// Gives each of the intervals to `record`.
fn each_interval<E>(
    mut numbers: impl FnMut() -> Result<Option<u64>, E>,
    mut record: impl FnMut(Nanos),
) -> Result<(), Unlearnable<E>> {
    let mut count = 0;
    while let Some(nanos) = numbers()? {
        count += 1;
        if nanos > INTERVAL_MAX.get() || count > CAPACITY_MAX {
            return Err(Unlearnable::Impossible(INTERVALS));
        }
        record(Nanos::new(nanos));
    }
    Ok(())
}

impl<S: Storage, F: Precision, M: Moments> Learnt for Normal<S, F, M> {
    const KIND: &'static str = "intervals";

    fn numbers(&self) -> impl Iterator<Item = u64> {
        self.window().intervals().map(Nanos::get)
    }

    fn recall<E>(
        mut self,
        numbers: impl FnMut() -> Result<Option<u64>, E>,
    ) -> Result<Self, Unlearnable<E>> {
        self.with_window(|window| {
            window.clear();
            each_interval(numbers, |interval| window.record(interval))
        })?;
        if self.window().is_empty() { Err(Unlearnable::Impossible(INTERVALS)) } else { Ok(self) }
    }
}

impl<S: Storage> Learnt for Exponential<S> {
    const KIND: &'static str = "intervals";

    fn numbers(&self) -> impl Iterator<Item = u64> {
        self.window().intervals().map(Nanos::get)
    }

    fn recall<E>(
        mut self,
        numbers: impl FnMut() -> Result<Option<u64>, E>,
    ) -> Result<Self, Unlearnable<E>> {
        self.forget();
        each_interval(numbers, |interval| self.record(interval, 1))?;
        if self.window().is_empty() && self.config().prior_weight() == 0 {
            return Err(Unlearnable::Impossible(INTERVALS));
        }
        Ok(self)
    }
}

impl Learnt for RobustScore {
    const KIND: &'static str = "robust score";

    fn numbers(&self) -> impl Iterator<Item = u64> {
        let [m, s] = self.lateness_bits();
        [m, s, self.samples() as u64].into_iter()
    }

    fn recall<E>(
        self,
        mut numbers: impl FnMut() -> Result<Option<u64>, E>,
    ) -> Result<Self, Unlearnable<E>> {
        let impossible = Unlearnable::Impossible(SCORE);
        let (Some(m), Some(s), Some(samples), None) =
            (numbers()?, numbers()?, numbers()?, numbers()?)
        else {
            return Err(impossible);
        };
        let samples = usize::try_from(samples).unwrap_or(usize::MAX);
        self.with_knowledge([m, s], samples).ok_or(impossible)
    }
}

impl Learnt for Calibrated {
    const KIND: &'static str = "calibrated";

    fn numbers(&self) -> impl Iterator<Item = u64> {
        let [m, s] = self.lateness_bits();
        let (scores, beyond) = self.counts();
        [m, s, scores.into()].into_iter().chain(beyond.iter().map(|&count| count.into()))
    }

    fn recall<E>(
        self,
        mut numbers: impl FnMut() -> Result<Option<u64>, E>,
    ) -> Result<Self, Unlearnable<E>> {
        let impossible = || Unlearnable::Impossible(HISTOGRAM);
        let (Some(m), Some(s), Some(scores)) = (numbers()?, numbers()?, numbers()?) else {
            return Err(impossible());
        };
        let (_, empty) = self.counts();
        let (mut beyond, mut before) = (*empty, scores);
        for place in &mut beyond {
            before = numbers()?.filter(|&count| count <= before).ok_or_else(impossible)?;
            *place = u16::try_from(before).map_err(|_| impossible())?;
        }
        if numbers()?.is_some() {
            return Err(impossible());
        }
        let scores = u16::try_from(scores).map_err(|_| impossible())?;
        self.with_knowledge([m, s], scores, beyond).ok_or_else(impossible)
    }
}
