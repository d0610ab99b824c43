//! From accusations to a verdict, and from verdicts to states.
//!
//! ```text
//!            somebody accuses            more than half of the electorate accuse
//!   ┌────┐ ────────────────▶ ┌─────────┐ ────────────────▶ ┌──────┐
//!   │ up │                   │ suspect │                   │ down │
//!   └────┘ ◀──────────────── └─────────┘                   └──────┘
//!      ▲      taken back, or refuted                           │
//!      └───────────────── higher incarnation ──────────────────┘
//! ```
//!
//! The electorate of a subject are its observers that are not suspected themselves; where fewer
//! than two are left, those that would be its observers if suspects were skipped. Evidence is not
//! summed: one fault of the network silences several observers together.

use std::collections::BTreeSet;

use phi_core::Timestamp;

use super::claims::Charge;
use super::io::Change;
use super::liveness::{Liveness, State};
use super::node::Node;
use super::pace;
use super::safeguard::Safeguard;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::rumor::{Finding, Grounds, Rumor};

/// What the electorate says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    Down,
    /// Not yet; perhaps then, without another word.
    Open(Option<Timestamp>),
}

impl Node {
    /// The charges against `id` in its present life that count now.
    pub(super) fn charges(
        &self,
        id: NodeId,
        now: Timestamp,
    ) -> impl Iterator<Item = (NodeId, Charge)> + '_ {
        let incarnation = self.members.get(id).map(|member| member.state.incarnation);
        self.claims.against(id, incarnation.unwrap_or_default(), now)
    }

    /// Who decides about `id`.
    pub(super) fn electorate(&self, id: NodeId, now: Timestamp) -> BTreeSet<NodeId> {
        // Who restarts on purpose is not there to say anything.
        let excused = |id| self.members.get(id).is_some_and(|member| member.is_excused(now));
        let suspected = |id: NodeId| {
            self.has(Safeguard::SuspectsAbstain) && (self.is_suspected(id, now) || excused(id))
        };
        let mut electors = self.rings.observers(id, &|_| false);
        electors.retain(|elector| !suspected(*elector));
        if electors.len() >= 2 {
            return electors;
        }
        self.rings.observers(id, &suspected)
    }

    /// Counts the accusations of `id`, and draws the conclusion.
    pub(super) fn count(&mut self, id: NodeId, now: Timestamp) {
        let Some(state) = self.members.get(id).map(|member| member.state) else { return };
        if !state.liveness.is_present() {
            return self.timers.cancel(Timer::Count(id));
        }
        let incarnation = state.incarnation;
        if self.charges(id, now).next().is_none() {
            self.timers.cancel(Timer::Count(id));
            self.adopt(id, State { liveness: Liveness::Up, incarnation }, None, now);
            return;
        }
        if self.adopt(id, State { liveness: Liveness::Suspect, incarnation }, None, now) {
            self.timers.set_if(Timer::Judge(id), now);
            self.plan_takeover(now);
        }
        match self.verdict(id, now) {
            Verdict::Down if self.is_challenged(id, now) => {
                let claim = State { liveness: Liveness::Down, incarnation };
                self.doubt_hearsay(id, claim, now);
            }
            Verdict::Down => {
                self.adopt(id, State { liveness: Liveness::Down, incarnation }, None, now);
            }
            Verdict::Open(then) => {
                let end = self.claims.next_end(id, now).unwrap_or(Timestamp::MAX);
                self.timers.set(Timer::Count(id), end.min(then.unwrap_or(Timestamp::MAX)));
            }
        }
    }

    /// Whether a verdict about `id` is not believed before `id` was asked.
    fn is_challenged(&mut self, id: NodeId, now: Timestamp) -> bool {
        self.has(Safeguard::Challenge) && self.hears(id, now) && self.accusing(id).is_none()
    }

    fn verdict(&mut self, id: NodeId, now: Timestamp) -> Verdict {
        let electorate = self.electorate(id, now);
        let votes: Vec<Charge> = self
            .charges(id, now)
            .filter(|(accuser, _)| electorate.contains(accuser))
            .map(|(_, charge)| charge)
            .collect();
        if electorate.len() > 1 {
            let majority = 2 * votes.len() > electorate.len()
                || !self.has(Safeguard::Majority) && !votes.is_empty();
            return if majority { Verdict::Down } else { Verdict::Open(None) };
        }
        let Some(charge) = votes.first() else { return Verdict::Open(None) };
        match charge.grounds {
            Grounds::Refused => Verdict::Down,
            Grounds::Silent if !self.has(Safeguard::SoleElectorWaits) => Verdict::Down,
            Grounds::Deaf => Verdict::Open(None), // it may be the elector that is mute
            Grounds::Silent => {
                let promised = self.members.get(id).map(|member| member.interval);
                let promised = promised.unwrap_or(self.config.identity.interval);
                let wait = pace::SOLE_ELECTOR.of(promised.get());
                let wait = wait.saturating_sub(self.config.detection.patience(promised));
                let then = charge.since.saturating_add(wait);
                if now >= then { Verdict::Down } else { Verdict::Open(Some(then)) }
            }
        }
    }

    /// Takes over `claim` about `id`, if it overrules what is held, and tells of it: whether it
    /// does.
    pub(super) fn adopt(
        &mut self,
        id: NodeId,
        claim: State,
        source: Option<NodeId>,
        now: Timestamp,
    ) -> bool {
        let alone = self.members.present().all(|member| member.id == id);
        let returned_until = now.saturating_add(pace::RETURNED.of(self.interval()));
        let Some(held) = self.members.get(id).map(|member| member.state) else { return false };
        if !held.yields_to(claim) {
            return false;
        }
        let returned = claim.liveness.is_present() && !held.liveness.is_present();
        if returned {
            self.forget_fault(id, now);
        }
        let Some(member) = self.members.get_mut(id) else { return false };
        member.state = claim;
        let renewed = claim.incarnation > held.incarnation;
        if held.liveness != claim.liveness {
            member.since = now;
            member.unconfirmed = claim.liveness == Liveness::Down && alone;
        }
        if let Some(link) = &mut member.link {
            match (returned, renewed) {
                (true, _) => link.resume(now),
                (false, true) => link.on_vouch(now, None),
                (false, false) => {}
            }
        }
        if returned {
            member.times.returned_until = returned_until;
        }
        let unconfirmed = member.unconfirmed;
        self.follow_up(id, (held, claim), now);
        if unconfirmed {
            self.tell(id, Change::Unconfirmed, now);
        }
        let finding = match claim.liveness {
            Liveness::Up if renewed => Some(Finding::Alive),
            Liveness::Down => Some(Finding::Down),
            Liveness::Left => Some(Finding::Left),
            Liveness::Up | Liveness::Suspect => None,
        };
        if let Some(finding) = finding {
            let found = Rumor::Found { id, incarnation: claim.incarnation, finding };
            self.spread_rumor(found, source, now);
        }
        true
    }

    /// Brings everything else in line with a state that has been entered.
    fn follow_up(&mut self, id: NodeId, (held, claim): (State, State), now: Timestamp) {
        if claim.incarnation > held.incarnation || !claim.liveness.is_present() {
            self.claims.clear(id);
            self.timers.cancel(Timer::Count(id));
        }
        if claim.liveness != Liveness::Suspect {
            self.drop_hearsay(id);
        }
        if claim.incarnation > held.incarnation
            && let Some(link) = self.members.watch_mut(id)
        {
            link.accusing = None;
        }
        if claim.liveness.is_present() != held.liveness.is_present() {
            if claim.liveness.is_present() {
                self.rings.insert(id);
            } else {
                self.rings.remove(id);
            }
            self.rings_changed = true;
            self.digest = None;
        } else if claim.incarnation != held.incarnation {
            self.digest = None;
        }
        if claim.liveness != held.liveness {
            self.tell(id, Change::State, now);
        } else if claim.incarnation.start > held.incarnation.start && claim.liveness.is_present() {
            self.tell(id, Change::Restarted, now);
        }
    }
}
