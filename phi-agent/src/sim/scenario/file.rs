//! From the text of a scenario to a scenario, with errors that say where.

use std::ops::Range;
use std::time::Duration;

use thiserror::Error;
use toml::Spanned;

use super::raw::{Length, RawFault, RawScenario};
use super::targets::{RawNodes, Targets};
use super::{Amount, Bounds, Delay, Faults, Planned, PlannedDeed, Scenario};
use crate::sim::fault::{Aim, Deed, Kind};
use crate::sim::network::rule::{Bursts, Effect, Narrow};

/// Why a text is no scenario.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{name}:{line}:{column}: {message}")]
pub struct ParseScenarioError {
    /// The file.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// What is wrong there.
    pub message: String,
}

/// What is wrong at which bytes.
type Wrong = (Range<usize>, String);

pub(super) fn parse(name: &str, text: &str) -> Result<Scenario, ParseScenarioError> {
    let scenario = toml::from_str(text)
        .map_err(|error: toml::de::Error| {
            (error.span().unwrap_or_default(), error.message().to_owned())
        })
        .and_then(|raw| scenario(name, raw));
    scenario.map_err(|(place, message)| {
        let before = text.get(..place.start).unwrap_or(text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
        ParseScenarioError { name: name.to_owned(), line, column, message }
    })
}

fn scenario(name: &str, raw: RawScenario) -> Result<Scenario, Wrong> {
    let quiet = Scenario::quiet(name, raw.nodes, raw.duration.0).titled(&raw.title);
    let bounds = Bounds::default();
    let or = |length: Option<Length>, default| length.map_or(default, |length| length.0);
    let network = raw.network;
    let interval = match raw.interval {
        Some(interval) => inside(&interval, 0.01..=3_600.0, |length| length.0.as_secs_f64())?.0,
        None => quiet.interval,
    };
    let scenario = Scenario {
        interval,
        measure_from: or(raw.measure_from, Duration::ZERO),
        bounds: Bounds {
            down_within: or(raw.bounds.down_within, bounds.down_within),
            calm_for: or(raw.bounds.calm_for, bounds.calm_for),
            agree_within: or(raw.bounds.agree_within, bounds.agree_within),
        },
        delay: Delay::LogNormal {
            median: or(network.median, Duration::from_micros(300)),
            sigma: network.sigma.unwrap_or(0.4),
            spikes: network.spikes.unwrap_or(2e-4),
        },
        loss: network.loss.map_or(Ok(0.0), |loss| share(&loss))?,
        drift_ppm_max: network.drift_ppm_max.unwrap_or(quiet.drift_ppm_max),
        faults: Faults::Planned(
            raw.faults.into_iter().map(planned).collect::<Result<Vec<_>, _>>()?,
        ),
        ..quiet
    };
    scenario.check().map_err(|error| (0..0, error.to_string()))?;
    raw.without.iter().try_fold(scenario, |scenario, name| {
        scenario.without(name.get_ref()).map_err(|error| (name.span(), error.to_string()))
    })
}

fn planned(raw: RawFault) -> Result<Planned, Wrong> {
    let place = raw.fault.span();
    let kind = Kind::of(raw.fault.get_ref()).map_err(|nearest| {
        let unknown = raw.fault.get_ref();
        (place.clone(), format!("unknown fault {unknown:?}; did you mean {nearest:?}?"))
    })?;
    check_keys(&raw, kind)?;
    let (at, lasts) = (raw.at.0, raw.lasts.map(|length| length.0));
    let aim = match kind.aim {
        Aim::Hosts => {
            let targets = targets(&raw)?.ok_or_else(|| {
                (
                    place.clone(),
                    format!("the fault {:?} needs `nodes`, `count` or `part`", kind.name),
                )
            })?;
            hosts_deed(kind.name, targets, &raw)?
        }
        Aim::Groups => groups(raw, &place)?,
        Aim::Ways => {
            let effect = effect(kind.name, &raw)?;
            match (nodes(raw.from.as_ref())?, nodes(raw.to.as_ref())?) {
                (None, None) => PlannedDeed::Both(targets(&raw)?.unwrap_or(Targets::All), effect),
                (from, to) => PlannedDeed::OneWay(
                    from.unwrap_or(Targets::All),
                    to.unwrap_or(Targets::All),
                    effect,
                ),
            }
        }
    };
    Ok(Planned { at, lasts, name: kind.name, aim })
}

/// Checks that every key is one of the fault's, and none of them is missing.
fn check_keys(raw: &RawFault, kind: &Kind) -> Result<(), Wrong> {
    let aims: &[&str] = match kind.aim {
        Aim::Hosts => &["nodes", "count", "part"],
        Aim::Ways => &["nodes", "count", "part", "from", "to"],
        Aim::Groups => &["nodes", "count", "part", "groups"],
    };
    let keys = raw.keys();
    for (key, place) in &keys {
        if !kind.needs.contains(key) && !aims.contains(key) {
            let message = format!("`{key}` means nothing to the fault {:?}", kind.name);
            return Err((place.clone(), message));
        }
    }
    let missing = kind.needs.iter().find(|need| keys.iter().all(|(key, _)| key != *need));
    missing.map_or(Ok(()), |missing| {
        Err((raw.fault.span(), format!("the fault {:?} needs `{missing}`", kind.name)))
    })
}

fn hosts_deed(name: &str, targets: Targets, raw: &RawFault) -> Result<PlannedDeed, Wrong> {
    let every = raw.every.as_ref();
    let length = raw.late.as_ref().or(every).map_or(Duration::ZERO, |length| length.get_ref().0);
    if let Some(every) = every {
        inside(every, 0.001..=1e9, |length| length.0.as_secs_f64())?;
    }
    let ppm = match &raw.ppm {
        Some(ppm) => *inside(ppm, -200_000.0..=200_000.0, |ppm| f64::from(*ppm))?,
        None => 0,
    };
    let deed: fn(super::Hosts, Amount) -> Deed = match name {
        "pause" => |hosts, _| Deed::Pause(hosts),
        "slow" => |hosts, amount| Deed::Slow(hosts, amount.length),
        "starve" => |hosts, _| Deed::Starve(hosts),
        "suspend" => |hosts, _| Deed::Suspend(hosts),
        "crash" => |hosts, _| Deed::Crash(hosts),
        "crash-forgetting" => |hosts, _| Deed::CrashForgetting(hosts),
        "host-death" => |hosts, _| Deed::HostDeath(hosts),
        "death-of-a-ring" => |hosts, _| Deed::DeathOfRing(hosts),
        "restart" => |hosts, _| Deed::Restart(hosts),
        "restart-storm" => |hosts, amount| Deed::RestartStorm(hosts, amount.length),
        "move" => |hosts, _| Deed::Move(hosts),
        "join" => |hosts, _| Deed::Join(hosts),
        "leave" => |hosts, _| Deed::Leave(hosts),
        "copy-identity" => |hosts, _| Deed::Copy(hosts),
        "clock-step" => |hosts, _| Deed::ClockStep(hosts),
        "drift" => |hosts, amount| Deed::Drift(hosts, amount.ppm),
        "lie" => |hosts, amount| Deed::Lie(hosts, amount.length),
        "mute" => return Ok(PlannedDeed::OneWay(targets, Targets::All, Effect::Cut)),
        "deaf" => return Ok(PlannedDeed::OneWay(Targets::All, targets, Effect::Cut)),
        _ => return Err((raw.fault.span(), format!("{name:?} cannot be aimed at nodes"))),
    };
    Ok(PlannedDeed::Hosts(targets, deed, Amount { length, ppm }))
}

/// What the network does; the keys that it needs are there.
fn effect(name: &str, raw: &RawFault) -> Result<Effect, Wrong> {
    let of_share = || raw.share.as_ref().map_or(Ok(0.0), share);
    let length = |length: &Option<Spanned<Length>>| {
        length.as_ref().map_or(Duration::ZERO, |length| length.get_ref().0)
    };
    let number = |number: &Option<Spanned<f64>>| match number {
        Some(number) => inside(number, 0.01..=10.0, |number| *number).copied(),
        None => Ok(0.0),
    };
    Ok(match name {
        "clog" => Effect::Clog,
        "loss" => Effect::Loss { share: of_share()? },
        "bursts" => {
            let least = Duration::from_millis(1);
            let [good, bad] = [&raw.good, &raw.bad].map(|stay| length(stay).max(least));
            Effect::Bursts(Bursts { good, bad })
        }
        "bandwidth" => Effect::Bandwidth(Narrow {
            rate: raw.rate.as_ref().map_or(1, |rate| *rate.get_ref()),
            wait_max: length(&raw.queue),
        }),
        "delay" => Effect::Delay(Delay::LogNormal {
            median: length(&raw.median),
            sigma: number(&raw.sigma)?,
            spikes: 0.0,
        }),
        "heavy-tail" => {
            let (median, alpha) = (length(&raw.median), number(&raw.alpha)?);
            Effect::Delay(Delay::Heavy { median, alpha })
        }
        "duplicate" => Effect::Duplicate { share: of_share()? },
        "late-copies" => Effect::LateCopies { share: of_share()?, by: length(&raw.by) },
        "reorder" => Effect::Reorder { share: of_share()?, by: length(&raw.by) },
        "flip" => Effect::Flip { share: of_share()? },
        "truncate" => Effect::Truncate { share: of_share()? },
        _cut => Effect::Cut,
    })
}

fn groups(raw: RawFault, place: &Range<usize>) -> Result<PlannedDeed, Wrong> {
    if let Some(targets) = targets(&raw)? {
        return Ok(PlannedDeed::Side(targets));
    }
    let groups = raw.groups.map(Spanned::into_inner).filter(|groups| !groups.is_empty());
    groups.map(PlannedDeed::Groups).ok_or_else(|| {
        (place.clone(), "a partition needs `groups`, `nodes`, `count` or `part`".to_owned())
    })
}

fn targets(raw: &RawFault) -> Result<Option<Targets>, Wrong> {
    let named = nodes(raw.nodes.as_ref())?;
    let count = raw.count.as_ref().map(|count| Targets::Count(*count.get_ref()));
    let part = raw.part.as_ref().map(|part| share(part).map(Targets::Part)).transpose()?;
    let mut all = [named, count, part].into_iter().flatten();
    let first = all.next();
    if all.next().is_some() {
        let message = "`nodes`, `count` and `part` exclude each other".to_owned();
        return Err((raw.fault.span(), message));
    }
    Ok(first)
}

fn nodes(raw: Option<&Spanned<RawNodes>>) -> Result<Option<Targets>, Wrong> {
    let Some(raw) = raw else { return Ok(None) };
    let targets = Targets::try_from(raw.get_ref().clone());
    targets.map(Some).map_err(|message| (raw.span(), message))
}

fn share(share: &Spanned<f64>) -> Result<f64, Wrong> {
    inside(share, 0.0..=1.0, |share| *share).copied()
}

fn inside<T>(
    value: &Spanned<T>,
    range: std::ops::RangeInclusive<f64>,
    number: impl Fn(&T) -> f64,
) -> Result<&T, Wrong> {
    if range.contains(&number(value.get_ref())) {
        return Ok(value.get_ref());
    }
    let message = format!("it must be {} to {}", range.start(), range.end());
    Err((value.span(), message))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(fault: &str) -> String {
        let text =
            format!("title = \"x\"\nnodes = 3\nduration = \"1m\"\n[[fault]]\nat = \"1s\"\n{fault}");
        parse("x.toml", &text).expect_err(fault).to_string()
    }

    /// Goal: every way to be wrong is named with its place, and a misspelt fault with what it may
    /// have meant.
    #[test]
    fn errors_say_where_and_what() {
        for (fault, expected) in [
            ("fault = \"pauze\"", "x.toml:6:9: unknown fault \"pauze\"; did you mean \"pause\"?"),
            ("fault = \"pause\"", ":6:9: the fault \"pause\" needs `nodes`, `count` or `part`"),
            ("fault = \"loss\"", ":6:9: the fault \"loss\" needs `share`"),
            ("fault = \"loss\"\nshare = 1.5", ":7:9: it must be 0 to 1"),
            ("fault = \"cut\"\nshare = 0.5", ":7:9: `share` means nothing to the fault \"cut\""),
            ("fault = \"pause\"\nnodes = \"most\"", ":7:9: \"most\" is neither"),
            ("fault = \"pause\"\nnodes = [1]\ncount = 1", ":6:9: `nodes`, `count` and"),
            ("fault = \"pause\"\nnodes = [3]", "names member 3, but the last of 3 is 2"),
            ("fault = \"pause\"\nwhom = [3]", ":7:1: unknown field `whom`"),
            ("fault = \"drift\"\nnodes = [1]\nppm = 1000000", ":8:7: it must be -200000"),
            ("fault = \"slow\"\nnodes = [1]\nlate = \"soon\"", ":8:8: \"soon\" is not a length"),
            ("fault = \"partition\"", ":6:9: a partition needs `groups`"),
        ] {
            assert!(error_of(fault).contains(expected), "{fault}: {}", error_of(fault));
        }
    }
}
