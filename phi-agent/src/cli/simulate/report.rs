//! What simulations came to, for people and for programs.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Duration;

use crate::cli::terminal::length;
use crate::sim::{Finding, KINDS, MIXED, Moment, NAMED, Outcome, Scenario, safeguard_names};

/// Runs with findings that are shown whole.
const SHOWN_MAX: usize = 5;

/// One line of JSON.
pub(super) fn json(outcome: &Outcome) -> String {
    serde_json::to_string(outcome).unwrap_or_default()
}

/// Shipped scenarios and faults, a line each.
pub(super) fn list() -> String {
    let mut text = "Scenarios (--scenario NAME):\n".to_owned();
    for named in NAMED {
        let title = Scenario::parse(named.name, named.text)
            .map_or_else(|error| error.to_string(), |scenario| scenario.title);
        line(&mut text, format_args!("  {:20} {title}", named.name));
    }
    text += "  (none)               faults of all kinds, by seed\n\nFaults of a scenario file:\n";
    for kind in KINDS {
        let needs = [kind.name].iter().chain(kind.needs).copied().collect::<Vec<_>>().join(" ");
        line(&mut text, format_args!("  {:22} {}", needs, kind.meaning));
    }
    text += "\nSafeguards (--without NAME):\n";
    for name in safeguard_names() {
        line(&mut text, format_args!("  {name}"));
    }
    text
}

/// The figures of all runs together.
pub(super) fn summary(outcomes: &[Outcome], took: Duration) -> String {
    let mut text = String::new();
    let Some(first) = outcomes.first() else { return text };
    let simulated: f64 = outcomes.iter().map(|outcome| outcome.simulated_s).sum();
    let runs = match outcomes {
        [one] => format!("seed {}", one.seed),
        many => format!("{} seeds", many.len()),
    };
    let speed = if took.is_zero() {
        String::new()
    } else {
        let times = simulated / took.as_secs_f64();
        format!(", {:.1} s of yours: {times:.0} simulated seconds a second", took.as_secs_f64())
    };
    line(
        &mut text,
        format_args!(
            "{}: {runs}, {} members, {} simulated{speed}",
            first.scenario,
            first.nodes,
            length(simulated)
        ),
    );
    detection(&mut text, outcomes);
    let sum = |figure: fn(&Outcome) -> u64| outcomes.iter().map(figure).sum::<u64>();
    line(
        &mut text,
        format_args!(
            "false alarms       {} down, {} suspect (of members that ran and could be reached)",
            sum(|outcome| outcome.false_downs),
            sum(|outcome| outcome.false_suspects),
        ),
    );
    let traffic = outcomes.iter().map(|o| o.bytes_per_node_s * o.simulated_s).sum::<f64>();
    line(&mut text, format_args!("traffic            {:.0} B/s a member", traffic / simulated));
    line(
        &mut text,
        format_args!(
            "network            {} sent, {} lost, {} cut off, {} held, {} doubled, {} damaged",
            sum(|outcome| outcome.network.sent),
            sum(|outcome| outcome.network.lost),
            sum(|outcome| outcome.network.cut),
            sum(|outcome| outcome.network.held),
            sum(|outcome| outcome.network.duplicated),
            sum(|outcome| outcome.network.flipped + outcome.network.truncated),
        ),
    );
    let occurred: Vec<String> =
        occurred(outcomes).iter().map(|(fault, count)| format!("{fault} {count}")).collect();
    line(&mut text, format_args!("faults             {}", occurred.join(", ")));
    if let [one] = outcomes {
        line(&mut text, format_args!("trace              {}", one.trace));
    }
    text
}

/// How often each fault occurred in all runs together.
fn occurred(outcomes: &[Outcome]) -> BTreeMap<&'static str, u64> {
    let mut occurred = BTreeMap::new();
    for (fault, count) in outcomes.iter().flat_map(|outcome| &outcome.occurred) {
        *occurred.entry(*fault).or_default() += count;
    }
    occurred
}

