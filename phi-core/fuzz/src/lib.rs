//! Drivers of the fuzz targets: bytes become calls, and each call is followed by the laws.
//!
//! They are plain functions, so that any compiler can replay an input that a fuzzer found.

mod config;
mod detector;
mod fleet;
mod laws;
mod snapshot;

use core::time::Duration;

use arbitrary::{Arbitrary, Unstructured};
use phi_core::Timestamp;

/// Runs one input of the target `fuzz_detector`.
pub fn detector(data: &[u8]) {
    run(data, detector::run);
}

/// Runs one input of the target `fuzz_config`.
pub fn config(data: &[u8]) {
    run(data, config::run);
}

/// Runs one input of the target `fuzz_fleet`.
pub fn fleet(data: &[u8]) {
    run(data, fleet::run);
}

/// Runs one input of the target `fuzz_snapshot`.
pub fn snapshot(data: &[u8]) {
    snapshot::run(data);
}

/// Bytes that are no whole input stand for none.
fn run<'a, T: Arbitrary<'a>>(data: &'a [u8], drive: impl FnOnce(T)) {
    if let Ok(input) = T::arbitrary_take_rest(Unstructured::new(data)) {
        drive(input);
    }
}

/// A length of time of any size, most of them short: so clocks tick instead of leaping.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum Length {
    Nanos(u8),
    Micros(u16),
    Millis(u16),
    Any(u64),
}

impl Length {
    fn nanos(self) -> u64 {
        match self {
            Self::Nanos(nanos) => nanos.into(),
            Self::Micros(micros) => u64::from(micros) * 1_000,
            Self::Millis(millis) => u64::from(millis) * 1_000_000,
            Self::Any(nanos) => nanos,
        }
    }

    fn duration(self) -> Duration {
        Duration::from_nanos(self.nanos())
    }
}

/// When something happens: after what happened last, before it, or at any time.
#[derive(Arbitrary, Clone, Copy, Debug)]
enum When {
    After(Length),
    Before(Length),
    At(u64),
}

impl When {
    /// The time that is meant, from what it is on the clock.
    fn on(self, clock: Timestamp) -> Timestamp {
        match self {
            Self::After(length) => clock.saturating_add(length.duration()),
            Self::Before(length) => clock.saturating_sub(length.duration()),
            Self::At(nanos) => Timestamp::from_nanos(nanos),
        }
    }
}
