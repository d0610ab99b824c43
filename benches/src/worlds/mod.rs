//! Synthetic worlds: heartbeats whose delays, losses and troubles are drawn from distributions.
//!
//! What is drawn, and how, is the business of [`draw`] and [`sender`].

mod draw;
mod sender;

use anyhow::{Context as _, Result, bail};
use phi_core::Nanos;

use self::draw::Delay;
use self::sender::{Loss, Sender};
use crate::trace::Trace;

/// The nominal time between two heartbeats.
const PERIOD: Nanos = Nanos::new(100_000_000);

/// Heartbeats of a world: enough to see one in a thousand twenty times.
const BEATS: u64 = 20_000;

/// The seed unless one is named.
const SEED: u64 = 1;

/// A world and the seed of what is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    pub(crate) kind: &'static str,
    sender: Sender,
    seed: u64,
}

/// All worlds. Lengths are in periods; a mean delay of 0.2 is 20 ms.
const ALL: [World; 13] = [
    world("normal", "delay normal, deviation 0.05", STEADY.with(Delay::Normal(0.05))),
    world("exponential", "delay exponential, mean 0.2", STEADY.with(Delay::Exponential(0.2))),
    world("lognormal", "delay log-normal, σ = 1", STEADY.with(Delay::LogNormal(1.0))),
    world("gamma", "delay gamma, shape 2", STEADY.with(Delay::Gamma(2.0))),
    world("weibull", "delay Weibull, shape 0.6", STEADY.with(Delay::Weibull(0.6))),
    world("pareto", "delay Pareto, shape 1.8: no variance", STEADY.with(Delay::Pareto(1.8))),
    world("mixture", "delay in two modes, one in ten slow", STEADY.with(Delay::Mixture(0.1))),
    world("loss", "one in twenty lost", Sender { loss: Loss::Each(0.05), ..STEADY }),
    world(
        "lossburst",
        "all lost for 8 periods on average",
        Sender { loss: Loss::Bursts { begin: 0.003, end: 0.125 }, ..STEADY },
    ),
    world("drift", "sender 2 % slower than it says", Sender { drift: 0.02, ..STEADY }),
    world("shift", "delays ten times as long from half time on", Sender { shift: 10.0, ..STEADY }),
    world(
        "pause",
        "sender stops now and then, for 10 periods on average",
        Sender { pauses: 0.001, ..STEADY },
    ),
    world(
        "storm",
        "all of these at once",
        Sender {
            delay: Delay::LogNormal(1.0),
            loss: Loss::Bursts { begin: 0.003, end: 0.125 },
            drift: 0.02,
            shift: 10.0,
            pauses: 0.001,
        },
    ),
];

/// A sender without trouble.
const STEADY: Sender =
    Sender { delay: Delay::Gamma(2.0), loss: Loss::Each(0.0), drift: 0.0, shift: 1.0, pauses: 0.0 };

const fn world(name: &'static str, kind: &'static str, sender: Sender) -> World {
    World { name, kind, sender, seed: SEED }
}

impl World {
    /// All there are, with the seed that they have unless one is named.
    pub(crate) const fn all() -> &'static [Self] {
        &ALL
    }

    /// The world that `NAME` or `NAME:SEED` stands for.
    ///
    /// # Errors
    ///
    /// When there is none of that name, or the seed is no number.
    pub(crate) fn parse(text: &str) -> Result<Self> {
        let (name, seed) = text.split_once(':').map_or((text, None), |(n, s)| (n, Some(s)));
        let Some(world) = ALL.iter().find(|world| world.name == name) else {
            let names = ALL.map(|world| world.name).join(", ");
            bail!("no world is named `{name}`; there are {names}");
        };
        let seed = seed.map(|seed| {
            seed.parse().with_context(|| format!("world `{text}`: the seed is no whole number"))
        });
        Ok(Self { seed: seed.transpose()?.unwrap_or(SEED), ..*world })
    }

    /// Its heartbeats: the same for the same seed.
    pub(crate) fn trace(&self) -> Trace {
        self.trace_of(BEATS)
    }

    /// The same with so many heartbeats.
    pub(crate) fn trace_of(&self, beats: u64) -> Trace {
        Trace {
            name: format!("world_{}_{}", self.name, self.seed),
            kind: self.kind.to_owned(),
            period: PERIOD,
            arrivals: self.sender.arrivals(PERIOD, beats, self.seed),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the same seed gives the same world, another another; each is in order.
    #[test]
    fn a_seed_is_a_world() {
        for world in ALL {
            let again = World::parse(world.name).expect("known");
            assert_eq!(again, world);
            let other = World::parse(&format!("{}:2", world.name)).expect("known");
            let [first, second, third] = [world, again, other].map(|world| world.trace());
            assert_eq!(first.arrivals, second.arrivals, "{}", world.name);
            assert_ne!(first.arrivals, third.arrivals, "{}", world.name);
            let sorted =
                first.arrivals.is_sorted_by(|a, b| a.at <= b.at && a.sequence < b.sequence);
            assert!(sorted && first.arrivals.len() > 10_000, "{}", world.name);
        }
    }

    /// Goal: what is no world says which there are.
    #[test]
    fn what_is_no_world_is_named() {
        let error = World::parse("atlantis").expect_err("unknown").to_string();
        assert!(error.contains("atlantis") && error.contains("pareto"), "{error}");
        let error = World::parse("gamma:x").expect_err("no seed").to_string();
        assert!(error.contains("gamma:x"), "{error}");
    }
}
