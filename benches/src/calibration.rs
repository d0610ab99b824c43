//! The command `calibration`: whether φ is the probability that it says, on recorded heartbeats.
//!
//! How soon a crash is noticed for it is not asked here: see `tradeoff`.

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use comfy_table::{CellAlignment, Table, presets};
use phi_core::{Calibrated, Detector, LatenessConfig, Threshold};
use serde::Serialize;
use statrs::statistics::Statistics as _;

use crate::measure::{WARM_UP_BEATS, scored_beats};
use crate::output::six_digits;
use crate::score::dex;
use crate::trace::Trace;

/// The levels whose promises are checked.
const LEVELS: [u8; 4] = [1, 2, 3, 4];

/// The levels that users are told to choose from, as far as traces are long enough to tell.
const USUAL: [u8; 2] = [2, 3];

/// Promised and realised shares of the calibrated model, on recorded heartbeats
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Recorded heartbeats to use instead of the included ones (plain or gzip)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    trace: Vec<PathBuf>,
    /// Let silences last as long as φ says, instead of 100 intervals at the most
    #[arg(long)]
    uncapped: bool,
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
}

/// What one trace showed.
#[derive(Serialize)]
struct Finding {
    trace: String,
    /// Silences between two arrivals that were scored.
    gaps: u64,
    /// Heartbeats sent meanwhile, lost ones included.
    beats: u64,
    levels: Vec<Level>,
    /// Mean of the levels' dex; that of φ = 2 and 3 alone. None where nothing can be checked.
    dex: Option<f64>,
    dex_usual: Option<f64>,
}

/// One promise.
#[derive(Clone, Copy, Serialize)]
struct Level {
    phi: u8,
    promised: f64,
    /// Gaps longer than the deadline.
    longer: u64,
    /// Their share of all gaps.
    share: f64,
    /// Mistakes per heartbeat sent.
    rate: f64,
    /// |log₁₀ promised − log₁₀ share|, where at least ten gaps are promised.
    dex: Option<f64>,
}

#[derive(Serialize)]
struct Document {
    traces: Vec<Finding>,
    mean: Summary,
}

/// Over all traces, each of which weighs the same.
#[derive(Serialize)]
struct Summary {
    /// Mistakes per heartbeat at φ = 1, 2, 3, 4.
    rates: Vec<f64>,
    dex: Option<f64>,
    dex_usual: Option<f64>,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let traces = if args.trace.is_empty() {
        Trace::included()?
    } else {
        args.trace.iter().map(|path| Trace::open(path)).collect::<Result<_>>()?
    };
    let traces =
        traces.iter().map(|trace| find(trace, args.uncapped)).collect::<Result<Vec<_>>>()?;
    let document = Document { mean: summary(&traces), traces };
    let mut stdout = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut stdout, &document)?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "Share of gaps longer than the deadline for φ; promised is 10^−φ:\n")?;
        writeln!(stdout, "{}", table(&document))?;
    }
    Ok(())
}

/// Replays `trace` through the model, numbers included, and counts broken promises.
///
/// # Formula
///
/// ```text
/// gap k is longer than promised at φ:  t_{k+1} > deadline_k(φ), for sequences s_k from 50 on
/// share = longer / gaps,   rate = longer / (heartbeats sent),   dex = |−φ − log₁₀ share|
/// ```
fn find(trace: &Trace, uncapped: bool) -> Result<Finding> {
    let beats = scored_beats(trace);
    ensure!(beats > 0, "{}: too short, the first heartbeats are not scored", trace.name);
    let config = LatenessConfig::for_interval(trace.period.into())?;
    let config = if uncapped { config.with_longest_silence(Duration::MAX)? } else { config };
    let mut detector = Detector::new(Calibrated::new(config));
    let mut thresholds = Vec::new();
    for phi in LEVELS {
        thresholds.push(Threshold::new(f64::from(phi))?);
    }
    let (mut gaps, mut longer) = (0, [0_u64; LEVELS.len()]);
    for (arrival, next) in trace.arrivals.iter().zip(trace.arrivals.iter().skip(1)) {
        detector.heartbeat_seq(arrival.sequence, arrival.at);
        if arrival.sequence < WARM_UP_BEATS {
            continue;
        }
        gaps += 1;
        for (longer, threshold) in longer.iter_mut().zip(&thresholds) {
            let kept = detector.deadline(*threshold).is_none_or(|deadline| next.at <= deadline);
            *longer += u64::from(!kept);
        }
    }
    ensure!(gaps > 0, "{}: too few arrivals", trace.name);
    let level = |(phi, longer)| level(phi, longer, gaps, beats);
    let levels: Vec<Level> = LEVELS.into_iter().zip(longer).map(level).collect();
    let dex = mean(levels.iter().filter_map(|level| level.dex));
    let usual = levels.iter().filter(|level| USUAL.contains(&level.phi));
    let dex_usual = mean(usual.filter_map(|level| level.dex));
    Ok(Finding { trace: trace.name.clone(), gaps, beats, levels, dex, dex_usual })
}

fn level(phi: u8, longer: u64, gaps: u64, beats: u64) -> Level {
    let promised = 10_f64.powi(-i32::from(phi));
    Level {
        phi,
        promised,
        longer,
        share: six_digits(longer as f64 / gaps as f64),
        rate: six_digits(longer as f64 / beats as f64),
        dex: dex(promised, longer, gaps).map(six_digits),
    }
}

