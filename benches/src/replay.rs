//! What is timed of one detector: the same heartbeats and questions for every entrant.
//!
//! Nothing is timed here; preparation and run are kept apart so that others can.

use std::hint::black_box;
use std::time::Duration;

use anyhow::Result;
use phi_core::Timestamp;

use crate::entrant::{Entrant, Setup, WINDOW};

/// A sender of one heartbeat a second.
pub const SETUP: Setup =
    Setup { interval: Duration::from_secs(1), min_std_dev: Duration::from_millis(10) };

/// Standard deviation of its intervals, which are spread evenly (ns).
const STD_DEV_NS: u64 = 50_000_000;

/// How long after a heartbeat φ is asked for: the interval and this many tenths of the deviation,
/// where an observer begins to worry. Over and over in this order.
const WORRIES: [u64; 8] = [10, 25, 15, 30, 20, 12, 28, 18];

/// Something to be timed.
pub trait Operation {
    /// Makes ready for `count` operations, from a state like that of each time before.
    ///
    /// # Errors
    ///
    /// When the contender cannot be set up.
    fn prepare(&mut self, count: usize) -> Result<()>;

    /// Does them: the only part that counts.
    fn run(&mut self);
}

/// A heartbeat, and how long after it φ is asked for.
#[derive(Clone, Copy, Debug)]
struct Beat {
    seq: u64,
    at: Timestamp,
    silence: Duration,
}

/// The beats of a sender from its start, without end; of each `sender` always the same.
fn beats(sender: u64) -> impl Iterator<Item = Beat> {
    let mut state = 0x0139_408d_cbbf_7a44_u64 ^ sender.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut at = Timestamp::ORIGIN;
    let worries = WORRIES.into_iter().cycle();
    (0_u64..).zip(worries).map(move |(seq, worry)| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let spread_ns = STD_DEV_NS * 2 * 1_732 / 1_000; // an even spread is √12 deviations wide
        let jitter = Duration::from_nanos(state % spread_ns);
        let shortest = SETUP.interval.saturating_sub(Duration::from_nanos(spread_ns / 2));
        at = at.saturating_add(shortest + jitter);
        Beat { seq, at, silence: SETUP.interval + Duration::from_nanos(STD_DEV_NS / 10 * worry) }
    })
}

/// One entrant with a full window, and what is done to it.
#[derive(Debug)]
pub struct Replay<E> {
    /// What is done once a beat, and the last arrival before them all.
    action: fn(&mut E, Timestamp, &[Beat]),
    entrant: Option<E>,
    /// How often it was made ready: a new sender each time, lest a processor learn one by heart.
    sender: u64,
    last: Timestamp,
    beats: Vec<Beat>,
}

impl<E: Entrant> Replay<E> {
    fn new(action: fn(&mut E, Timestamp, &[Beat])) -> Self {
        Self { action, entrant: None, sender: 0, last: Timestamp::ORIGIN, beats: Vec::new() }
    }

    /// A heartbeat, then φ a silence later.
    #[must_use]
    pub fn pair() -> Self {
        Self::new(|entrant, _, beats| {
            for beat in beats {
                black_box(entrant.heartbeat(beat.seq, beat.at));
                black_box(entrant.phi(beat.at.saturating_add(beat.silence)));
            }
        })
    }

    /// φ after several silences since the same heartbeat.
    #[must_use]
    pub fn phi_again() -> Self {
        Self::new(|entrant, last, beats| {
            for beat in beats {
                black_box(entrant.phi(last.saturating_add(beat.silence)));
            }
        })
    }

    /// A heartbeat, and no question.
    #[must_use]
    pub fn heartbeat() -> Self {
        Self::new(|entrant, _, beats| {
            for beat in beats {
                black_box(entrant.heartbeat(beat.seq, beat.at));
            }
        })
    }
}

impl<E: Entrant> Operation for Replay<E> {
    fn prepare(&mut self, count: usize) -> Result<()> {
        self.entrant = Some(full(E::start(SETUP)?, self.sender));
        let mut beats = beats(self.sender).skip(WINDOW);
        let before = beats.next();
        self.last = before.map_or(Timestamp::ORIGIN, |beat| beat.at);
        self.beats.clear();
        self.beats.extend(beats.take(count));
        self.sender += 1;
        Ok(())
    }

    fn run(&mut self) {
        if let Some(entrant) = &mut self.entrant {
            (self.action)(entrant, self.last, &self.beats);
        }
    }
}

/// The same entrant once its window is full of the intervals of this `sender`.
pub fn full<E: Entrant>(mut entrant: E, sender: u64) -> E {
    for beat in beats(sender).take(WINDOW + 1) {
        entrant.heartbeat(beat.seq, beat.at);
    }
    entrant
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the sender has the interval and deviation that are said, and silences are plausible.
    #[test]
    fn beats_are_as_described() {
        let beats: Vec<Beat> = beats(1).take(100_001).collect();
        let intervals: Vec<f64> = beats
            .windows(2)
            .map(|pair| pair[1].at.saturating_since(pair[0].at).get() as f64 / 1e9)
            .collect();
        let mean = intervals.iter().sum::<f64>() / intervals.len() as f64;
        let variance = intervals.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / 1e5;
        assert!((mean - 1.0).abs() < 1e-3 && (variance.sqrt() - 0.05).abs() < 1e-3, "{mean}");
        let worry = |beat: &Beat| (beat.silence.as_secs_f64() - 1.0) / 0.05;
        assert!(beats.iter().map(worry).all(|z| (1.0..=3.001).contains(&z)));
    }

    /// Goal: what is timed is what is said: so many heartbeats, so many questions, a full window.
    #[test]
    fn each_operation_does_what_it_says() {
        #[derive(Default)]
        struct Counter(usize, usize);
        impl Entrant for Counter {
            const NAME: &'static str = "counter";
            type Heard = ();
            fn start(_: Setup) -> Result<Self> {
                Ok(Self::default())
            }
            fn heartbeat(&mut self, seq: u64, _: Timestamp) {
                assert_eq!(seq, self.0 as u64);
                self.0 += 1;
            }
            fn phi(&mut self, _: Timestamp) -> f64 {
                self.1 += 1;
                0.0
            }
        }
        for (mut replay, heard, asked) in [
            (Replay::<Counter>::pair(), 7, 7),
            (Replay::phi_again(), 0, 7),
            (Replay::heartbeat(), 7, 0),
        ] {
            for _ in 0..2 {
                replay.prepare(7).expect("legal");
                replay.run();
                let counter = replay.entrant.as_ref().expect("prepared");
                assert_eq!((counter.0, counter.1), (WINDOW + 1 + heard, asked));
            }
        }
    }
}
