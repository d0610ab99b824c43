//! Faults, as scenarios name them and as worlds play them.

use std::time::Duration;

use super::network::rule::{Effect, Ways};
use super::place::Hosts;

/// A fault with its time, whose targets are known.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Fault {
    /// When it begins, since the start of the simulation.
    pub(super) at: Duration,
    /// How long it lasts; to the end if not said.
    pub(super) lasts: Option<Duration>,
    /// The name that scenarios give it.
    pub(super) name: &'static str,
    pub(super) deed: Deed,
}

/// What a fault does.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Deed {
    /// Processes stop in their tracks, and go on.
    Pause(Hosts),
    /// Each wake-up is late by up to this.
    Slow(Hosts, Duration),
    /// Wake-ups are late as on a host that has no time: see [`Lateness`](super::host::Lateness).
    Starve(Hosts),
    /// Whole hosts stand still, their clocks included; what is sent to them is lost.
    Suspend(Hosts),
    /// Processes end without a word; hosts refuse in their names. Started again at the end.
    Crash(Hosts),
    /// The same, and the disk goes back to an older state.
    CrashForgetting(Hosts),
    /// Hosts end without a word. Started again at the end.
    HostDeath(Hosts),
    /// Hosts end without a word, and at the same time those of all their observers.
    DeathOfRing(Hosts),
    /// Processes end without a word and are started at once.
    Restart(Hosts),
    /// The same, again and again.
    RestartStorm(Hosts, Duration),
    /// Hosts get new addresses.
    Move(Hosts),
    /// Members that were not there before, or have left, are started.
    Join(Hosts),
    /// Members say good-bye.
    Leave(Hosts),
    /// A further host starts with a copy of the first one's disk.
    Copy(Hosts),
    /// Wall clocks jump, which nobody notices.
    ClockStep(Hosts),
    /// Monotonic clocks run at another rate (parts per million).
    Drift(Hosts, i32),
    /// The network does this on these ways.
    Net(Ways, Effect),
    /// Members send well-formed falsehoods, one round each time this has passed.
    Lie(Hosts, Duration),
}

impl Deed {
    /// Whether it leaves nothing at work that must end, if it is not said to end.
    pub(super) const fn is_over_at_once(&self) -> bool {
        match self {
            Self::Crash(_)
            | Self::CrashForgetting(_)
            | Self::HostDeath(_)
            | Self::DeathOfRing(_)
            | Self::Restart(_)
            | Self::Move(_)
            | Self::Join(_)
            | Self::Leave(_)
            | Self::Copy(_)
            | Self::ClockStep(_) => true,
            Self::Pause(_)
            | Self::Slow(..)
            | Self::Starve(_)
            | Self::Suspend(_)
            | Self::RestartStorm(..)
            | Self::Drift(..)
            | Self::Net(..)
            | Self::Lie(..) => false,
        }
    }

    /// The hosts that it is done to; none for the network's.
    pub(super) const fn hosts(&self) -> Option<&Hosts> {
        match self {
            Self::Pause(hosts)
            | Self::Slow(hosts, _)
            | Self::Starve(hosts)
            | Self::Suspend(hosts)
            | Self::Crash(hosts)
            | Self::CrashForgetting(hosts)
            | Self::HostDeath(hosts)
            | Self::DeathOfRing(hosts)
            | Self::Restart(hosts)
            | Self::RestartStorm(hosts, _)
            | Self::Move(hosts)
            | Self::Join(hosts)
            | Self::Leave(hosts)
            | Self::Copy(hosts)
            | Self::ClockStep(hosts)
            | Self::Drift(hosts, _)
            | Self::Lie(hosts, _) => Some(hosts),
            Self::Net(..) => None,
        }
    }
}

/// What a scenario may say about a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Kind {
    /// Its name in scenarios, in the summary and in the count of what occurred.
    pub name: &'static str,
    /// The keys that it needs besides its targets.
    pub needs: &'static [&'static str],
    /// How its targets are named.
    pub(super) aim: Aim,
    /// What it does.
    pub meaning: &'static str,
}

/// How the targets of a fault are named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Aim {
    /// `nodes`, `count` or `part`.
    Hosts,
    /// `from` and `to`, or `nodes`, `count` or `part` with all others; all ways if nothing is said.
    Ways,
    /// `groups`, or `nodes`, `count` or `part` against all others.
    Groups,
}

