//! φ of one simulated peer: heartbeats about a second apart, then silence.
//!
//! `cargo run -p phi-examples --bin hello`

use std::time::Duration;

use phi_core::{Calibrated, ConfigError, Detector, LatenessConfig, Threshold, Timestamp};

fn main() -> Result<(), ConfigError> {
    let config = LatenessConfig::for_interval(Duration::from_secs(1))?;
    let mut peer = Detector::new(Calibrated::new(config));
    let at = |millis| Timestamp::ORIGIN.saturating_add(Duration::from_millis(millis));

    let late_ms = [0, 10, 85, 40, 0, 5, 20, 70, 15, 30]; // again and again
    for (number, late) in (0..=1_000).zip(late_ms.into_iter().cycle()) {
        peer.heartbeat_seq(number, at(1_000 * number + late));
    }
    for silence in (0..=3_000).step_by(250) {
        let phi = peer.phi(at(1_000_000 + silence));
        println!("{silence:4} ms of silence: φ = {phi:.2}");
    }
    if let Some(deadline) = peer.deadline(Threshold::new(3.0)?) {
        println!("φ reaches 3 at {:.3} s", deadline.as_nanos() as f64 / 1e9);
    }
    Ok(())
}
