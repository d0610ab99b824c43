//! The trade-off as a picture: one panel a trace, one line a contender.
//!
//! What the numbers mean is said in [`measure`](crate::measure).

use std::ops::Range;

use anyhow::Result;
use plotters::coord::{CoordTranslate, Shift};
use plotters::element::DashedPathElement;
use plotters::prelude::*;

use phi_bench::results::{About, Kind, Point, Results, TraceInfo};

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

/// More traces than this make a picture that nobody can read: the first are drawn.
const TRACES_MAX: usize = 36;
const COLUMNS_MAX: usize = 3;
const PANEL_PIXELS: (u32, u32) = (430, 320);
const TITLE_PIXELS: u32 = 60;
const LEGEND_PIXELS: (u32, u32) = (170, 22);
const WIDTH_PIXELS_MIN: u32 = 760;
const MARGIN_PIXELS: u32 = 16;

/// What panels show; equal in all, so that they compare by eye. Points beyond are left out.
const PERIODS: Range<f64> = 0.45..1_200.0;
const RATES: Range<f64> = 1e-5..1.0;

const PERIOD_TICKS: [f64; 11] =
    [0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];
const RATE_TICKS: [f64; 6] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0];

const HINT: &str = "Lower and further left is better; nobody can be below the limit. \
    Hollow triangle: no mistake in the whole trace, so the rate is below this (95 %).";

const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const FAINT: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);
const LIMIT: &str = "lower limit";

/// Told apart by the colour-blind too (Okabe and Ito); the first is the one to beat.
const PALETTE: [RGBColor; 7] = [
    RGBColor(0x77, 0x77, 0x77),
    RGBColor(0x00, 0x72, 0xb2),
    RGBColor(0xd5, 0x5e, 0x00),
    RGBColor(0x00, 0x9e, 0x73),
    RGBColor(0xcc, 0x79, 0xa7),
    RGBColor(0xe6, 0x9f, 0x00),
    RGBColor(0x56, 0xb4, 0xe9),
];

/// Whole lines, then long, short and shorter dashes (length and space between): a colour for each.
const DASHES: [Option<(u32, u32)>; 4] = [None, Some((8, 4)), Some((3, 3)), Some((1, 3))];

/// How a contender is drawn, by its place.
#[derive(Clone, Copy)]
struct Pen {
    color: RGBColor,
    dash: Option<(u32, u32)>,
    width: u32,
}

impl Pen {
    const LIMIT: Self = Self { color: BLACK, dash: None, width: 1 };

    fn of(place: usize) -> Self {
        let color = PALETTE.into_iter().cycle().nth(place).unwrap_or(INK);
        let dash = DASHES.into_iter().cycle().nth(place / PALETTE.len()).flatten();
        Self { color, dash, width: 2 }
    }

    fn line<DB: DrawingBackend>(
        self,
        area: &DrawingArea<DB, impl CoordTranslate<From = (f64, f64)>>,
        places: Vec<(f64, f64)>,
    ) -> Result<(), DrawingAreaErrorKind<DB::ErrorType>> {
        let stroke = self.color.stroke_width(self.width);
        match self.dash {
            None => area.draw(&PathElement::new(places, stroke)),
            Some((length, space)) => {
                area.draw(&DashedPathElement::new(places, length, space, stroke))
            }
        }
    }
}

/// How each contender is drawn: the constant and ours with whole lines, then the others.
fn pens(results: &Results) -> Vec<Pen> {
    let is_first = |about: &About| matches!(about.kind, Kind::Constant | Kind::Ours);
    let contenders = &results.contenders;
    let firsts = contenders.iter().filter(|about| is_first(about)).count();
    let (mut first, mut other) = (0.., firsts..);
    let mut pen = |about| if is_first(about) { first.next() } else { other.next() };
    contenders.iter().map(|about| Pen::of(pen(about).unwrap_or_default())).collect()
}

/// The results as one SVG document, the same bytes each time.
pub(crate) fn tradeoff(results: &Results) -> Result<String> {
    let traces = results.traces.get(..TRACES_MAX).unwrap_or(&results.traces);
    let columns = traces.len().clamp(1, COLUMNS_MAX);
    let rows = traces.len().div_ceil(columns).max(1);
    let width = (PANEL_PIXELS.0 * columns as u32).max(WIDTH_PIXELS_MIN);
    let in_row = ((width - MARGIN_PIXELS) / LEGEND_PIXELS.0).max(1);
    let legend_rows = (results.contenders.len() as u32 + 1).div_ceil(in_row);
    let head_pixels = TITLE_PIXELS + LEGEND_PIXELS.1 * legend_rows;
    let height = head_pixels + PANEL_PIXELS.1 * rows as u32;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(head_pixels);
        draw_head(&head, results, in_row)?;
        for (area, trace) in body.split_evenly((rows, columns)).iter().zip(traces) {
            draw_panel(area, results, trace)?;
        }
        root.present()?;
    }
    Ok(svg)
}

