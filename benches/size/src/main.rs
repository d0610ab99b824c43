//! What a detector adds to firmware: the same endless loop with and without it, to be weighed by
//! `.ci/size`.
//!
//! It is linked but never run: a real program brings vectors, a clock and an output.
#![no_std]
#![no_main]

use core::hint::{black_box, spin_loop};
use core::panic::PanicInfo;

/// The time and the number of a heartbeat, from wherever the firmware has them.
fn heartbeat() -> (u64, u64) {
    black_box((0, 0))
}

#[cfg(feature = "detector")]
mod detector {
    //! One subject with 100 intervals in microseconds, in single precision.

    use core::hint::black_box;
    use core::time::Duration;

    use phi_core::{Detector, Normal, NormalConfig, OnQuery, Timestamp};

    const WINDOW: usize = 100;

    pub(super) type Subject = Detector<Normal<[u32; WINDOW], f32, OnQuery>>;

    /// None when the parameters are not legal, which they are.
    pub(super) fn subject() -> Option<Subject> {
        let config = NormalConfig::for_interval(black_box(Duration::from_secs(1))).ok()?;
        Some(Detector::new(Normal::new_f32([0; WINDOW], config).ok()?.on_query()))
    }

    pub(super) fn step(subject: &mut Subject, seq: u64, now: u64) {
        let now = Timestamp::from_nanos(now);
        black_box(subject.heartbeat_seq(seq, now));
        black_box(subject.phi(now).value());
        #[cfg(feature = "deadline")]
        if let Ok(threshold) = phi_core::Threshold::new(black_box(8.0)) {
            black_box(subject.deadline(threshold));
        }
    }
}

/// Where the program begins; nothing has been set up, since it is never run.
///
/// # Safety
///
/// It is the only symbol of this name, and nobody calls it.
#[unsafe(no_mangle)]
unsafe extern "C" fn _start() -> ! {
    #[cfg(feature = "detector")]
    let mut subject = detector::subject();
    loop {
        let (seq, now) = heartbeat();
        #[cfg(feature = "detector")]
        if let Some(subject) = &mut subject {
            detector::step(subject, seq, now);
        }
        black_box((seq, now));
        spin_loop();
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {
        spin_loop();
    }
}
