//! Goal: a fleet says the same as its detectors one by one, and never takes one for another.
#![expect(clippy::expect_used, reason = "parameters of the tests are legal")]

use core::time::Duration;

use phi_core::{
    Detector, Fleet, FleetError, Handle, Heartbeat, Nanos, Normal, NormalConfig, Phi, Slot,
    Threshold, Timestamp,
};
use proptest::prelude::*;

type Rhythm = Normal<[u64; 4]>;
type Peers = Fleet<Rhythm, Vec<Slot<Rhythm>>, Vec<u64>>;

fn threshold() -> Threshold {
    Threshold::new(3.0).expect("legal")
}

fn detector() -> Detector<Rhythm> {
    let config = NormalConfig::for_interval(Duration::from_micros(1)).expect("legal");
    Detector::new(Normal::new([0_u64; 4], config).expect("legal"))
}

fn fleet(capacity: usize) -> Peers {
    let slots = vec![Slot::VACANT; capacity];
    Fleet::new(slots, vec![5; 2 * capacity], threshold()).expect("two to one")
}

fn at(nanos: u64) -> Timestamp {
    Timestamp::from_nanos(nanos)
}

/// Method: lengths around the right one.
#[test]
fn storage_of_unequal_lengths_is_refused() {
    for deadlines in [0, 3, 5, 7] {
        let slots: [Slot<Rhythm>; 3] = [Slot::VACANT; 3];
        let error = Fleet::new(slots, vec![0; deadlines], threshold()).expect_err("not 6");
        assert_eq!(error, FleetError::StorageLengths { slots: 3, deadlines });
    }
}

/// Method: fill it, and once more.
#[test]
fn a_full_fleet_refuses_and_stays_as_it_was() {
    let mut peers = fleet(2);
    let first = peers.insert(detector()).expect("room");
    peers.insert(detector()).expect("room");
    let mut third = detector();
    third.heartbeat(at(7));
    let error = peers.insert(third).expect_err("full");
    assert_eq!(error.to_string(), "all 2 slots of the fleet are taken");
    assert_eq!(peers.len(), 2);
    peers.remove(first).expect("there");
    let third = peers.insert(error.into_detector()).expect("room");
    assert_eq!(peers.detector(third).expect("there").last(), Some(at(7)), "it was given back");
    assert_eq!(fleet(0).insert(detector()).expect_err("full").capacity(), 0);
    assert_eq!(fleet(0).next_deadline(), None);
    assert_eq!(fleet(0).late(Timestamp::MAX).count(), 0);
}

/// Method: the same slot a thousand times over; every old handle is refused by every operation.
#[test]
fn a_stale_handle_never_means_another_peer() {
    let mut peers = fleet(1);
    let mut stale: Vec<Handle> = Vec::new();
    for _ in 0..1_000 {
        let handle = peers.insert(detector()).expect("room");
        assert!(!stale.contains(&handle));
        peers.remove(handle).expect("there");
        stale.push(handle);
    }
    let present = peers.insert(detector()).expect("room");
    for handle in stale {
        assert_eq!(handle.index(), present.index());
        assert_eq!(peers.heartbeat(handle, at(1)), Err(FleetError::StaleHandle));
        assert_eq!(peers.heartbeat_seq(handle, 1, at(1)), Err(FleetError::StaleHandle));
        assert_eq!(peers.remove(handle).expect_err("stale"), FleetError::StaleHandle);
        assert_eq!(peers.phi(handle, at(1)), None);
    }
    assert_eq!(peers.detector(present).expect("there").last(), None, "nobody else's heartbeat");
}

/// Method: a peer whose φ never gets there, and one that was never heard, at the end of time.
#[test]
fn a_deadline_beyond_the_end_of_time_never_comes() {
    let mut peers = fleet(3);
    let last = peers.insert(detector()).expect("room");
    peers.insert(detector()).expect("room");
    peers.heartbeat(last, Timestamp::MAX.saturating_sub(Nanos::new(2))).expect("there");
    assert_eq!(peers.next_deadline(), None);
    assert_eq!(peers.late(Timestamp::MAX).count(), 0);
    assert_eq!(peers.take_late(Timestamp::MAX), None);
}

/// Method: a silence that was reported, then all that is no new sign of the peer: a duplicate, one
/// that was overtaken, one from before the last; then one that is.
#[test]
fn only_an_accepted_heartbeat_arms_a_reported_peer() {
    let mut peers = fleet(2);
    let handle = peers.insert(detector()).expect("room");
    for (seq, nanos) in [(1, 1_000), (2, 2_000), (4, 4_000)] {
        peers.heartbeat_seq(handle, seq, at(nanos)).expect("there");
    }
    let late = at(100_000);
    assert_eq!(peers.take_late(late), Some(handle));
    let old = Heartbeat::Backwards { by: Nanos::new(3_999) };
    for (seq, now, outcome) in
        [(4, late, Heartbeat::Duplicate), (3, late, Heartbeat::Late), (5, at(1), old)]
    {
        assert_eq!(peers.heartbeat_seq(handle, seq, now), Ok(outcome));
        assert_eq!(peers.take_late(late), None, "{outcome:?} is no news");
        assert_eq!(peers.next_deadline(), None);
    }
    assert_eq!(peers.heartbeat(handle, at(1)), Ok(old));
    assert_eq!(peers.next_deadline(), None);
    assert!(peers.heartbeat_seq(handle, 5, late).is_ok_and(|heartbeat| heartbeat.is_accepted()));
    assert!(peers.next_deadline().is_some());
}

