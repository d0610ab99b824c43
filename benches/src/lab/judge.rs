//! What the reports of all agents amount to: who saw what, and when.
//!
//! Pure functions of the reports; how long to wait for them is the business of a scenario.

use std::collections::{BTreeMap, BTreeSet};

use crate::lab::events::{Report, Verdict};

/// When each observer first reported `subject` down, from `since_ns` on (ns), by observer.
pub(crate) fn first_downs(reports: &[Report], subject: u8, since_ns: u64) -> BTreeMap<u8, u64> {
    let mut first = BTreeMap::new();
    for report in downs(reports, since_ns, u64::MAX).filter(|report| report.subject == subject) {
        first.entry(report.observer).or_insert(report.at_ns);
    }
    first
}

/// When each pair (observer, subject) of which `concerns` holds was first reported (ns).
pub(crate) fn first_pairs(
    reports: &[Report],
    since_ns: u64,
    concerns: impl Fn(u8, u8) -> bool,
) -> BTreeMap<(u8, u8), u64> {
    let mut first = BTreeMap::new();
    for report in downs(reports, since_ns, u64::MAX) {
        if concerns(report.observer, report.subject) {
            first.entry((report.observer, report.subject)).or_insert(report.at_ns);
        }
    }
    first
}

/// Reports `down` in the time from `since_ns` to just before `until_ns`.
pub(crate) fn downs(
    reports: &[Report],
    since_ns: u64,
    until_ns: u64,
) -> impl Iterator<Item = &Report> {
    reports.iter().filter(move |report| {
        report.verdict == Verdict::Down && (since_ns..until_ns).contains(&report.at_ns)
    })
}

/// Pairs (observer, subject) with `verdict` from `since_ns` on.
pub(crate) fn pairs(reports: &[Report], verdict: Verdict, since_ns: u64) -> BTreeSet<(u8, u8)> {
    let since = reports.iter().filter(|r| r.verdict == verdict && r.at_ns >= since_ns);
    since.map(|report| (report.observer, report.subject)).collect()
}

/// Since when each of `members` has seen all others alive (ns); None if one does not. A member in
/// doubt is alive still.
pub(crate) fn full_view(reports: &[Report], members: &[u8]) -> Option<u64> {
    let members: BTreeSet<u8> = members.iter().copied().collect();
    let all = members.len() * members.len().saturating_sub(1);
    let mut alive = BTreeSet::new();
    let mut since = (all == 0).then_some(0);
    let both =
        |report: &&Report| members.contains(&report.observer) && members.contains(&report.subject);
    for report in reports.iter().filter(both) {
        let pair = (report.observer, report.subject);
        match report.verdict {
            Verdict::Up => {
                alive.insert(pair);
            }
            Verdict::Down | Verdict::Left => {
                alive.remove(&pair);
            }
            Verdict::Suspect | Verdict::LinkFault => {}
        }
        let is_full = alive.len() == all;
        since = is_full.then(|| since.unwrap_or(report.at_ns));
    }
    since
}

/// The middle of an ascending list: the later one of two.
pub(crate) fn middle(ascending: &[u64]) -> Option<u64> {
    ascending.get(ascending.len() / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(observer: u8, subject: u8, verdict: Verdict, at_ns: u64) -> Report {
        Report { observer, subject, verdict, at_ns }
    }

    /// Goal: a view is full when each sees every other one, since it last became so, whatever those
    /// say who do not count.
    #[test]
    fn a_view_is_full_while_all_see_all() {
        let up = |observer, subject, at_ns| report(observer, subject, Verdict::Up, at_ns);
        let mut reports = vec![up(1, 2, 10), up(1, 2, 11), up(2, 1, 12), up(2, 3, 13), up(3, 1, 9)];
        assert_eq!(full_view(&reports, &[1, 2, 3]), None);
        assert_eq!(full_view(&reports, &[1, 2]), Some(12));
        reports.extend([up(1, 3, 14), up(3, 2, 15), up(3, 2, 16)]);
        assert_eq!(full_view(&reports, &[1, 2, 3]), Some(15));
        reports.extend([report(1, 2, Verdict::Suspect, 17), report(1, 9, Verdict::Down, 18)]);
        assert_eq!(full_view(&reports, &[1, 2, 3]), Some(15));
        reports.push(report(1, 2, Verdict::Down, 19));
        assert_eq!(full_view(&reports, &[1, 2, 3]), None);
        reports.push(up(1, 2, 20));
        assert_eq!(full_view(&reports, &[1, 2, 3]), Some(20));
        assert_eq!(full_view(&[], &[5]), Some(0));
    }

    /// Goal: each observer counts once, with its first report since the fault.
    #[test]
    fn first_downs_are_one_an_observer() {
        let down = |observer, at_ns| report(observer, 3, Verdict::Down, at_ns);
        let other = [report(1, 2, Verdict::Down, 22), report(4, 3, Verdict::Suspect, 23)];
        let reports = [&[down(1, 5), down(2, 21), down(1, 25), down(1, 30)], &other[..]].concat();
        assert_eq!(first_downs(&reports, 3, 20), BTreeMap::from([(1, 25), (2, 21)]));
        let pairs = first_pairs(&reports, 20, |_, subject| subject == 2);
        assert_eq!(pairs, BTreeMap::from([((1, 2), 22)]));
        assert_eq!(downs(&reports, 5, 25).count(), 3);
        assert_eq!(super::pairs(&reports, Verdict::Suspect, 0), BTreeSet::from([(4, 3)]));
    }

    /// Goal: half of the observers, rounded up.
    #[test]
    fn the_middle_is_that_of_half() {
        assert_eq!(middle(&[]), None);
        assert_eq!(middle(&[1]), Some(1));
        assert_eq!(middle(&[1, 2, 3]), Some(2));
        assert_eq!(middle(&[1, 2, 3, 4]), Some(3));
    }
}