fn summary(findings: &[Finding]) -> Summary {
    let rate = |place: usize| {
        findings
            .iter()
            .filter_map(|finding| finding.levels.get(place))
            .map(|level| level.rate)
            .mean()
    };
    Summary {
        rates: (0..LEVELS.len()).map(rate).map(six_digits).collect(),
        dex: mean(findings.iter().filter_map(|finding| finding.dex)),
        dex_usual: mean(findings.iter().filter_map(|finding| finding.dex_usual)),
    }
}

/// The mean of what there is.
fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mean = values.mean();
    mean.is_finite().then(|| six_digits(mean))
}

fn table(document: &Document) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    let levels = LEVELS.into_iter().map(|phi| format!("φ = {phi}"));
    let names = ["trace".to_owned(), "gaps".to_owned()];
    let ends = ["dex, φ 1 to 4".to_owned(), "φ 2 and 3".to_owned()];
    table.set_header(names.into_iter().chain(levels).chain(ends));
    for finding in &document.traces {
        let shares = finding.levels.iter().map(shown);
        let names = [finding.trace.clone(), finding.gaps.to_string()];
        let ends = [finding.dex, finding.dex_usual].map(shown_dex);
        table.add_row(names.into_iter().chain(shares).chain(ends));
    }
    let Summary { rates, dex, dex_usual } = &document.mean;
    let names = ["mean, mistakes per heartbeat".to_owned(), String::new()];
    let rates = rates.iter().map(|rate| format!("{rate:.2e}"));
    let ends = [*dex, *dex_usual].map(shown_dex);
    table.add_row(names.into_iter().chain(rates).chain(ends));
    table.column_iter_mut().skip(1).for_each(|c| c.set_cell_alignment(CellAlignment::Right));
    table
}

/// A share, in parentheses where too few gaps are promised to judge it.
fn shown(level: &Level) -> String {
    let share = if level.longer == 0 { "0".to_owned() } else { format!("{:.2e}", level.share) };
    if level.dex.is_some() { share } else { format!("({share})") }
}

fn shown_dex(dex: Option<f64>) -> String {
    dex.map_or_else(|| "–".to_owned(), |dex| format!("{dex:.2}"))
}

#[cfg(test)]
mod tests {
    use phi_core::{Nanos, Timestamp};

    use super::*;
    use crate::trace::Arrival;

    /// A heartbeat a millisecond; every `each`-th one is `late` periods late.
    fn trace(beats: u64, each: u64, late: impl Fn(u64) -> f64) -> Trace {
        let arrival = |sequence: u64| {
            let is_late = sequence % each == each - 1;
            let late_ns = if is_late { (late(sequence) * 1e6) as u64 } else { 0 };
            Arrival { sequence, at: Timestamp::from_nanos(sequence * 1_000_000 + late_ns) }
        };
        let arrivals = (0..beats).map(arrival).collect();
        Trace { name: "t".into(), kind: String::new(), period: Nanos::new(1_000_000), arrivals }
    }

    /// Goal: of a sender late once in fifty, by various measures, φ = 1 sees all of that and φ = 2
    /// the worse half: the model learns how late is how rare.
    #[test]
    fn of_what_occurs_once_in_fifty_half_is_beyond_two() {
        let late = |sequence| 0.2 + (sequence * 7_919 % 1_000) as f64 / 2_000.0;
        let finding = find(&trace(40_000, 50, late), false).expect("long enough");
        assert_eq!((finding.gaps, finding.beats), (39_949, 39_950));
        let shares: Vec<f64> = finding.levels.iter().map(|level| level.share).collect();
        assert!((shares[0] - 0.02).abs() < 1e-3, "{shares:?}");
        assert!((shares[1] - 0.01).abs() < 2e-3, "{shares:?}");
        assert!((finding.levels[0].dex.expect("promised") - 0.7).abs() < 0.02);
    }

    /// Goal: a promise is judged from ten gaps on, one that no gap breaks is not taken for perfect,
    /// and means are those of what can be judged.
    #[test]
    fn promises_are_judged_where_they_can_be() {
        let none = level(3, 0, 10_000, 20_000);
        let off = none.dex.expect("ten are promised");
        assert!((off - 20_f64.log10()).abs() < 1e-5, "{off}");
        assert!(level(3, 0, 9_999, 9_999).dex.is_none());
        let some = level(2, 100, 10_000, 20_000);
        assert_eq!((some.share, some.rate, some.dex), (0.01, 0.005, Some(0.0)));
        assert_eq!(mean([].into_iter()), None);
        let findings = [find(&trace(2_000, 50, |_| 0.5), false).expect("long enough")];
        assert!(findings[0].levels[2].dex.is_none());
        assert_eq!(summary(&findings).dex, findings[0].dex);
    }

    /// Goal: the longest silence counts as a broken promise unless it is taken away.
    #[test]
    fn a_cap_is_a_cap() {
        let trace = trace(400, 390, |_| 150.0);
        let longer = |uncapped| find(&trace, uncapped).expect("long enough").levels[3].longer;
        assert_eq!((longer(false), longer(true)), (1, 1));
    }
}