const fn kind(
    name: &'static str,
    needs: &'static [&'static str],
    aim: Aim,
    meaning: &'static str,
) -> Kind {
    Kind { name, needs, aim, meaning }
}

/// All faults that a scenario may name.
pub const KINDS: &[Kind] = &[
    kind("pause", &[], Aim::Hosts, "processes stop in their tracks (SIGSTOP), and go on"),
    kind("slow", &["late"], Aim::Hosts, "each wake-up is late by up to `late`"),
    kind("starve", &[], Aim::Hosts, "wake-ups are late: 95 % below 50 ms, 4 % to 1 s, 1 % to 3 s"),
    kind("suspend", &[], Aim::Hosts, "virtual machines stand still, monotonic clock included"),
    kind("crash", &[], Aim::Hosts, "processes end; their hosts answer port unreachable"),
    kind("crash-forgetting", &[], Aim::Hosts, "the same, and the state directory is an older copy"),
    kind("host-death", &[], Aim::Hosts, "hosts end: silence"),
    kind("death-of-a-ring", &[], Aim::Hosts, "hosts end, and at once those of all observers"),
    kind("restart", &[], Aim::Hosts, "processes end and start at once: a new session"),
    kind("restart-storm", &["every"], Aim::Hosts, "the same, each `every`"),
    kind("move", &[], Aim::Hosts, "hosts get a new address"),
    kind("join", &[], Aim::Hosts, "members start that were absent, or had left"),
    kind("leave", &[], Aim::Hosts, "members say good-bye"),
    kind("copy-identity", &[], Aim::Hosts, "one more host starts with a copy of the identity"),
    kind("clock-step", &[], Aim::Hosts, "the wall clock jumps: nothing may change"),
    kind("drift", &["ppm"], Aim::Hosts, "the monotonic clock runs fast or slow by `ppm`"),
    kind("lie", &["every"], Aim::Hosts, "members send well-formed falsehoods"),
    kind("cut", &[], Aim::Ways, "nothing gets through"),
    kind("mute", &[], Aim::Hosts, "nothing gets out"),
    kind("deaf", &[], Aim::Hosts, "nothing gets in"),
    kind("partition", &[], Aim::Groups, "nothing gets from group to group"),
    kind("clog", &[], Aim::Ways, "datagrams are held, and all released at the end"),
    kind("loss", &["share"], Aim::Ways, "datagrams are lost by chance"),
    kind("bursts", &["good", "bad"], Aim::Ways, "ways are good and bad in turn (Gilbert–Elliott)"),
    kind("bandwidth", &["rate", "queue"], Aim::Ways, "a narrow link with a queue before it"),
    kind("delay", &["median", "sigma"], Aim::Ways, "lognormal delays"),
    kind("heavy-tail", &["median", "alpha"], Aim::Ways, "Pareto delays"),
    kind("duplicate", &["share"], Aim::Ways, "datagrams arrive twice"),
    kind("late-copies", &["share", "by"], Aim::Ways, "datagrams arrive again up to `by` later"),
    kind("reorder", &["share", "by"], Aim::Ways, "datagrams are held back by up to `by`"),
    kind("flip", &["share"], Aim::Ways, "bits flip in datagrams"),
    kind("truncate", &["share"], Aim::Ways, "datagrams lose their end"),
];

impl Kind {
    /// The fault of this name.
    ///
    /// # Errors
    ///
    /// The name most like it, when there is none.
    pub fn of(name: &str) -> Result<&'static Self, &'static str> {
        let nearest = || {
            let nearest = KINDS.iter().min_by_key(|kind| strsim::levenshtein(kind.name, name));
            nearest.map_or("", |kind| kind.name)
        };
        KINDS.iter().find(|kind| kind.name == name).ok_or_else(nearest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a name that is nearly right is understood, if not accepted.
    #[test]
    fn the_nearest_name_is_found() {
        for (wrong, meant) in
            [("pauze", "pause"), ("partiton", "partition"), ("host_death", "host-death")]
        {
            assert_eq!(Kind::of(wrong), Err(meant));
        }
        assert_eq!(Kind::of("crash").map(|kind| kind.name), Ok("crash"));
    }
}
