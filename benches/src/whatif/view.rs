//! What `whatif` found, for a terminal: the table, what it rests on, and the settings.
//!
//! Nothing is computed here but how figures are shown.

use std::io::Write;
use std::time::Duration;

use anyhow::Result;
use comfy_table::{CellAlignment, Table, presets};

use super::{Answer, Document};

/// Extrapolation over more than this is said to be far.
const FAR: f64 = 10.0;

pub(super) fn print(out: &mut impl Write, document: &Document) -> Result<()> {
    let wanted = span(document.alarms_per_s);
    let count = document.recordings.len();
    writeln!(
        out,
        "{count} recording{}, {} in all, {} heartbeats.\n\
         Wanted: at most one false alarm per {wanted}.\n",
        if count == 1 { "" } else { "s" },
        span(document.length_s),
        document.beats
    )?;
    writeln!(out, "{}", table(document))?;
    writeln!(
        out,
        "\nThe threshold is the upper end of what is likely (97.5 %), the likeliest in \
         parentheses;\n\
         times are at it: mean and 99 % of crashes (of the slowest recording). The last column is\n\
         what the count alone says (95 %, if alarms come independently of each other): alarms in\n\
         {wanted} when so many were seen in the recording; none seen is the rule of three."
    )?;
    if document.beyond > 1.0 {
        writeln!(
            out,
            "\nExtrapolated: {wanted} are {:.0} times the recording, so thresholds rest on the\n\
             shape of the longest silences in it. They hold if rarer troubles are of the same \
             kind\n\
             as the seen ones; a kind of trouble that did not occur cannot be known.{}",
            document.beyond,
            if document.beyond > FAR { " Record longer\nto be surer." } else { "" }
        )?;
    }
    match &document.settings {
        Some(settings) => {
            writeln!(
                out,
                "\nFor phi-agent (`phi-agent check-config FILE` checks it):\n\n{settings}"
            )?;
        }
        None => {
            writeln!(
                out,
                "\nNo settings: too little was recorded, or no silence is longer than the others."
            )?;
        }
    }
    Ok(())
}

fn table(document: &Document) -> Table {
    let mut table = Table::new();
    table.load_style(presets::ASCII_MARKDOWN);
    table.set_header([
        "model",
        "threshold",
        "detects in, mean",
        "99 %",
        "basis",
        "alarms seen",
        "at most (counted)",
    ]);
    for answer in &document.answers {
        table.add_row(row(answer));
    }
    for column in [1, 2, 3, 5, 6] {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

fn row(answer: &Answer) -> Vec<String> {
    let Some(found) = &answer.found else {
        let why = if answer.depends_on_verdicts {
            "hangs on its verdicts: see `tradeoff`"
        } else {
            "no threshold, or too little recorded"
        };
        return vec![answer.model.to_owned(), "–".into(), "–".into(), "–".into(), why.to_owned()];
    };
    let needed = found.needed;
    vec![
        answer.model.to_owned(),
        format!("{} ({})", short(needed.threshold_safe), short(needed.threshold)),
        seconds(found.detection_mean_s),
        seconds(found.detection_p99_s),
        needed.basis.as_str().to_owned(),
        found.alarms_seen.to_string(),
        short(found.alarms_at_most),
    ]
}

/// Three digits that matter.
fn short(value: f64) -> String {
    if value.abs() < 1e-9 {
        return "0".to_owned();
    }
    let decimals = (2 - value.abs().log10().floor() as i32).clamp(0, 9) as usize;
    format!("{value:.decimals$}")
}

fn seconds(value: f64) -> String {
    match value {
        value if value < 1.0 => format!("{} ms", short(value * 1e3)),
        value if value < 600.0 => format!("{} s", short(value)),
        value => span(value),
    }
}

/// A length of time in words: `7m 20s`, `30 days`.
pub(super) fn span(seconds: f64) -> String {
    let millis = if seconds < 60.0 { seconds * 1e3 } else { seconds.round() * 1e3 };
    let words = humantime::format_duration(Duration::from_millis(millis as u64)).to_string();
    words.replace("days", " days").replace("months", " months").replace("years", " years")
}
