//! φ of one simulated peer: ten heartbeats about a second apart, then silence.
//!
//! `cargo run -p phi-examples --bin hello`

use std::time::Duration;

use phi_core::{ConfigError, Detector, Normal, NormalConfig, Threshold, Timestamp};

fn main() -> Result<(), ConfigError> {
    let config = NormalConfig::for_interval(Duration::from_secs(1))?;
    let mut peer = Detector::new(Normal::new([0_u64; 100], config)?);
    let at = |millis| Timestamp::ORIGIN.saturating_add(Duration::from_millis(millis));

    for arrival in [0, 1_010, 1_985, 3_040, 3_990, 5_005, 6_020, 6_970, 8_015, 9_000] {
        peer.heartbeat(at(arrival));
    }
    for silence in (0..=3_000).step_by(250) {
        let phi = peer.phi(at(9_000 + silence));
        println!("{silence:4} ms of silence: φ = {phi:5.2}");
    }
    if let Some(deadline) = peer.deadline(Threshold::new(8.0)?) {
        println!("φ reaches 8 at {} ns, not one earlier", deadline.as_nanos());
    }
    Ok(())
}
