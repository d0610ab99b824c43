//! What `tradeoff` found, as its JSON document and its CSV carry it: written there, read by
//! whatever draws, compares or reports it.
//!
//! Nothing is measured here. What each figure means to the letter stands in `docs/method.md`.

use serde::{Deserialize, Serialize};

/// The version of this document: it rises when a reader of the one before would go wrong.
pub const FORMAT: u32 = 1;

/// One run. All numbers but those of [`Cost`] are the same for the same inputs, on one target.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Results {
    /// [`FORMAT`].
    pub format: u32,
    pub made: Made,
    /// In the order of tables and legends; the first is the constant timeout, which the others are
    /// compared with.
    pub contenders: Vec<About>,
    pub traces: Vec<TraceInfo>,
    /// The lines of the CSV: by trace, contender and rising threshold.
    pub points: Vec<Point>,
    /// What no detector can be better than: by trace and falling number of mistakes.
    pub limits: Vec<LimitPoint>,
    /// Each contender against the best constant timeout of a trace, by trace and contender.
    pub at_equal_rates: Vec<Comparison>,
    /// The same over all traces: geometric means, by contender and rate.
    pub over_traces: Vec<MeanComparison>,
    /// One threshold for all traces, by contender and rate.
    pub one_threshold: Vec<OneThreshold>,
    /// Whether promises are kept, by contender; only of those that promise.
    pub calibration: Vec<Calibration>,
}

impl Results {
    /// How many comparisons `mean` is of, if others have more of them at its rate.
    #[must_use]
    pub fn fewer(&self, mean: &MeanComparison) -> Option<u64> {
        let mut at_rate =
            self.over_traces.iter().filter(|other| other.mistake_rate == mean.mistake_rate);
        at_rate.any(|other| other.count > mean.count).then_some(mean.count)
    }
}

/// By what, where and when.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Made {
    /// Name and version of this program.
    pub by: String,
    /// Processor, cores, system.
    pub machine: String,
    /// In UTC, RFC 3339.
    pub at: String,
}

/// A contender.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct About {
    /// As in [`Point::contender`].
    pub name: String,
    /// What it is, in a line.
    pub title: String,
    /// Where it was published.
    pub source: String,
    pub kind: Kind,
    /// Its threshold φ says that a share of 10^−φ of all silences is longer.
    pub promises: bool,
    pub cost: Cost,
}

/// Whose a contender is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A constant timeout, set in hindsight.
    Constant,
    /// From the literature or another project, written anew here by its formula.
    Published,
    /// A model of `phi-core`.
    Ours,
    /// Another project's own code, linked (feature `rivals`).
    Rival,
}

/// What a contender needs; as measured on this machine, so never in the CSV.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Cost {
    /// What one sender takes in memory, heap included; None where code of others does not tell.
    pub bytes: Option<u64>,
    /// Time of one heartbeat, and of one question how long it would wait (ns).
    pub heartbeat_ns: Option<f64>,
    pub patience_ns: Option<f64>,
}

/// One recording or synthetic world.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceInfo {
    /// As in [`Point::trace`].
    pub name: String,
    /// The trouble in it, in words.
    pub kind: String,
    /// The network that it is of: each weighs the same where one threshold is to serve all.
    pub family: String,
    pub origin: Origin,
    /// The nominal time between two heartbeats (s).
    pub period_s: f64,
    /// Heartbeats that are scored (those sent after the first 50), lost ones included.
    pub beats: u64,
    /// Silences between two arrivals that are scored.
    pub gaps: u64,
}

/// Where heartbeats come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Part of this program.
    Included,
    /// A file.
    File,
    /// Drawn from distributions.
    World,
}

