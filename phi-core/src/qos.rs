//! The quality of a detector, measured from its verdicts.
//!
//! It judges a history that is known: when the subject has crashed, the caller says.

use core::time::Duration;

use crate::time::{Nanos, Timestamp};
use crate::verdict::{Transition, Verdict};

/// The metrics of \[Chen02\] over a stream of verdicts on one subject, in constant memory.
///
/// ```text
///  subject   alive ────────────────────────────────╳ crash
///  Suspect        ┌──────┐         ┌────┐            ┌──────────
///  Trust     ─────┘      └─────────┘    └────────────┘
///                 ├─ T_M ┼── T_G ──┤               ├─┤ T_D
///                 ├───── T_MR ─────┤
///
///  λ_M = mistakes / time alive        P_A = time alive and trusted / time alive
/// ```
///
/// A *mistake* is a suspicion that begins while the subject is alive. What a crash or the end of
/// the measurement has cut short is no sample of `T_M`, `T_MR` or `T_G`; it does count for
/// `λ_M` and `P_A`.
///
/// Events must come in the order of their time: one that is older than the one before is taken to
/// have happened together with that, and counted by [`backwards`](Self::backwards).
///
/// Source: \[Chen02\], section 2. Recovery is an addition: there, a crash is for ever.
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// use phi_core::{QosMeter, Timestamp, Transition, Verdict};
///
/// let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
/// let mut meter = QosMeter::new(second(0));
/// meter.record(Transition { verdict: Verdict::Suspect, at: second(10) });
/// meter.record(Transition { verdict: Verdict::Trust, at: second(12) });
/// assert_eq!(meter.mistake_durations().mean(), Some(Duration::from_secs(2)));
/// assert_eq!(meter.query_accuracy(second(20)), Some(0.9));
///
/// meter.crash(second(30));
/// meter.record(Transition { verdict: Verdict::Suspect, at: second(33) });
/// assert_eq!(meter.detection_times().mean(), Some(Duration::from_secs(3)));
/// assert_eq!(meter.mistakes(), 1);
/// ```
#[derive(Clone, Debug)]
pub struct QosMeter {
    verdict: Verdict,
    /// When the last event happened: the sums below reach up to here.
    at: Timestamp,
    crashed: Option<Timestamp>,
    /// The last S- and T-transition since the subject is alive, or since it has crashed; of the
    /// latter only the first matters.
    suspected: Option<Timestamp>,
    trusted: Option<Timestamp>,
    alive_ns: u128,
    trusted_ns: u128,
    mistakes: u64,
    undetected: u64,
    backwards: u64,
    recurrence: Lengths,
    duration: Lengths,
    good: Lengths,
    detection: Lengths,
}

impl QosMeter {
    /// A meter that begins at `start`, with a subject that is alive and trusted.
    #[must_use]
    pub const fn new(start: Timestamp) -> Self {
        Self {
            verdict: Verdict::Trust,
            at: start,
            crashed: None,
            suspected: None,
            trusted: None,
            alive_ns: 0,
            trusted_ns: 0,
            mistakes: 0,
            undetected: 0,
            backwards: 0,
            recurrence: Lengths::NONE,
            duration: Lengths::NONE,
            good: Lengths::NONE,
            detection: Lengths::NONE,
        }
    }

    /// Takes in a change of the verdict; one to the verdict that it already is changes nothing.
    pub fn record(&mut self, transition: Transition) {
        let at = self.advance(transition.at);
        if transition.verdict == self.verdict {
            return;
        }
        self.verdict = transition.verdict;
        if self.crashed.is_none() {
            self.on_transition_alive(at);
        }
        match self.verdict {
            Verdict::Suspect => self.suspected = Some(at),
            Verdict::Trust => self.trusted = Some(at),
        }
    }

    /// The subject has crashed at `at`; if it already has, nothing changes.
    pub fn crash(&mut self, at: Timestamp) {
        let at = self.advance(at);
        if self.crashed.is_some() {
            return;
        }
        self.crashed = Some(at);
        // A suspicion that the crash has proven right: detected in no time.
        self.suspected = (self.verdict == Verdict::Suspect).then_some(at);
    }

    /// The subject is alive again from `at` on; if it was all the time, nothing changes.
    ///
    /// A suspicion that lasts beyond `at` is no mistake, but it does lower `P_A`.
    pub fn recover(&mut self, at: Timestamp) {
        self.advance(at);
        if self.crashed.is_none() {
            return;
        }
        match self.detection() {
            Some(length) => self.detection.record(length),
            None => self.undetected = self.undetected.saturating_add(1),
        }
        (self.crashed, self.suspected, self.trusted) = (None, None, None);
    }

