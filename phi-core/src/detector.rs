//! One subject watched: heartbeats in, φ and its deadlines out.
//!
//! It decides nothing; whoever reads φ does.

use core::num::NonZeroU64;
use core::time::Duration;

use crate::heartbeat::{Heartbeat, Learning};
use crate::model::Model;
use crate::phi::{Phi, Threshold};
use crate::sequence::{Arrival, Sequence};
use crate::time::{Nanos, Timestamp};

/// The φ accrual detector of one subject, over an arrival model `M`.
///
/// ```
/// # use core::time::Duration;
/// # use phi_core::{Detector, Heartbeat, Normal, NormalConfig, Timestamp};
/// let config = NormalConfig::for_interval(Duration::from_secs(1))?;
/// let mut subject = Detector::new(Normal::new([0_u64; 100], config)?);
/// let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
///
/// assert_eq!(subject.heartbeat(second(1)), Heartbeat::First);
/// assert!(matches!(subject.heartbeat(second(2)), Heartbeat::Recorded { .. }));
/// assert!(subject.phi(second(3)) < subject.phi(second(4)));
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Detector<M> {
    model: M,
    /// When the last heartbeat arrived; of no meaning while `silence` is [`Silence::Unknown`].
    last: Timestamp,
    numbers: Sequence,
    /// The bits of the threshold of [`Learning::Trusted`], which is above 0.
    trusted: Option<NonZeroU64>,
    silence: Silence,
}

/// What the time since `last` is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Silence {
    /// Nothing was heard yet.
    Unknown,
    /// It began with a heartbeat: the next one ends an interval to learn.
    Interval,
    /// The same, but by [`Learning::Trusted`] φ decides whether it is learnt.
    Judged,
    /// It began with a heartbeat, and a pause was credited in it.
    Credited,
    /// It began with [`Detector::resume`].
    Resumed,
}

impl<M: Model> Detector<M> {
    /// A detector that has heard nothing yet, and so suspects nothing.
    #[must_use]
    pub const fn new(model: M) -> Self {
        Self {
            model,
            last: Timestamp::ORIGIN,
            numbers: Sequence::new(),
            trusted: None,
            silence: Silence::Unknown,
        }
    }

    /// The same with another choice of what to learn from.
    #[must_use]
    pub fn with_learning(mut self, learning: Learning) -> Self {
        self.trusted = match learning {
            Learning::All => None,
            Learning::Trusted(threshold) => NonZeroU64::new(threshold.value().to_bits()),
        };
        if matches!(self.silence, Silence::Interval | Silence::Judged) {
            self.silence = self.silence_after_heartbeat();
        }
        self
    }

    /// Takes in a heartbeat without a number that arrived at `now`.
    ///
    /// Duplicates and late arrivals are then the caller's to reject: by its time alone none can be
    /// told.
    #[inline]
    pub fn heartbeat(&mut self, now: Timestamp) -> Heartbeat {
        if self.is_plain(now) {
            return self.learn(now, 0);
        }
        self.arrive(now, 0)
    }

    /// Takes in the heartbeat with the number `seq` of its sender, that arrived at `now`.
    ///
    /// Duplicates and late arrivals change no statistic but the losses. When the numbers start anew
    /// (the sender has restarted), make a new detector, or [`restart`](Self::restart) this one.
    /// Widen counters of fewer bits before they wrap: after 65,535 a 0 is a duplicate, for ever.
    #[inline]
    pub fn heartbeat_seq(&mut self, seq: u64, now: Timestamp) -> Heartbeat {
        if self.numbers.is_next(seq) && self.is_plain(now) {
            self.numbers.record_next();
            return self.learn(now, 0);
        }
        self.arrive_numbered(seq, now)
    }

    /// Starts the silence anew at `now`, and learns nothing from the interval that the next
    /// heartbeat ends: for a subject that was away, or an observer that was, whose absence says
    /// nothing about the rhythm. A `now` before the last heartbeat leaves that where it is.
    pub fn resume(&mut self, now: Timestamp) {
        self.last = self.last().map_or(now, |last| last.max(now));
        self.silence = Silence::Resumed;
    }

