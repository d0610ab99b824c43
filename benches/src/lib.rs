//! Detectors side by side: ours and the rivals, driven alike, and the operations that are timed.
//!
//! What is printed of it is the business of the commands, see the program `phi-bench`.

pub mod cases;
pub mod entrant;
pub mod ours;
pub mod peers;
pub mod replay;
pub mod results;
#[cfg(feature = "rivals")]
pub mod rivals;
