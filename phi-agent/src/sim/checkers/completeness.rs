//! Completeness: whoever has gone is held down by all, within a bound.
//!
//! All are those on the side of the majority that ran undisturbed for as long as the bound. It
//! begins again when a datagram of the dead arrives that was held or slow: that looks like life.
//! Nor can anybody know sooner who heard of the member after it had gone.

use std::collections::BTreeSet;
use std::time::Duration;

use super::Checker;
use crate::sim::facts::{Phase, View};
use crate::sim::history::What;
use crate::sim::truth::Truth;

#[derive(Debug)]
pub(super) struct Completeness {
    within: Duration,
    /// Whom it was said of already: observer, subject, and how many lives the subject had.
    told: BTreeSet<(usize, usize, u32)>,
}

impl Completeness {
    pub(super) const fn new(within: Duration) -> Self {
        Self { within, told: BTreeSet::new() }
    }
}

impl Checker for Completeness {
    fn name(&self) -> &'static str {
        "completeness"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        let What::Tick = what else { return };
        let gone: Vec<_> = truth
            .facts()
            .filter(|(_, fact)| matches!(fact.phase, Phase::Crashed | Phase::Dead | Phase::Left))
            .filter(|(_, fact)| !fact.unaccountable)
            .filter(|(subject, _)| {
                Duration::from(truth.now.saturating_since(truth.gone_since(*subject))) > self.within
            })
            .collect();
        if gone.is_empty() {
            return;
        }
        let observers = (0..truth.hosts()).filter(|host| {
            truth.is_informed(*host, self.within) && truth.is_in_majority(*host, self.within)
        });
        let pairs = observers.flat_map(|observer| gone.iter().map(move |gone| (observer, gone)));
        for (observer, (subject, fact)) in pairs {
            let late = |view: &View| {
                Duration::from(truth.now.saturating_since(view.present_since)) > self.within
            };
            let held = truth.view(observer, *subject).filter(|view| view.verdict.is_present());
            let held = held.filter(late);
            let new = |_: &View| self.told.insert((observer, *subject, fact.lives));
            let Some(View { verdict, .. }) = held.filter(new) else { continue };
            report(format!(
                "n{observer} holds n{subject} {}, which has been gone for {:.1} s",
                verdict.as_str(),
                Duration::from(truth.now.saturating_since(fact.since)).as_secs_f64(),
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::checkers::stage::{FIRST, Stage};
    use crate::sim::history::Verdict;

    /// Goal: it bites when one of two is late, once, and lets those be who cannot know.
    #[test]
    fn the_dead_must_be_noticed() {
        let mut stage = Stage::new(3, Completeness::new(Duration::from_secs(10)));
        stage.all_meet().wait(20);
        stage.truth.ended(2, Phase::Dead);
        stage.wait(5).says(0, 2, Verdict::Down, FIRST);
        stage.wait(4).wait(2).wait(1);
        assert_eq!(stage.found, ["n1 holds n2 alive, which has been gone for 11.0 s"]);
    }

    /// Goal: a word of the dead that arrives late gives all the bound from then on, and one that is
    /// late to an observer gives it to that observer; and no more than that.
    #[test]
    fn late_words_look_like_life() {
        let mut stage = Stage::new(3, Completeness::new(Duration::from_secs(10)));
        stage.all_meet().wait(20);
        stage.truth.ended(2, Phase::Dead);
        stage.wait(9);
        stage.truth.heard(2, 1, Duration::from_secs(9));
        stage.wait(9);
        stage.truth.heard(0, 1, Duration::from_secs(5));
        stage.wait(2);
        assert_eq!(stage.found, ["n0 holds n2 alive, which has been gone for 20.0 s"]);
        stage.wait(9);
        assert_eq!(stage.found.len(), 2, "{:?}", stage.found);
    }

    /// Goal: an observer that was itself disturbed has the bound from then on.
    #[test]
    fn the_disturbed_are_excused() {
        let mut stage = Stage::new(3, Completeness::new(Duration::from_secs(10)));
        stage.all_meet().wait(20).says(0, 2, Verdict::Down, FIRST);
        stage.truth.ended(2, Phase::Crashed);
        stage.truth.disturb(1, true);
        stage.wait(15);
        stage.truth.disturb(1, false);
        stage.wait(9);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.wait(2);
        assert_eq!(stage.found.len(), 1);
    }
}
