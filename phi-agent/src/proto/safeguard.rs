//! The rules that protect members from a wrong verdict, by name: each can be switched off, to see
//! what breaks without it. Nothing but the simulator does so; without it there are no switches.

/// A rule of the protocol, named by what it does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Safeguard {
    /// More than half of the electorate must accuse.
    Majority,
    /// Whoever is taken for dead contradicts it with a higher incarnation.
    Refutation,
    /// Whoever hears nobody at all accuses nobody.
    Isolation,
    /// A stall of one's own is credited to all.
    PauseCredit,
    /// Patience grows with one's own stalls.
    OwnStalls,
    /// Patience grows with the stalls that the subject declares.
    DeclaredStalls,
    /// Others tell when they last heard the accused.
    Vouches,
    /// A port that nobody listens at tells of a death.
    Refusals,
    /// Suspects do not decide about others.
    SuspectsAbstain,
    /// Accusations are told to all neighbours of the accuser.
    Flood,
    /// A verdict of another side changes nothing but is told to whom it concerns.
    Notices,
    /// Who decides alone waits longer.
    SoleElectorWaits,
    /// Helpers are drawn at random.
    RandomHelpers,
    /// Others are asked to ask.
    IndirectProbes,
    /// News ride on all that is sent.
    Riding,
    /// Who meets pulls the other's table at once.
    HelloPull,
    /// Only a heartbeat newer than all before counts.
    Sequence,
    /// Whoever hears a member asks it before it believes a verdict.
    Challenge,
    /// Who is back from an absence has no vote for a while.
    ReturnedAbstain,
    /// Neighbours get their heartbeats one after another, not all at once.
    Turns,
}

impl Safeguard {
    /// All of them with their names.
    pub const ALL: [(&'static str, Self); 20] = [
        ("majority", Self::Majority),
        ("refutation", Self::Refutation),
        ("isolation", Self::Isolation),
        ("pause-credit", Self::PauseCredit),
        ("own-stalls", Self::OwnStalls),
        ("declared-stalls", Self::DeclaredStalls),
        ("vouches", Self::Vouches),
        ("refusals", Self::Refusals),
        ("suspects-abstain", Self::SuspectsAbstain),
        ("flood", Self::Flood),
        ("notices", Self::Notices),
        ("sole-elector-waits", Self::SoleElectorWaits),
        ("random-helpers", Self::RandomHelpers),
        ("indirect-probes", Self::IndirectProbes),
        ("riding", Self::Riding),
        ("hello-pull", Self::HelloPull),
        ("sequence", Self::Sequence),
        ("challenge", Self::Challenge),
        ("returned-abstain", Self::ReturnedAbstain),
        ("turns", Self::Turns),
    ];

    #[cfg(feature = "sim")]
    const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// Which safeguards are on: all, unless the simulator says otherwise.
#[cfg(feature = "sim")]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Safeguards {
    off: u32,
}

#[cfg(feature = "sim")]
impl Safeguards {
    /// The same without this one.
    #[must_use]
    pub const fn without(self, safeguard: Safeguard) -> Self {
        Self { off: self.off | safeguard.bit() }
    }

    pub(super) const fn has(self, safeguard: Safeguard) -> bool {
        self.off & safeguard.bit() == 0
    }
}

/// All safeguards.
#[cfg(not(feature = "sim"))]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Safeguards;

#[cfg(not(feature = "sim"))]
impl Safeguards {
    #[expect(clippy::unused_self, reason = "the simulator's asks itself")]
    pub(super) const fn has(self, _safeguard: Safeguard) -> bool {
        true
    }
}

#[cfg(all(test, feature = "sim"))]
mod tests {
    use super::*;

    /// Goal: each switch turns off its own rule and no other.
    #[test]
    fn switches_are_independent() {
        for (name, safeguard) in Safeguard::ALL {
            let without = Safeguards::default().without(safeguard);
            let off: Vec<_> =
                Safeguard::ALL.into_iter().filter(|(_, other)| !without.has(*other)).collect();
            assert_eq!(off, [(name, safeguard)]);
        }
    }
}