    /// `T_D`, detection times: from each crash to the beginning of the suspicion that lasts, up to
    /// now or to the recovery. Zero where it was suspected already.
    #[must_use]
    pub fn detection_times(&self) -> Lengths {
        let mut lengths = self.detection;
        if let Some(length) = self.detection() {
            lengths.record(length);
        }
        lengths
    }

    /// `T_MR`, mistake recurrence times: from the beginning of one mistake to that of the next.
    #[must_use]
    pub const fn mistake_recurrences(&self) -> Lengths {
        self.recurrence
    }

    /// `T_M`, mistake durations: from the beginning of a mistake to the return of trust.
    #[must_use]
    pub const fn mistake_durations(&self) -> Lengths {
        self.duration
    }

    /// `T_G`, good periods: from the return of trust to the beginning of the next mistake.
    #[must_use]
    pub const fn good_periods(&self) -> Lengths {
        self.good
    }

    /// `λ_M`, the mistake rate up to `now` (1/s, ≥ 0); `None` while the subject was alive for no
    /// time at all. A `now` before the last event stands for that.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "one rounding of each exact sum")]
    pub fn mistakes_per_second(&self, now: Timestamp) -> Option<f64> {
        let (alive, _) = self.sums(now);
        (alive > 0).then(|| self.mistakes as f64 / (alive as f64 / 1e9))
    }

    /// `P_A`, the query accuracy probability up to `now` (0 to 1): the share of the time alive in
    /// which the subject was trusted; `None` while it was alive for no time at all. A `now` before
    /// the last event stands for that.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "one rounding of each exact sum")]
    pub fn query_accuracy(&self, now: Timestamp) -> Option<f64> {
        let (alive, trusted) = self.sums(now);
        (alive > 0).then(|| trusted as f64 / alive as f64)
    }

    /// How many suspicions began while the subject was alive.
    #[must_use]
    pub const fn mistakes(&self) -> u64 {
        self.mistakes
    }

    /// How many crashes had not been detected, or no longer were, when the subject recovered.
    #[must_use]
    pub const fn undetected(&self) -> u64 {
        self.undetected
    }

    /// How many events were older than the one before them.
    #[must_use]
    pub const fn backwards(&self) -> u64 {
        self.backwards
    }

    /// Moves the sums up to `to`, and returns where they now end.
    fn advance(&mut self, to: Timestamp) -> Timestamp {
        if to < self.at {
            self.backwards = self.backwards.saturating_add(1);
        }
        (self.alive_ns, self.trusted_ns) = self.sums(to);
        self.at = self.at.max(to);
        self.at
    }

    fn on_transition_alive(&mut self, at: Timestamp) {
        let since =
            |earlier: Option<Timestamp>| earlier.map(|earlier| at.saturating_since(earlier));
        match self.verdict {
            Verdict::Suspect => {
                self.mistakes = self.mistakes.saturating_add(1);
                self.recurrence.extend(since(self.suspected));
                self.good.extend(since(self.trusted));
            }
            Verdict::Trust => self.duration.extend(since(self.suspected)),
        }
    }

    /// Time alive, and time alive and trusted, from the start to `now` (ns).
    fn sums(&self, now: Timestamp) -> (u128, u128) {
        let elapsed = u128::from(now.saturating_since(self.at).get());
        match (self.crashed, self.verdict) {
            (Some(_), _) => (self.alive_ns, self.trusted_ns),
            (None, Verdict::Trust) => (self.alive_ns + elapsed, self.trusted_ns + elapsed),
            (None, Verdict::Suspect) => (self.alive_ns + elapsed, self.trusted_ns),
        }
    }

    /// From the present crash to the present suspicion, if there are both.
    fn detection(&self) -> Option<Nanos> {
        let (crashed, suspected) = (self.crashed?, self.suspected?);
        (self.verdict == Verdict::Suspect).then(|| suspected.saturating_since(crashed))
    }
}

/// Number, mean and maximum of lengths of time, from an exact sum.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lengths {
    count: u64,
    sum_ns: u128,
    max: Nanos,
}

impl Lengths {
    const NONE: Self = Self { count: 0, sum_ns: 0, max: Nanos::ZERO };

    /// How many there are.
    #[must_use]
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// Their mean, rounded down to 1 ns; `None` if there are none.
    #[must_use]
    pub fn mean(&self) -> Option<Duration> {
        let mean = self.sum_ns.checked_div(u128::from(self.count))?;
        u64::try_from(mean).ok().map(Duration::from_nanos)
    }

    /// The longest; `None` if there are none.
    #[must_use]
    pub fn max(&self) -> Option<Duration> {
        (self.count > 0).then(|| self.max.into())
    }

    fn record(&mut self, length: Nanos) {
        self.count = self.count.saturating_add(1);
        self.sum_ns += u128::from(length.get());
        self.max = self.max.max(length);
    }

    fn extend(&mut self, length: Option<Nanos>) {
        if let Some(length) = length {
            self.record(length);
        }
    }
}