/// Title, what to look for, and the legend of all panels.
fn draw_head(head: &Canvas<'_>, results: &Results, in_row: u32) -> Result<()> {
    let title = ("sans-serif", 20).into_font().style(FontStyle::Bold).color(&INK);
    let small = ("sans-serif", 13).into_font().color(&INK);
    head.draw(&Text::new("Time to detect a crash, against false alarms", (16, 12), title))?;
    head.draw(&Text::new(HINT, (16, 38), small.clone()))?;
    let names = results.contenders.iter().map(|about| about.name.as_str());
    let pens = pens(results).into_iter().zip(names).chain([(Pen::LIMIT, LIMIT)]);
    for (place, (pen, name)) in (0_u32..).zip(pens) {
        let left = (MARGIN_PIXELS + place % in_row * LEGEND_PIXELS.0).cast_signed();
        let top = (TITLE_PIXELS + place / in_row * LEGEND_PIXELS.1).cast_signed();
        let stroke = pen.color.stroke_width(pen.width + 1);
        let line = [(left, top + 7), (left + 26, top + 7)];
        match pen.dash {
            None => head.draw(&PathElement::new(line, stroke))?,
            Some((length, space)) => {
                head.draw(&DashedPathElement::new(line, length, space, stroke))?;
            }
        }
        head.draw(&Text::new(name.to_owned(), (left + 32, top), small.clone()))?;
    }
    Ok(())
}

fn draw_panel(area: &Canvas<'_>, results: &Results, trace: &TraceInfo) -> Result<()> {
    let title = format!("{}: {}", trace.name, trace.kind);
    let small = || ("sans-serif", 12).into_font().color(&INK);
    let mut chart = ChartBuilder::on(area)
        .margin(12)
        .margin_right(20)
        .caption(title, ("sans-serif", 15).into_font().style(FontStyle::Bold).color(&INK))
        .x_label_area_size(38)
        .y_label_area_size(54)
        .build_cartesian_2d(
            PERIODS.log_scale().with_key_points(PERIOD_TICKS.to_vec()),
            RATES.log_scale().with_key_points(RATE_TICKS.to_vec()),
        )?;
    chart
        .configure_mesh()
        .max_light_lines(0)
        .bold_line_style(FAINT)
        .axis_style(INK)
        .label_style(small())
        .x_labels(PERIOD_TICKS.len())
        .y_labels(RATE_TICKS.len())
        .x_label_formatter(&|periods| format!("{periods}"))
        .y_label_formatter(&|rate| power_of_ten(*rate))
        .x_desc("mean detection time (heartbeat periods)")
        .y_desc("mistakes per heartbeat")
        .draw()?;
    let shown = |&(periods, rate): &(f64, f64)| PERIODS.contains(&periods) && RATES.contains(&rate);
    let area = chart.plotting_area();
    let limit = results.limits.iter().filter(|limit| limit.trace == trace.name);
    let limit = limit.map(|limit| (limit.detection_mean_periods, limit.mistake_rate));
    Pen::LIMIT.line(area, limit.filter(shown).collect())?;
    for (about, pen) in results.contenders.iter().zip(pens(results)) {
        let is_its = |point: &&Point| point.trace == trace.name && point.contender == about.name;
        let points = || results.points.iter().filter(is_its);
        let at = |point: &Point, rate| (point.detection_mean_periods, rate);
        let seen = points().filter(|point| point.mistakes > 0);
        pen.line(area, seen.map(|point| at(point, point.mistake_rate)).filter(shown).collect())?;
        let unseen = points().find_map(|point| Some(at(point, point.mistake_rate_bound?)));
        if let Some(place) = unseen.filter(shown) {
            let down = [(-5, -4), (5, -4), (0, 5), (-5, -4), (5, -4)];
            let triangle = PathElement::new(down, pen.color.stroke_width(2));
            area.draw(&(EmptyElement::at(place) + triangle))?;
        }
    }
    Ok(())
}

/// 0.001 as 10⁻³; for powers of ten from 10⁻⁹ to 1.
fn power_of_ten(rate: f64) -> String {
    match rate.log10().round() as i32 {
        0 => "1".into(),
        exponent => {
            let digit = "⁰¹²³⁴⁵⁶⁷⁸⁹".chars().nth(exponent.unsigned_abs() as usize);
            digit.map_or_else(|| format!("{rate:e}"), |digit| format!("10⁻{digit}"))
        }
    }
}
