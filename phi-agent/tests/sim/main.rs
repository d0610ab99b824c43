//! Tests of the simulator: what is promised of a run, and what each fault does.
#![expect(clippy::expect_used, reason = "what a test writes is legal")]

mod effects;
mod program;
mod runs;
mod safeguards;
