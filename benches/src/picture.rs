//! The command `phi-picture`: φ of one subject that beats for a while and then falls silent.
//!
//! The heartbeats are made up; what φ makes of recorded ones is shown by
//! [`tradeoff`](crate::tradeoff).

use std::io::{self, Write as _};
use std::ops::Range;
use std::path::PathBuf;

use anyhow::{Context as _, Result};
use phi_core::{Detector, Normal, NormalConfig, Threshold, Timestamp};
use plotters::coord::types::RangedCoordf64;
use plotters::element::DashedPathElement;
use plotters::prelude::*;
use plotters::style::text_anchor::{HPos, Pos, VPos};

use crate::output::write_file;

type Chart<'a, 'b> = ChartContext<'a, SVGBackend<'b>, Cartesian2d<RangedCoordf64, RangedCoordf64>>;

/// When the heartbeats arrive (ms): about one a second, the eighth noticeably late.
const ARRIVALS_MS: [u64; 10] = [400, 1_380, 2_410, 3_370, 4_420, 5_390, 6_400, 7_630, 8_520, 9_500];

/// The level at which the subject counts as suspected.
const THRESHOLD: f64 = 8.0;

/// What the picture shows (s, φ); below zero is room for the heartbeats.
const SECONDS: Range<f64> = 0.0..13.5;
const LEVELS: Range<f64> = -1.1..10.0;
const BEATS_LEVEL: f64 = -0.55;

/// φ is computed this often (ms).
const STEP_MS: usize = 20;

/// Width and height in the unit of the page, and how many units of ours make one of those: the
/// library draws in whole numbers, which shows in a curve.
const SIZE: [u32; 2] = [900, 320];
const SCALE: u32 = 8;

const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const SILENCE: RGBColor = RGBColor(0xf3, 0xf5, 0xf7);
const CURVE: RGBColor = RGBColor(0x00, 0x72, 0xb2);
const ALARM: RGBColor = RGBColor(0xd5, 0x5e, 0x00);
const HEART: RGBColor = RGBColor(0xc0, 0x26, 0x4b);

/// Draw φ over time: ten heartbeats, then silence.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Where to draw it
    #[arg(long, value_name = "FILE.svg", default_value = "target/phi-bench/phi.svg")]
    out: PathBuf,
}

pub(crate) fn run(args: &Args) -> Result<()> {
    write_file(&args.out, render()?)?;
    writeln!(io::stdout(), "picture  {}", args.out.display())?;
    Ok(())
}

/// What there is to draw (s, φ).
struct Story {
    curve: Vec<(f64, f64)>,
    beats: Vec<f64>,
    deadline: f64,
}

fn tell() -> Result<Story> {
    let config = NormalConfig::for_interval(std::time::Duration::from_secs(1))?;
    let mut subject = Detector::new(Normal::new([0_u64; 100], config)?);
    let mut curve = Vec::new();
    let mut beats = ARRIVALS_MS.into_iter().map(at).peekable();
    for now in (0..).step_by(STEP_MS).map(at) {
        if seconds(now) > SECONDS.end || subject.phi(now).value() > LEVELS.end {
            break;
        }
        while let Some(beat) = beats.next_if(|beat| *beat <= now) {
            curve.push((seconds(beat), subject.phi(beat).value()));
            subject.heartbeat(beat);
            curve.push((seconds(beat), subject.phi(beat).value()));
        }
        curve.push((seconds(now), subject.phi(now).value()));
    }
    let deadline = subject.deadline(Threshold::new(THRESHOLD)?).context("no heartbeat")?;
    let beats = ARRIVALS_MS.into_iter().map(|beat| seconds(at(beat))).collect();
    Ok(Story { curve, beats, deadline: seconds(deadline) })
}

fn at(millis: u64) -> Timestamp {
    Timestamp::from_nanos(millis * 1_000_000)
}

fn seconds(at: Timestamp) -> f64 {
    at.as_nanos() as f64 / 1e9
}

/// The picture as an SVG document, the same bytes each time.
fn render() -> Result<String> {
    let story = tell()?;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE.map(scaled).into()).into_drawing_area();
        root.fill(&WHITE)?;
        let mut chart = ChartBuilder::on(&root)
            .margin(scaled(12))
            .x_label_area_size(scaled(42))
            .y_label_area_size(scaled(46))
            .build_cartesian_2d(SECONDS, LEVELS)?;
        draw_silence(&mut chart, &story)?;
        draw_axes(&mut chart)?;
        draw_threshold(&mut chart, &story)?;
        draw_heartbeats(&mut chart, &story)?;
        draw_curve(&mut chart, story.curve)?;
        root.present()?;
    }
    let [drawn, wanted] =
        [SIZE.map(scaled), SIZE].map(|[w, h]| format!("width=\"{w}\" height=\"{h}\""));
    Ok(svg.replacen(&drawn, &wanted, 1))
}