/// Method: three peers, one of them reported: a pause moves the deadlines of the others, and the
/// reported silence goes on; when all are expected anew, it is over.
#[test]
fn a_pause_of_the_observer_is_credited_to_all() {
    let mut peers = fleet(3);
    let handles = [1, 2, 3].map(|micros| {
        let handle = peers.insert(detector()).expect("room");
        peers.heartbeat(handle, at(micros * 1_000)).expect("there");
        handle
    });
    let first = peers.next_deadline().expect("all were heard from");
    assert_eq!(peers.take_late(first), Some(handles[0]));
    let second = peers.next_deadline().expect("two are left");
    let pause = Duration::from_micros(50);
    let now = at(100_000);
    peers.pause_all(pause, now);
    assert_eq!(peers.next_deadline(), Some(second.saturating_add(pause)));
    assert_eq!(peers.late(Timestamp::MAX).count(), 2, "the reported one stays reported");
    let mut seen = Vec::new();
    peers.update_all(|handle, peer| {
        seen.push(handle);
        peer.resume(now);
    });
    assert_eq!(seen, handles);
    assert_eq!(peers.late(Timestamp::MAX).count(), 3);
    assert!(peers.next_deadline() > Some(now));
}

/// Method: a pause so long that it explains the silence which was reported: the next one is too.
#[test]
fn a_silence_that_a_pause_explains_is_over() {
    let mut peers = fleet(1);
    let handle = peers.insert(detector()).expect("room");
    peers.heartbeat(handle, at(1_000)).expect("there");
    let reported = peers.next_deadline().expect("heard from");
    assert_eq!(peers.take_late(reported), Some(handle));
    let pause = Duration::from_nanos(reported.as_nanos());
    peers.pause_all(pause, reported);
    let deadline = peers.next_deadline().expect("trusted again");
    assert!(deadline > reported);
    assert_eq!(peers.take_late(deadline), Some(handle));
}

/// Method: a lower threshold comes earlier, for the reported peer as well.
#[test]
fn a_threshold_may_change() {
    let mut peers = fleet(2);
    let handle = peers.insert(detector()).expect("room");
    peers.heartbeat(handle, at(1_000)).expect("there");
    let deadline = peers.next_deadline().expect("heard from");
    assert_eq!(peers.take_late(deadline), Some(handle));
    let lower = Threshold::new(1.0).expect("legal");
    peers.set_threshold(lower);
    assert_eq!(peers.threshold(), lower);
    assert!(peers.next_deadline().is_some_and(|earlier| earlier < deadline));
    assert_eq!(peers.next_deadline(), peers.detector(handle).expect("there").deadline(lower));
}

/// Method: storage that another fleet has used.
#[test]
fn contents_of_the_storage_do_not_matter() {
    let (mut slots, mut deadlines) = ([const { Slot::<Rhythm>::VACANT }; 2], [0; 4]);
    let mut before = Fleet::new(&mut slots[..], &mut deadlines[..], threshold()).expect("legal");
    let old = before.insert(detector()).expect("room");
    before.heartbeat(old, at(1)).expect("there");
    let after = Fleet::new(&mut slots[..], &mut deadlines[..], threshold()).expect("legal");
    assert!(after.is_empty() && after.next_deadline().is_none());
    assert_eq!(after.handles().count(), 0);
}

#[cfg(feature = "alloc")]
#[test]
fn an_allocated_fleet_has_the_capacity_asked_for() {
    let mut peers = Fleet::with_capacity(3, threshold());
    assert!((0..3).all(|_| peers.insert(detector()).is_ok()));
    assert_eq!(peers.insert(detector()).expect_err("full").capacity(), 3);
}

#[derive(Clone, Debug)]
enum Action {
    Insert { heard: bool },
    Remove,
    Heartbeat,
    Numbered { seq: u64 },
    Resume,
    ResumeAll,
    PauseAll { nanos: u64 },
    TakeLate,
    Wait { nanos: u64 },
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        3 => any::<bool>().prop_map(|heard| Action::Insert { heard }),
        1 => Just(Action::Remove),
        5 => Just(Action::Heartbeat),
        2 => (0_u64..40).prop_map(|seq| Action::Numbered { seq }),
        1 => Just(Action::Resume),
        1 => Just(Action::ResumeAll),
        1 => (0_u64..3_000).prop_map(|nanos| Action::PauseAll { nanos }),
        2 => Just(Action::TakeLate),
        6 => (0_u64..3_000).prop_map(|nanos| Action::Wait { nanos }),
    ]
}

/// A fleet without any cleverness.
#[derive(Default)]
struct Naive {
    peers: Vec<(Handle, Detector<Rhythm>, bool)>,
    gone: Vec<Handle>,
}

