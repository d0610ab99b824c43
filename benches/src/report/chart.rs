//! A picture as data: lines, marks and axes in pixels. The template `chart.html` makes SVG of it.
//!
//! What is drawn is the business of [`pictures`](super::pictures).

use std::fmt::Write as _;
use std::ops::RangeInclusive;

use serde::Serialize;

use super::scale::{Scale, decades, plain, power_of_ten, steps};

/// What a template needs to draw.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Chart {
    /// Unique in a page.
    pub(super) id: String,
    /// What it shows, for those who do not see it.
    pub(super) label: String,
    pub(super) width: f64,
    pub(super) height: f64,
    /// The plot's edges.
    pub(super) left: f64,
    pub(super) right: f64,
    pub(super) top: f64,
    pub(super) bottom: f64,
    pub(super) x_label: String,
    pub(super) y_label: String,
    pub(super) x_ticks: Vec<Tick>,
    pub(super) y_ticks: Vec<Tick>,
    /// Where nobody can be, or where promises are broken: a closed path, and its name.
    pub(super) area: Option<Area>,
    pub(super) lines: Vec<Line>,
    pub(super) marks: Vec<Mark>,
    pub(super) words: Vec<Word>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct Tick {
    pub(super) at: f64,
    pub(super) text: String,
}

/// A region that is tinted.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Area {
    pub(super) path: String,
    pub(super) class: &'static str,
}

/// A line of one contender.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Line {
    /// Class names that give it colour and width.
    pub(super) class: String,
    pub(super) path: String,
    /// What is said of it when it is pointed at.
    pub(super) tip: String,
}

/// One place: a dot, or a triangle for a bound.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Mark {
    pub(super) class: String,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) tip: String,
    pub(super) bound: bool,
}

/// A name beside a line.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Word {
    pub(super) class: String,
    pub(super) x: f64,
    pub(super) y: f64,
    pub(super) text: String,
    /// `start`, `middle` or `end`.
    pub(super) anchor: &'static str,
}

/// A frame with two logarithmic axes, into which values are drawn.
#[derive(Debug)]
pub(super) struct Frame {
    pub(super) chart: Chart,
    pub(super) x: Scale,
    pub(super) y: Scale,
    /// The lines so far, in pixels.
    pub(super) drawn: Vec<Vec<(f64, f64)>>,
}

/// How large a frame is, and what its axes show.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) width: f64,
    pub(super) height: f64,
    pub(super) x: RangeInclusive<f64>,
    pub(super) y: RangeInclusive<f64>,
    pub(super) x_label: &'static str,
    pub(super) y_label: &'static str,
    /// Both axes are powers of ten.
    pub(super) decades: bool,
}

impl Frame {
    pub(super) fn new(id: String, label: String, shape: &Shape) -> Self {
        let (left, right, top) = (52.0, shape.width - 14.0, 12.0);
        let bottom = shape.height - 46.0;
        let x = Scale::new(&shape.x, left, right);
        let y = Scale::new(&shape.y, bottom, top);
        let (x_values, x_text): (_, fn(f64) -> String) = if shape.decades {
            (decades(&shape.x), power_of_ten)
        } else {
            (steps(&shape.x), plain)
        };
        let tick = |scale: &Scale, value: f64, text| Tick { at: scale.place(value), text };
        let chart = Chart {
            id,
            label,
            width: shape.width,
            height: shape.height,
            left,
            right,
            top,
            bottom,
            x_label: shape.x_label.to_owned(),
            y_label: shape.y_label.to_owned(),
            x_ticks: x_values.into_iter().map(|v| tick(&x, v, x_text(v))).collect(),
            y_ticks: decades(&shape.y).into_iter().map(|v| tick(&y, v, power_of_ten(v))).collect(),
            ..Chart::default()
        };
        Self { chart, x, y, drawn: Vec::new() }
    }

    /// Adds a line through `places`; one of fewer than two is left out.
    pub(super) fn line(&mut self, class: &str, places: &[(f64, f64)], tip: &str) {
        if places.len() > 1 {
            let path = self.path(places);
            let pixels = places.iter().map(|(x, y)| (self.x.place(*x), self.y.place(*y)));
            self.drawn.push(pixels.collect());
            self.chart.lines.push(Line { class: class.to_owned(), path, tip: tip.to_owned() });
        }
    }

    /// Adds a mark, if it is within the frame.
    pub(super) fn mark(&mut self, class: &str, place: (f64, f64), tip: String, bound: bool) {
        if self.x.holds(place.0) && self.y.holds(place.1) {
            let (x, y) = (self.x.place(place.0), self.y.place(place.1));
            self.chart.marks.push(Mark { class: class.to_owned(), x, y, tip, bound });
        }
    }

    /// The path through `places`, those that are drawn in one spot once.
    pub(super) fn path(&self, places: &[(f64, f64)]) -> String {
        let mut path = String::new();
        let mut last = None;
        for (x, y) in places {
            let place = (self.x.place(*x), self.y.place(*y));
            if last != Some(place) {
                let letter = last.map_or('M', |_| 'L');
                write!(path, "{letter}{} {}", place.0, place.1).ok();
                last = Some(place);
            }
        }
        path
    }
}
