//! A model of one's own: the retransmission timeout of TCP as a level of suspicion.
//!
//! `cargo run -p phi-examples --bin own_model`

use std::time::Duration;

use phi_core::{ConfigError, Detector, Model, Nanos, Phi, Threshold, Timestamp};

/// Mean and deviation as RFC 6298 smooths them, with gains of 1/8 and 1/4.
///
/// φ(t) = (t − mean)/deviation, so that φ = 4 is TCP's timeout.
#[derive(Default)]
struct Retransmission {
    mean: f64,
    deviation: f64,
    samples: usize,
}

fn to_nanos(nanos: f64) -> Nanos {
    Duration::from_secs_f64(nanos.max(0.0) / 1e9).into()
}

impl Model for Retransmission {
    /// Lost heartbeats are no slowness: the interval is shared among them.
    fn record(&mut self, interval: Nanos, beats: u64) {
        let x = interval.get() as f64 / beats as f64;
        if self.samples == 0 {
            (self.mean, self.deviation) = (x, x / 2.0);
        } else {
            self.deviation += ((x - self.mean).abs() - self.deviation) / 4.0;
            self.mean += (x - self.mean) / 8.0;
        }
        self.samples += 1;
    }

    /// Each operation rounds monotonically, so φ never decreases; the deadline is searched for.
    fn phi(&self, elapsed: Nanos) -> Phi {
        Phi::saturating((elapsed.get() as f64 - self.mean) / self.deviation.max(1.0))
    }

    fn mean(&self) -> Nanos {
        to_nanos(self.mean)
    }

    fn std_dev(&self) -> Nanos {
        to_nanos(self.deviation)
    }

    fn samples(&self) -> usize {
        self.samples
    }

    fn rescale(&mut self, from: Nanos, to: Nanos) {
        if from != Nanos::ZERO && to != Nanos::ZERO {
            let factor = to.get() as f64 / from.get() as f64;
            (self.mean, self.deviation) = (self.mean * factor, self.deviation * factor);
        }
    }
}

fn main() -> Result<(), ConfigError> {
    let mut peer = Detector::new(Retransmission::default());
    let at = |millis| Timestamp::ORIGIN.saturating_add(Duration::from_millis(millis));
    peer.heartbeat(at(0));
    for arrival in [1_000, 2_200] {
        peer.heartbeat(at(arrival));
        let timeout = peer.model().timeout(Threshold::new(4.0)?).map(Duration::from);
        let plural = if peer.samples() == 1 { "" } else { "s" };
        println!(
            "after {} interval{plural}: mean {:.3?}, timeout {:.3?}",
            peer.samples(),
            peer.mean(),
            timeout.unwrap_or_default()
        );
    }
    println!("φ of 2 s of silence: {:.2}", peer.phi(at(4_200)));
    Ok(())
}
