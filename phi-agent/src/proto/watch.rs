//! From silence to an accusation: doubt, questions, and what must be so before this node accuses.
//!
//! ```text
//!  last sign        doubt: φ ≥ 1              P, and φ ≥ threshold
//!     ♥───────────────┼──?──?──?──?──?──?──?────┼────────────────▶ accused: silent
//!                     questions each 0.2 η ± 15 %, each second one through three others
//! ```
//!
//! Whether a majority accuses is decided elsewhere.

use std::time::Duration;

use phi_core::{Threshold, Timestamp};

use super::link::{Accusing, Fault, Link, Probing, Signs};
use super::node::Node;
use super::pace;
use super::safeguard::Safeguard;
use super::timers::Timer;
use crate::ident::NodeId;
use crate::wire::rumor::Grounds;

/// Unanswered probes before an accusation.
const PROBES_MIN: u32 = 4;

/// Refusals before an accusation; one is enough where another observer had one.
const REFUSALS_MIN: u32 = 2;

/// What is known of a subject at one instant.
#[derive(Clone, Copy, Debug)]
pub(super) struct View {
    signs: Signs,
    probing: Option<Probing>,
    patience: Duration,
    /// When doubt arises, if nothing comes.
    doubt_at: Timestamp,
    /// When silence counts, if nothing comes.
    silent_at: Timestamp,
    deaf_at: Timestamp,
    /// Whether one of the others accuses it of refusal.
    refused_to_others: bool,
}

impl Node {
    /// Looks at `id`: asks it, accuses it, takes an accusation back, whatever is due, and sets when
    /// to look again.
    pub(super) fn judge(&mut self, id: NodeId, now: Timestamp) {
        if self.is_takeover_over(id, now) {
            self.rings_changed = true;
            return self.timers.cancel(Timer::Judge(id));
        }
        self.retract_if_answered(id, now);
        let Some(view) = self.view(id, now) else { return self.timers.cancel(Timer::Judge(id)) };
        self.note_fault(id, &view, now);
        let mut next = view.doubt_at;
        if view.doubt_at <= now {
            next = self.ask(id, now);
            self.check_isolation(now);
        } else if let Some(link) = self.members.watch_mut(id) {
            link.probing = None;
        }
        let accusing = self.accusing(id);
        let Some(view) = self.view(id, now) else { return };
        let excused = self.members.get(id).map_or(now, |member| member.excused_until);
        if self.may_accuse(now) && now >= excused {
            let grounds = accusing.map(|accusing| accusing.grounds);
            if let Some(grounds) = grounds.or_else(|| self.grounds(&view, now)) {
                next = next.min(self.accuse(id, grounds, now));
            }
        }
        let later = [view.silent_at, view.deaf_at, excused].into_iter().filter(|at| *at > now);
        let next = later.fold(next, Timestamp::min);
        self.timers.set(Timer::Judge(id), next);
    }

    pub(super) fn accusing(&self, id: NodeId) -> Option<Accusing> {
        self.members.get(id)?.watch()?.accusing
    }

    fn view(&mut self, id: NodeId, now: Timestamp) -> Option<View> {
        let link = self.members.get(id)?.watch()?;
        let (promised, stall) = (link.interval, link.stall);
        let patience = self.patience(promised, stall, now);
        let member = self.members.get(id)?;
        let link = member.watch()?;
        let interval = promised.get();
        let charges = self.claims.against(id, member.state.incarnation, now);
        let charges = charges.filter(|(accuser, _)| *accuser != self.own_id());
        let others: Vec<Grounds> = charges.map(|(_, charge)| charge.grounds).collect();
        let after = |mark: Timestamp, length| mark.saturating_add(length);
        let last = link.signs.last();
        let threshold = self.config.detection.threshold(promised);
        let phi_at = link.detector.deadline(threshold).unwrap_or(Timestamp::MAX);
        let phi_latest = after(last, patience.max(pace::PHI_WAIT.of(interval)));
        let suspected = !others.is_empty();
        let never = if suspected { pace::NEVER_HEARD_SUSPECT } else { pace::NEVER_HEARD };
        let refused = link.probing.is_some_and(|probing| probing.refusals > 0);
        let doubted = suspected || refused || link.accusing.is_some();
        Some(View {
            signs: link.signs,
            probing: link.probing,
            patience,
            doubt_at: if doubted { now } else { doubt_at(link) },
            silent_at: if link.signs.never() {
                // Who has only just started was perhaps not heard itself.
                after(link.signs.since, never.of(interval)).max(after(self.started, patience))
            } else {
                after(last, patience).max(phi_at.min(phi_latest))
            },
            deaf_at: after(
                link.signs.last_heard(),
                patience.saturating_add(pace::DEAF_EXTRA.of(interval)),
            ),
            refused_to_others: others.contains(&Grounds::Refused),
        })
    }

