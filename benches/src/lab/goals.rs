//! What our agents must reach, at 32 of them with a heartbeat each second.
//!
//! A time that is missed is a weaker figure; a false alarm, or a report that never comes, is a
//! failure.

use crate::lab::results::{Cell, Metric, ScenarioName, Trial};

/// What a figure must not leave.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Goal {
    AtMost(f64),
    AtLeast(f64),
}

use Goal::{AtLeast, AtMost};

const NONE: (Metric, Goal) = (Metric::FalseDowns, AtMost(0.0));
const NO_BLAME: (Metric, Goal) = (Metric::BlamedByFaulty, AtMost(0.0));

/// The goals of a scenario.
pub(crate) const fn goals(scenario: ScenarioName) -> &'static [(Metric, Goal)] {
    match scenario {
        ScenarioName::Kill => &[(Metric::Last, AtMost(0.6)), NONE],
        ScenarioName::HostDeath => &[(Metric::Last, AtMost(3.5)), NONE],
        ScenarioName::KillLoss30 => &[(Metric::Last, AtMost(1.5)), NONE],
        ScenarioName::Loss1
        | ScenarioName::Loss10
        | ScenarioName::Loss30
        | ScenarioName::Burners
        | ScenarioName::Bulk => &[NONE],
        ScenarioName::Pause1 | ScenarioName::Pause2 => {
            &[(Metric::Reporters, AtMost(0.0)), NO_BLAME, NONE]
        }
        ScenarioName::Pause5 | ScenarioName::Pause15 => {
            &[(Metric::FullViewAfter, AtMost(0.5)), NO_BLAME, NONE]
        }
        ScenarioName::Partition => &[
            (Metric::Last, AtMost(6.0)),
            (Metric::FullViewAfter, AtMost(1.5)),
            (Metric::DownsAfter, AtMost(0.0)),
            NONE,
        ],
        ScenarioName::Deaf => &[(Metric::Last, AtMost(5.0)), NO_BLAME, NONE],
        ScenarioName::Mute => &[NO_BLAME, NONE],
        ScenarioName::OneWay => &[(Metric::LinkShown, AtLeast(1.0)), NONE],
        ScenarioName::Steady => &[
            (Metric::SentBytes, AtMost(600.0)),
            (Metric::Cpu, AtMost(0.05)),
            (Metric::Resident, AtMost(6.0)),
            NONE,
        ],
        ScenarioName::Join => &[(Metric::FullView, AtMost(0.7)), NONE],
    }
}

/// The goal of `metric`, if it has one in that scenario.
pub(crate) fn goal(scenario: ScenarioName, metric: Metric) -> Option<Goal> {
    goals(scenario).iter().find(|(of, _)| *of == metric).map(|(_, goal)| *goal)
}

impl Goal {
    pub(crate) fn is_met(self, value: f64) -> bool {
        match self {
            Self::AtMost(most) => value <= most,
            Self::AtLeast(least) => value >= least,
        }
    }
}

/// What in a trial is a failure, and not just slow or dear.
pub(crate) fn failures(scenario: ScenarioName, trial: &Trial) -> Vec<String> {
    let failure = |(metric, goal): &(Metric, Goal)| {
        let about = metric.about();
        match trial.figures.get(metric)? {
            None => Some(format!("{about}: not within the limit")),
            Some(value) if metric.is_count() && !goal.is_met(*value) => {
                Some(format!("{about}: {value}"))
            }
            Some(_) => None,
        }
    };
    goals(scenario).iter().filter_map(failure).collect()
}

/// Whether the median of a metric with a goal meets it, as does each value of a count.
pub(crate) fn is_met(cell: &Cell, metric: Metric) -> Option<bool> {
    let goal = goal(cell.scenario, metric)?;
    let Some(summary) = cell.summary(metric) else { return Some(false) };
    if metric.is_count() {
        return Some(goal.is_met(summary.min) && goal.is_met(summary.max));
    }
    Some(goal.is_met(summary.median))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::lab::results::PeerName;

    fn trial(figures: &[(Metric, Option<f64>)]) -> Trial {
        Trial { figures: figures.iter().copied().collect::<BTreeMap<_, _>>(), ..Trial::default() }
    }

    /// Goal: a slow report is no failure; none at all is one, and so is a false alarm.
    #[test]
    fn slow_is_not_false() {
        let fine = trial(&[(Metric::Last, Some(9.0)), (Metric::FalseDowns, Some(0.0))]);
        assert_eq!(failures(ScenarioName::Kill, &fine), Vec::<String>::new());
        let bad = trial(&[(Metric::Last, None), (Metric::FalseDowns, Some(2.0))]);
        assert_eq!(failures(ScenarioName::Kill, &bad).len(), 2);
        let unseen = trial(&[(Metric::LinkShown, Some(0.0))]);
        assert_eq!(failures(ScenarioName::OneWay, &unseen).len(), 1);
    }

    /// Goal: medians of times meet a goal, and all values of a count.
    #[test]
    fn times_meet_goals_by_their_median() {
        let trials = [(0.3, 0.0), (0.9, 1.0), (0.4, 0.0)]
            .map(|(last, false_downs)| {
                trial(&[(Metric::Last, Some(last)), (Metric::FalseDowns, Some(false_downs))])
            })
            .to_vec();
        let cell = Cell { peer: PeerName::Phi, nodes: 32, scenario: ScenarioName::Kill, trials };
        assert_eq!(is_met(&cell, Metric::Last), Some(true));
        assert_eq!(is_met(&cell, Metric::FalseDowns), Some(false));
        assert_eq!(is_met(&cell, Metric::First), None);
    }
}
