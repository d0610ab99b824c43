//! What a detector must be able to say to be compared.
//!
//! Which there are is the business of [`contenders`](crate::contenders).

use anyhow::Result;
use phi_bench::results::Kind;
use phi_core::Nanos;

use crate::trace::Arrival;

/// A failure detector that has one threshold.
pub(crate) trait Contender: Sized {
    const ABOUT: Description;

    /// What it learns depends on whether it suspected: then each threshold is a replay of its own,
    /// and [`heartbeat_after_suspicion`](Self::heartbeat_after_suspicion) is called.
    const LEARNS_FROM_VERDICTS: bool = false;

    /// How often it is asked for its patience: after each so-many-th heartbeat, and after those
    /// that a mistake follows. More than 1 where an answer is dear.
    const ASKED_EACH: usize = 1;

    /// The thresholds worth trying, ascending: from ones that err all the time to ones that would
    /// not see the longest outage in the traces.
    fn thresholds() -> Vec<f64>;

    /// A detector that has heard nothing, of a sender that promises a heartbeat every `period`.
    fn start(period: Nanos) -> Result<Self>;

    /// Learns of an arrival.
    fn heartbeat(&mut self, arrival: Arrival);

    /// The same, when it had been suspecting the sender.
    fn heartbeat_after_suspicion(&mut self, arrival: Arrival) {
        self.heartbeat(arrival);
    }

    /// How long a silence after the last arrival it bears at `threshold`; longer ones it suspects.
    /// It never falls as thresholds rise.
    fn patience(&mut self, threshold: f64) -> Nanos;

    /// The lowest threshold that bears a `silence`: it is a mistake at all lower ones.
    fn level(&mut self, silence: Nanos) -> f64;

    /// What it takes in memory, heap included; None where code of others does not tell.
    fn bytes(&self) -> Option<u64> {
        Some(size_of::<Self>() as u64)
    }
}

/// What is said of a contender.
pub(crate) struct Description {
    /// In tables, plots and files.
    pub(crate) name: &'static str,
    /// What it is, in a line.
    pub(crate) title: &'static str,
    /// Where it was published.
    pub(crate) source: &'static str,
    pub(crate) kind: Kind,
    /// Its threshold φ says that 10^−φ of all silences are longer.
    pub(crate) promises: bool,
}
