//! What the events of a demo say: who noticed what, and after how long.
//!
//! Pure: events and the times of what was done go in.

use phi_core::Timestamp;
use serde::Serialize;

use crate::api::change::EventView;
use crate::proto::liveness::Liveness;

/// An event, and the agent that reported it.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) observer: usize,
    pub(super) event: EventView,
}

/// The name of the agent `index`.
pub(super) fn name(index: usize) -> String {
    format!("agent-{}", index + 1)
}

/// What was done to whom, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Marks {
    pub(super) started: Timestamp,
    pub(super) victim: usize,
    pub(super) sleeper: usize,
    pub(super) killed: Option<Timestamp>,
    pub(super) paused: Option<Timestamp>,
    pub(super) restarted: Option<Timestamp>,
}

/// The sum of a demo.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Figures {
    full_view_s: Option<f64>,
    killed: Killed,
    paused: Paused,
    restarted: Restarted,
    pub(super) false_alarms: usize,
    #[serde(skip)]
    expected: usize,
}

/// Who reported the killed one down, and how long after the kill.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Killed {
    pub(super) observers: usize,
    pub(super) first_suspected_s: Option<f64>,
    pub(super) first_s: Option<f64>,
    pub(super) median_s: Option<f64>,
    pub(super) last_s: Option<f64>,
}

/// Who took the paused one for suspect or down.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Paused {
    pub(super) suspected_by: usize,
    pub(super) down_by: usize,
}

/// Who saw the killed one come back, and how long after its start.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(super) struct Restarted {
    pub(super) seen_up_by: usize,
    pub(super) last_s: Option<f64>,
}

impl Marks {
    pub(super) const fn new(started: Timestamp, victim: usize, sleeper: usize) -> Self {
        Self { started, victim, sleeper, killed: None, paused: None, restarted: None }
    }

    /// Whether a suspicion of `event`'s member is nobody's fault but the detector's.
    fn is_false(&self, event: &EventView) -> bool {
        let alarm = event.event == Liveness::Suspect || event.event == Liveness::Down;
        let since = |index: usize, mark: Option<Timestamp>| {
            event.node.as_str() == name(index) && mark.is_some_and(|mark| event.mono_ns.0 >= mark)
        };
        let dead = since(self.victim, self.killed) && !since(self.victim, self.restarted);
        alarm && !dead && !since(self.sleeper, self.paused)
    }
}

impl Figures {
    /// The figures of all events `seen`, of which `expected` observers should each report a kill.
    pub(super) fn of(seen: &[Seen], marks: &Marks, expected: usize) -> Self {
        let victim = |what, mark| first_times(seen, marks.victim, what, mark);
        let sleeper = |what| first_times(seen, marks.sleeper, what, marks.paused).len();
        let down = victim(Liveness::Down, marks.killed);
        let back = victim(Liveness::Up, marks.restarted);
        let full = seen.iter().filter(|seen| {
            seen.event.event == Liveness::Up
                && marks.killed.is_none_or(|at| seen.event.mono_ns.0 < at)
        });
        Self {
            full_view_s: full.map(|seen| since(marks.started, &seen.event)).reduce(f64::max),
            killed: Killed {
                observers: down.len(),
                first_suspected_s: victim(Liveness::Suspect, marks.killed).first().copied(),
                first_s: down.first().copied(),
                median_s: median(&down),
                last_s: down.last().copied(),
            },
            paused: Paused {
                suspected_by: sleeper(Liveness::Suspect),
                down_by: sleeper(Liveness::Down),
            },
            restarted: Restarted { seen_up_by: back.len(), last_s: back.last().copied() },
            false_alarms: seen.iter().filter(|seen| marks.is_false(&seen.event)).count(),
            expected,
        }
    }

    pub(super) const fn full_view_s(&self) -> Option<f64> {
        self.full_view_s
    }

    pub(super) const fn killed(&self) -> &Killed {
        &self.killed
    }

    pub(super) const fn paused(&self) -> &Paused {
        &self.paused
    }

    pub(super) const fn restarted(&self) -> &Restarted {
        &self.restarted
    }

    /// What did not happen that should have.
    pub(super) fn shortfall(&self) -> Option<String> {
        let Self { killed, restarted, expected, .. } = self;
        if killed.observers < *expected {
            return Some(format!("only {} of {expected} noticed the kill", killed.observers));
        }
        (restarted.seen_up_by < *expected)
            .then(|| format!("only {} of {expected} saw the return", restarted.seen_up_by))
    }
}

