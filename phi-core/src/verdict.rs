//! Trust or suspect: interpreters of φ, any number of them over one detector.
//!
//! They compute no φ and set no timer: they say when to look, and what to make of what is seen.

use crate::detector::Detector;
use crate::error::ConfigError;
use crate::model::Model;
use crate::phi::{Phi, Threshold};
use crate::time::Timestamp;

/// One reader's opinion of a subject, with hysteresis: what a reader costs is these bytes.
///
/// ```text
///  φ │          ╱╲
///    │┄┄┄┄┄┄┄┄┄╱┄┄╲┄┄┄┄┄┄┄ suspect_at: reached → Suspect
///    │        ╱    ╲
///    │┄┄┄┄┄┄┄╱┄┄┄┄┄┄╲┄┄┄┄┄ trust_below: fallen below → Trust
///    │      ╱        ╲       in between the verdict stays what it was
///    └─────────▲─────▲───▶ time
///           Suspect Trust
/// ```
///
/// # Examples
///
/// Two readers of one detector: one is quick to route around the subject, the other slow to
/// replace it.
///
/// ```
/// # use core::time::Duration;
/// use phi_core::{Detector, Interpreter, Normal, NormalConfig, Threshold, Timestamp, Verdict};
///
/// let config = NormalConfig::for_interval(Duration::from_secs(1))?;
/// let mut subject = Detector::new(Normal::new([0_u64; 100], config)?);
/// let mut router = Interpreter::new(Threshold::new(2.0)?);
/// let mut replacer = Interpreter::new(Threshold::new(12.0)?)
///     .with_trust_below(Threshold::new(1.0)?)?;
///
/// subject.heartbeat(Timestamp::ORIGIN);
/// let first = router.next_look(&subject).expect("trusted, and heard from");
/// assert!(first < replacer.next_look(&subject).expect("trusted, and heard from"));
///
/// let phi = subject.phi(first);
/// let transition = router.observe(phi, first).expect("the verdict has changed");
/// assert_eq!((transition.verdict, transition.at), (Verdict::Suspect, first));
/// assert_eq!(replacer.observe(phi, first), None);
/// assert_eq!(router.next_look(&subject), None); // until it is heard from again
/// # Ok::<(), phi_core::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Interpreter {
    suspect_at: Threshold,
    trust_below: Threshold,
    verdict: Verdict,
}

impl Interpreter {
    /// A reader that suspects when φ reaches `suspect_at`, trusts when it is below, and trusts
    /// until it has observed otherwise.
    #[must_use]
    pub const fn new(suspect_at: Threshold) -> Self {
        Self { suspect_at, trust_below: suspect_at, verdict: Verdict::Trust }
    }

    /// The same, but once it suspects, it trusts again only when φ has fallen below `trust_below`
    /// (0 < `trust_below` ≤ `suspect_at`).
    ///
    /// Right after a heartbeat φ need not be 0: where intervals scatter as much as they last, a
    /// normal model begins each of them between 0.07 and 0.31. Below that no trust returns.
    ///
    /// # Errors
    ///
    /// [`ConfigError::TrustBelow`] when `trust_below` is above `suspect_at`.
    pub fn with_trust_below(self, trust_below: Threshold) -> Result<Self, ConfigError> {
        if trust_below > self.suspect_at {
            let (value, suspect_at) = (trust_below.value(), self.suspect_at.value());
            return Err(ConfigError::TrustBelow { value, suspect_at });
        }
        Ok(Self { trust_below, ..self })
    }

    /// Takes in the level at `now`, and tells of a change of the verdict.
    pub fn observe(&mut self, phi: Phi, now: Timestamp) -> Option<Transition> {
        let verdict = match self.verdict {
            Verdict::Trust if phi.reaches(self.suspect_at) => Verdict::Suspect,
            Verdict::Suspect if !phi.reaches(self.trust_below) => Verdict::Trust,
            Verdict::Trust | Verdict::Suspect => return None,
        };
        self.verdict = verdict;
        Some(Transition { verdict, at: now })
    }

    /// The next instant to look at `detector` unless something is heard before:
    /// [`Detector::deadline`] of `suspect_at`.
    ///
    /// `None` while it suspects, and before the first heartbeat: silence alone then changes
    /// nothing, so look after the next heartbeat, and after whatever else lowers φ: a pause that is
    /// credited, a silence resumed, a new interval.
    #[must_use]
    pub fn next_look<M: Model>(&self, detector: &Detector<M>) -> Option<Timestamp> {
        match self.verdict {
            Verdict::Trust => detector.deadline(self.suspect_at),
            Verdict::Suspect => None,
        }
    }

    /// The verdict as of the last observation.
    #[must_use]
    pub const fn verdict(&self) -> Verdict {
        self.verdict
    }

    /// The level that raises suspicion once it is reached.
    #[must_use]
    pub const fn suspect_at(&self) -> Threshold {
        self.suspect_at
    }

    /// The level that ends suspicion once φ has fallen below it.
    #[must_use]
    pub const fn trust_below(&self) -> Threshold {
        self.trust_below
    }
}

/// What a reader concludes from φ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a verdict is one of two: what lies between is φ")]
pub enum Verdict {
    /// The subject is taken to be alive.
    #[default]
    Trust,
    /// The subject is taken to have failed.
    Suspect,
}

/// A change of a verdict: an S-transition or a T-transition, in the words of \[Chen02\].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_structs, reason = "plain data that callers make too: what and when")]
pub struct Transition {
    /// What it changed to.
    pub verdict: Verdict,
    /// When the change was seen.
    pub at: Timestamp,
}
