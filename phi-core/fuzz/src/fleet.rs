//! Any calls of a fleet, beside a list that does the same the slow way.

use core::time::Duration;

use arbitrary::Arbitrary;
use phi_core::{
    Detector, Exponential, ExponentialConfig, Fleet, FleetError, Handle, Heartbeat, Slot,
    Threshold, Timestamp,
};

use crate::{Length, When};

/// Peers that there is room for: no power of two, and not so many that they are never full.
const CAPACITY: usize = 5;

type Peer = Detector<Exponential<[u64; 2]>>;
type Peers = Fleet<Exponential<[u64; 2]>, Vec<Slot<Exponential<[u64; 2]>>>, Vec<u64>>;

#[derive(Arbitrary, Debug)]
pub(crate) struct Input {
    threshold: f64,
    calls: Vec<(Call, u8, When)>,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
enum Call {
    Insert(Length),
    Remove,
    Heartbeat,
    HeartbeatSeq(u8),
    Pause(Length),
    TakeLate,
    Look,
}

/// A peer as the list has it: the deadline is put aside once it was taken.
struct Listed {
    handle: Handle,
    detector: Peer,
    deadline: Option<Timestamp>,
}

struct Model {
    listed: Vec<Listed>,
    gone: Vec<Handle>,
    threshold: Threshold,
}

pub(crate) fn run(input: Input) {
    let Ok(threshold) = Threshold::new(input.threshold) else { return };
    let slots = vec![Slot::VACANT; CAPACITY];
    let mut fleet = Fleet::new(slots, vec![3_u64; 2 * CAPACITY], threshold).expect("two to one");
    let mut model = Model { listed: Vec::new(), gone: Vec::new(), threshold };
    let mut clock = Timestamp::ORIGIN;
    for (call, pick, when) in input.calls {
        let now = when.on(clock);
        model.apply(&mut fleet, call, pick.into(), now);
        model.equals(&fleet, now);
        clock = clock.max(now);
    }
}

impl Model {
    fn apply(&mut self, fleet: &mut Peers, call: Call, pick: usize, now: Timestamp) {
        match call {
            Call::Insert(interval) => self.insert(fleet, interval.duration()),
            Call::Remove => self.remove(fleet, pick),
            Call::Heartbeat => self.hear(fleet, pick, |fleet, listed| {
                let outcome = listed.detector.heartbeat(now);
                assert_eq!(fleet.heartbeat(listed.handle, now), Ok(outcome));
                outcome
            }),
            Call::HeartbeatSeq(seq) => self.hear(fleet, pick, |fleet, listed| {
                let outcome = listed.detector.heartbeat_seq(seq.into(), now);
                assert_eq!(fleet.heartbeat_seq(listed.handle, seq.into(), now), Ok(outcome));
                outcome
            }),
            Call::Pause(pause) => {
                self.update(fleet, pick, |detector| detector.pause(pause.duration(), now));
            }
            Call::TakeLate => {
                let taken = fleet.take_late(now);
                let expected = self.due(now).map(|listed| listed.deadline).min();
                let listed = self.listed.iter_mut().find(|listed| Some(listed.handle) == taken);
                let deadline = listed.and_then(|listed| listed.deadline.take());
                assert_eq!(deadline, expected.flatten(), "not the earliest was taken");
            }
            Call::Look => {}
        }
    }

    fn insert(&mut self, fleet: &mut Peers, interval: Duration) {
        let Ok(config) = ExponentialConfig::for_interval(interval) else { return };
        let detector = Detector::new(Exponential::new([0; 2], config).expect("two places"));
        match fleet.insert(detector.clone()) {
            Ok(handle) => {
                assert!(!self.gone.contains(&handle), "a stale handle lives again");
                self.listed.push(Listed { handle, detector, deadline: None });
            }
            Err(error) => {
                assert_eq!(error.capacity(), CAPACITY);
                assert_eq!(self.listed.len(), CAPACITY);
            }
        }
    }

    fn remove(&mut self, fleet: &mut Peers, pick: usize) {
        if pick < self.listed.len() {
            let listed = self.listed.swap_remove(pick);
            let detector = fleet.remove(listed.handle).expect("it was there");
            assert_eq!(detector.last(), listed.detector.last());
            self.gone.push(listed.handle);
        } else if let Some(&handle) = self.gone.get(pick % self.gone.len().max(1)) {
            assert_eq!(fleet.remove(handle).map(|_| ()), Err(FleetError::StaleHandle));
        }
    }

    /// Only a heartbeat that is accepted arms a peer whose deadline was taken.
    fn hear(
        &mut self,
        fleet: &mut Peers,
        pick: usize,
        arrive: impl Fn(&mut Peers, &mut Listed) -> Heartbeat,
    ) {
        if let Some(listed) = self.listed.get_mut(pick) {
            if arrive(fleet, listed).is_accepted() {
                listed.deadline = listed.detector.deadline(self.threshold);
            }
        } else if let Some(&handle) = self.gone.get(pick % self.gone.len().max(1)) {
            let refused = fleet.heartbeat(handle, Timestamp::MAX);
            assert_eq!(refused, Err(FleetError::StaleHandle));
        }
    }

    fn update(&mut self, fleet: &mut Peers, pick: usize, change: impl Fn(&mut Peer)) {
        if let Some(listed) = self.listed.get_mut(pick) {
            change(&mut listed.detector);
            fleet.update(listed.handle, &change).expect("it was there");
            listed.deadline = listed.detector.deadline(self.threshold);
        } else if let Some(&handle) = self.gone.get(pick % self.gone.len().max(1)) {
            assert_eq!(fleet.update(handle, change), Err(FleetError::StaleHandle));
        }
    }

    /// Whose deadline has come; the end of time does not.
    fn due(&self, now: Timestamp) -> impl Iterator<Item = &Listed> {
        let come = move |deadline: Timestamp| deadline <= now && deadline < Timestamp::MAX;
        self.listed.iter().filter(move |listed| listed.deadline.is_some_and(come))
    }

    fn equals(&self, fleet: &Peers, now: Timestamp) {
        assert_eq!(fleet.len(), self.listed.len());
        let deadlines = self.listed.iter().filter_map(|listed| listed.deadline);
        let next = deadlines.filter(|deadline| *deadline < Timestamp::MAX).min();
        assert_eq!(fleet.next_deadline(), next);
        let mut late: Vec<_> = fleet.late(now).collect();
        let mut due: Vec<_> = self.due(now).map(|listed| listed.handle).collect();
        late.sort_unstable();
        due.sort_unstable();
        assert_eq!(late, due);
        for listed in &self.listed {
            assert_eq!(fleet.phi(listed.handle, now), Some(listed.detector.phi(now)));
        }
        assert!(self.gone.iter().all(|handle| fleet.phi(*handle, now).is_none()));
    }
}
