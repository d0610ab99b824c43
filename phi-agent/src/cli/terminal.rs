//! Standard output: text that is redrawn in place on a terminal, and lines elsewhere.
//!
//! A reader that has gone away ends the command, it does not panic.

use std::io::{self, IsTerminal, Write};

use crossterm::cursor::MoveToPreviousLine;
use crossterm::terminal::{Clear, ClearType};

/// Cells of a bar from φ = 0 to the threshold.
const BAR_CELLS: usize = 24;

/// Standard output.
#[derive(Debug)]
pub(super) struct Screen {
    live: bool,
    /// Lines of the last frame, to be drawn over.
    drawn: u16,
}

impl Screen {
    pub(super) fn new() -> Self {
        Self { live: io::stdout().is_terminal(), drawn: 0 }
    }

    /// Whether frames are redrawn in place.
    pub(super) const fn is_live(&self) -> bool {
        self.live
    }

    /// Prints text that stays, above the frame if there is one.
    pub(super) fn print(&mut self, text: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        self.erase(&mut out)?;
        writeln!(out, "{text}")?;
        out.flush()
    }

    /// Draws a frame in place of the last one.
    pub(super) fn draw(&mut self, frame: &str) -> io::Result<()> {
        let mut out = io::stdout().lock();
        self.erase(&mut out)?;
        if !self.live {
            writeln!(out, "{frame}")?;
            return out.flush();
        }
        // What would wrap or scroll could not be drawn over.
        let (columns, rows) = crossterm::terminal::size().unwrap_or((80, 24));
        let shown: Vec<String> = frame
            .lines()
            .take(usize::from(rows.saturating_sub(1)))
            .map(|line| line.chars().take(usize::from(columns)).collect())
            .collect();
        writeln!(out, "{}", shown.join("\n"))?;
        self.drawn = u16::try_from(shown.len()).unwrap_or(u16::MAX);
        out.flush()
    }

    /// Takes the last frame away.
    fn erase(&mut self, out: &mut impl Write) -> io::Result<()> {
        let drawn = std::mem::take(&mut self.drawn);
        if drawn > 0 {
            crossterm::queue!(out, MoveToPreviousLine(drawn), Clear(ClearType::FromCursorDown))?;
        }
        Ok(())
    }
}

/// A bar of φ up to the threshold, which is its right end.
pub(super) fn bar(phi: f64, threshold: f64) -> String {
    let share = if threshold > 0.0 { (phi / threshold).clamp(0.0, 1.0) } else { 0.0 };
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "a share of a few cells"
    )]
    let filled = (share * BAR_CELLS as f64).round() as usize;
    format!("{}{}", "█".repeat(filled), "·".repeat(BAR_CELLS.saturating_sub(filled)))
}

/// φ with as many digits as people want: two, or none where it is large.
pub(super) fn level(phi: f64) -> String {
    if phi < 100.0 {
        format!("{phi:.2}")
    } else if phi < 1e6 {
        format!("{phi:.0}")
    } else {
        format!("{phi:.1e}")
    }
}

/// A length of time in seconds, in a unit that people read.
pub(super) fn length(seconds: f64) -> String {
    if seconds.abs() < 0.000_999_5 {
        format!("{:.0} µs", seconds * 1e6)
    } else if seconds.abs() < 0.999_5 {
        format!("{:.0} ms", seconds * 1e3)
    } else if seconds.abs() < 120.0 {
        format!("{seconds:.2} s")
    } else {
        format!("{:.0} min", seconds / 60.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: bars have one width, whatever φ is.
    #[test]
    fn bars_have_one_width() {
        for phi in [0.0, 0.1, 4.0, 8.0, 1e300, f64::MAX] {
            assert_eq!(bar(phi, 8.0).chars().count(), BAR_CELLS, "{phi}");
        }
        assert!(bar(0.0, 8.0).starts_with('·') && bar(8.0, 8.0).ends_with('█'));
    }

    /// Goal: numbers are short at every size.
    #[test]
    fn numbers_are_short() {
        let levels = [0.0, 7.994, 123.4, 2.5e9].map(level);
        assert_eq!(levels, ["0.00", "7.99", "123", "2.5e9"]);
        let lengths = [0.000_25, 0.02, 1.5, 90.0, 600.0].map(length);
        assert_eq!(lengths, ["250 µs", "20 ms", "1.50 s", "90.00 s", "10 min"]);
    }
}
