//! Faults of all kinds in random order: the seed decides which, when, how long and whom.

use std::time::Duration;

use crate::sim::dice::Dice;
use crate::sim::fault::{Deed, Fault};
use crate::sim::network::delay::Delay;
use crate::sim::network::rule::{Bursts, Effect, Narrow, Ways};
use crate::sim::place::Hosts;

/// Members meet in peace first.
const CALM_FIRST: Duration = Duration::from_secs(15);

/// Quiet at the end, so that tables can agree; a quarter of the run if that is less.
const CALM_LAST: Duration = Duration::from_secs(60);

/// The time from one fault to the next.
const GAP: [Duration; 2] = [Duration::from_secs(3), Duration::from_secs(15)];

/// The kinds that occur; copies and lies are not among them, for they break promises.
pub const MIXED: [&str; 28] = [
    "pause",
    "slow",
    "starve",
    "suspend",
    "crash",
    "crash-forgetting",
    "host-death",
    "restart",
    "restart-storm",
    "move",
    "leave",
    "clock-step",
    "drift",
    "cut",
    "mute",
    "deaf",
    "partition",
    "clog",
    "loss",
    "bursts",
    "bandwidth",
    "delay",
    "heavy-tail",
    "duplicate",
    "reorder",
    "flip",
    "truncate",
    "join", // at most once in a run, and drawn apart
];

pub(super) fn faults(nodes: usize, duration: Duration, dice: &mut Dice) -> Vec<Fault> {
    let quiet_from = duration.saturating_sub(CALM_LAST.min(duration / 4));
    let mut faults = Vec::new();
    let mut at = CALM_FIRST.min(duration / 4);
    let [least, most] = GAP;
    // One member may come late, and one death may be for good.
    if nodes > 2 && dice.chance(0.5) {
        let late = Hosts::of([nodes - 1]);
        let at = dice.between(at, quiet_from);
        faults.push(Fault { at, lasts: None, name: "join", deed: Deed::Join(late) });
    }
    let mut for_good = nodes > 3 && dice.chance(0.3);
    while at < quiet_from {
        let name = MIXED.get(dice.below(MIXED.len() - 1)).copied().unwrap_or("pause");
        let seconds = Duration::from_secs_f64(2.0 + 10.0 * dice.exponential());
        let deed = deed(name, nodes, dice);
        let stays = for_good && matches!(deed, Deed::Crash(_) | Deed::HostDeath(_));
        for_good &= !stays;
        let lasts = (!stays).then(|| seconds.min(quiet_from.saturating_sub(at)));
        faults.push(Fault { at, lasts, name, deed });
        at += dice.between(least, most);
    }
    faults
}

fn deed(name: &'static str, nodes: usize, dice: &mut Dice) -> Deed {
    let ms = Duration::from_millis;
    let few = 1 + dice.below((nodes / 3).max(1));
    let hosts = Hosts::of(dice.some(few, nodes));
    match name {
        "slow" => Deed::Slow(hosts, dice.between(ms(20), ms(2_000))),
        "starve" => Deed::Starve(hosts),
        "suspend" => Deed::Suspend(hosts),
        "crash" => Deed::Crash(hosts),
        "crash-forgetting" => Deed::CrashForgetting(hosts),
        "host-death" => Deed::HostDeath(hosts),
        "restart" => Deed::Restart(hosts),
        "restart-storm" => Deed::RestartStorm(hosts, dice.between(ms(1_500), ms(6_000))),
        "move" => Deed::Move(hosts),
        "leave" => Deed::Leave(hosts),
        "clock-step" => Deed::ClockStep(hosts),
        "drift" => {
            let ppm = i32::try_from(dice.below(40_001)).unwrap_or(0) - 20_000;
            Deed::Drift(hosts, ppm)
        }
        "mute" => Deed::Net(Ways::OneWay(hosts, Hosts::all(nodes)), Effect::Cut),
        "deaf" => Deed::Net(Ways::OneWay(Hosts::all(nodes), hosts), Effect::Cut),
        "cut" => Deed::Net(single(nodes, dice), Effect::Cut),
        "partition" => Deed::Net(Ways::Between(groups(nodes, dice)), Effect::Cut),
        "clog" => Deed::Net(some_ways(hosts, nodes, dice), Effect::Clog),
        "pause" => Deed::Pause(hosts),
        network => Deed::Net(some_ways(hosts, nodes, dice), effect(network, dice)),
    }
}

fn effect(name: &str, dice: &mut Dice) -> Effect {
    let ms = Duration::from_millis;
    let share = 0.02 + 0.28 * dice.unit();
    match name {
        "bursts" => {
            let (good, bad) = (dice.between(ms(2_000), ms(20_000)), dice.between(ms(10), ms(500)));
            Effect::Bursts(Bursts { good, bad })
        }
        "bandwidth" => {
            let rate = 500 + dice.bits() % 20_000;
            Effect::Bandwidth(Narrow { rate, wait_max: dice.between(ms(50), ms(2_000)) })
        }
        "delay" => {
            let median = dice.between(ms(1), ms(150));
            Effect::Delay(Delay::LogNormal { median, sigma: dice.unit(), spikes: 0.0 })
        }
        "heavy-tail" => {
            let alpha = 1.1 + dice.unit();
            Effect::Delay(Delay::Heavy { median: dice.between(ms(1), ms(50)), alpha })
        }
        "duplicate" => Effect::Duplicate { share },
        "reorder" => Effect::Reorder { share, by: dice.between(ms(1), ms(900)) },
        "flip" => Effect::Flip { share },
        "truncate" => Effect::Truncate { share },
        _loss => Effect::Loss { share },
    }
}

/// One way between two members.
fn single(nodes: usize, dice: &mut Dice) -> Ways {
    let pair = dice.some(2, nodes);
    let mut ends = [pair.first(), pair.last()].map(|end| Hosts::of(end.copied()));
    if dice.chance(0.5) {
        ends.reverse();
    }
    let [from, to] = ends;
    Ways::OneWay(from, to)
}

/// All ways, those of some hosts, or those from some hosts.
fn some_ways(hosts: Hosts, nodes: usize, dice: &mut Dice) -> Ways {
    let all = Hosts::all(nodes);
    match dice.below(3) {
        0 => Ways::Both(all.clone(), all),
        1 => Ways::Both(hosts, all),
        _ => Ways::OneWay(hosts, all),
    }
}

/// Two or three groups of any sizes.
fn groups(nodes: usize, dice: &mut Dice) -> Vec<Hosts> {
    let count = 2 + dice.below(2);
    let mut groups = vec![Hosts::default(); count];
    for node in 0..nodes {
        let place = dice.below(count);
        if let Some(group) = groups.get_mut(place) {
            group.insert(node);
        }
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sim::fault::Kind;

    /// Goal: all end before the quiet at the end, and a few seeds have seen every kind.
    #[test]
    fn mixed_faults_end_in_time_and_leave_none_out() {
        let duration = Duration::from_secs(600);
        let mut seen: Vec<&str> = Vec::new();
        for seed in 0..20 {
            for fault in faults(5, duration, &mut Dice::new(seed, 1)) {
                let end = fault.at + fault.lasts.unwrap_or_default();
                assert!(end <= Duration::from_secs(540), "{fault:?}");
                assert!(fault.at >= CALM_FIRST && Kind::of(fault.name).is_ok(), "{fault:?}");
                seen.push(fault.name);
            }
        }
        let missing: Vec<_> = MIXED.iter().filter(|name| !seen.contains(name)).collect();
        assert!(missing.is_empty(), "{missing:?}");
    }
}
