//! The command `tradeoff`: every contender on every trace, as CSV, as a picture, and in short.
//!
//! What is measured is said in [`measure`](crate::measure), what is compared in
//! [`score`](crate::score).

use std::io::{self, Write as _};
use std::path::PathBuf;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use indicatif::{ProgressBar, ProgressStyle};
use phi_bench::results::{About, FORMAT, LimitPoint, Made, Point, Results};
use rayon::prelude::*;

use crate::cache::{Cache, digest};
use crate::contenders::{ALL, Entry};
use crate::limit::Limit;
use crate::machine;
use crate::output::{six_digits, write_file};
use crate::plot;
use crate::score::{self, Shared};
use crate::sources::{Source, contenders, sources};
use crate::summary;
use crate::sweep::{Curve, curve};
use crate::worlds::World;

/// Detection time against mistakes, of every contender on recorded and on synthetic heartbeats
///
/// Replays arrivals through each detector, over all its thresholds, and prints how fast a crash is
/// seen for how many false alarms: against the constant timeout that is best in hindsight, with one
/// threshold for all traces, and whether promised probabilities are kept. All points are written to
/// a CSV (the same bytes each time) and drawn. What has been finished is kept in
/// target/phi-bench/cache: a run that was stopped goes on there.
#[derive(clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags of a command line")]
pub(crate) struct Args {
    /// Recorded heartbeats to use instead of the included ones (plain or gzip)
    #[arg(long, value_name = "FILE", num_args = 1..)]
    trace: Vec<PathBuf>,
    /// Synthetic worlds to use instead of, or with, recorded heartbeats: see --list
    #[arg(long, value_name = "NAME[:SEED]", num_args = 1.., value_parser = World::parse)]
    world: Vec<World>,
    /// Contenders to replay instead of all; the constant timeout always is
    #[arg(long, value_name = "NAME", num_args = 1..)]
    model: Vec<String>,
    /// Where to write all points
    #[arg(long, value_name = "FILE.csv", default_value = "target/phi-bench/tradeoff.csv")]
    out: PathBuf,
    /// Where to draw them
    #[arg(long, value_name = "FILE.svg", default_value = "target/phi-bench/tradeoff.svg")]
    svg: PathBuf,
    /// Print one JSON document instead of tables
    #[arg(long)]
    json: bool,
    /// How many threads replay; as many as there are cores if 0
    #[arg(long, value_name = "COUNT", default_value_t = 0)]
    jobs: usize,
    /// Measure all anew, even what an earlier run of this program has finished
    #[arg(long)]
    fresh: bool,
    /// Where finished results are kept
    #[arg(long, value_name = "FOLDER", default_value = "target/phi-bench/cache")]
    cache: PathBuf,
    /// List contenders and worlds, and do nothing
    #[arg(long)]
    list: bool,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    let mut stdout = io::stdout().lock();
    if args.list {
        writeln!(stdout, "{}", summary::list(ALL, World::all()))?;
        return Ok(());
    }
    let entries = contenders(&args.model)?;
    let sources = sources(&args.trace, &args.world)?;
    let pool = rayon::ThreadPoolBuilder::new().num_threads(args.jobs).build()?;
    let cache = Cache::open(&args.cache, args.fresh)?;
    let measured = pool.install(|| measure_all(&entries, &sources, &cache))?;
    let results = results(&entries, &sources, &measured)?;

    write_file(&args.out, csv(&results.points)?)?;
    write_file(&args.svg, plot::tradeoff(&results)?)?;
    if args.json {
        serde_json::to_writer(&mut stdout, &results)?;
        writeln!(stdout)?;
    } else {
        writeln!(stdout, "{}", summary::tables(&results))?;
        writeln!(stdout, "points   {}", args.out.display())?;
        writeln!(stdout, "picture  {}", args.svg.display())?;
    }
    Ok(())
}

/// What replays give.
struct All {
    /// By trace and contender.
    curves: Vec<Vec<Curve>>,
    /// By contender.
    shared: Vec<Shared>,
}

