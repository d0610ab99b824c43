//! Scenarios: how many members, how long, on what network, and which faults when.

mod file;
mod mixed;
mod named;
mod problem;
mod raw;
mod targets;

use std::time::Duration;

use super::dice::Dice;
use super::fault::{Deed, Fault};
use super::network::delay::Delay;
use super::network::rule::{Effect, Ways};
use super::place::{HOSTS_MAX, Hosts};
use super::process::{self, Safeguards};
use crate::proto::profile::Profile;
pub use file::ParseScenarioError;
pub use mixed::MIXED;
pub use named::{NAMED, Named};
pub use problem::{SizeError, UnknownSafeguard, UnknownScenario};
pub(super) use targets::Targets;

/// The longest simulation: a year.
const DURATION_MAX: Duration = Duration::from_secs(366 * 86_400);

/// A scenario; what exists can be run.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name, or the path of its file.
    pub name: String,
    /// What it is about, in a line.
    pub title: String,
    /// Members, those counted that join later.
    pub nodes: usize,
    /// How long it is simulated.
    pub duration: Duration,
    /// Time between heartbeats.
    pub interval: Duration,
    /// Which pause of a member is reported by nobody.
    pub profile: Profile,
    /// What members must achieve.
    pub bounds: Bounds,
    /// Traffic is counted from here on.
    pub measure_from: Duration,
    /// Rules of the protocol that are on.
    pub(super) safeguards: Safeguards,
    pub(super) delay: Delay,
    pub(super) loss: f64,
    pub(super) drift_ppm_max: u32,
    pub(super) faults: Faults,
}

/// Where the faults come from.
#[derive(Clone, Debug)]
pub(super) enum Faults {
    Planned(Vec<Planned>),
    /// Drawn from the seed.
    Mixed,
}

/// What members must achieve, for checkers to hold against what they do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Bounds {
    /// Whoever has gone is held down by all within this.
    pub down_within: Duration,
    /// Nobody who was undisturbed for this long is held down by the majority.
    pub calm_for: Duration,
    /// All tables agree after this time without faults.
    pub agree_within: Duration,
}

impl Default for Bounds {
    /// For heartbeats of one second and a patience of 3.25 s: see `docs/simulator.md`.
    fn default() -> Self {
        Self {
            down_within: Duration::from_secs(15),
            calm_for: Duration::from_secs(10),
            agree_within: Duration::from_secs(30),
        }
    }
}

/// A fault whose targets are still to be drawn.
#[derive(Clone, Debug)]
pub(super) struct Planned {
    pub(super) at: Duration,
    pub(super) lasts: Option<Duration>,
    pub(super) name: &'static str,
    pub(super) aim: PlannedDeed,
}

/// A deed without targets, and how to aim it.
#[derive(Clone, Debug)]
pub(super) enum PlannedDeed {
    Hosts(Targets, fn(Hosts, Amount) -> Deed, Amount),
    OneWay(Targets, Targets, Effect),
    Both(Targets, Effect),
    Groups(Vec<Vec<usize>>),
    /// These against all others.
    Side(Targets),
}

/// The one number that a fault of hosts may have.
#[derive(Clone, Copy, Debug, PartialEq, Default)]
pub(super) struct Amount {
    pub(super) length: Duration,
    pub(super) ppm: i32,
}

impl Scenario {
    /// The shipped scenario of this name.
    ///
    /// # Errors
    ///
    /// [`UnknownScenario`] names the most similar one.
    pub fn named(name: &str) -> Result<Self, UnknownScenario> {
        named::find(name)
    }

    /// The scenario that this text describes; `name` is for errors and output.
    ///
    /// # Errors
    ///
    /// [`ParseScenarioError`] says where it is wrong.
    pub fn parse(name: &str, text: &str) -> Result<Self, ParseScenarioError> {
        file::parse(name, text)
    }

    /// Random faults by seed, for all of `duration` but a last quiet minute.
    #[must_use]
    pub fn mixed(nodes: usize, duration: Duration) -> Self {
        Self {
            faults: Faults::Mixed,
            ..Self::quiet("mixed", nodes, duration).titled("faults of all kinds, by seed")
        }
    }

    /// No faults at all.
    #[must_use]
    pub fn quiet(name: &str, nodes: usize, duration: Duration) -> Self {
        Self {
            name: name.to_owned(),
            title: String::new(),
            nodes,
            duration,
            interval: Profile::default().interval(),
            profile: Profile::default(),
            bounds: Bounds::default(),
            measure_from: Duration::ZERO,
            safeguards: Safeguards::default(),
            delay: Delay::default(),
            loss: 0.0,
            drift_ppm_max: 50,
            faults: Faults::Planned(Vec::new()),
        }
    }