fn draw_silence(chart: &mut Chart<'_, '_>, story: &Story) -> Result<()> {
    let last = story.beats.last().copied().unwrap_or_default();
    let silence = [(last, LEVELS.start), (SECONDS.end, LEVELS.end)];
    chart.draw_series([Rectangle::new(silence, SILENCE.filled())])?;
    chart.draw_series([Text::new("silence", (last + 0.12, 9.7), font(13, INK))])?;
    Ok(())
}

fn draw_axes(chart: &mut Chart<'_, '_>) -> Result<()> {
    chart
        .configure_mesh()
        .disable_mesh()
        .axis_style(stroke(INK, 1))
        .set_all_tick_mark_size(scaled(4))
        .label_style(font(13, INK))
        .axis_desc_style(font(14, INK))
        .x_labels(14)
        .y_labels(6)
        .x_label_formatter(&|seconds| format!("{seconds}"))
        .y_label_formatter(&|level| format!("{level}"))
        .x_desc("time (s)")
        .y_desc("suspicion φ")
        .draw()?;
    Ok(())
}

/// The level that one reader of φ has chosen, and the instant at which φ will reach it.
fn draw_threshold(chart: &mut Chart<'_, '_>, story: &Story) -> Result<()> {
    let deadline = story.deadline;
    let dash =
        |from, to| DashedPathElement::new([from, to], scaled(6), scaled(5), stroke(ALARM, 1));
    chart.draw_series([
        dash((SECONDS.start, THRESHOLD), (SECONDS.end, THRESHOLD)),
        dash((deadline, LEVELS.start), (deadline, THRESHOLD)),
    ])?;
    let crossing = (deadline, THRESHOLD);
    chart.draw_series([Circle::new(crossing, scaled(4).cast_signed(), ALARM.filled())])?;
    let note = |text: String, place| Text::new(text, place, font(13, ALARM));
    chart.draw_series([
        note(format!("one reader's threshold: φ = {THRESHOLD}"), (0.12, 8.7)),
        note(format!("deadline: {deadline:.3} s"), (deadline + 0.2, 4.6)),
        note("known exactly since".into(), (deadline + 0.2, 3.9)),
        note("the last heartbeat".into(), (deadline + 0.2, 3.2)),
    ])?;
    Ok(())
}

fn draw_curve(chart: &mut Chart<'_, '_>, curve: Vec<(f64, f64)>) -> Result<()> {
    let end = curve.last().map(|&(seconds, _)| (seconds, 0.0));
    let area = curve.iter().copied().chain(end).collect::<Vec<_>>();
    chart.draw_series([Polygon::new(area, CURVE.mix(0.12).filled())])?;
    chart.draw_series([PathElement::new(curve, stroke(CURVE, 2))])?;
    Ok(())
}

fn draw_heartbeats(chart: &mut Chart<'_, '_>, story: &Story) -> Result<()> {
    let heart = font(17, HEART).pos(Pos::new(HPos::Center, VPos::Center));
    chart.draw_series(
        story.beats.iter().map(|&beat| Text::new("♥", (beat, BEATS_LEVEL), heart.clone())),
    )?;
    Ok(())
}

fn font(size: u32, color: RGBColor) -> TextStyle<'static> {
    ("sans-serif", scaled(size)).into_font().color(&color)
}

fn stroke(color: RGBColor, width: u32) -> ShapeStyle {
    color.stroke_width(scaled(width))
}

const fn scaled(length: u32) -> u32 {
    length * SCALE
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the committed picture is what this program draws.
    #[test]
    fn the_committed_picture_is_up_to_date() {
        let drawn = render().expect("drawable");
        assert!(drawn == include_str!("../docs/phi.svg"), "run: phi-bench phi-picture --out …");
    }

    /// Goal: the marked deadline is where the curve crosses the threshold.
    #[test]
    fn the_deadline_is_on_the_curve() {
        let story = tell().expect("legal");
        let crossing = story.curve.iter().find(|(_, level)| *level >= THRESHOLD).expect("crossed");
        let early = crossing.0 - story.deadline;
        assert!((0.0..=STEP_MS as f64 / 1e3).contains(&early), "{early}");
    }
}
