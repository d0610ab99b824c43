//! Many detectors side by side: who is late, and who will be next.
//!
//! It knows handles, not names, and makes no verdict: a threshold reached is a peer to look at.

mod deadlines;
mod error;
mod slots;

use core::time::Duration;

pub use self::error::{FleetError, InsertError};
pub use self::slots::{Handle, Slot};

use self::deadlines::Deadlines;
use self::slots::Slots;
use crate::detector::Detector;
use crate::heartbeat::Heartbeat;
use crate::model::Model;
use crate::phi::{Phi, Threshold};
use crate::time::Timestamp;

/// Detectors of many peers with a model `M`, and one threshold for all of them.
///
/// The capacity is that of the storage: `S` holds as many [`Slot`]s, `D` twice as many numbers, in
/// arrays, borrowed slices, or (with an allocator) boxes and vectors, which it does not grow.
///
/// ```text
///  Handle ──▶ slots:     [ detector │ detector │ vacant │ detector ]   touched one by one
///             deadlines: [    4.1   │    3.8   │    –   │    9.0   ]   side by side
///             minima:          └─3.8────┘          └──9.0────┘         next_deadline: the root
///                                   └──────3.8──────┘
/// ```
///
/// A heartbeat costs O(log n) beside the model's own work, the next deadline O(1), and the late
/// ones of 100,000 a walk down to them alone. What concerns the observer, a pause of its own say,
/// concerns all peers: there is [`pause_all`](Self::pause_all), and for the rest
/// [`update_all`](Self::update_all).
///
/// # Examples
///
/// ```
/// # use core::time::Duration;
/// use phi_core::{Detector, Fleet, Normal, NormalConfig, Slot, Threshold, Timestamp};
///
/// let config = NormalConfig::for_interval(Duration::from_secs(1))?;
/// let mut fleet = Fleet::new([Slot::VACANT; 4], [0; 8], Threshold::new(8.0)?)?;
/// let left = fleet.insert(Detector::new(Normal::new([0_u64; 16], config)?))?;
/// let right = fleet.insert(Detector::new(Normal::new([0_u64; 16], config)?))?;
///
/// let second = |s: u64| Timestamp::from_nanos(s * 1_000_000_000);
/// fleet.heartbeat(left, second(0))?;
/// fleet.heartbeat(right, second(1))?;
///
/// // The caller's timer sleeps until then, unless it hears something before.
/// let wake = fleet.next_deadline().expect("both were heard from");
/// assert!(fleet.late(wake).eq([left]));
/// // Each silence is reported once; a heartbeat arms the peer again.
/// assert_eq!(fleet.take_late(wake), Some(left));
/// assert_eq!(fleet.take_late(wake), None);
/// assert!(fleet.next_deadline() > Some(wake));
///
/// fleet.remove(right)?;
/// assert!(fleet.heartbeat(right, second(2)).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Fleet<M, S, D> {
    slots: Slots<M, S>,
    deadlines: Deadlines<D>,
    threshold: Threshold,
}

#[cfg(feature = "alloc")]
impl<M: Model> Fleet<M, alloc::boxed::Box<[Slot<M>]>, alloc::boxed::Box<[u64]>> {
    /// A fleet of up to `capacity` peers; all of its memory is allocated here and now. With the
    /// feature `alloc`, as is its type: `Fleet<M, Box<[Slot<M>]>, Box<[u64]>>`.
    #[must_use]
    pub fn with_capacity(capacity: usize, threshold: Threshold) -> Self {
        let slots = (0..capacity).map(|_| Slot::VACANT).collect();
        let deadlines = core::iter::repeat_n(0, 2 * capacity).collect();
        Self::over(slots, deadlines, threshold)
    }
}

