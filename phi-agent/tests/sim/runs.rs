//! Goal: a run is a function of scenario and seed, scenarios run, and checkers see what is wrong.

use std::collections::BTreeSet;
use std::time::Duration;

use phi_agent::proto::profile::Profile;
use phi_agent::sim::{Death, KINDS, NAMED, Scenario, check_determinism, run, run_with_story};

/// Method: the same world twice, with and without its story, and another seed.
#[test]
fn a_seed_is_a_run() {
    let scenario = Scenario::mixed(5, Duration::from_secs(120));
    let mut first = run(&scenario, 11);
    assert_eq!(first, run(&scenario, 11));
    assert_eq!(first, run_with_story(&scenario, 11).0);
    let other = run(&scenario, 12);
    assert_ne!(first.trace, other.trace);
    let before = first.findings.len();
    check_determinism(&mut first, &other);
    assert_eq!(first.findings.last().map(|finding| finding.checker), Some("determinism"));
    assert_eq!(first.findings.len(), before + 1);
}

/// Method: every shipped scenario runs to its end, and its faults occur.
#[test]
fn shipped_scenarios_run() {
    for named in NAMED {
        let scenario = Scenario::parse(named.name, named.text).expect(named.name);
        let outcome = run(&scenario, 1);
        assert_eq!(outcome.occurred.is_empty(), named.name == "quiet", "{}", named.name);
        let only_where_promised =
            named.name != "quiet" || outcome.findings.is_empty() && outcome.false_suspects == 0;
        assert!(only_where_promised, "{:?}", outcome.findings);
    }
}

/// Method: a few seeds of mixed faults have seen every kind that is drawn.
#[test]
fn mixed_faults_cover_all_kinds() {
    let scenario = Scenario::mixed(4, Duration::from_secs(600));
    let outcomes: Vec<_> = (0..8).map(|seed| run(&scenario, seed)).collect();
    let seen: BTreeSet<_> = outcomes.iter().flat_map(|outcome| outcome.occurred.keys()).collect();
    let missing: Vec<_> =
        KINDS.iter().map(|kind| kind.name).filter(|n| !seen.contains(n)).collect();
    assert_eq!(missing, ["death-of-a-ring", "copy-identity", "lie", "late-copies"]);
}

/// Method: a host dies in each kind of network: all notice about when silence counts there, nobody
/// else is missed, and the bounds of checkers grow with the patience, but never shrink.
#[test]
fn a_profile_sets_when_a_death_is_noticed() {
    let text = "title = \"x\"\nnodes = 6\nduration = \"4m\"\n[[fault]]\nat = \"1m\"\n\
                fault = \"host-death\"\nnodes = [2]";
    let lan = Scenario::parse("x", text).expect("legal");
    for (profile, patience) in [(Profile::Local, 1.25), (Profile::Lan, 3.25), (Profile::Wan, 12.75)]
    {
        let scenario = lan.clone().in_profile(profile);
        let longer = scenario.bounds.down_within.div_duration_f64(lan.bounds.down_within);
        assert!((longer - f64::max(1.0, patience / 3.25)).abs() < 1e-6, "{longer}");
        let interval = profile.interval().as_secs_f64();
        let outcome = run(&scenario, 3);
        assert!(outcome.findings.is_empty(), "{:?}", outcome.findings);
        let last = outcome.deaths.first().and_then(Death::last_s).expect("all notice");
        assert!((patience - interval..patience + interval).contains(&last), "{profile:?}: {last}");
    }
}

/// Method: a bound that nobody can keep.
#[test]
fn a_broken_promise_is_found() {
    let text = "title = \"x\"\nnodes = 4\nduration = \"60s\"\n[bounds]\ndown-within = \"1ms\"\n\
                [[fault]]\nat = \"30s\"\nfault = \"host-death\"\nnodes = [2]";
    let outcome = run(&Scenario::parse("x", text).expect("legal"), 1);
    let first = outcome.findings.first().expect("a finding");
    assert_eq!(first.checker, "completeness");
    assert!(first.at >= Duration::from_secs(30) && first.at < Duration::from_secs(32), "{first:?}");
}
