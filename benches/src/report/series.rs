//! Who is who in pictures: the colour and the class of each contender, the same in all of them.
//!
//! Colours come in pairs, for light and for dark grounds. Ours are strong, others fainter, the
//! constant timeout is grey.

use phi_bench::results::{About, Kind};
use serde::Serialize;

use super::scale::thousands;

/// Of ours, in their order: told apart by the colour-blind too.
const OURS: [(&str, &str); 4] = [
    ("#8a2be2", "#c79bff"),
    ("#00795a", "#3fd0a4"),
    ("#0b5fd3", "#6cb0ff"),
    ("#b3128a", "#ff8fd8"),
];

/// Of others.
const OTHERS: [(&str, &str); 8] = [
    ("#c2410c", "#ff9a5c"),
    ("#a16207", "#e6c14a"),
    ("#b4233c", "#ff8095"),
    ("#4d7c0f", "#a9d65c"),
    ("#0e7490", "#58cbe4"),
    ("#7c4a1e", "#d8a878"),
    ("#5b5bd6", "#a5a5ff"),
    ("#6b7c00", "#cddc5a"),
];

const CONSTANT: (&str, &str) = ("#5f6671", "#a6adb8");

/// A contender as pictures show it.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Series {
    pub(super) name: String,
    pub(super) title: String,
    pub(super) source: String,
    /// `s0`, `s1`, …
    pub(super) slug: String,
    /// Its classes: slug and kind.
    pub(super) class: String,
    pub(super) kind: &'static str,
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
    pub(super) bytes: Option<String>,
    pub(super) heartbeat_ns: Option<f64>,
    pub(super) patience_ns: Option<f64>,
}

/// All of them, in their order.
pub(super) fn series(contenders: &[About]) -> Vec<Series> {
    let (mut ours, mut others) = (OURS.iter().cycle(), OTHERS.iter().cycle());
    let mut of_others = 0;
    let mut one = |(number, about): (usize, &About)| {
        let (kind, colours) = match about.kind {
            Kind::Constant => ("constant", Some(&CONSTANT)),
            Kind::Ours => ("ours", ours.next()),
            Kind::Published => ("published", others.next()),
            Kind::Rival => ("rival", others.next()),
        };
        of_others += usize::from(matches!(about.kind, Kind::Published | Kind::Rival));
        // Where colours come a second time, lines are broken.
        let again = if kind == "published" && of_others > OTHERS.len() { " again" } else { "" };
        let (light, dark) = colours.copied().unwrap_or(CONSTANT);
        Series {
            name: about.name.clone(),
            title: about.title.clone(),
            source: about.source.clone(),
            slug: format!("s{number}"),
            class: format!("s{number} {kind}{again}"),
            kind,
            light,
            dark,
            bytes: about.cost.bytes.map(thousands),
            heartbeat_ns: about.cost.heartbeat_ns,
            patience_ns: about.cost.patience_ns,
        }
    };
    contenders.iter().enumerate().map(&mut one).collect()
}
