//! Agreement: members that have been connected and undisturbed for the bound hold each other alive
//! in their true incarnation, and nobody who has gone.
//!
//! A suspicion is no disagreement while there are faults, nor before it has lasted for the bound:
//! it is being refuted. Nor is an incarnation that is behind, before it has been for some seconds:
//! the next heartbeat or table tells.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use phi_core::Timestamp;

use super::Checker;
use crate::ident::Incarnation;
use crate::sim::facts::Phase;
use crate::sim::history::{Held, Verdict, What};
use crate::sim::truth::Truth;

/// How long an observer may hold an earlier refutation than the member's own.
const BEHIND_MAX: Duration = Duration::from_secs(5);

#[derive(Debug)]
pub(super) struct Agreement {
    within: Duration,
    told: BTreeSet<(usize, usize)>,
    /// Since when an observer has been seen to be behind about a subject.
    behind: BTreeMap<(usize, usize), Timestamp>,
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
        Self {
            within,
            told: BTreeSet::new(),
            behind: BTreeMap::new(),
            majority: Majority::default(),
        }
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
            && truth.has_lasted(truth.gone_since(subject), self.within)
            && truth.has_lasted(fact.own_since, self.within);
        if fact.unaccountable || !settled {
            return None;
        }
        match (fact.phase, held) {
            (Phase::Running, held) if self.majority.holds(subject, self.within, truth) => {
                let Some(held) = held else {
                    return Some(format!("n{observer} does not know n{subject}, which is alive"));
                };
                let (seen, own) = (held.verdict.as_str(), fact.own);
                let is_wrong = !self.is_held_alive(observer, subject, held, truth)
                    || self.is_long_behind((observer, subject), held.incarnation, truth);
                let incarnation = held.incarnation;
                is_wrong.then(|| {
                    format!(
                        "n{observer} holds n{subject} {seen} in {incarnation}, \
                         which is alive in {own}"
                    )
                })
            }
            (Phase::Absent | Phase::Crashed | Phase::Dead | Phase::Left, Some(held))
                if held.verdict.is_present() =>
            {
                let (seen, incarnation) = (held.verdict.as_str(), held.incarnation);
                Some(format!("n{observer} holds n{subject} {seen} in {incarnation}, which is gone"))
            }
            (_, _) => None,
        }
    }

    fn is_held_alive(&self, observer: usize, subject: usize, held: &Held, truth: &Truth) -> bool {
        match held.verdict {
            Verdict::Alive => true,
            Verdict::Down | Verdict::Left => false,
            Verdict::Suspect => {
                let view = truth.view(observer, subject);
                let lasts = view.is_some_and(|view| truth.has_lasted(view.since, self.within));
                !(lasts && truth.is_quiet(self.within))
            }
        }
    }

    /// Whether `held` is not the incarnation that the subject is in, for longer than it may.
    fn is_long_behind(&mut self, pair: (usize, usize), held: Incarnation, truth: &Truth) -> bool {
        let Some(own) = truth.fact(pair.1).map(|fact| fact.own) else { return false };
        if held == own {
            self.behind.remove(&pair);
            return false;
        }
        let since = *self.behind.entry(pair).or_insert(truth.now);
        held.start != own.start || held > own || truth.has_lasted(since, BEHIND_MAX)
    }
}

impl Checker for Agreement {
    fn name(&self) -> &'static str {
        "agreement"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        let What::Table { observer, rows, .. } = what else { return };
        let accountable = truth.fact(*observer).is_some_and(|fact| !fact.unaccountable);
        let informed = accountable && truth.is_informed(*observer, self.within);
        if !informed || !self.majority.holds(*observer, self.within, truth) {
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

    fn stage() -> Stage<Agreement> {
        Stage::new(4, Agreement::new(Duration::from_secs(30)))
    }

    /// Goal: it bites on each way to disagree, and not before the bound has passed.
    #[test]
    fn tables_must_agree() {
        let mut stage = stage();
        stage.truth.ended(3, Phase::Dead);
        stage.truth.in_incarnation(2, refuted(1));
        stage.says(0, 1, Verdict::Suspect, FIRST);
        let wrong =
            [(1, Verdict::Suspect, FIRST), (2, Verdict::Down, FIRST), (3, Verdict::Alive, FIRST)];
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

    /// Goal: a suspicion is no disagreement until it has lasted for the bound without a fault, nor
    /// is a refutation that is not known yet, for some seconds.
    #[test]
    fn what_is_being_settled_is_let_be() {
        let mut stage = stage();
        stage.truth.in_incarnation(1, refuted(1));
        stage.wait(40).says(0, 1, Verdict::Suspect, FIRST);
        let behind =
            [(1, Verdict::Suspect, FIRST), (2, Verdict::Alive, FIRST), (3, Verdict::Alive, FIRST)];
        stage.table(0, &behind);
        stage.wait(4).table(0, &behind);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        let mut known = behind;
        known[0].2 = refuted(1);
        stage.wait(2).table(0, &known);
        stage.truth.fault(true);
        stage.truth.fault(false);
        stage.wait(29).table(0, &known);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.table(0, &behind);
        stage.wait(1).table(0, &known);
        assert_eq!(stage.found.len(), 1, "a suspicion that lasts: {:?}", stage.found);
        let mut unknown = known;
        unknown[0] = (1, Verdict::Alive, FIRST);
        let mut other = self::stage();
        other.truth.in_incarnation(1, refuted(1));
        other.wait(40).table(0, &unknown);
        other.wait(5).table(0, &unknown);
        assert_eq!(other.found.len(), 1, "behind for good: {:?}", other.found);
    }

    /// Goal: nothing is said of members that leave, nor by them, nor after old news.
    #[test]
    fn leavers_and_the_misled_are_excused() {
        let mut stage = stage();
        stage.wait(40);
        stage.truth.leaves(2);
        stage.truth.heard(2, 1, Duration::from_secs(20));
        let left =
            [(1, Verdict::Alive, FIRST), (2, Verdict::Left, FIRST), (3, Verdict::Alive, FIRST)];
        stage.table(0, &left);
        stage.wait(40).table(0, &left);
        stage.table(2, &[(0, Verdict::Down, FIRST)]);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.truth.heard(0, 1, Duration::from_secs(20));
        stage.wait(29).table(1, &[]);
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.wait(1).table(1, &[]);
        assert_eq!(stage.found.len(), 2, "{:?}", stage.found);
    }
}
