//! The trade-off as a picture: one panel a trace, one line a contender.
//!
//! What the numbers mean is said in [`measure`](crate::measure).

use std::ops::Range;

use anyhow::Result;
use plotters::coord::Shift;
use plotters::prelude::*;

use crate::measure::Point;
use crate::tradeoff::Finding;

type Canvas<'a> = DrawingArea<SVGBackend<'a>, Shift>;

const COLUMNS_MAX: usize = 3;
const PANEL_PIXELS: (u32, u32) = (430, 320);
const HEAD_PIXELS: u32 = 84;
const WIDTH_PIXELS_MIN: u32 = 760;

/// What panels show; equal in all, so that they compare by eye. Points beyond are left out.
const PERIODS: Range<f64> = 0.9..1_200.0;
const RATES: Range<f64> = 1e-5..1.0;

const PERIOD_TICKS: [f64; 10] = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0];
const RATE_TICKS: [f64; 6] = [1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0];

const HINT: &str = "Lower and further left is better. \
    Hollow triangle: no mistake in the whole trace, so the rate is below this (95 %).";

const INK: RGBColor = RGBColor(0x33, 0x33, 0x33);
const FAINT: RGBColor = RGBColor(0xe4, 0xe4, 0xe4);

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

/// All findings as one SVG document.
pub(crate) fn tradeoff(findings: &[Finding]) -> Result<String> {
    let columns = findings.len().clamp(1, COLUMNS_MAX);
    let rows = findings.len().div_ceil(columns).max(1);
    let width = (PANEL_PIXELS.0 * columns as u32).max(WIDTH_PIXELS_MIN);
    let height = HEAD_PIXELS + PANEL_PIXELS.1 * rows as u32;
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, (width, height)).into_drawing_area();
        root.fill(&WHITE)?;
        let (head, body) = root.split_vertically(HEAD_PIXELS);
        draw_head(&head, findings)?;
        for (area, finding) in body.split_evenly((rows, columns)).iter().zip(findings) {
            draw_panel(area, finding)?;
        }
        root.present()?;
    }
    Ok(svg)
}

/// Title, what to look for, and the legend of all panels.
fn draw_head(head: &Canvas<'_>, findings: &[Finding]) -> Result<()> {
    let title = ("sans-serif", 20).into_font().style(FontStyle::Bold).color(&INK);
    let small = ("sans-serif", 13).into_font().color(&INK);
    head.draw(&Text::new("Time to detect a crash, against false alarms", (16, 12), title))?;
    head.draw(&Text::new(HINT, (16, 38), small.clone()))?;
    let mut left = 16;
    let curves = findings.first().map(|finding| &finding.curves).into_iter().flatten();
    for (curve, color) in curves.zip(PALETTE.into_iter().cycle()) {
        head.draw(&PathElement::new([(left, 67), (left + 26, 67)], color.stroke_width(3)))?;
        head.draw(&Text::new(curve.contender, (left + 32, 60), small.clone()))?;
        left += 120;
    }
    Ok(())
}

fn draw_panel(area: &Canvas<'_>, finding: &Finding) -> Result<()> {
    let title = format!("{}: {}", finding.trace.name, finding.trace.kind);
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
    for (curve, color) in finding.curves.iter().zip(PALETTE.into_iter().cycle()) {
        let at = |point: &Point, rate| (finding.periods(point.detection_mean_ns), rate);
        let shown =
            |&(periods, rate): &(f64, f64)| PERIODS.contains(&periods) && RATES.contains(&rate);
        let seen = curve.points.iter().filter(|point| point.mistakes > 0);
        let line: Vec<_> =
            seen.map(|point| at(point, point.mistake_rate())).filter(shown).collect();
        chart.draw_series(line.iter().map(|&place| Circle::new(place, 2, color.filled())))?;
        chart.draw_series([PathElement::new(line, color.stroke_width(2))])?;
        let unseen = curve.points.iter().find_map(|point| Some(at(point, point.rate_bound()?)));
        chart.draw_series(unseen.filter(shown).map(|place| {
            let down = [(-5, -4), (5, -4), (0, 5), (-5, -4), (5, -4)];
            EmptyElement::at(place) + PathElement::new(down, color.stroke_width(2))
        }))?;
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
