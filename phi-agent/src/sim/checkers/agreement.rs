//! Agreement: members that have been connected and undisturbed for the bound hold each other alive
//! in their true incarnation, and nobody who has gone. Suspects are allowed until the bound has
//! passed since the last fault.

use std::collections::BTreeSet;
use std::time::Duration;

use phi_core::Timestamp;

use super::Checker;
use crate::sim::history::{Held, Verdict, What};
use crate::sim::truth::{Phase, Truth};

#[derive(Debug)]
pub(super) struct Agreement {
    within: Duration,
    told: BTreeSet<(usize, usize)>,
    majority: Majority,
}

/// Who is on the side of the majority, found once for each time that tables are looked at: finding
/// it takes a look at all others.
#[derive(Debug, Default)]
struct Majority {
    at: Timestamp,
    known: Vec<Option<bool>>,
}

impl Majority {
    fn holds(&mut self, host: usize, length: Duration, truth: &Truth) -> bool {
        if self.at != truth.now || self.known.len() != truth.hosts() {
            self.at = truth.now;
            self.known = vec![None; truth.hosts()];
        }
        let Some(known) = self.known.get_mut(host) else { return false };
        *known.get_or_insert_with(|| truth.is_in_majority(host, length))
    }
}

impl Agreement {
    pub(super) fn new(within: Duration) -> Self {
        Self { within, told: BTreeSet::new(), majority: Majority::default() }
    }

    /// What is wrong with what `observer` holds of `subject`.
    fn objection(
        &mut self,
        observer: usize,
        subject: usize,
        held: Option<&Held>,
        truth: &Truth,
    ) -> Option<String> {
        let fact = truth.fact(subject)?;
        let settled = truth.is_connected(observer, subject, self.within)
            && truth.has_lasted(fact.since, self.within)
            && truth.has_lasted(fact.own_since, self.within);
        if fact.unaccountable || !settled {
            return None;
        }
        // While there are faults, somebody may be about to have his doubts.
        let quiet = truth.is_quiet(self.within);
        let alive =
            |verdict: Verdict| verdict == Verdict::Alive || verdict == Verdict::Suspect && !quiet;
        let present = held.filter(|held| held.verdict.is_present());
        match (fact.phase, held) {
            (Phase::Running, held) if self.majority.holds(subject, self.within, truth) => {
                match held {
                    Some(held) if alive(held.verdict) && held.incarnation == fact.own => None,
                    Some(held) => Some(format!(
                        "n{observer} holds n{subject} {} in {}, which is alive in {}",
                        held.verdict.as_str(),
                        held.incarnation,
                        fact.own
                    )),
                    None => Some(format!("n{observer} does not know n{subject}, which is alive")),
                }
            }
            (Phase::Absent | Phase::Crashed | Phase::Dead | Phase::Left, Some(held)) => {
                let verdict = present?.verdict;
                let seen = (verdict.as_str(), held.incarnation);
                Some(format!(
                    "n{observer} holds n{subject} {} in {}, which is gone",
                    seen.0, seen.1
                ))
            }
            (_, _) => None,
        }
    }
}

impl Checker for Agreement {
    fn name(&self) -> &'static str {
        "agreement"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        let What::Table { observer, rows, .. } = what else { return };
        let accountable = truth.fact(*observer).is_some_and(|fact| !fact.unaccountable);
        if !accountable || !self.majority.holds(*observer, self.within, truth) {
            return;
        }
        let mut by_subject: Vec<Option<&Held>> = vec![None; truth.hosts()];
        for row in *rows {
            if let Some(place) = row.subject.and_then(|subject| by_subject.get_mut(subject)) {
                *place = Some(row);
            }
        }
        for (subject, held) in by_subject.into_iter().enumerate() {
            let objection = (subject != *observer)
                .then(|| self.objection(*observer, subject, held, truth))
                .flatten();
            if let Some(objection) = objection
                && self.told.insert((*observer, subject))
            {
                report(objection);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::checkers::stage::{FIRST, Stage, refuted};

    /// Goal: it bites on each way to disagree, and not before the bound has passed.
    #[test]
    fn tables_must_agree() {
        let mut stage = Stage::new(4, Agreement::new(Duration::from_secs(30)));
        stage.truth.ended(3, Phase::Dead);
        stage.truth.in_incarnation(2, refuted(1));
        let wrong =
            [(1, Verdict::Suspect, FIRST), (2, Verdict::Alive, FIRST), (3, Verdict::Alive, FIRST)];
        let right = [
            (1, Verdict::Alive, FIRST),
            (2, Verdict::Alive, refuted(1)),
            (3, Verdict::Down, FIRST),
        ];
        stage.wait(29).table(0, &wrong);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.wait(1).table(0, &right);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.table(0, &wrong);
        assert_eq!(stage.found.len(), 3, "{:?}", stage.found);
        stage.table(1, &[(0, Verdict::Alive, FIRST)]);
        assert_eq!(
            stage.found.last().map(String::as_str),
            Some("n1 does not know n2, which is alive")
        );
    }
}
