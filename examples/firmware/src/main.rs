//! φ with nothing underneath: no standard library, no allocator, no C runtime.
//!
//! It runs on Linux so that everybody can run it; the part that is a microcontroller's own in real
//! firmware, entry point and output, is [`host`]. It reads no clock: the times are made up.
#![no_std]
#![no_main]

mod host;

use core::fmt::Write as _;
use core::time::Duration;

use phi_core::{ConfigError, Detector, Normal, NormalConfig, Threshold, Timestamp};

/// Intervals that the detector remembers; 16 of them take 128 bytes.
const WINDOW: usize = 16;

/// When heartbeats arrive (ms).
const ARRIVALS_MS: [u64; 8] = [0, 1_010, 1_985, 3_040, 3_990, 5_005, 6_020, 6_970];

/// What there is to say of the subject after these heartbeats.
struct Reading {
    /// φ after a silence of one second.
    early: f64,
    /// φ after a silence of three.
    late: f64,
    /// When φ reaches 8, and whether it is below that 1 ns earlier.
    deadline: Timestamp,
    exact: bool,
}

/// The program: 0 if all is as it should be, else 1.
fn run() -> u8 {
    match read() {
        Ok(reading) if reading.is_right() => {
            let Reading { early, late, deadline, .. } = reading;
            let deadline_us = deadline.as_nanos() / 1_000;
            let line = writeln!(
                host::Output,
                "phi {early:.3} after 1 s, {late:.3} after 3 s, 8 at {deadline_us} us"
            );
            u8::from(line.is_err())
        }
        _ => 1,
    }
}

fn read() -> Result<Reading, ConfigError> {
    let config = NormalConfig::for_interval(Duration::from_secs(1))?;
    let mut subject = Detector::new(Normal::new([0_u64; WINDOW], config)?);
    let mut last = Timestamp::ORIGIN;
    for arrival in ARRIVALS_MS {
        last = Timestamp::ORIGIN.saturating_add(Duration::from_millis(arrival));
        subject.heartbeat(last);
    }
    let after = |seconds| subject.phi(last.saturating_add(Duration::from_secs(seconds))).value();
    let threshold = Threshold::new(8.0)?;
    let deadline = subject.deadline(threshold).unwrap_or(Timestamp::MAX);
    let before = deadline.saturating_sub(Duration::from_nanos(1));
    let exact = subject.phi(deadline).reaches(threshold) && !subject.phi(before).reaches(threshold);
    Ok(Reading { early: after(1), late: after(3), deadline, exact })
}

impl Reading {
    /// Whether it is what a computation by other means gives, with μ and σ of nine intervals: the
    /// seven above, and the two that the detector starts with.
    fn is_right(&self) -> bool {
        let near = |value: f64, expected: f64| (value - expected).abs() < 1e-9 * expected;
        let deadline_ns = 8_651_698_720_u64;
        near(self.early, 0.310_595_992_416_65)
            && near(self.late, 60.104_886_150_031)
            && self.deadline.as_nanos().abs_diff(deadline_ns) <= 1
            && self.exact
    }
}
