//! The command `whatif`: with what was recorded on a network, which model and threshold keep to so
//! many false alarms, and how fast a crash would be seen.
//!
//! How a threshold is found is the business of [`tail`].

mod settings;
mod tail;
mod view;

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Result, ensure};
use serde::Serialize;

use self::settings::Advice;
use self::tail::{Needed, Shape, at_most, needed};
use crate::contenders::Entry;
use crate::measure::Course;
use crate::output::six_digits;
use crate::sources::{contenders, sources};

/// Whose levels are ranks up to 1, and lengths above: no tail is both.
const RANKED: &str = "satzger";

/// Whose silence an agent has to bear: see [`settings`].
const PATIENT: &str = "constant";

const EXAMPLES: &str = "Examples:
  phi-agent trace db-2 --out db-2.txt.gz        # record for a day or more
  phi-bench whatif --trace db-2.txt.gz          # at most one false alarm a month
  phi-bench whatif --trace *.txt.gz --alarms-per 1d --json";

/// With what I recorded: which model and threshold, and how fast?
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Args {
    /// Recordings of your network (plain or gzip); one threshold is to serve them all
    #[arg(long, value_name = "FILE", num_args = 1.., required = true)]
    trace: Vec<PathBuf>,
    /// At most one false alarm about a member in this time, like `30d` or `12h`
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = parse_time)]
    alarms_per: Duration,
    /// Contenders to try instead of all (`phi-bench tradeoff --list`)
    #[arg(long, value_name = "NAME", num_args = 1..)]
    model: Vec<String>,
    /// Print one JSON document instead of a table
    #[arg(long)]
    json: bool,
}

/// What was found.
#[derive(Serialize)]
struct Document {
    /// What was asked for (s).
    alarms_per_s: f64,
    recordings: Vec<Recording>,
    /// All recordings together (s), heartbeats sent in them, and silences.
    length_s: f64,
    beats: u64,
    gaps: u64,
    /// How many times longer than the recording the wanted time is.
    beyond: f64,
    /// Fastest first; those that no threshold is found for come last.
    answers: Vec<Answer>,
    /// None where the recordings are too short for any.
    settings: Option<String>,
}

#[derive(Serialize)]
struct Recording {
    name: String,
    period_s: f64,
    length_s: f64,
    beats: u64,
}

/// What one contender needs.
#[derive(Serialize)]
struct Answer {
    model: &'static str,
    title: &'static str,
    /// What it learns hangs on what it suspected, so no silence has a level of its own: only
    /// `tradeoff` can tell.
    depends_on_verdicts: bool,
    #[serde(flatten)]
    found: Option<Found>,
}

#[derive(Serialize)]
struct Found {
    #[serde(flatten)]
    needed: Needed,
    /// At the safe threshold, over crashes after each heartbeat: mean, 99th percentile (s).
    detection_mean_s: f64,
    detection_p99_s: f64,
    /// At the likeliest threshold, mean (s).
    detection_likely_s: f64,
    /// At the safe threshold: alarms in the recording, and what they are at most in the wanted time
    /// with 95 %, by the count alone.
    alarms_seen: u64,
    alarms_at_most: f64,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let entries = contenders(&args.model)?;
    let courses: Vec<Course> =
        sources(&args.trace, &[])?.into_iter().map(|source| source.course).collect();
    let recordings: Vec<Recording> = courses.iter().map(recording).collect();
    let length_s: f64 = recordings.iter().map(|recording| recording.length_s).sum();
    ensure!(length_s > 0.0, "the recordings have no length");
    let wanted_s = args.alarms_per.as_secs_f64();
    let gaps: u64 = courses.iter().map(|course| course.gaps).sum();
    let rate = length_s / wanted_s / gaps as f64;
    ensure!(
        rate < 1.0,
        "an alarm each heartbeat would be no more than that: ask for a longer time"
    );
    let mut answers = Vec::with_capacity(entries.len());
    for entry in entries {
        let found = answer(entry, &courses, rate, wanted_s / length_s)?;
        let depends_on_verdicts = entry.learns_from_verdicts;
        let (model, title) = (entry.about.name, entry.about.title);
        answers.push(Answer { model, title, depends_on_verdicts, found });
    }
    let speed =
        |answer: &Answer| answer.found.as_ref().map_or(f64::INFINITY, |f| f.detection_mean_s);
    answers.sort_by(|a, b| speed(a).total_cmp(&speed(b)));
    let advice = advice(&answers, &recordings, args.alarms_per);
    let settings = advice.map(|advice| settings::lines(&advice));
    let document = Document {
        alarms_per_s: wanted_s,
        length_s: six_digits(length_s),
        beats: courses.iter().map(|course| course.beats).sum(),
        gaps,
        beyond: six_digits(wanted_s / length_s),
        recordings,
        answers,
        settings,
    };
    let mut stdout = io::stdout().lock();
    if args.json {
        serde_json::to_writer(&mut stdout, &document)?;
        writeln!(stdout)?;
        return Ok(());
    }
    view::print(&mut stdout, &document)
}

