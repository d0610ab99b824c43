//! What the reports of all agents amount to: who saw what, and when first.
//!
//! Pure functions of the reports; how long to wait for them is the business of a scenario.

use std::collections::BTreeMap;

use super::events::{Report, Verdict};

/// A node that was ended on purpose, and when (ns, as in reports).
pub(crate) type Death = (u8, u64);

/// When the last of `nodes` agents had seen every other one come up (ns).
///
/// # Errors
///
/// The pairs (observer, subject) where the observer has not seen the subject.
pub(crate) fn full_view(reports: &[Report], nodes: u8) -> Result<u64, Vec<(u8, u8)>> {
    let mut first: BTreeMap<(u8, u8), u64> = BTreeMap::new();
    for report in reports.iter().filter(|report| report.verdict == Verdict::Up) {
        first.entry((report.observer, report.subject)).or_insert(report.at_ns);
    }
    let pairs =
        (1..=nodes).flat_map(|observer| (1..=nodes).map(move |subject| (observer, subject)));
    let unseen = pairs.filter(|pair| pair.0 != pair.1 && !first.contains_key(pair));
    let unseen: Vec<_> = unseen.collect();
    if unseen.is_empty() { Ok(first.into_values().max().unwrap_or(0)) } else { Err(unseen) }
}

/// When each observer first reported `verdict` on `subject`, from `since_ns` on (ns, ascending).
pub(crate) fn first_reports(
    reports: &[Report],
    subject: u8,
    verdict: Verdict,
    since_ns: u64,
) -> Vec<u64> {
    let mut first: BTreeMap<u8, u64> = BTreeMap::new();
    let about = reports.iter().filter(|r| r.subject == subject && r.verdict == verdict);
    for report in about.filter(|report| report.at_ns >= since_ns) {
        let at_ns = first.entry(report.observer).or_insert(report.at_ns);
        *at_ns = report.at_ns.min(*at_ns);
    }
    let mut times: Vec<u64> = first.into_values().collect();
    times.sort_unstable();
    times
}

/// How many reports call a node down that was alive.
pub(crate) fn false_alarms(reports: &[Report], death: Option<Death>) -> usize {
    let is_true = |report: &Report| {
        death.is_some_and(|(node, at_ns)| report.subject == node && report.at_ns >= at_ns)
    };
    reports.iter().filter(|report| report.verdict == Verdict::Down && !is_true(report)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(observer: u8, subject: u8, verdict: Verdict, at_ns: u64) -> Report {
        Report { observer, subject, verdict, at_ns }
    }

    /// Goal: a view is full when each other node was seen, however often one of them was.
    #[test]
    fn a_view_is_full_with_every_other_node() {
        let up = |observer, subject, at_ns| report(observer, subject, Verdict::Up, at_ns);
        let mut reports = vec![up(1, 2, 10), up(1, 2, 11), up(2, 1, 12), up(2, 3, 13), up(3, 1, 9)];
        assert_eq!(full_view(&reports, 3), Err(vec![(1, 3), (3, 2)]));
        reports.extend([up(1, 3, 15), up(3, 2, 14), up(3, 2, 16)]);
        assert_eq!(full_view(&reports, 3), Ok(15));
    }

    /// Goal: each observer counts once, with its first report since the fault.
    #[test]
    fn first_reports_are_one_an_observer() {
        let down = |observer, at_ns| report(observer, 3, Verdict::Down, at_ns);
        let other = [report(1, 2, Verdict::Down, 22), report(4, 3, Verdict::Suspect, 23)];
        let reports = [&[down(1, 5), down(1, 30), down(2, 21), down(1, 25)], &other[..]].concat();
        assert_eq!(first_reports(&reports, 3, Verdict::Down, 20), [21, 25]);
    }

    /// Goal: only a report of the dead node, after its death, is true.
    #[test]
    fn a_report_of_the_living_is_a_false_alarm() {
        let down = |subject, at_ns| report(1, subject, Verdict::Down, at_ns);
        let reports = [down(3, 19), down(3, 20), down(2, 25), report(1, 2, Verdict::Suspect, 26)];
        assert_eq!(false_alarms(&reports, Some((3, 20))), 2);
        assert_eq!(false_alarms(&reports, None), 3);
    }
}
