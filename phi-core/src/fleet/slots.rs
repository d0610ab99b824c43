//! Places for peers, and handles that notice when another one has moved in.
//!
//! It knows no deadlines, and asks nothing of what a peer is.

use core::marker::PhantomData;

use super::error::{FleetError, InsertError};
use crate::detector::Detector;

/// The places of all peers, in storage `S` of a length that does not change.
///
/// ```text
///  vacant ──▶ 1 ──▶ 3                 insertions so far: 8
///    ┌────────┬────────┬────────┬────────┐
///    │ peer 5 │ –    ╶─┼────────┼▶  –    │    Handle (2, 8): the peer in place 2
///    └────────┴────────┤ peer 8 ├────────┘    Handle (2, 6): stale, place 2 was another's
///        0        1        2        3
/// ```
#[derive(Clone, Debug)]
pub(super) struct Slots<M, S> {
    storage: S,
    /// The first place of the chain of vacant ones.
    vacant: Option<usize>,
    len: usize,
    /// How many peers have ever been inserted.
    insertions: u64,
    model: PhantomData<M>,
}

impl<M, S: AsRef<[Slot<M>]> + AsMut<[Slot<M>]>> Slots<M, S> {
    /// Vacant places only, over `storage`, whose contents do not matter.
    pub(super) fn new(mut storage: S) -> Self {
        let mut vacant = None;
        for (index, slot) in storage.as_mut().iter_mut().enumerate().rev() {
            *slot = Slot { next_vacant: vacant, ..Slot::VACANT };
            vacant = Some(index);
        }
        Self { storage, vacant, len: 0, insertions: 0, model: PhantomData }
    }

    pub(super) fn insert(&mut self, detector: Detector<M>) -> Result<Handle, InsertError<M>> {
        let capacity = self.capacity();
        let vacant = self.vacant.and_then(|index| {
            let slot = self.storage.as_mut().get_mut(index)?;
            Some((index, slot))
        });
        let Some((index, slot)) = vacant else { return Err(InsertError::new(capacity, detector)) };
        self.vacant = slot.next_vacant.take();
        self.len += 1;
        self.insertions += 1;
        slot.insertion = self.insertions;
        slot.detector = Some(detector);
        Ok(Handle { index, insertion: self.insertions })
    }

    pub(super) fn remove(&mut self, handle: Handle) -> Result<Detector<M>, FleetError> {
        let slot = self.storage.as_mut().get_mut(handle.index);
        let slot = slot.filter(|slot| slot.insertion == handle.insertion);
        let slot = slot.ok_or(FleetError::StaleHandle)?;
        let detector = slot.detector.take().ok_or(FleetError::StaleHandle)?;
        slot.next_vacant = self.vacant.replace(handle.index);
        self.len -= 1;
        Ok(detector)
    }

    pub(super) fn get_mut(&mut self, handle: Handle) -> Option<&mut Detector<M>> {
        let slot = self.storage.as_mut().get_mut(handle.index)?;
        slot.detector.as_mut().filter(|_| slot.insertion == handle.insertion)
    }

    /// The peer in a place, if there is one.
    pub(super) fn at_mut(&mut self, index: usize) -> Option<(Handle, &mut Detector<M>)> {
        let slot = self.storage.as_mut().get_mut(index)?;
        let handle = Handle { index, insertion: slot.insertion };
        slot.detector.as_mut().map(|detector| (handle, detector))
    }

    pub(super) fn get(&self, handle: Handle) -> Option<&Detector<M>> {
        let slot = self.storage.as_ref().get(handle.index)?;
        slot.detector.as_ref().filter(|_| slot.insertion == handle.insertion)
    }

    /// The handle of the peer in a place, if there is one.
    pub(super) fn handle(&self, index: usize) -> Option<Handle> {
        let slot = self.storage.as_ref().get(index).filter(|slot| slot.detector.is_some())?;
        Some(Handle { index, insertion: slot.insertion })
    }

    /// What is in each place.
    pub(super) fn detectors<'a>(&'a self) -> impl Iterator<Item = Option<&'a Detector<M>>>
    where
        M: 'a,
    {
        self.storage.as_ref().iter().map(|slot| slot.detector.as_ref())
    }

    pub(super) const fn len(&self) -> usize {
        self.len
    }

    pub(super) fn capacity(&self) -> usize {
        self.storage.as_ref().len()
    }
}

/// Room for one peer of a [`Fleet`](crate::Fleet).
#[derive(Clone, Debug)]
pub struct Slot<M> {
    /// The number of the insertion that filled it last.
    insertion: u64,
    next_vacant: Option<usize>,
    detector: Option<Detector<M>>,
}

impl<M> Slot<M> {
    /// Room without a peer in it.
    pub const VACANT: Self = Self { insertion: 0, next_vacant: None, detector: None };
}

/// What a [`Fleet`](crate::Fleet) knows a peer by. Once the peer is removed its handle is stale for
/// ever: no later peer of that fleet gets an equal one. Handles of another fleet it cannot tell
/// from its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Handle {
    index: usize,
    insertion: u64,
}

impl Handle {
    /// The peer's slot (0 to capacity − 1): its own while it stays, then free for another one.
    #[must_use]
    pub const fn index(self) -> usize {
        self.index
    }
}