/// Whether each of `agents` has reported all others up.
pub(super) fn full_view(seen: &[Seen], agents: usize) -> bool {
    (0..agents).all(|observer| {
        (0..agents).filter(|subject| *subject != observer).all(|subject| {
            seen.iter().any(|seen| {
                seen.observer == observer
                    && seen.event.event == Liveness::Up
                    && seen.event.node.as_str() == name(subject)
            })
        })
    })
}

/// How many have reported the killed one down.
pub(super) fn down_by(seen: &[Seen], marks: &Marks) -> usize {
    first_times(seen, marks.victim, Liveness::Down, marks.killed).len()
}

/// How many have reported the killed one up again.
pub(super) fn back_by(seen: &[Seen], marks: &Marks) -> usize {
    first_times(seen, marks.victim, Liveness::Up, marks.restarted).len()
}

/// For each observer that reported `what` of `subject` since `mark`, how long after it the first
/// time was (s), in rising order.
fn first_times(seen: &[Seen], subject: usize, what: Liveness, mark: Option<Timestamp>) -> Vec<f64> {
    let Some(mark) = mark else { return Vec::new() };
    let mut first = std::collections::BTreeMap::new();
    for Seen { observer, event } in seen {
        if event.event == what && event.node.as_str() == name(subject) && event.mono_ns.0 >= mark {
            first.entry(*observer).or_insert_with(|| since(mark, event));
        }
    }
    let mut times: Vec<f64> = first.into_values().collect();
    times.sort_by(f64::total_cmp);
    times
}

fn since(mark: Timestamp, event: &EventView) -> f64 {
    let length = event.mono_ns.0.saturating_since(mark);
    to_millis(std::time::Duration::from(length).as_secs_f64())
}

/// Seconds to the millisecond: what is below is noise.
fn to_millis(seconds: f64) -> f64 {
    (seconds * 1e3).round() / 1e3
}

/// The middle one, or the mean of the two in the middle.
fn median(sorted: &[f64]) -> Option<f64> {
    let upper = *sorted.get(sorted.len() / 2)?;
    let lower = *sorted.get(sorted.len().saturating_sub(1) / 2)?;
    Some(to_millis(f64::midpoint(lower, upper)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(observer: usize, event: &str, subject: usize, second: f64) -> Seen {
        let nanos = format!("{:.0}", second * 1e9);
        let event = serde_json::json!({
            "event": event, "seq": 1, "node": name(subject), "id": "0", "addr": "127.0.0.1:1",
            "incarnation": {"start": 1, "refutation": 0}, "phi": 9.0, "mono_ns": nanos,
        });
        Seen { observer, event: serde_json::from_value(event).expect("an event") }
    }

    fn marks() -> Marks {
        let at = |second: u64| Some(Timestamp::from_nanos(second * 1_000_000_000));
        let started = Timestamp::ORIGIN;
        Marks { killed: at(10), paused: at(20), restarted: at(30), ..Marks::new(started, 3, 1) }
    }

    /// Goal: each alarm is put down to the kill, to the pause, or to nobody: then it is false.
    #[test]
    fn alarms_are_told_apart() {
        let story = [
            seen(0, "suspect", 3, 9.0),  // before the kill: false
            seen(0, "suspect", 3, 12.0), // the kill
            seen(0, "down", 3, 14.0),    // the kill
            seen(2, "down", 3, 13.0),    // the kill
            seen(4, "suspect", 1, 19.0), // before the pause: false
            seen(4, "suspect", 1, 21.0), // the pause
            seen(1, "suspect", 0, 21.5), // blamed by the paused one: false
            seen(0, "up", 3, 31.0),      // the return
            seen(2, "suspect", 3, 32.0), // after the return: false
        ];
        let figures = Figures::of(&story, &marks(), 4);
        assert_eq!(figures.false_alarms, 4);
        let Killed { observers, first_suspected_s, first_s, median_s, last_s } = figures.killed;
        assert_eq!((observers, first_suspected_s, first_s), (2, Some(2.0), Some(3.0)));
        assert_eq!((median_s, last_s), (Some(3.5), Some(4.0)));
        assert_eq!(figures.paused, Paused { suspected_by: 1, down_by: 0 });
        assert_eq!(figures.restarted, Restarted { seen_up_by: 1, last_s: Some(1.0) });
        assert!(figures.shortfall().is_some_and(|text| text.contains("2 of 4")));
    }

    /// Goal: a view is full when everybody has seen everybody else, and not before.
    #[test]
    fn full_views_are_recognised() {
        let mut story: Vec<Seen> = (0..3)
            .flat_map(|a| (0..3).map(move |b| (a, b)))
            .filter(|(a, b)| a != b)
            .map(|(a, b)| seen(a, "up", b, 1.0))
            .collect();
        assert!(full_view(&story, 3));
        story.pop();
        assert!(!full_view(&story, 3));
    }
}
