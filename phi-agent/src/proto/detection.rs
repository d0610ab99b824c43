//! How members are watched: which model, which threshold, how long a pause is tolerated.
//!
//! Lengths that are not set are multiples of the interval that the subject promises.

use std::time::Duration;

use phi_core::{
    Calibrated, ConfigError, Detector, LatenessConfig, Normal, NormalConfig, Outcome, Threshold,
};

use super::arrivals::Arrivals;
use super::config::NodeConfigError;
use crate::wire::bounded::{INTERVAL_MAX, INTERVAL_MIN, Interval};

/// φ at which silence counts with the calibrated model: one gap in a hundred is longer. On a quiet
/// network the patience decides, on a bad one φ does. Measured: the study of the protocol.
const THRESHOLD_CALIBRATED: f64 = 2.0;

/// The same with the normal model: \[Akka\] recommends 8 for a network under control.
const THRESHOLD_NORMAL: f64 = 8.0;

/// Intervals in a window of the normal model: the default of \[Akka\].
const WINDOW: usize = 1_000;

/// Acceptable pause of the normal model, in intervals of the subject: two heartbeats may be lost
/// without suspicion.
const PAUSE_INTERVALS: u32 = 2;

/// Least standard deviation of the normal model, as a part of the subject's interval: what \[Akka\]
/// assumes before it has measured.
const MIN_STD_DEV_PART: u32 = 4;

/// The pause of a member that nobody reports, in intervals of the subject, unless a profile or the
/// operator says otherwise.
const TOLERATED_INTERVALS: u32 = 2;

/// From a tolerated pause to the patience, in quarters of an interval: a pause begins up to one
/// interval after the last heartbeat, and a quarter is for what comes late anyway.
const PATIENCE_QUARTERS: u32 = 5;

/// How much longer than the patience φ alone may hold back a verdict, in quarters of an interval.
const PHI_WAIT_QUARTERS: u32 = 7;

/// The model that φ is computed with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the models that can be named in the settings")]
pub enum ModelKind {
    /// The calibrated model.
    #[default]
    Calibrated,
    /// The normal model over a window.
    Normal,
}

impl ModelKind {
    /// Its name in the settings.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Calibrated => "calibrated",
            Self::Normal => "normal",
        }
    }
}

/// How members are watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detection {
    model: ModelKind,
    alarms: Alarms,
    tolerated: Tolerated,
    normal: NormalParameters,
}

/// The pause of a member that nobody reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Tolerated {
    /// In intervals of the subject.
    Intervals(u32),
    /// Of all subjects alike.
    Length(Duration),
}

/// When φ is high enough.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Alarms {
    /// At what the model's default is.
    Default,
    /// At this level.
    Threshold(Threshold),
    /// Where false ones come no more often than this (1/d).
    PerDay(f64),
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct NormalParameters {
    window: usize,
    min_std_dev: Option<Duration>,
    acceptable_pause: Option<Duration>,
}

impl Default for Detection {
    fn default() -> Self {
        Self {
            model: ModelKind::Calibrated,
            alarms: Alarms::Default,
            tolerated: Tolerated::Intervals(TOLERATED_INTERVALS),
            normal: NormalParameters { window: WINDOW, min_std_dev: None, acceptable_pause: None },
        }
    }
}

impl Detection {
    /// The same with another model.
    #[must_use]
    pub const fn with_model(mut self, model: ModelKind) -> Self {
        self.model = model;
        self
    }

    /// The same with this threshold in place of the model's default.
    #[must_use]
    pub const fn with_threshold(mut self, threshold: Threshold) -> Self {
        self.alarms = Alarms::Threshold(threshold);
        self
    }

    /// The same with the threshold that promises at most so many false alarms a day (1/d) about
    /// each member.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Detector`] unless that is above 0, and fewer than the heartbeats a day of
    /// a member with the longest interval, of which there are 24.
    pub fn with_false_alarms_per_day(mut self, rate: f64) -> Result<Self, NodeConfigError> {
        let _in_range = Outcome::of_mistakes(rate, INTERVAL_MAX)?;
        self.alarms = Alarms::PerDay(rate);
        Ok(self)
    }

    /// The same with this tolerated pause in place of two intervals of the subject: a member that
    /// is silent for no longer is reported by nobody.
    #[must_use]
    pub const fn with_tolerated_pause(mut self, pause: Duration) -> Self {
        self.tolerated = Tolerated::Length(pause);
        self
    }