/// One contender at one threshold on one trace: a line of the CSV.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Point {
    pub trace: String,
    pub contender: String,
    pub threshold: f64,
    /// Heartbeats sent and scored.
    pub beats: u64,
    /// Silences that were suspected though the sender lived.
    pub mistakes: u64,
    /// Mistakes per heartbeat sent.
    pub mistake_rate: f64,
    /// Only where there was no mistake, which says nothing of a rate but this: it is below that,
    /// with 95 % confidence (3/beats).
    pub mistake_rate_bound: Option<f64>,
    /// `λ_M`, mistakes per second.
    pub mistakes_per_s: f64,
    /// `T_D`, from a crash to its suspicion: mean and 99th percentile (s), and in periods.
    pub detection_mean_s: f64,
    pub detection_p99_s: f64,
    pub detection_mean_periods: f64,
    pub detection_p99_periods: f64,
    /// `T_MR`, from one mistake to the next, mean (s); None below two mistakes.
    pub recurrence_mean_s: Option<f64>,
    /// `T_M`, how long a mistake lasts, mean (s); None without one.
    pub duration_mean_s: Option<f64>,
    /// `P_A`, the share of the time in which the living sender was trusted.
    pub accuracy: f64,
    /// The share of silences that the threshold allows to be longer; None where it does not say.
    pub promised: Option<f64>,
    /// The share that was; None where nothing was promised.
    pub realised: Option<f64>,
}

/// What a detector must pay that makes so many mistakes, even if it knows each next arrival.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LimitPoint {
    pub trace: String,
    pub mistakes: u64,
    /// Per heartbeat sent.
    pub mistake_rate: f64,
    /// The least mean `T_D` (s), and in periods.
    pub detection_mean_s: f64,
    pub detection_mean_periods: f64,
}

/// A contender against the best constant timeout of one trace in hindsight, each at the lowest
/// threshold that makes at most `mistake_rate` mistakes per heartbeat. Only where the trace holds
/// at least four mistakes at that rate.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    pub trace: String,
    pub contender: String,
    pub mistake_rate: f64,
    pub threshold: f64,
    pub mistakes: u64,
    pub detection_mean_periods: f64,
    /// `T_D` over that of the constant.
    pub over_constant: f64,
    /// `T_D` over the lower limit.
    pub over_limit: f64,
}

/// Geometric mean of [`Comparison::over_constant`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct MeanComparison {
    pub contender: String,
    /// None: over all rates and traces.
    pub mistake_rate: Option<f64>,
    /// How many values it is the mean of.
    pub count: u64,
    pub over_constant: f64,
    pub over_limit: f64,
    /// The greatest of them, and its trace.
    pub worst: f64,
    pub worst_trace: String,
}

/// A contender at the one threshold whose mean rate of mistakes over all families is
/// `mistake_rate`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct OneThreshold {
    pub contender: String,
    pub mistake_rate: f64,
    /// None, like what follows, where no threshold within its range makes so few mistakes.
    pub threshold: Option<f64>,
    /// Geometric mean over families (periods).
    pub detection_mean_periods: Option<f64>,
    /// `T_D` over that of the constant with the same rate.
    pub over_constant: Option<f64>,
}

/// What was promised and what came of it, over all traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    pub contender: String,
    pub levels: Vec<Level>,
    /// |log₁₀ promised − log₁₀ realised|, mean over φ = 1 to 4 where at least ten silences are
    /// promised, then over traces (decades); None where nothing can be judged.
    pub dex: Option<f64>,
    /// The same trace by trace.
    #[serde(default)]
    pub traces: Vec<TraceCalibration>,
}

/// What was promised and what came of it, on one trace.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceCalibration {
    pub trace: String,
    /// Silences between two arrivals that are scored.
    pub gaps: u64,
    pub levels: Vec<TraceLevel>,
    /// Mean over the levels that can be judged.
    pub dex: Option<f64>,
}

/// One promise on one trace.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TraceLevel {
    /// φ.
    pub threshold: f64,
    pub promised: f64,
    /// Silences that were longer, and their share.
    pub longer: u64,
    pub realised: f64,
    /// |log₁₀ promised − log₁₀ realised| (decades), where at least ten silences are promised.
    pub dex: Option<f64>,
}

/// One promise, mean over traces.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Level {
    /// φ.
    pub threshold: f64,
    pub promised: f64,
    /// Share of silences that were longer.
    pub realised: f64,
    /// Mistakes per heartbeat sent.
    pub mistake_rate: f64,
}