/// Faults of the mixture that did not occur, and what the network never did.
pub(super) fn missing(outcomes: &[Outcome]) -> Vec<&'static str> {
    let occurred = occurred(outcomes);
    let faults = MIXED.into_iter().filter(|fault| !occurred.contains_key(fault));
    let did = |deed: fn(&Outcome) -> u64| outcomes.iter().any(|outcome| deed(outcome) > 0);
    let deeds = [
        ("a loss", did(|outcome| outcome.network.lost)),
        ("a cut way", did(|outcome| outcome.network.cut)),
        ("a held datagram", did(|outcome| outcome.network.held)),
        ("a double", did(|outcome| outcome.network.duplicated)),
        ("an overtaking", did(|outcome| outcome.network.reordered)),
        ("a flipped bit", did(|outcome| outcome.network.flipped)),
        ("a truncation", did(|outcome| outcome.network.truncated)),
        ("a full socket", did(|outcome| outcome.socket_drops)),
        ("a refusal", did(|outcome| outcome.refusals)),
    ];
    faults.chain(deeds.into_iter().filter(|(_, did)| !did).map(|(name, _)| name)).collect()
}

/// Detection times, fault by fault.
fn detection(text: &mut String, outcomes: &[Outcome]) {
    let mut by_fault: BTreeMap<&str, (Vec<f64>, usize)> = BTreeMap::new();
    for death in outcomes.iter().flat_map(|outcome| &outcome.deaths) {
        let (times, deaths) = by_fault.entry(death.fault).or_default();
        *deaths += 1;
        times.extend(death.last_s());
    }
    for (fault, (mut times, deaths)) in by_fault {
        times.sort_by(f64::total_cmp);
        let range = match range(&times).map(|range| range.map(length)) {
            Some([median, most, max]) => format!("{median} [{most}] {max}"),
            None => "never".to_owned(),
        };
        line(
            text,
            format_args!(
                "last to notice     {fault}: {range}, all others in {} of {deaths}",
                times.len()
            ),
        );
    }
}

/// Median, 95 % and maximum of sorted figures, if there are any.
pub(super) fn range(sorted: &[f64]) -> Option<[f64; 3]> {
    let last = sorted.len().checked_sub(1)?;
    let at = |part: usize| sorted.get((sorted.len() * part / 100).min(last)).copied();
    Some([at(50)?, at(95)?, at(100)?])
}

/// What checkers found, and how to see it again.
pub(super) fn findings(failed: &[&Outcome], replay: impl Fn(&Outcome) -> String) -> String {
    let mut text = String::new();
    for outcome in failed.iter().take(SHOWN_MAX) {
        line(&mut text, format_args!("\nseed {}:", outcome.seed));
        for Finding { at, checker, text: what, .. } in &outcome.findings {
            line(&mut text, format_args!("  at {:.3} s  {checker}: {what}", at.as_secs_f64()));
        }
        line(&mut text, format_args!("  again: {}", replay(outcome)));
    }
    if failed.len() > SHOWN_MAX {
        let seeds: Vec<String> =
            failed.iter().skip(SHOWN_MAX).map(|outcome| outcome.seed.to_string()).collect();
        line(&mut text, format_args!("\nalso seeds {}", seeds.join(", ")));
    }
    text
}

/// A run, moment by moment.
pub(super) fn story(story: &[Moment]) -> String {
    let mut text = String::new();
    for moment in story {
        match moment {
            Moment::Fault { at, text: what } => {
                line(&mut text, format_args!("{:10.3} s  {what}", seconds(*at)));
            }
            Moment::Seen(seen) => line(
                &mut text,
                format_args!(
                    "{:10.3} s    n{} holds n{} {} in {}",
                    seconds(seen.at),
                    seen.observer,
                    seen.subject,
                    seen.verdict.as_str(),
                    seen.incarnation,
                ),
            ),
        }
    }
    text
}

fn seconds(at: phi_core::Timestamp) -> f64 {
    Duration::from_nanos(at.as_nanos()).as_secs_f64()
}

fn line(text: &mut String, what: std::fmt::Arguments<'_>) {
    let _never_fails = writeln!(text, "{what}");
}