    /// The same in another kind of network: with the interval and the tolerated pause of `profile`,
    /// and with bounds that are longer where its patience is. Faults stay what they are.
    #[must_use]
    pub fn in_profile(mut self, profile: Profile) -> Self {
        let ratio = |profile: Profile| {
            // P in quarters of an interval: the tolerated pause and 1.25.
            profile.interval() * (4 * profile.tolerated_intervals() + 5)
        };
        let longer = ratio(profile).div_duration_f64(ratio(self.profile)).max(1.0);
        let Bounds { down_within, calm_for, agree_within } = self.bounds;
        self.bounds = Bounds {
            down_within: down_within.mul_f64(longer),
            calm_for: calm_for.mul_f64(longer),
            agree_within: agree_within.mul_f64(longer),
        };
        (self.interval, self.profile) = (profile.interval(), profile);
        self
    }

    fn titled(self, title: &str) -> Self {
        Self { title: title.to_owned(), ..self }
    }

    /// The same with another number of members, or another length.
    ///
    /// # Errors
    ///
    /// [`SizeError`] when a fault names a member that is then missing, or nothing could be run.
    pub fn resized(
        mut self,
        nodes: Option<usize>,
        duration: Option<Duration>,
    ) -> Result<Self, SizeError> {
        self.nodes = nodes.unwrap_or(self.nodes);
        self.duration = duration.unwrap_or(self.duration);
        self.check()?;
        Ok(self)
    }

    /// The same with one rule of the protocol switched off, to see what breaks without it.
    ///
    /// # Errors
    ///
    /// [`UnknownSafeguard`] names the most similar one.
    pub fn without(self, name: &str) -> Result<Self, UnknownSafeguard> {
        let safeguards = process::without(self.safeguards, name).ok_or_else(|| {
            let nearest =
                process::safeguard_names().min_by_key(|known| strsim::levenshtein(known, name));
            UnknownSafeguard { name: name.to_owned(), nearest: nearest.unwrap_or_default() }
        })?;
        Ok(Self { safeguards, ..self })
    }

    fn check(&self) -> Result<(), SizeError> {
        let nodes = self.nodes;
        if !(1..=HOSTS_MAX / 2).contains(&nodes) {
            return Err(SizeError::Nodes { nodes });
        }
        if self.duration.is_zero() || self.duration > DURATION_MAX {
            return Err(SizeError::Duration);
        }
        let Faults::Planned(faults) = &self.faults else { return Ok(()) };
        for fault in faults {
            if let Some(missing) = fault.named_max().filter(|max| *max >= nodes) {
                return Err(SizeError::Missing { fault: fault.name, missing, nodes });
            }
        }
        Ok(())
    }

    /// Aims all faults, with a seed.
    pub(super) fn faults(&self, seed: u64) -> Vec<Fault> {
        let mut dice = Dice::new(seed, 1);
        let mut faults = match &self.faults {
            Faults::Mixed => mixed::faults(self.nodes, self.duration, &mut dice),
            Faults::Planned(planned) => {
                planned.iter().map(|fault| fault.aimed(self.nodes, &mut dice)).collect()
            }
        };
        faults.sort_by_key(|fault| fault.at);
        faults
    }
}

impl Planned {
    fn aimed(&self, nodes: usize, dice: &mut Dice) -> Fault {
        let deed = match &self.aim {
            PlannedDeed::Hosts(targets, deed, amount) => {
                deed(targets.resolved(nodes, dice), *amount)
            }
            PlannedDeed::OneWay(from, to, effect) => {
                let from = from.resolved(nodes, dice);
                Deed::Net(Ways::OneWay(from, to.resolved(nodes, dice)), *effect)
            }
            PlannedDeed::Both(targets, effect) => {
                // Copies of identities live on hosts beyond the members.
                let all = Hosts::all(nodes * 2);
                Deed::Net(Ways::Both(targets.resolved(nodes, dice), all), *effect)
            }
            PlannedDeed::Groups(groups) => {
                let groups = groups.iter().map(|group| Hosts::of(group.iter().copied()));
                Deed::Net(Ways::Between(groups.collect()), Effect::Cut)
            }
            PlannedDeed::Side(targets) => {
                Deed::Net(Ways::Between(vec![targets.resolved(nodes, dice)]), Effect::Cut)
            }
        };
        Fault { at: self.at, lasts: self.lasts, name: self.name, deed }
    }

    /// The highest member that is named.
    fn named_max(&self) -> Option<usize> {
        match &self.aim {
            PlannedDeed::Hosts(targets, ..)
            | PlannedDeed::Both(targets, _)
            | PlannedDeed::Side(targets) => targets.max(),
            PlannedDeed::OneWay(from, to, _) => from.max().max(to.max()),
            PlannedDeed::Groups(groups) => groups.iter().flatten().max().copied(),
        }
    }
}
