//! Fuzz target: any calls of a detector, whatever its model. Without `cargo fuzz` it does nothing:
//! then `tests/replay.rs` runs the same driver over the corpus.
#![cfg_attr(fuzzing, no_main)]

#[cfg(fuzzing)]
libfuzzer_sys::fuzz_target!(|data: &[u8]| phi_core_fuzz::detector(data));

#[cfg(not(fuzzing))]
fn main() {}