/// Replays everything, on all threads of the pool that it is called in.
fn measure_all(entries: &[&Entry], sources: &[Source], cache: &Cache) -> Result<All> {
    let digests: Vec<Vec<u8>> = sources.iter().map(|s| digest(&s.course.trace)).collect();
    let progress = progress((sources.len() * entries.len() + entries.len()) as u64)?;
    let pairs: Vec<_> = sources
        .iter()
        .zip(&digests)
        .flat_map(|(source, digest)| entries.iter().map(move |entry| (source, digest, *entry)))
        .collect();
    let of_pair = |(source, digest, entry): &(&Source, &Vec<u8>, &Entry)| {
        let name = entry.about.name;
        progress.set_message(format!("{name} on {}", source.course.trace.name));
        let inputs: [&[u8]; 3] = [b"curve", name.as_bytes(), digest];
        let curve = cache.get_or(&inputs, || curve(entry, &source.course));
        progress.inc(1);
        curve
    };
    let curves: Vec<Curve> = pairs.par_iter().map(of_pair).collect::<Result<_>>()?;
    let of_entry = |entry: &&Entry| {
        let name = entry.about.name;
        progress.set_message(format!("{name} with one threshold for all"));
        let mut inputs: Vec<&[u8]> = vec![b"shared", name.as_bytes()];
        inputs.extend(digests.iter().map(Vec::as_slice));
        let courses = sources.iter().map(|source| &source.course).collect::<Vec<_>>();
        let shared = cache.get_or(&inputs, || score::shared(entry, &courses));
        progress.inc(1);
        shared
    };
    let shared = entries.par_iter().map(of_entry).collect::<Result<_>>()?;
    progress.finish_and_clear();
    Ok(All { curves: curves.chunks(entries.len()).map(<[Curve]>::to_vec).collect(), shared })
}

/// A bar on standard error, where that is a terminal.
fn progress(steps: u64) -> Result<ProgressBar> {
    let style = "{bar:30} {pos}/{len} replays, {eta} left: {wide_msg}";
    Ok(ProgressBar::new(steps).with_style(ProgressStyle::with_template(style)?))
}

fn results(entries: &[&Entry], sources: &[Source], measured: &All) -> Result<Results> {
    let limits: Vec<Limit> = sources.iter().map(|source| Limit::of(&source.course)).collect();
    let compared = measured.curves.iter().zip(&limits);
    let at_equal_rates: Vec<_> =
        compared.flat_map(|(curves, limit)| score::comparisons(curves, limit)).collect();
    let names = || entries.iter().map(|entry| entry.about.name);
    let constant = measured.shared.first().context("a constant timeout")?;
    let one_threshold = names().zip(&measured.shared);
    let calibration = names().enumerate().filter_map(|(number, name)| {
        let curves = measured.curves.iter().filter_map(|curves| curves.get(number));
        let points = curves.map(|curve| curve.points.as_slice());
        let traces: Vec<_> = points.zip(sources.iter().map(|s| s.course.gaps)).collect();
        score::calibration(name, &traces)
    });
    Ok(Results {
        format: FORMAT,
        made: Made {
            by: format!("{} {}", env!("CARGO_PKG_NAME"), env!("CARGO_PKG_VERSION")),
            machine: machine::describe(),
            at: humantime::format_rfc3339_seconds(SystemTime::now()).to_string(),
        },
        contenders: entries.iter().map(|entry| about(entry)).collect::<Result<_>>()?,
        traces: sources.iter().map(Source::info).collect(),
        points: measured.curves.iter().flatten().flat_map(|c| c.points.clone()).collect(),
        limits: sources.iter().zip(&limits).flat_map(limit_points).collect(),
        over_traces: names().flat_map(|n| score::over_traces(&at_equal_rates, n)).collect(),
        one_threshold: one_threshold
            .flat_map(|(name, shared)| score::against_constant(name, shared, constant))
            .collect(),
        calibration: calibration.collect(),
        at_equal_rates,
    })
}