    /// Forgets the numbers of the sender, which has restarted at `now` and counts from anew, and
    /// how many were lost; what was learnt of its rhythm stays. Otherwise as
    /// [`resume`](Self::resume).
    ///
    /// After a number far too high, to which all others are old, this is the cure; after a time far
    /// in the future, `Detector::new(old.into_model())` is.
    pub fn restart(&mut self, now: Timestamp) {
        self.numbers = Sequence::new();
        self.resume(now);
    }

    /// Credits a pause of the observer that ended by `now`, in which it could hear nobody: the
    /// deadline moves by `pause` (as far as the silence goes: not beyond `now`), and the interval
    /// that the pause was part of is learnt without it. If heartbeats were lost in that interval,
    /// nothing is learnt from it: nobody knows how many of them fell into the pause. Before the
    /// first heartbeat nothing changes.
    ///
    /// # When to credit, and when not to
    ///
    /// - The process slept, and the kernel stamps arrivals: take in what waits, with its times, and
    ///   credit nothing, for the kernel has listened.
    /// - The host slept, so that nobody listened: take in what came before, credit the pause, then
    ///   take in what came after.
    /// - Arrivals are stamped when they are read: [`resume`](Self::resume) before each that waits,
    ///   and once after the last. Read all at once, they say nothing of the rhythm.
    ///
    /// The pause is taken to have begun with the silence: a heartbeat of a time before the last one
    /// plus the pause is [`Backwards`](Heartbeat::Backwards).
    pub fn pause(&mut self, pause: Duration, now: Timestamp) {
        let credited = self.last.saturating_add(pause).min(now);
        if credited <= self.last {
            return;
        }
        self.last = credited;
        if matches!(self.silence, Silence::Interval | Silence::Judged) {
            self.silence = Silence::Credited;
        }
    }

    /// Takes over what was learnt at a promised interval of `from` to one of `to`: the sender
    /// keeps its rhythm at another pace. The model's parameters are scaled with it, and kept within
    /// their ranges. Zero on either side changes nothing.
    pub fn rescale(&mut self, from: Duration, to: Duration) {
        self.model.rescale(from.into(), to.into());
    }

    /// Whether a heartbeat at `now` ends an interval of which nothing is to be asked, as nearly all
    /// do. They are kept apart, so that what is done for them is short enough to become part of the
    /// caller.
    #[inline]
    fn is_plain(&self, now: Timestamp) -> bool {
        now >= self.last && self.silence == Silence::Interval
    }

    /// Takes in a heartbeat that ends an interval.
    #[inline]
    fn learn(&mut self, now: Timestamp, lost: u64) -> Heartbeat {
        let interval = now.saturating_since(self.last);
        self.last = now;
        self.model.record(interval, lost.saturating_add(1));
        Heartbeat::Recorded { interval, lost }
    }

    /// Takes in any heartbeat with a number.
    #[inline(never)]
    fn arrive_numbered(&mut self, seq: u64, now: Timestamp) -> Heartbeat {
        let before = self.numbers.clone();
        match self.numbers.record(seq) {
            Arrival::New { skipped } => {
                let heartbeat = self.arrive(now, skipped);
                if matches!(heartbeat, Heartbeat::Backwards { .. }) {
                    // It ends no interval, so the next one that does must span its number.
                    self.numbers = before;
                }
                heartbeat
            }
            Arrival::Late => Heartbeat::Late,
            Arrival::Duplicate => Heartbeat::Duplicate,
        }
    }

    /// Takes in any heartbeat that is new.
    #[inline(never)]
    fn arrive(&mut self, now: Timestamp, lost: u64) -> Heartbeat {
        if self.silence != Silence::Unknown && now < self.last {
            return Heartbeat::Backwards { by: self.last.saturating_since(now) };
        }
        let interval = now.saturating_since(self.last);
        let unlearnt = match self.silence {
            Silence::Unknown => Some(Heartbeat::First),
            Silence::Resumed => Some(Heartbeat::Resumed),
            Silence::Credited if lost > 0 => Some(Heartbeat::Resumed),
            Silence::Interval | Silence::Judged | Silence::Credited => {
                self.leaves_out(interval).then_some(Heartbeat::Returned { interval, lost })
            }
        };
        self.silence = self.silence_after_heartbeat();
        let Some(unlearnt) = unlearnt else { return self.learn(now, lost) };
        self.last = now;
        unlearnt
    }

