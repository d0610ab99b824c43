//! Where ours loses, said first: against the published, against a constant timeout, and against its
//! own promises.
//!
//! It judges by the results' own comparisons and computes none.

use std::collections::BTreeMap;

use phi_bench::results::{Kind, Results};
use serde::Serialize;

use super::pictures::two_digits;
use super::scale::{power_of_ten, scientific};

/// A trace counts as lost from this much above the constant timeout on: less is noise.
const LOST: f64 = 1.02;

/// A promise counts as broken when so many times as many silences were longer.
const BROKEN: f64 = 1.1;

/// How many traces are named.
const NAMED: usize = 4;

/// What one of ours loses at, a sentence each.
#[derive(Debug, Serialize)]
pub(super) struct Losses {
    name: String,
    sentences: Vec<String>,
}

/// Those of ours that lose somewhere, the last of the contenders first: that is what users get
/// unless they choose.
pub(super) fn losses(results: &Results) -> Vec<Losses> {
    let ours = results.contenders.iter().rev().filter(|about| about.kind == Kind::Ours);
    let all = ours.map(|about| {
        let name = about.name.as_str();
        let mut sentences = with_one_threshold(results, name);
        sentences.extend(in_hindsight(results, name));
        sentences.extend(on_traces(results, name));
        sentences.extend(promises(results, name));
        Losses { name: name.to_owned(), sentences }
    });
    all.filter(|losses| !losses.sentences.is_empty()).collect()
}

fn is_of_others(results: &Results, name: &str) -> bool {
    let about = results.contenders.iter().find(|about| about.name == name);
    about.is_some_and(|about| matches!(about.kind, Kind::Published | Kind::Rival))
}

fn with_one_threshold(results: &Results, name: &str) -> Vec<String> {
    let lines = &results.one_threshold;
    let mut sentences = Vec::new();
    for line in lines.iter().filter(|line| line.contender == name) {
        let rate = power_of_ten(line.mistake_rate);
        let Some(own) = line.over_constant else {
            sentences
                .push(format!("No threshold makes as few as {rate} false alarms per heartbeat."));
            continue;
        };
        let others = lines.iter().filter(|other| {
            other.mistake_rate == line.mistake_rate && is_of_others(results, &other.contender)
        });
        let better = others.filter_map(|other| Some((other.over_constant?, &other.contender)));
        let best = better.min_by(|a, b| a.0.total_cmp(&b.0)).filter(|(best, _)| *best < own);
        if let Some((best, other)) = best {
            sentences.push(format!(
                "One threshold for all, {rate} false alarms per heartbeat: {} of the constant \
                 timeout's time; {other} needs {}.",
                two_digits(own),
                two_digits(best)
            ));
        }
    }
    sentences
}

/// At each rate and over all of them: where it is slower than the constant timeout, or than one of
/// others that could be judged on as many traces.
fn in_hindsight(results: &Results, name: &str) -> Vec<String> {
    let own = results.over_traces.iter().filter(|mean| mean.contender == name);
    own.filter_map(|own| {
        let others = results.over_traces.iter().filter(|mean| {
            mean.mistake_rate == own.mistake_rate
                && mean.count >= own.count
                && is_of_others(results, &mean.contender)
        });
        let best = others.min_by(|a, b| a.over_constant.total_cmp(&b.over_constant));
        let best = best.filter(|best| best.over_constant < own.over_constant);
        if own.over_constant <= 1.0 && best.is_none() {
            return None;
        }
        let other = best.map_or_else(String::new, |best| {
            format!("; {} needs {}", best.contender, two_digits(best.over_constant))
        });
        let rate = own.mistake_rate.map_or_else(
            || "over all rates".to_owned(),
            |rate| format!("{} false alarms per heartbeat", power_of_ten(rate)),
        );
        Some(format!(
            "A threshold for each trace in hindsight, {rate}: {} of the best constant timeout's \
             time{other}.",
            two_digits(own.over_constant)
        ))
    })
    .collect()
}

fn on_traces(results: &Results, name: &str) -> Option<String> {
    let mut worst: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let own = results.at_equal_rates.iter().filter(|line| line.contender == name);
    for line in own.filter(|line| line.over_constant > LOST) {
        let entry = worst.entry(&line.trace).or_insert((0.0, 0.0));
        if line.over_constant > entry.0 {
            *entry = (line.over_constant, line.mistake_rate);
        }
    }
    let mut traces: Vec<_> = worst.into_iter().collect();
    traces.sort_by(|a, b| b.1.0.total_cmp(&a.1.0));
    let count = traces.len();
    let shown = traces.into_iter().take(NAMED).map(|(trace, (ratio, rate))| {
        format!("{trace} ({} at {})", two_digits(ratio), power_of_ten(rate))
    });
    let shown: Vec<_> = shown.collect();
    (count > 0).then(|| {
        format!(
            "Slower than the best constant timeout on {count} of {} traces{}: {}.",
            results.traces.len(),
            if count > NAMED { ", most of all" } else { "" },
            shown.join(", ")
        )
    })
}

fn promises(results: &Results, name: &str) -> Vec<String> {
    let own = results.calibration.iter().find(|found| found.contender == name);
    let broken = own.into_iter().flat_map(|found| &found.levels);
    let broken = broken.filter(|level| level.realised > BROKEN * level.promised);
    let sentence = |level: &phi_bench::results::Level| {
        format!(
            "Promised: {} of silences are longer than φ = {}; {} were.",
            power_of_ten(level.promised),
            level.threshold,
            scientific(level.realised)
        )
    };
    broken.map(sentence).collect()
}
