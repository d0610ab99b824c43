//! Promises, and who sees to it that they are kept.
//!
//! Each checker looks at what members say and at the truth, and reports what does not fit. Each has
//! a test that shows it a broken history and sees it bite. Determinism is checked from outside: see
//! [`run`](super::run).

mod accuracy;
mod agreement;
mod bounds;
mod completeness;
mod events;
mod incarnation;
mod resurrection;
#[cfg(test)]
mod stage;

use std::fmt::Debug;
use std::time::Duration;

use super::history::{Finding, What};
use super::scenario::Bounds;
use super::truth::Truth;

/// Findings kept of one run: the first ones matter.
const FINDINGS_MAX: usize = 20;

/// Looks at a run as it happens.
pub(super) trait Checker: Debug + Send {
    /// Its name in output.
    fn name(&self) -> &'static str;

    /// Looks at one thing, and reports what is wrong. `truth` is as it was before members' own
    /// views took the thing in.
    fn look(&mut self, what: &What<'_>, truth: &Truth, report: &mut dyn FnMut(String));
}

/// All checkers, and what they found.
#[derive(Debug)]
pub(super) struct Checkers {
    all: Vec<Box<dyn Checker>>,
    findings: Vec<Finding>,
}

impl Checkers {
    pub(super) fn new(bounds: Bounds, hosts: usize) -> Self {
        let all: Vec<Box<dyn Checker>> = vec![
            Box::new(completeness::Completeness::new(bounds.down_within)),
            Box::new(accuracy::Accuracy::new(bounds.calm_for)),
            Box::new(resurrection::Resurrection),
            Box::new(agreement::Agreement::new(bounds.agree_within)),
            Box::new(incarnation::Incarnations::new(hosts)),
            Box::new(bounds::Sizes::new(hosts)),
            Box::new(events::Events::new(hosts)),
        ];
        Self { all, findings: Vec::new() }
    }

    pub(super) fn look(&mut self, what: &What<'_>, truth: &Truth, at: Duration) {
        let findings = &mut self.findings;
        for checker in &mut self.all {
            let name = checker.name();
            checker.look(what, truth, &mut |text| {
                findings.push(Finding { at, checker: name, text });
            });
        }
        findings.truncate(FINDINGS_MAX);
    }

    pub(super) fn into_findings(self) -> Vec<Finding> {
        self.findings
    }
}

/// The names of all checkers, determinism included.
pub const CHECKERS: [&str; 8] = [
    "completeness",
    "accuracy",
    "resurrection",
    "agreement",
    "incarnations",
    "sizes",
    "events",
    "determinism",
];