    const fn silence_after_heartbeat(&self) -> Silence {
        if self.trusted.is_some() { Silence::Judged } else { Silence::Interval }
    }

    /// Whether the interval ended a suspicion that nothing shall be learnt from.
    fn leaves_out(&self, interval: Nanos) -> bool {
        self.trusted
            .is_some_and(|bits| self.model.phi(interval).value() >= f64::from_bits(bits.get()))
    }

    /// The level of suspicion at `now`: 0 before the first heartbeat; at times before the last one,
    /// what it was when that came, which need not be 0.
    #[must_use]
    #[inline]
    pub fn phi(&self, now: Timestamp) -> Phi {
        self.last().map_or(Phi::ZERO, |last| self.model.phi(now.saturating_since(last)))
    }

    /// The first instant at which φ reaches `threshold` if no heartbeat comes: exact, so that
    /// `phi(deadline)` reaches it and 1 ns earlier does not, unless that is before the last
    /// heartbeat: a low threshold may be reached at once. [`Timestamp::MAX`] if it lies beyond the
    /// end of time; `None` before the first heartbeat.
    #[must_use]
    pub fn deadline(&self, threshold: Threshold) -> Option<Timestamp> {
        let timeout = self.model.timeout(threshold).unwrap_or(Nanos::MAX);
        self.last().map(|last| last.saturating_add(timeout))
    }

    /// The silence so far, without pauses that were credited; `None` before the first heartbeat,
    /// zero at times before the last.
    #[must_use]
    pub fn elapsed(&self, now: Timestamp) -> Option<Duration> {
        self.last().map(|last| now.saturating_since(last).into())
    }

    /// When the silence began: when the last heartbeat arrived, or a later silence was resumed, and
    /// later by each pause that was credited since. `None` before any of them.
    #[must_use]
    pub const fn last(&self) -> Option<Timestamp> {
        if matches!(self.silence, Silence::Unknown) { None } else { Some(self.last) }
    }

    /// The mean interval that φ is computed with.
    #[must_use]
    pub fn mean(&self) -> Duration {
        self.model.mean().into()
    }

    /// The standard deviation of the intervals, as the model has it: see [`Model::std_dev`].
    #[must_use]
    pub fn std_dev(&self) -> Duration {
        self.model.std_dev().into()
    }

    /// How many intervals stand behind mean and deviation.
    #[must_use]
    pub fn samples(&self) -> usize {
        self.model.samples()
    }

    /// How many heartbeats never came, as far as numbers tell; 2³² − 1 stands for more.
    #[must_use]
    pub const fn lost(&self) -> u32 {
        self.numbers.lost()
    }

    /// The model itself.
    #[must_use]
    pub const fn model(&self) -> &M {
        &self.model
    }

    /// The model itself, to change: deadlines that were asked for before may be others then.
    pub const fn model_mut(&mut self) -> &mut M {
        &mut self.model
    }

    /// The model alone, with all that it has learnt.
    #[must_use]
    pub fn into_model(self) -> M {
        self.model
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LatenessConfig, RobustScore};

    /// Goal: heartbeats that end an interval, and only they, take the short way: as nearly all do.
    #[test]
    fn ordinary_heartbeats_are_plain() {
        let config = LatenessConfig::for_interval(Duration::from_secs(1)).expect("legal");
        let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
        let mut subject = Detector::new(RobustScore::new(config));
        assert!(!subject.is_plain(second(2)), "the first one ends no interval");
        let _ = subject.heartbeat(second(2));
        assert!(subject.is_plain(second(3)) && subject.is_plain(second(2)));
        assert!(!subject.is_plain(second(1)), "it is older than the last one");
        subject.resume(second(2));
        assert!(!subject.is_plain(second(3)), "it ends a silence that was resumed");
        let _ = subject.heartbeat(second(3));
        let threshold = Threshold::new(8.0).expect("legal");
        let judged = subject.with_learning(Learning::Trusted(threshold));
        assert!(!judged.is_plain(second(4)), "φ decides whether it is learnt");
    }
}
