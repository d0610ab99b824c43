//! φ of one simulated peer: ten heartbeats about a second apart, then silence.
//!
//! Run it with `cargo run -p phi-examples --bin hello`.

use std::time::Duration;

use phi_core::{ConfigError, Detector, Normal, NormalConfig, Threshold, Timestamp};

fn main() -> Result<(), ConfigError> {
    let config = NormalConfig::for_interval(Duration::from_secs(1))?;
    let mut peer = Detector::new(Normal::new([0; 100], config)?);
    let at = |millis| Timestamp::ORIGIN.saturating_add(Duration::from_millis(millis));

    for arrival in [0, 1_010, 1_985, 3_040, 3_990, 5_005, 6_020, 6_970, 8_015, 9_000] {
        peer.heartbeat(at(arrival));
    }
    for now in (9_000..=12_000).step_by(250) {
        let phi = peer.phi(at(now));
        println!("{:5.2} s of silence: φ = {phi:6.2}", (now - 9_000) as f64 / 1e3);
    }
    let deadline = peer.deadline(Threshold::new(8.0)?).expect("it has beaten");
    println!("φ reaches 8 at {:.6} s", deadline.as_nanos() as f64 / 1e9);
    Ok(())
}
