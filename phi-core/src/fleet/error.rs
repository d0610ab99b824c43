//! What a fleet refuses.
//!
//! What a configuration may have wrong is [`ConfigError`](crate::ConfigError)'s.

use core::fmt;

use crate::detector::Detector;

/// What a fleet refuses. It stays as it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum FleetError {
    /// The peer has been removed.
    StaleHandle,
    /// There must be two deadlines to each slot.
    StorageLengths {
        /// How many slots there are.
        slots: usize,
        /// How many deadlines there are.
        deadlines: usize,
    },
}

impl fmt::Display for FleetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StaleHandle => f.write_str("this peer has been removed from the fleet"),
            Self::StorageLengths { slots, deadlines } => {
                write!(f, "{deadlines} deadlines for {slots} slots: there must be twice as many")
            }
        }
    }
}

impl core::error::Error for FleetError {}

/// A peer that there was no room for: all slots of the fleet are taken. The fleet stays as it was.
#[derive(Clone)]
pub struct InsertError<M> {
    capacity: usize,
    detector: Detector<M>,
}

impl<M> InsertError<M> {
    pub(super) const fn new(capacity: usize, detector: Detector<M>) -> Self {
        Self { capacity, detector }
    }

    /// How many slots there are.
    #[must_use]
    pub const fn capacity(&self) -> usize {
        self.capacity
    }

    /// The detector that was to be taken in.
    #[must_use]
    pub fn into_detector(self) -> Detector<M> {
        self.detector
    }
}

/// Without the detector, which may be long, and whose model need not be printable.
impl<M> fmt::Debug for InsertError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("InsertError").field("capacity", &self.capacity).finish_non_exhaustive()
    }
}

impl<M> fmt::Display for InsertError<M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "all {} slots of the fleet are taken", self.capacity)
    }
}

impl<M> core::error::Error for InsertError<M> {}