fn about(entry: &Entry) -> Result<About> {
    Ok(About {
        name: entry.about.name.to_owned(),
        title: entry.about.title.to_owned(),
        source: entry.about.source.to_owned(),
        kind: entry.about.kind,
        promises: entry.about.promises,
        cost: (entry.cost)()?,
    })
}

fn limit_points((source, limit): (&Source, &Limit)) -> Vec<LimitPoint> {
    let course = &source.course;
    let point = |mistakes| LimitPoint {
        trace: course.trace.name.clone(),
        mistakes,
        mistake_rate: six_digits(mistakes as f64 / course.beats as f64),
        detection_mean_s: six_digits(limit.mean_ns(mistakes) / 1e9),
        detection_mean_periods: six_digits(
            limit.mean_ns(mistakes) / course.trace.period.get() as f64,
        ),
    };
    limit.mistakes_shown().into_iter().map(point).collect()
}

fn csv(points: &[Point]) -> Result<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for point in points {
        writer.serialize(point)?;
    }
    Ok(writer.into_inner()?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Trace;

    /// Two short traces: a small world, and the same with a name that needs quotes.
    fn found() -> Results {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let lines: Vec<_> = (0..2_000_u64)
            .filter(|s| s % 5 != 4 && s % 101 < 95)
            .map(|s| format!("{s} {}", s * 1_000_000 + s * s % 70_001))
            .collect();
        let path = folder.path().join("t.txt");
        let text = format!("# name: t, \"x\"\n# period_ns: 1000000\n{}", lines.join("\n"));
        write_file(&path, text).expect("writable");
        assert!(Trace::open(&path).is_ok());
        let entries = contenders(&["calibrated".into(), "akka".into()]).expect("known");
        let sources = sources(&[path], &[]).expect("legal");
        let cache = Cache::open(folder.path(), true).expect("a folder");
        let measured = measure_all(&entries, &sources, &cache).expect("long enough");
        results(&entries, &sources, &measured).expect("complete")
    }

    /// Goal: the same trace gives the same bytes, with one line a point and one field a column, and
    /// reports can read both.
    #[test]
    fn what_is_written_is_reproducible_and_can_be_read() {
        let results = found();
        let bytes = csv(&results.points).expect("in memory");
        assert_eq!(bytes, csv(&found().points).expect("in memory"));
        let mut reader = csv::Reader::from_reader(&bytes[..]);
        let read = reader.deserialize().collect::<Result<Vec<Point>, _>>().expect("rectangular");
        assert_eq!(read, results.points);
        let text = serde_json::to_string(&results).expect("in memory");
        assert_eq!(serde_json::from_str::<Results>(&text).expect("its own"), results);
        assert!(results.points.iter().all(|point| point.trace == "t, \"x\""));
    }

    /// Goal: every part of the document is about the same contenders, and the constant timeout is
    /// as good as itself.
    #[test]
    fn the_parts_belong_together() {
        let results = found();
        let names: Vec<&str> = results.contenders.iter().map(|c| c.name.as_str()).collect();
        assert_eq!(names, ["constant", "akka", "calibrated"]);
        assert_eq!(results.calibration.len(), 2, "the constant promises nothing");
        assert_eq!(results.one_threshold.len(), 9);
        let constant = results.at_equal_rates.iter().filter(|c| c.contender == "constant");
        assert!(constant.clone().count() > 0 && constant.clone().all(|c| c.over_constant == 1.0));
        assert!(results.at_equal_rates.iter().all(|c| c.over_limit >= 1.0));
        assert_eq!(results.limits.last().map(|limit| limit.mistakes), Some(0));
    }

    /// Goal: the picture is well-formed enough to hold its title, the names and no NaN.
    #[test]
    fn the_picture_names_everything() {
        let svg = plot::tradeoff(&found()).expect("drawable");
        for text in ["constant", "akka", "t, &quot;x&quot;", "mistakes per heartbeat", "limit"] {
            assert!(svg.contains(text), "{text}");
        }
        assert!(!svg.contains("NaN") && svg.ends_with("</svg>\n"));
    }
}