    /// On which grounds the subject may be accused now, if on any.
    fn grounds(&self, view: &View, now: Timestamp) -> Option<Grounds> {
        let probing = view.probing?;
        if probing.refusals >= REFUSALS_MIN || probing.refusals > 0 && view.refused_to_others {
            return Some(Grounds::Refused);
        }
        if probing.since_sign >= PROBES_MIN && now >= view.silent_at {
            return Some(Grounds::Silent);
        }
        let deaf = probing.since_answer >= PROBES_MIN && now >= view.deaf_at;
        let mute = self.is_mute(now) && self.has(Safeguard::Isolation);
        (deaf && !mute).then_some(Grounds::Deaf)
    }

    /// Whether more than half of the neighbours seem not to hear this node.
    fn is_mute(&self, now: Timestamp) -> bool {
        let watches: Vec<&Link> =
            self.members.present().filter_map(|member| member.watch()).collect();
        let deaf = watches.iter().filter(|link| {
            let age: Duration = now.saturating_since(link.signs.last_heard()).into();
            age > pace::HEARD_MAX.of(link.interval.get())
        });
        2 * deaf.count() > watches.len()
    }

    /// Tells of a link that has broken in one direction, or has healed, while the member lives: the
    /// one direction carries signs that are much younger than those of the other, or than others'.
    fn note_fault(&mut self, id: NodeId, view: &View, now: Timestamp) {
        let Some(link) = self.members.watch_mut(id) else { return };
        let Signs { since, life, vouch, heard, .. } = view.signs;
        let difference = pace::ONE_SIDED.of(link.interval.get());
        let missing = |mark: Option<Timestamp>| {
            mark.is_none_or(|mark| Duration::from(now.saturating_since(mark)) >= view.patience)
        };
        let younger = |one: Option<Timestamp>, other: Option<Timestamp>| {
            one.unwrap_or(since) > other.unwrap_or(since).saturating_add(difference)
        };
        let fault = match (missing(life), missing(heard)) {
            (false, false) => None,
            _ if !missing(Some(since)) || missing(vouch) => return,
            (true, _) if younger(vouch, life) => Some(Fault::NotHeard),
            (false, true) if younger(life, heard) => Some(Fault::NotHearing),
            _ => return,
        };
        if link.fault != fault {
            link.fault = fault;
            self.tell(id, super::io::Change::Link(fault), now);
        }
    }

    /// The watch over `id` ends, or begins anew: nothing is known of its link.
    pub(super) fn forget_fault(&mut self, id: NodeId, now: Timestamp) {
        let link = self.members.get_mut(id).and_then(|member| member.link.as_mut());
        if link.is_some_and(|link| link.fault.take().is_some()) {
            self.tell(id, super::io::Change::Link(None), now);
        }
    }
}

/// When doubt about a subject arises that nobody accuses, if nothing comes from it.
fn doubt_at(link: &Link) -> Timestamp {
    let interval = link.interval.get();
    let after = |mark: Timestamp, part: pace::Permille| mark.saturating_add(part.of(interval));
    let beat = link.detector.last().unwrap_or(link.signs.since);
    let level = Threshold::new(1.0).ok().and_then(|one| link.detector.deadline(one));
    let late = level
        .unwrap_or(Timestamp::MAX)
        .clamp(after(beat, pace::DOUBT_MIN), after(beat, pace::DOUBT_MAX))
        .max(after(link.signs.last(), pace::DOUBT_AFTER_SIGN));
    let unheard = after(link.signs.last_heard(), pace::HEARD_MAX);
    let never =
        if link.signs.never() { after(link.signs.since, pace::FIRST_SIGN) } else { Timestamp::MAX };
    late.min(unheard).min(never)
}
