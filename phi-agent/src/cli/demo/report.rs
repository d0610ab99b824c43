//! The sum of a demo, as a small table.

use comfy_table::{Table, presets};

use super::figures::Figures;
use crate::cli::terminal::length;

pub(super) fn text(figures: &Figures) -> String {
    let time = |seconds: Option<f64>| seconds.map_or_else(|| "–".to_owned(), length);
    let (killed, paused, restarted) = (figures.killed(), figures.paused(), figures.restarted());
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.add_row(["all see all", "after", &time(figures.full_view_s())]);
    table.add_row([
        "killed",
        &format!("suspected first after {}", time(killed.first_suspected_s)),
        &format!(
            "reported down by {}: first {}, median {}, last {}",
            killed.observers,
            time(killed.first_s),
            time(killed.median_s),
            time(killed.last_s)
        ),
    ]);
    table.add_row([
        "paused for 1 s",
        &format!("suspected by {}", paused.suspected_by),
        &format!("reported down by {}", paused.down_by),
    ]);
    table.add_row([
        "started again",
        &format!("seen up by {}", restarted.seen_up_by),
        &format!("last after {}", time(restarted.last_s)),
    ]);
    table.add_row([
        "false alarms",
        &figures.false_alarms.to_string(),
        "(of members neither killed nor paused)",
    ]);
    format!("\n{table}")
}
