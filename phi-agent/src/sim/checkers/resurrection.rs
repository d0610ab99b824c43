//! No resurrection: who is down or has left comes back by a higher incarnation only.

use super::Checker;
use crate::sim::history::What;
use crate::sim::truth::Truth;

#[derive(Debug)]
pub(super) struct Resurrection;

impl Checker for Resurrection {
    fn name(&self) -> &'static str {
        "resurrection"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        let What::Seen(seen) = what else { return };
        let Some(held) = truth.view(seen.observer, seen.subject) else { return };
        let rises = !held.verdict.is_present() && seen.verdict.is_present();
        if rises && seen.incarnation <= held.incarnation {
            report(format!(
                "to n{}, n{} was {} in {} and is {} in {}",
                seen.observer,
                seen.subject,
                held.verdict.as_str(),
                held.incarnation,
                seen.verdict.as_str(),
                seen.incarnation,
            ));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::checkers::stage::{FIRST, Stage, refuted};
    use crate::sim::history::Verdict;

    /// Goal: it bites on a return in the same life, and not on one by refutation, nor on what a new
    /// process of the observer sees.
    #[test]
    fn the_dead_must_not_return_as_they_were() {
        let mut stage = Stage::new(3, Resurrection);
        stage.all_meet().says(0, 1, Verdict::Down, FIRST).says(0, 1, Verdict::Alive, refuted(1));
        stage.says(0, 2, Verdict::Left, FIRST);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.says(0, 2, Verdict::Suspect, FIRST);
        assert_eq!(stage.found, ["to n0, n2 was left in 1.0 and is suspect in 1.0"]);
        stage.says(1, 2, Verdict::Down, FIRST);
        stage.truth.started(1, FIRST);
        stage.says(1, 2, Verdict::Alive, FIRST);
        assert_eq!(stage.found.len(), 1);
    }
}