impl Naive {
    fn deadlines(&self) -> impl Iterator<Item = (Timestamp, Handle)> + '_ {
        let waiting = self.peers.iter().filter(|(_, _, taken)| !taken);
        waiting.filter_map(|(handle, peer, _)| Some((peer.deadline(threshold())?, *handle)))
    }

    fn late(&self, now: Timestamp) -> Vec<Handle> {
        let late = self.deadlines().filter(|(deadline, _)| *deadline <= now);
        let mut late: Vec<_> = late.map(|(_, handle)| handle).collect();
        late.sort();
        late
    }

    /// Does the same to both; `pick` chooses the peer.
    fn apply(&mut self, fleet: &mut Peers, action: &Action, (pick, now): (usize, Timestamp)) {
        let place = pick.checked_rem(self.peers.len());
        let chosen = place.and_then(|place| self.peers.get_mut(place));
        match (action, chosen) {
            (Action::Insert { heard }, _) => {
                let mut peer = detector();
                if *heard {
                    peer.heartbeat(now);
                }
                match fleet.insert(peer.clone()) {
                    Ok(handle) => self.peers.push((handle, peer, false)),
                    Err(error) => assert_eq!(error.capacity(), self.peers.len()),
                }
            }
            (Action::Remove, Some((handle, ..))) => {
                let handle = *handle;
                fleet.remove(handle).expect("there");
                self.peers.retain(|(other, ..)| *other != handle);
                self.gone.push(handle);
            }
            (Action::Heartbeat, Some((handle, peer, taken))) => {
                let expected = peer.heartbeat(now);
                assert_eq!(fleet.heartbeat(*handle, now), Ok(expected));
                *taken &= !expected.is_accepted();
            }
            (Action::Numbered { seq }, Some((handle, peer, taken))) => {
                let expected = peer.heartbeat_seq(*seq, now);
                assert_eq!(fleet.heartbeat_seq(*handle, *seq, now), Ok(expected));
                *taken &= !expected.is_accepted();
            }
            (Action::Resume, Some((handle, peer, taken))) => {
                peer.resume(now);
                fleet.update(*handle, |peer| peer.resume(now)).expect("there");
                *taken = false;
            }
            (Action::ResumeAll, _) => {
                fleet.update_all(|_, peer| peer.resume(now));
                for (_, peer, taken) in &mut self.peers {
                    peer.resume(now);
                    *taken = false;
                }
            }
            (Action::PauseAll { nanos }, _) => {
                let pause = Duration::from_nanos(*nanos);
                fleet.pause_all(pause, now);
                for (_, peer, taken) in &mut self.peers {
                    peer.pause(pause, now);
                    *taken &= peer.deadline(threshold()) <= Some(now);
                }
            }
            (Action::TakeLate, _) => {
                let earliest = self.deadlines().map(|(deadline, _)| deadline).min();
                let late = self.late(now);
                let taken = fleet.take_late(now);
                assert_eq!(taken.is_some(), !late.is_empty());
                let taken = self.peers.iter_mut().find(|(handle, ..)| Some(*handle) == taken);
                if let Some((handle, peer, taken)) = taken {
                    assert!(late.contains(handle));
                    assert_eq!(peer.deadline(threshold()), earliest);
                    *taken = true;
                }
            }
            _ => {}
        }
    }
}

proptest! {
    /// Method: random operations on a fleet of a random size and on a plain list, compared after
    /// each of them.
    #[test]
    fn a_fleet_equals_a_list_of_detectors(
        capacity in 0_usize..12,
        actions in prop::collection::vec((action(), any::<usize>()), 0..120),
    ) {
        let (mut fleet, mut naive) = (fleet(capacity), Naive::default());
        let mut now = at(10);
        for (action, pick) in actions {
            if let Action::Wait { nanos } = action {
                now = now.saturating_add(Nanos::new(nanos));
            }
            naive.apply(&mut fleet, &action, (pick, now));

            let mut late: Vec<_> = fleet.late(now).collect();
            late.sort();
            prop_assert_eq!(late, naive.late(now));
            let next = naive.deadlines().map(|(deadline, _)| deadline).min();
            prop_assert_eq!(fleet.next_deadline(), next);
            prop_assert_eq!(fleet.len(), naive.peers.len());
            let mut handles: Vec<_> = naive.peers.iter().map(|(handle, ..)| *handle).collect();
            handles.sort();
            prop_assert!(fleet.handles().eq(handles));
            let mut levels = vec![Phi::MAX; capacity];
            fleet.phi_all(&mut levels, now);
            let mut expected = vec![Phi::ZERO; capacity];
            for (handle, peer, _) in &naive.peers {
                prop_assert_eq!(fleet.phi(*handle, now), Some(peer.phi(now)));
                expected[handle.index()] = peer.phi(now);
            }
            prop_assert_eq!(levels, expected);
            for handle in &naive.gone {
                prop_assert_eq!(fleet.phi(*handle, now), None);
                prop_assert_eq!(fleet.heartbeat(*handle, now), Err(FleetError::StaleHandle));
            }
        }
    }
}
