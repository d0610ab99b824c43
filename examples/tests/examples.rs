//! Goal: each example runs, and prints what it is there to show.
#![expect(clippy::expect_used, reason = "an example that does not run must stop the test")]

use std::process::Command;

fn output_of(program: &str) -> String {
    let output = Command::new(program).output().expect("it runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// Method: φ rises line by line, and the deadline is the instant at which it reaches 3.
#[test]
fn hello_shows_phi_rising() {
    let text = output_of(env!("CARGO_BIN_EXE_hello"));
    let levels = text.lines().filter_map(|line| line.split("φ = ").nth(1)?.trim().parse().ok());
    let levels: Vec<f64> = levels.collect();
    assert_eq!(levels.len(), 13);
    assert!(levels.windows(2).all(|pair| pair.first() <= pair.last()), "{levels:?}");
    assert!(text.contains("φ reaches 3 at 1001.785 s"), "{text}");
}

/// Method: the timeouts are RFC 6298's, worked out by hand for these arrivals.
#[test]
fn own_model_retransmits_when_tcp_would() {
    let text = output_of(env!("CARGO_BIN_EXE_own_model"));
    assert!(text.contains("after 1 interval: mean 1.000s, timeout 3.000s"), "{text}");
    assert!(text.contains("after 2 intervals: mean 1.025s, timeout 2.725s"), "{text}");
    assert!(text.contains("φ of 2 s of silence: 2.29"), "{text}");
}

/// Method: the second agent is met, seen and missed.
#[test]
fn two_agents_meet_and_part() {
    let text = output_of(env!("CARGO_BIN_EXE_two_agents"));
    assert!(text.contains("second is up at 127.0.0.1:"), "{text}");
    assert!(text.contains("second: φ = ") && text.contains("second has left"), "{text}");
}

/// Method: the first example is as short as it is said to be.
#[test]
fn hello_fits_on_a_page() {
    assert!(include_str!("../hello.rs").lines().count() <= 30);
}
