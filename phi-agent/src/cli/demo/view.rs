//! What the audience sees: a live table on a terminal, lines elsewhere, nothing before the JSON.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use phi_core::Timestamp;

use super::figures::{Figures, Seen, name};
use super::report;
use crate::api::view::MemberView;
use crate::cli::terminal::{Screen, bar, length, level};
use crate::driver::clock;

/// φ at which the bars are full; the agents run with the default threshold.
const THRESHOLD: f64 = 2.0;

/// Frames between two lines about φ, where frames are not redrawn.
const FRAMES_PER_LINE: u32 = 3;

/// The show.
#[derive(Debug)]
pub(super) struct View {
    screen: Option<Screen>,
    frames: u32,
    /// The agent that the scene is about, and when something was done to it.
    focus: usize,
    since: Timestamp,
}

impl View {
    /// A show on standard output, or none.
    pub(super) fn new(silent: bool) -> Self {
        let screen = (!silent).then(Screen::new);
        Self { screen, frames: 0, focus: 0, since: clock::now() }
    }

    pub(super) const fn wants_frames(&self) -> bool {
        self.screen.is_some()
    }

    /// Announces a scene about the agent `focus`.
    pub(super) fn scene(&mut self, focus: usize, text: &str) -> io::Result<()> {
        (self.focus, self.since) = (focus, clock::now());
        self.say(text)
    }

    fn say(&mut self, text: &str) -> io::Result<()> {
        self.screen.as_mut().map_or(Ok(()), |screen| screen.print(text))
    }

    /// Tells an event.
    pub(super) fn tell(&mut self, seen: &Seen) -> io::Result<()> {
        let Seen { observer, event } = seen;
        let state = event.event.as_str();
        let after: Duration = event.mono_ns.0.saturating_since(self.since).into();
        let after = length(after.as_secs_f64());
        let text = format!("  {after:>8}  {} says: {} is {state}", name(*observer), event.node);
        self.say(&text)
    }

    /// Shows what each agent holds of each other.
    pub(super) fn frame(&mut self, seen: &[(usize, MemberView)]) -> io::Result<()> {
        let Some(screen) = self.screen.as_mut() else { return Ok(()) };
        self.frames = self.frames.wrapping_add(1);
        let mut subjects: BTreeMap<&str, Vec<(usize, &MemberView)>> = BTreeMap::new();
        for (observer, member) in seen {
            subjects.entry(member.name.as_str()).or_default().push((*observer, member));
        }
        if screen.is_live() {
            let lines = subjects.iter().map(|(subject, views)| row(subject, views));
            let table: Vec<String> = std::iter::once(HEADER.to_owned()).chain(lines).collect();
            return screen.draw(&table.join("\n"));
        }
        let focus = name(self.focus);
        match subjects.get(focus.as_str()) {
            Some(views) if self.frames.is_multiple_of(FRAMES_PER_LINE) => {
                screen.draw(&row(&focus, views))
            }
            Some(_) | None => Ok(()),
        }
    }

    /// Shows the sum.
    pub(super) fn finish(&mut self, figures: &Figures) -> io::Result<()> {
        match &mut self.screen {
            Some(screen) => screen.print(&report::text(figures)),
            None => Screen::new().print(&serde_json::to_string(figures)?),
        }
    }
}

const HEADER: &str = "  member    highest φ                             silence   held for";

/// One subject: the highest φ that anybody has of it, and what they hold it for.
fn row(subject: &str, views: &[(usize, &MemberView)]) -> String {
    let phi = views.iter().filter_map(|(_, member)| member.phi).fold(0.0, f64::max);
    let silence = views.iter().filter_map(|(_, member)| member.last_heartbeat_age_s);
    let mut states: BTreeMap<&str, usize> = BTreeMap::new();
    for (_, member) in views {
        *states.entry(member.state.as_str()).or_default() += 1;
    }
    let states: Vec<String> =
        states.into_iter().map(|(state, count)| format!("{state} by {count}")).collect();
    format!(
        "  {subject:8}  φ {:>8} {} {:>8}   {}",
        level(phi),
        bar(phi, THRESHOLD),
        length(silence.fold(0.0, f64::max)),
        states.join(", ")
    )
}
