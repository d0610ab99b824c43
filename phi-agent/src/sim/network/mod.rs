//! The network: which datagrams arrive, when, how often, and in what shape.
//!
//! A stack of rules, each for the ways from some hosts to others, over a default delay and loss.

mod burst;
pub(super) mod delay;
mod queue;
pub(super) mod rule;

use std::time::Duration;

use phi_core::Timestamp;

use super::dice::Dice;
use super::place::HostId;
use delay::Delay;
use rule::{Effect, Rule};

/// All ways between hosts.
#[derive(Debug)]
pub(super) struct Network {
    delay: Delay,
    loss: f64,
    dice: Dice,
    rules: Vec<Rule>,
    /// What each effect did.
    pub(super) counts: Counts,
}

/// How often the network did something to a datagram.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Counts {
    /// Sent, copies by the network not counted.
    pub sent: u64,
    /// Lost by chance, in a burst, or in a full queue.
    pub lost: u64,
    /// Sent into a way that is cut.
    pub cut: u64,
    /// Held back and released later.
    pub held: u64,
    /// Delivered twice.
    pub duplicated: u64,
    /// Held back so that later ones overtook them.
    pub reordered: u64,
    /// Delivered with flipped bits.
    pub flipped: u64,
    /// Delivered without their end.
    pub truncated: u64,
}

/// What happens to one datagram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Lost,
    /// Held back by the rule of this number, until it is taken away.
    Held(u64),
    Arrives {
        after: Duration,
        again_after: Option<Duration>,
        damage: Damage,
    },
}

/// What a datagram suffers on its way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Damage {
    /// A bit of a byte flipped: both are drawn from this.
    pub(super) flip: Option<u64>,
    /// The end cut off: how much, is drawn from this.
    pub(super) truncate: Option<u64>,
}

/// What the rules have done to a datagram so far.
#[derive(Debug)]
struct Passage {
    delay: Delay,
    extra: Duration,
    /// How much later than it should a copy arrives, if there is one.
    copy: Option<Duration>,
    damage: Damage,
}

impl Network {
    pub(super) const fn new(delay: Delay, loss: f64, dice: Dice) -> Self {
        let counts = Counts {
            sent: 0,
            lost: 0,
            cut: 0,
            held: 0,
            duplicated: 0,
            reordered: 0,
            flipped: 0,
            truncated: 0,
        };
        Self { delay, loss, dice, rules: Vec::new(), counts }
    }

    pub(super) fn add(&mut self, rule: Rule) {
        self.rules.push(rule);
    }

    pub(super) fn remove(&mut self, number: u64) -> Option<Rule> {
        let place = self.rules.iter().position(|rule| rule.number == number)?;
        Some(self.rules.remove(place))
    }

    /// The fate of a datagram of `bytes` bytes on the wire.
    pub(super) fn fate(&mut self, from: HostId, to: HostId, bytes: usize, now: Timestamp) -> Fate {
        self.counts.sent += 1;
        let mut passage = Passage {
            delay: self.delay,
            extra: Duration::ZERO,
            copy: None,
            damage: Damage::default(),
        };
        for rule in self.rules.iter_mut().filter(|rule| rule.concerns(from, to)) {
            let way = Way { from, to, bytes, now };
            if let Some(fate) = passage.meet(rule, way, &mut self.dice, &mut self.counts) {
                return fate;
            }
        }
        if self.dice.chance(self.loss) {
            self.counts.lost += 1;
            return Fate::Lost;
        }
        let after = passage.extra + passage.delay.sample(&mut self.dice);
        let again = passage.copy.map(|later| later + passage.delay.sample(&mut self.dice));
        let again_after = again.map(|delay| passage.extra + delay);
        Fate::Arrives { after, again_after, damage: passage.damage }
    }
}

/// A datagram on its way.
#[derive(Clone, Copy, Debug)]
struct Way {
    from: HostId,
    to: HostId,
    bytes: usize,
    now: Timestamp,
}

impl Passage {
    /// Meets one rule; `Some` when it goes no further.
    fn meet(
        &mut self,
        rule: &mut Rule,
        way: Way,
        dice: &mut Dice,
        counts: &mut Counts,
    ) -> Option<Fate> {
        let Rule { number, effect, bursts, queues, .. } = rule;
        let lost = match effect {
            Effect::Cut => {
                counts.cut += 1;
                return Some(Fate::Lost);
            }
            Effect::Clog => {
                counts.held += 1;
                return Some(Fate::Held(*number));
            }
            Effect::Loss { share } => dice.chance(*share),
            Effect::Bursts(burst) => {
                burst.is_bad(bursts.entry((way.from, way.to)).or_default(), way.now, dice)
            }
            Effect::Bandwidth(link) => {
                let queue = queues.entry((way.from, way.to)).or_default();
                let wait = link.wait(queue, way.bytes, way.now);
                self.extra += wait.unwrap_or_default();
                wait.is_none()
            }
            Effect::Delay(delay) => {
                self.delay = *delay;
                false
            }
            Effect::Duplicate { share } => {
                let twice = dice.chance(*share);
                counts.duplicated += u64::from(twice);
                self.copy = twice.then_some(Duration::ZERO).or(self.copy);
                false
            }
            Effect::LateCopies { share, by } => {
                if dice.chance(*share) {
                    counts.duplicated += 1;
                    self.copy = Some(dice.between(Duration::ZERO, *by));
                }
                false
            }
            Effect::Reorder { share, by } => {
                if dice.chance(*share) {
                    counts.reordered += 1;
                    self.extra += dice.between(Duration::ZERO, *by);
                }
                false
            }
            Effect::Flip { share } => {
                self.damage.flip = dice.chance(*share).then(|| dice.bits()).or(self.damage.flip);
                counts.flipped += u64::from(self.damage.flip.is_some());
                false
            }
            Effect::Truncate { share } => {
                let cut = dice.chance(*share).then(|| dice.bits());
                self.damage.truncate = cut.or(self.damage.truncate);
                counts.truncated += u64::from(self.damage.truncate.is_some());
                false
            }
        };
        counts.lost += u64::from(lost);
        lost.then_some(Fate::Lost)
    }
}
