//! The main picture as a file of its own, for the README: with its ground, so that it can be read
//! on light and on dark pages, and with its key.

use serde::Serialize;

use super::chart::Chart;
use super::series::Series;

/// What the template `figure.html` needs.
#[derive(Serialize)]
pub(super) struct Figure<'a> {
    width: f64,
    height: f64,
    title: &'a str,
    hints: [String; 2],
    chart: &'a Chart,
    series: &'a [Series],
    keys: Vec<Key>,
}

/// A name in the key.
#[derive(Serialize)]
struct Key {
    class: String,
    kind: &'static str,
    path: &'static str,
    text: String,
    x: f64,
    y: f64,
}

const LINE: &str = "M0 0H22";
const BLOCK: &str = "M0 -5H22V5H0Z";

/// The picture `chart`, which shows `traces`.
pub(super) fn figure<'a>(chart: &'a Chart, series: &'a [Series], traces: &str) -> Figure<'a> {
    const ROW: f64 = 21.0;
    const HEAD: f64 = 80.0;
    let longest = series.iter().map(|one| one.name.chars().count()).max().unwrap_or(0);
    let column = (longest as f64).mul_add(7.6, 46.0).max(168.0);
    let columns = ((chart.width / column) as usize).max(1);
    let top = HEAD + chart.height + 18.0;
    let named = |one: &Series| (format!("line {}", one.class), one.kind, LINE, one.name.clone());
    let more = [
        ("line hindsight".to_owned(), "", LINE, "constant, hindsight".to_owned()),
        ("limit-area".to_owned(), "", BLOCK, "out of reach".to_owned()),
    ];
    let keys: Vec<Key> = series
        .iter()
        .map(named)
        .chain(more)
        .enumerate()
        .map(|(place, (class, kind, path, text))| Key {
            class,
            kind,
            path,
            text,
            x: 24.0 + (place % columns) as f64 * column,
            y: top + (place / columns) as f64 * ROW,
        })
        .collect();
    let rows = keys.len().div_ceil(columns) as f64;
    Figure {
        width: chart.width + 20.0,
        height: top + rows * ROW,
        title: "Time to detect a crash, against false alarms: one threshold for all networks",
        hints: [
            format!("Each dot is a threshold, the same for all of {traces}"),
            "Lower and further left is better. Nobody can be in the grey region; it ends where the \
             shortest trace cannot tell."
                .to_owned(),
        ],
        chart,
        series,
        keys,
    }
}