impl<M, S, D> Fleet<M, S, D>
where
    M: Model,
    S: AsRef<[Slot<M>]> + AsMut<[Slot<M>]>,
    D: AsRef<[u64]> + AsMut<[u64]>,
{
    /// A fleet without peers over the caller's storage, whose contents do not matter.
    ///
    /// # Errors
    ///
    /// [`FleetError::StorageLengths`] unless there are two `deadlines` to each of the `slots`.
    pub fn new(slots: S, deadlines: D, threshold: Threshold) -> Result<Self, FleetError> {
        let (places, numbers) = (slots.as_ref().len(), deadlines.as_ref().len());
        if places.checked_mul(2) != Some(numbers) {
            return Err(FleetError::StorageLengths { slots: places, deadlines: numbers });
        }
        Ok(Self::over(slots, deadlines, threshold))
    }

    fn over(slots: S, deadlines: D, threshold: Threshold) -> Self {
        Self { slots: Slots::new(slots), deadlines: Deadlines::new(deadlines), threshold }
    }

    /// Takes in a peer, and returns what it is known by from now on. One of which nothing was ever
    /// heard is never late: [`Detector::resume`] it before (or by [`update`](Self::update), after)
    /// if you expect it from now on.
    ///
    /// # Errors
    ///
    /// [`InsertError`] when all slots are taken: it has the detector; the fleet stays as it was.
    pub fn insert(&mut self, detector: Detector<M>) -> Result<Handle, InsertError<M>> {
        let deadline = detector.deadline(self.threshold);
        let handle = self.slots.insert(detector)?;
        self.deadlines.set(handle.index(), deadline);
        Ok(handle)
    }

    /// Gives a peer's detector back; its handle is stale from then on, whoever moves in.
    ///
    /// # Errors
    ///
    /// [`FleetError::StaleHandle`] when the peer is gone; nothing has changed.
    pub fn remove(&mut self, handle: Handle) -> Result<Detector<M>, FleetError> {
        let detector = self.slots.remove(handle)?;
        self.deadlines.set(handle.index(), None);
        Ok(detector)
    }

    /// Takes in a heartbeat without a number: [`Detector::heartbeat`] of this peer. Only one that
    /// [is accepted](Heartbeat::is_accepted) sets the deadline anew.
    ///
    /// # Errors
    ///
    /// [`FleetError::StaleHandle`] when the peer is gone; nothing has changed.
    pub fn heartbeat(&mut self, handle: Handle, now: Timestamp) -> Result<Heartbeat, FleetError> {
        self.change(handle, |detector| detector.heartbeat(now), Heartbeat::is_accepted)
    }

    /// Takes in the heartbeat with the number `seq`: [`Detector::heartbeat_seq`] of this peer. Only
    /// one that [is accepted](Heartbeat::is_accepted) sets the deadline anew.
    ///
    /// # Errors
    ///
    /// [`FleetError::StaleHandle`] when the peer is gone; nothing has changed.
    pub fn heartbeat_seq(
        &mut self,
        handle: Handle,
        seq: u64,
        now: Timestamp,
    ) -> Result<Heartbeat, FleetError> {
        self.change(handle, |detector| detector.heartbeat_seq(seq, now), Heartbeat::is_accepted)
    }

    /// Lets `change` do to this peer's detector whatever else there is to do, and sets its deadline
    /// anew, also if [`take_late`](Self::take_late) had put that aside.
    ///
    /// # Errors
    ///
    /// [`FleetError::StaleHandle`] when the peer is gone; `change` was not called.
    pub fn update<R>(
        &mut self,
        handle: Handle,
        change: impl FnOnce(&mut Detector<M>) -> R,
    ) -> Result<R, FleetError> {
        self.change(handle, change, |_| true)
    }

    /// Changes this peer's detector, and sets its deadline anew if what came of it `rearms`.
    fn change<R>(
        &mut self,
        handle: Handle,
        change: impl FnOnce(&mut Detector<M>) -> R,
        rearms: impl FnOnce(&R) -> bool,
    ) -> Result<R, FleetError> {
        let detector = self.slots.get_mut(handle).ok_or(FleetError::StaleHandle)?;
        let result = change(detector);
        if rearms(&result) {
            self.deadlines.set(handle.index(), detector.deadline(self.threshold));
        }
        Ok(result)
    }

    /// Lets `change` do to every peer's detector what there is to do, by ascending
    /// [`Handle::index`], as [`update`](Self::update) does to one. O(n log n).
    pub fn update_all(&mut self, mut change: impl FnMut(Handle, &mut Detector<M>)) {
        for index in 0..self.capacity() {
            let Some((handle, detector)) = self.slots.at_mut(index) else { continue };
            change(handle, detector);
            self.deadlines.set(index, detector.deadline(self.threshold));
        }
    }

    /// Credits a pause of the observer to all peers: [`Detector::pause`] of each, where it is told
    /// when to. Silences that were reported go on, and are reported again only where φ has fallen
    /// below the threshold by it. O(n log n).
    pub fn pause_all(&mut self, pause: Duration, now: Timestamp) {
        for index in 0..self.capacity() {
            let Some((_, detector)) = self.slots.at_mut(index) else { continue };
            detector.pause(pause, now);
            let deadline = detector.deadline(self.threshold);
            if self.deadlines.is_set(index) || deadline > Some(now) {
                self.deadlines.set(index, deadline);
            }
        }
    }

    /// Has all peers judged by another threshold: silences that were reported are again, when they
    /// have reached this one. O(n log n).
    pub fn set_threshold(&mut self, threshold: Threshold) {
        self.threshold = threshold;
        self.update_all(|_, _| ());
    }

    /// The peer whose deadline is the earliest, if it has come by `now`; that deadline is put aside
    /// until the peer is heard from, so that a loop over this ends, and the next one to wait for is
    /// another's. O(log n).
    pub fn take_late(&mut self, now: Timestamp) -> Option<Handle> {
        self.next_deadline().filter(|deadline| *deadline <= now)?;
        let index = self.deadlines.earliest_slot()?;
        self.deadlines.set(index, None);
        self.slots.handle(index)
    }

    /// The earliest deadline that is not put aside: before it, nobody else's φ reaches the
    /// threshold. `None` while there is none, or none that time will reach. O(1).
    #[must_use]
    pub fn next_deadline(&self) -> Option<Timestamp> {
        self.deadlines.earliest()
    }

    /// The peers whose deadline has come by `now` and is not put aside: those whose φ has reached
    /// the threshold and that [`take_late`](Self::take_late) has not told of. In an order that
    /// depends on nothing but the handles.
    pub fn late(&self, now: Timestamp) -> impl Iterator<Item = Handle> + '_ {
        self.deadlines.until(now).filter_map(|index| self.slots.handle(index))
    }

    /// The level of one peer at `now`; `None` when it is gone.
    #[must_use]
    pub fn phi(&self, handle: Handle, now: Timestamp) -> Option<Phi> {
        self.detector(handle).map(|detector| detector.phi(now))
    }

    /// Writes the levels of all peers at `now` into `levels`, each at [`Handle::index`] and 0 where
    /// there is no peer; what does not fit, or has no slot, is left out.
    pub fn phi_all(&self, levels: &mut [Phi], now: Timestamp) {
        for (level, detector) in levels.iter_mut().zip(self.slots.detectors()) {
            *level = detector.map_or(Phi::ZERO, |detector| detector.phi(now));
        }
    }

    /// The detector of one peer; `None` when it is gone.
    #[must_use]
    pub fn detector(&self, handle: Handle) -> Option<&Detector<M>> {
        self.slots.get(handle)
    }

    /// All peers, by ascending [`Handle::index`].
    pub fn handles(&self) -> impl Iterator<Item = Handle> + '_ {
        (0..self.capacity()).filter_map(|index| self.slots.handle(index))
    }

    /// How many peers there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.slots.len()
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.slots.len() == 0
    }

    /// How many peers there can be.
    #[must_use]
    pub fn capacity(&self) -> usize {
        self.slots.capacity()
    }

    /// The threshold of all the deadlines.
    #[must_use]
    pub const fn threshold(&self) -> Threshold {
        self.threshold
    }
}
