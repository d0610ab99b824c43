//! Every operation with every contender, and what each is meant to reach.
//!
//! How times and instructions are counted is the business of who runs them.

use crate::entrant::{Entrant, Nothing};
use crate::ours::{NormalU32F32, NormalU32OnQuery, NormalU64, OfCalibrated, Ours, Unnumbered};
use crate::peers::{OurFleet, Peers, Round, Scan};
use crate::replay::{Operation, Replay};

/// One operation by one contender.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What is done.
    pub row: Row,
    /// Who does it.
    pub contender: &'static str,
    /// What it is meant to reach against the baseline.
    pub goal: Option<Goal>,
    /// The operation, nothing done yet.
    pub start: fn() -> Box<dyn Operation>,
}

/// What is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Row {
    /// A heartbeat with its number, and φ.
    Pair,
    /// φ again without a new arrival.
    PhiAgain,
    /// A heartbeat with its number.
    Heartbeat,
    /// Who is late among 100,000 peers.
    Late,
    /// A heartbeat of one of 100,000 peers.
    PeerHeartbeat,
}

/// How many times faster than the baseline, and with how many times fewer instructions.
#[derive(Clone, Copy, Debug)]
pub struct Goal {
    /// Times faster.
    pub faster: f64,
    /// Times fewer instructions.
    pub fewer: Option<f64>,
}

impl Row {
    /// All of them, in the order of tables.
    pub const ALL: [Self; 5] =
        [Self::Pair, Self::PhiAgain, Self::Heartbeat, Self::Late, Self::PeerHeartbeat];

    /// Its name on the command line.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Pair => "pair",
            Self::PhiAgain => "phi-again",
            Self::Heartbeat => "heartbeat",
            Self::Late => "late",
            Self::PeerHeartbeat => "peer-heartbeat",
        }
    }

    /// Its name in tables.
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self {
            Self::Pair => "heartbeat and phi, as a pair",
            Self::PhiAgain => "phi again, no new arrival",
            Self::Heartbeat => "heartbeat",
            Self::Late => "who is late of 100,000 (100 are)",
            Self::PeerHeartbeat => "heartbeat of one of 100,000",
        }
    }

    /// How many operations make a slice long enough to time, and short enough to be left alone.
    #[must_use]
    pub const fn slice(self) -> usize {
        match self {
            Self::Pair | Self::PhiAgain | Self::Heartbeat | Self::PeerHeartbeat => 500,
            Self::Late => 4,
        }
    }
}

/// All there are, row by row; the empty loop is the first of each row that has one.
#[must_use]
pub fn cases() -> Vec<Case> {
    of_ours().into_iter().chain(of_rivals()).collect()
}

fn of_ours() -> Vec<Case> {
    const NONE: Option<Goal> = None;
    let times = |faster| Some(Goal { faster, fewer: None });
    vec![
        pair::<Nothing>(NONE),
        pair::<Ours<NormalU64>>(Some(Goal { faster: 4.0, fewer: Some(3.0) })),
        pair::<Ours<NormalU32F32>>(NONE),
        pair::<Ours<OfCalibrated>>(times(2.0)),
        phi_again::<Nothing>(NONE),
        phi_again::<Ours<NormalU64>>(times(4.0)),
        phi_again::<Ours<NormalU32F32>>(NONE),
        phi_again::<Ours<OfCalibrated>>(NONE),
        heartbeat::<Nothing>(NONE),
        heartbeat::<Ours<NormalU64>>(NONE),
        heartbeat::<Ours<NormalU32OnQuery>>(times(15.0)),
        heartbeat::<Unnumbered<NormalU32OnQuery>>(times(15.0)),
        heartbeat::<Ours<NormalU32F32>>(NONE),
        heartbeat::<Ours<OfCalibrated>>(NONE),
        late::<OurFleet>(times(100.0)),
        peer_heartbeat::<Nothing>(NONE),
        peer_heartbeat::<OurFleet>(NONE),
    ]
}

#[cfg(not(feature = "rivals"))]
const fn of_rivals() -> Vec<Case> {
    Vec::new()
}

#[cfg(feature = "rivals")]
fn of_rivals() -> Vec<Case> {
    use crate::rivals::{
        Lazily, PhiAccrual, PhiAccrualFailureDetector, PhiAccrualFailureDetectorPeers, PhiDetector,
    };

    fn each<E: Entrant>() -> [Case; 3] {
        [pair::<E>(None), phi_again::<E>(None), heartbeat::<E>(None)]
    }
    let mut cases = Vec::new();
    cases.extend(each::<PhiAccrualFailureDetector>());
    cases.extend(each::<PhiDetector>());
    cases.extend(each::<PhiAccrual>());
    cases.extend(each::<Lazily>());
    cases.push(late::<PhiAccrualFailureDetectorPeers>(None));
    cases.push(peer_heartbeat::<PhiAccrualFailureDetectorPeers>(None));
    cases
}

fn pair<E: Entrant>(goal: Option<Goal>) -> Case {
    let start: fn() -> Box<dyn Operation> = || Box::new(Replay::<E>::pair());
    Case { row: Row::Pair, contender: E::NAME, goal, start }
}

fn phi_again<E: Entrant>(goal: Option<Goal>) -> Case {
    Case {
        row: Row::PhiAgain,
        contender: E::NAME,
        goal,
        start: || Box::new(Replay::<E>::phi_again()),
    }
}

fn heartbeat<E: Entrant>(goal: Option<Goal>) -> Case {
    Case {
        row: Row::Heartbeat,
        contender: E::NAME,
        goal,
        start: || Box::new(Replay::<E>::heartbeat()),
    }
}

fn late<P: Peers>(goal: Option<Goal>) -> Case {
    Case { row: Row::Late, contender: P::NAME, goal, start: || Box::new(Scan::<P>::default()) }
}

fn peer_heartbeat<P: Peers>(goal: Option<Goal>) -> Case {
    Case {
        row: Row::PeerHeartbeat,
        contender: P::NAME,
        goal,
        start: || Box::new(Round::<P>::default()),
    }
}