fn recording(course: &Course) -> Recording {
    let ends = (course.trace.arrivals.first(), course.trace.arrivals.last());
    let length = ends
        .1
        .map_or(0, |last| last.at.saturating_since(ends.0.map_or(last.at, |first| first.at)).get());
    Recording {
        name: course.trace.name.clone(),
        period_s: course.trace.period.get() as f64 / 1e9,
        length_s: six_digits(length as f64 / 1e9),
        beats: course.beats,
    }
}

/// What `entry` needs for `rate` false alarms per silence, `beyond` times rarer than one in the
/// recording.
fn answer(entry: &Entry, courses: &[Course], rate: f64, beyond: f64) -> Result<Option<Found>> {
    if entry.learns_from_verdicts {
        return Ok(None);
    }
    let mut levels = Vec::new();
    for course in courses {
        levels.extend((entry.levels)(course)?);
    }
    levels.sort_by(f64::total_cmp);
    let Some(mut needed) = needed(&levels, rate, shape(entry)) else { return Ok(None) };
    // What is told is what is measured.
    needed.threshold = six_digits(needed.threshold);
    needed.threshold_safe = six_digits(needed.threshold_safe.max(needed.threshold));
    let seen = levels.iter().filter(|level| **level > needed.threshold_safe).count() as u64;
    let (mut means, mut p99s, mut likely) = (0.0, 0.0_f64, 0.0);
    for course in courses {
        let thresholds = [needed.threshold, needed.threshold_safe];
        let measured = (entry.measure)(course, &thresholds)?;
        for (number, measured) in measured.iter().enumerate() {
            if number == 0 {
                likely += measured.detection_mean_ns / 1e9;
            } else {
                means += measured.detection_mean_ns / 1e9;
                p99s = p99s.max(measured.detection_p99_ns / 1e9);
            }
        }
    }
    let count = courses.len() as f64;
    Ok(Some(Found {
        needed,
        detection_mean_s: six_digits(means / count),
        detection_p99_s: six_digits(p99s),
        detection_likely_s: six_digits(likely / count),
        alarms_seen: seen,
        alarms_at_most: six_digits(at_most(seen) * beyond),
    }))
}

/// How its levels go on beyond those seen: None where no shape is known.
fn shape(entry: &Entry) -> Option<Shape> {
    match entry.about.name {
        RANKED => None,
        _ if entry.about.promises => Some(Shape::Exponential),
        _ => Some(Shape::Power),
    }
}

fn advice(answers: &[Answer], recordings: &[Recording], alarms_per: Duration) -> Option<Advice> {
    let patient = answers.iter().find(|answer| answer.model == PATIENT)?;
    let found = patient.found.as_ref()?;
    Some(Advice {
        alarms_per: view::span(alarms_per.as_secs_f64()),
        recordings: recordings.len(),
        basis: found.needed.basis.as_str(),
        silence_intervals: found.needed.threshold_safe,
        interval_s: recordings.iter().map(|recording| recording.period_s).fold(0.0, f64::max),
        detection_s: found.detection_mean_s,
    })
}

fn parse_time(text: &str) -> Result<Duration, String> {
    let time = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    if time.is_zero() { Err("0 is no time".to_owned()) } else { Ok(time) }
}