    /// The same with a tolerated pause of this many intervals of the subject, in place of two.
    #[must_use]
    pub const fn with_tolerated_intervals(mut self, intervals: u32) -> Self {
        self.tolerated = Tolerated::Intervals(intervals);
        self
    }

    /// The same with windows of this many intervals (1 to 8,192) in the normal model.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Window`] when it is out of range.
    pub fn with_window(mut self, window: usize) -> Result<Self, NodeConfigError> {
        if !(1..=phi_core::CAPACITY_MAX).contains(&window) {
            return Err(NodeConfigError::Window { window });
        }
        self.normal.window = window;
        Ok(self)
    }

    /// The same with this least standard deviation (1 ns to 13 days) of the normal model in place
    /// of a quarter of the subject's interval.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Detector`] when it is out of range.
    pub fn with_min_std_dev(mut self, min_std_dev: Duration) -> Result<Self, NodeConfigError> {
        let _in_range = NormalConfig::for_interval(INTERVAL_MIN)?.with_min_std_dev(min_std_dev)?;
        self.normal.min_std_dev = Some(min_std_dev);
        Ok(self)
    }

    /// The same with this acceptable pause (up to 13 days) of the normal model in place of two
    /// intervals of the subject.
    ///
    /// # Errors
    ///
    /// [`NodeConfigError::Detector`] when it is out of range.
    pub fn with_acceptable_pause(mut self, pause: Duration) -> Result<Self, NodeConfigError> {
        let _in_range = NormalConfig::for_interval(INTERVAL_MIN)?.with_acceptable_pause(pause)?;
        self.normal.acceptable_pause = Some(pause);
        Ok(self)
    }

    /// The model.
    #[must_use]
    pub const fn model(&self) -> ModelKind {
        self.model
    }

    /// φ at which the silence of a member that promises `interval` counts.
    #[must_use]
    pub fn threshold(&self, interval: Interval) -> Threshold {
        match self.alarms {
            Alarms::Default => self.default_threshold(),
            Alarms::Threshold(threshold) => threshold,
            Alarms::PerDay(rate) => Outcome::of_mistakes(rate, interval.get())
                .map_or_else(|_| self.default_threshold(), |outcome| outcome.threshold()),
        }
    }

    /// How long a silence of a member that promises `interval` must be before it counts, whatever φ
    /// says.
    ///
    /// ```text
    /// P = tolerated pause + 1.25 intervals
    /// ```
    #[must_use]
    pub fn patience(&self, interval: Interval) -> Duration {
        let interval = interval.get();
        let tolerated = match self.tolerated {
            Tolerated::Intervals(intervals) => interval.saturating_mul(intervals),
            Tolerated::Length(pause) => pause,
        };
        tolerated.saturating_add(interval * PATIENCE_QUARTERS / 4)
    }

    #[expect(clippy::expect_used, reason = "both are above 0 and below 10⁶")]
    fn default_threshold(&self) -> Threshold {
        let value = match self.model {
            ModelKind::Calibrated => THRESHOLD_CALIBRATED,
            ModelKind::Normal => THRESHOLD_NORMAL,
        };
        Threshold::new(value).expect("2 and 8 are thresholds")
    }

    /// A detector for a member that promises `interval`.
    #[expect(clippy::expect_used, reason = "each part was checked when it was set, or is in range")]
    pub(super) fn detector(&self, interval: Interval) -> Detector<Arrivals> {
        let model = match self.model {
            ModelKind::Calibrated => self.calibrated(interval).map(Arrivals::Calibrated),
            ModelKind::Normal => self.normal(interval).map(Arrivals::Normal),
        };
        Detector::new(model.expect("checked when it was set"))
    }

    fn calibrated(&self, interval: Interval) -> Result<Calibrated, ConfigError> {
        let wait = interval.get() * PHI_WAIT_QUARTERS / 4;
        let longest = self.patience(interval).saturating_add(wait);
        let config = LatenessConfig::for_interval(interval.get())?;
        config.with_longest_silence(longest).map(Calibrated::new)
    }

    fn normal(&self, interval: Interval) -> Result<Normal<Box<[u32]>>, ConfigError> {
        let NormalParameters { window, min_std_dev, acceptable_pause } = self.normal;
        let interval = interval.get();
        let config = NormalConfig::for_interval(interval)?
            .with_acceptable_pause(acceptable_pause.unwrap_or(interval * PAUSE_INTERVALS))?
            .with_min_std_dev(min_std_dev.unwrap_or(interval / MIN_STD_DEV_PART))?;
        Normal::new(vec![0; window].into_boxed_slice(), config)
    }
}
