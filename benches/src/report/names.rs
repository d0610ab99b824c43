//! Where the name of a line stands in a picture: beside it, where it covers least.
//!
//! Which lines have names is the business of [`pictures`](super::pictures).

use super::chart::{Frame, Word};

/// What a letter takes (pixels), and a line of text.
const LETTER: f64 = 8.0;
const HEIGHT: f64 = 16.0;

/// From a line to its name.
const APART: f64 = 6.0;

/// A rectangle of pixels.
#[derive(Clone, Copy)]
struct Room {
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Room {
    fn holds(self, (x, y): (f64, f64)) -> bool {
        (self.left..=self.right).contains(&x) && (self.top..=self.bottom).contains(&y)
    }

    fn meets(self, other: Self) -> bool {
        self.left < other.right
            && other.left < self.right
            && self.top < other.bottom
            && other.top < self.bottom
    }
}

/// Writes `text` beside the line through `places`, after all lines were drawn: at one of its
/// points, where it covers the least of the lines, and rather at the lower end.
pub(super) fn add(frame: &mut Frame, class: &str, text: &str, places: &[(f64, f64)]) {
    let width = text.chars().count() as f64 * LETTER;
    let inked: Vec<(f64, f64)> = frame.drawn.iter().flat_map(|line| dots(line)).collect();
    let taken: Vec<Room> = frame.chart.words.iter().map(room_of).collect();
    let chart = &frame.chart;
    let plot = Room { left: chart.left, right: chart.right, top: chart.top, bottom: chart.bottom };
    let pixels = places.iter().rev().map(|(x, y)| (frame.x.place(*x), frame.y.place(*y)));
    let rooms = pixels.filter(|at| plot.holds(*at)).flat_map(|at| corners(at, width));
    let is_free = |room: &Room| {
        plot.holds((room.left, room.top))
            && plot.holds((room.right, room.bottom))
            && !taken.iter().any(|other| other.meets(*room))
    };
    let covered = |room: &Room| inked.iter().filter(|dot| room.holds(**dot)).count();
    let Some(room) = rooms.filter(is_free).min_by_key(covered) else { return };
    frame.chart.words.push(Word {
        class: class.to_owned(),
        x: room.left.midpoint(room.right),
        y: room.bottom - 4.0,
        text: text.to_owned(),
        anchor: "middle",
    });
}

/// Below, above, and at both sides of a point.
fn corners((x, y): (f64, f64), width: f64) -> [Room; 4] {
    let room = |left: f64, top: f64| Room { left, right: left + width, top, bottom: top + HEIGHT };
    [
        room(x - width - APART, y + APART),
        room(x + APART, y - APART - HEIGHT),
        room(x - width - APART, y - HEIGHT / 2.0),
        room(x + APART, y - HEIGHT / 2.0),
    ]
}

fn room_of(word: &Word) -> Room {
    let half = word.text.chars().count() as f64 * LETTER / 2.0;
    let bottom = word.y + 4.0;
    Room { left: word.x - half, right: word.x + half, top: bottom - HEIGHT, bottom }
}

/// Dots along a line, 3 pixels apart.
fn dots(line: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let between = |(from, to): (&(f64, f64), &(f64, f64))| {
        let (across, down) = (to.0 - from.0, to.1 - from.1);
        let steps = (across.hypot(down) / 3.0).ceil().max(1.0) as u32;
        let from = *from;
        (0..=steps).map(move |step| {
            let part = f64::from(step) / f64::from(steps);
            (from.0 + across * part, from.1 + down * part)
        })
    };
    line.iter().zip(line.iter().skip(1)).flat_map(between).collect()
}

#[cfg(test)]
mod tests {
    use super::super::chart::Shape;
    use super::*;

    /// Goal: a name is within the plot, on no line and on no other name, as long as there is room;
    /// where there is none it is left out.
    #[test]
    fn names_cover_nothing() {
        let shape = Shape {
            width: 400.0,
            height: 300.0,
            x: 1.0..=100.0,
            y: 1e-4..=1.0,
            x_label: "x",
            y_label: "y",
            decades: false,
        };
        let mut frame = Frame::new("t".to_owned(), "t".to_owned(), &shape);
        let lines =
            [[(1.0, 0.5), (10.0, 1e-2), (90.0, 2e-4)], [(2.0, 0.5), (20.0, 1e-2), (95.0, 1e-3)]];
        for line in &lines {
            frame.line("c", line, "tip");
        }
        for line in &lines {
            add(&mut frame, "c", "name", line);
        }
        let rooms: Vec<Room> = frame.chart.words.iter().map(room_of).collect();
        assert_eq!(rooms.len(), 2);
        assert!(!rooms[0].meets(rooms[1]));
        for room in &rooms {
            assert!(!frame.drawn.iter().flat_map(|line| dots(line)).any(|dot| room.holds(dot)));
            assert!(room.left >= frame.chart.left && room.right <= frame.chart.right);
        }
        add(&mut frame, "c", &"too long ".repeat(9), &lines[0]);
        assert_eq!(frame.chart.words.len(), 2);
    }
}
