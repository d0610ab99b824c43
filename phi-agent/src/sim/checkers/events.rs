//! Events: numbered without gaps from 1, none lost, and no state that no event has told of.

use super::Checker;
use crate::sim::history::{Held, What};
use crate::sim::truth::Truth;

#[derive(Debug)]
pub(super) struct Events {
    /// For each process: which of its host's lives it is, and the number of its last event.
    last: Vec<(u32, u64)>,
}

impl Events {
    pub(super) fn new(hosts: usize) -> Self {
        Self { last: vec![(0, 0); hosts] }
    }

    /// The number of the last event of the process that runs on `host` now.
    fn last(&mut self, host: usize, truth: &Truth) -> Option<&mut u64> {
        let lives = truth.fact(host)?.lives;
        let (life, number) = self.last.get_mut(host)?;
        if *life != lives {
            (*life, *number) = (lives, 0);
        }
        Some(number)
    }
}

impl Checker for Events {
    fn name(&self) -> &'static str {
        "events"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        match what {
            What::Seen(seen) => {
                let Some(last) = self.last(seen.observer, truth) else { return };
                let before = std::mem::replace(last, seen.number);
                if seen.number != before + 1 {
                    report(format!(
                        "n{}: event {} follows event {before}",
                        seen.observer, seen.number
                    ));
                }
            }
            What::Aside { observer, number } => {
                let Some(last) = self.last(*observer, truth) else { return };
                let before = std::mem::replace(last, *number);
                if *number != before + 1 {
                    report(format!("n{observer}: event {number} follows event {before}"));
                }
            }
            What::Nobody { observer, .. } => {
                if let Some(last) = self.last(*observer, truth) {
                    *last += 1; // the event itself is another checker's business
                }
            }
            What::Table { observer, rows, last_event } => {
                let Some(last) = self.last(*observer, truth) else { return };
                if last != last_event {
                    report(format!("n{observer} counts {last_event} events and told {last}"));
                }
                compare(*observer, rows, truth, report);
            }
            What::Own { .. } | What::Turn { .. } | What::Tick => {}
        }
    }
}

/// Compares a table with what events have told of it. Whoever has gone may be forgotten silently.
fn compare(observer: usize, rows: &[Held], truth: &Truth, report: &mut dyn FnMut(String)) {
    let mut held = vec![false; truth.hosts()];
    for row in rows {
        let Some(subject) = row.subject else { continue };
        if let Some(held) = held.get_mut(subject) {
            *held = true;
        }
        let told = truth.view(observer, subject).map(|view| view.verdict);
        if told != Some(row.verdict) {
            let told = told.map_or("nothing", |verdict| verdict.as_str());
            let held = row.verdict.as_str();
            report(format!("n{observer} holds n{subject} {held}; its events told {told}"));
        }
    }
    let lost = truth
        .views(observer)
        .filter(|(subject, view)| view.verdict.is_present() && held.get(*subject) == Some(&false));
    for (subject, _) in lost {
        report(format!("n{observer} has forgotten n{subject} without an event"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::checkers::stage::{FIRST, Stage};
    use crate::sim::history::{Seen, Verdict};

    /// Goal: it bites on a gap, a lost event, a silent change and a silent loss.
    #[test]
    fn events_must_tell_all() {
        let mut stage = Stage::new(3, Events::new(3));
        stage.all_meet();
        let sound = [(1, Verdict::Alive, FIRST), (2, Verdict::Alive, FIRST)];
        stage.table(0, &sound);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.table(0, &[(1, Verdict::Down, FIRST)]);
        assert_eq!(stage.found.len(), 2, "changed and forgotten: {:?}", stage.found);
        stage.show(&What::Table { observer: 1, rows: &[], last_event: 3 });
        let at = stage.truth.now;
        stage.show(&What::Seen(Seen {
            at,
            observer: 2,
            subject: 0,
            number: 4,
            verdict: Verdict::Down,
            incarnation: FIRST,
        }));
        let told = stage.found.join("\n");
        assert!(told.contains("counts 3 events and told 2"), "{told}");
        assert!(told.contains("event 4 follows event 2"), "{told}");
    }

    /// Goal: a new process counts from 1 again.
    #[test]
    fn a_restart_begins_anew() {
        let mut stage = Stage::new(2, Events::new(2));
        stage.all_meet();
        stage.truth.started(0, FIRST);
        let (at, verdict) = (stage.truth.now, Verdict::Alive);
        let seen = Seen { at, observer: 0, subject: 1, number: 1, verdict, incarnation: FIRST };
        stage.show(&What::Seen(seen));
        assert!(stage.found.is_empty(), "{:?}", stage.found);
    }
}
