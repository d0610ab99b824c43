//! Tests of the protocol core in virtual time; see each module for its goal.
#![expect(clippy::expect_used, reason = "what a test builds is legal")]

mod faults;
mod hostile;
mod protocol;
mod world;
