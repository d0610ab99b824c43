//! Accuracy: no member that was connected, running and not paused is declared down by the side of
//! the majority.

use std::time::Duration;

use super::Checker;
use crate::sim::history::{Seen, Verdict, What};
use crate::sim::truth::Truth;

#[derive(Debug)]
pub(super) struct Accuracy {
    /// How long both must have been undisturbed.
    calm_for: Duration,
}

impl Accuracy {
    pub(super) const fn new(calm_for: Duration) -> Self {
        Self { calm_for }
    }
}

impl Checker for Accuracy {
    fn name(&self) -> &'static str {
        "accuracy"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        let What::Seen(Seen { observer, subject, verdict: Verdict::Down, incarnation, .. }) = what
        else {
            return;
        };
        let both = [*observer, *subject];
        let accountable = |host: usize| truth.fact(host).is_some_and(|fact| !fact.unaccountable);
        // A verdict on an earlier life says nothing about this one.
        let present = truth.fact(*subject).is_some_and(|fact| incarnation.start >= fact.own.start);
        if present
            && both.into_iter().all(accountable)
            && both.into_iter().all(|host| truth.is_in_majority(host, self.calm_for))
        {
            report(format!(
                "n{observer} declares n{subject} down, which has run undisturbed for {:?}",
                self.calm_for
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::checkers::stage::{FIRST, Stage};

    fn stage() -> Stage<Accuracy> {
        let mut stage = Stage::new(5, Accuracy::new(Duration::from_secs(10)));
        stage.all_meet().wait(20);
        stage
    }

    /// Goal: it bites on a false verdict about a member that only the observer cannot reach.
    #[test]
    fn a_healthy_member_must_not_be_declared_down() {
        let mut stage = stage();
        stage.truth.close(1, 0, true);
        stage.wait(10).says(0, 1, Verdict::Down, FIRST);
        assert_eq!(stage.found.len(), 1, "{:?}", stage.found);
    }

    /// Goal: verdicts on the paused, across a partition by the minority, and on earlier lives are
    /// no lies.
    #[test]
    fn verdicts_with_a_reason_are_let_be() {
        let mut paused = stage();
        paused.truth.disturb(1, true);
        paused.wait(5);
        paused.truth.disturb(1, false);
        paused.wait(2).says(0, 1, Verdict::Down, FIRST);
        let mut minority = stage();
        for (a, b) in [0, 1].into_iter().flat_map(|a| [2, 3, 4].map(|b| (a, b))) {
            minority.truth.close(a, b, true);
            minority.truth.close(b, a, true);
        }
        minority.wait(20).says(0, 2, Verdict::Down, FIRST).says(2, 0, Verdict::Down, FIRST);
        let mut earlier = stage();
        earlier.truth.started(1, crate::ident::Incarnation::of_start(2));
        earlier.wait(20).says(0, 1, Verdict::Down, FIRST);
        for stage in [paused, minority, earlier] {
            assert!(stage.found.is_empty(), "{:?}", stage.found);
        }
    }
}
