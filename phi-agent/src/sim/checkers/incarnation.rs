//! Incarnations never go back, and nobody is held in one that it never was in.

use super::Checker;
use crate::ident::Incarnation;
use crate::sim::history::What;
use crate::sim::truth::Truth;

#[derive(Debug)]
pub(super) struct Incarnations {
    /// The last incarnation that each process said it was in.
    own: Vec<Incarnation>,
}

impl Incarnations {
    pub(super) fn new(hosts: usize) -> Self {
        Self { own: vec![Incarnation::default(); hosts] }
    }
}

impl Checker for Incarnations {
    fn name(&self) -> &'static str {
        "incarnations"
    }

    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String)) {
        match what {
            What::Own { host, incarnation } => {
                let Some(before) = self.own.get_mut(*host) else { return };
                let forgot = truth.fact(*host).is_some_and(|fact| fact.forgot);
                if incarnation < before && !forgot {
                    report(format!("n{host} was in {before} and is in {incarnation}"));
                }
                *before = *incarnation;
            }
            What::Seen(seen) => {
                let (observer, subject, new) = (seen.observer, seen.subject, seen.incarnation);
                let held = truth.view(observer, subject).map(|view| view.incarnation);
                if let Some(held) = held.filter(|held| new < *held) {
                    report(format!("n{observer} held n{subject} in {held} and holds it in {new}"));
                }
                let fact = truth.fact(subject).filter(|fact| !fact.unaccountable);
                if let Some(highest) = fact.map(|fact| fact.highest).filter(|fact| new > *fact) {
                    report(format!(
                        "n{observer} holds n{subject} in {new}, which was never above {highest}"
                    ));
                }
            }
            What::Nobody { observer, id } => report(format!("n{observer} holds {id}: nobody")),
            What::Aside { .. } | What::Table { .. } | What::Turn { .. } | What::Tick => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ident::NodeId;
    use crate::sim::checkers::stage::{FIRST, Stage, refuted};
    use crate::sim::history::Verdict;

    /// Goal: it bites on each of the four.
    #[test]
    fn incarnations_must_not_go_back_nor_be_made_up() {
        let mut stage = Stage::new(3, Incarnations::new(3));
        stage.truth.in_incarnation(1, refuted(3));
        stage.show(&What::Own { host: 1, incarnation: refuted(3) });
        stage.says(0, 1, Verdict::Alive, refuted(3));
        assert!(stage.found.is_empty(), "{:?}", stage.found);
        stage.show(&What::Own { host: 1, incarnation: refuted(2) });
        stage.says(0, 1, Verdict::Suspect, refuted(2)).says(0, 1, Verdict::Alive, refuted(4));
        stage.show(&What::Nobody { observer: 2, id: NodeId::from_bits(99) });
        assert_eq!(stage.found.len(), 4, "{:?}", stage.found);
        stage.truth.forgot(2);
        stage.show(&What::Own { host: 2, incarnation: refuted(1) });
        stage.show(&What::Own { host: 2, incarnation: FIRST });
        assert_eq!(stage.found.len(), 4, "a disk that went back excuses");
    }
}
