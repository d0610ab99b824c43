//! Other implementations of the φ accrual failure detector, driven with the caller's clock: one
//! file each.
//!
//! What is known to be wrong with them is told by the command `accuracy`, not repaired here.

mod lazily;
mod phi_accrual;
mod phi_accrual_failure_detector;
mod phi_detector;

pub use self::lazily::Lazily;
pub use self::phi_accrual::PhiAccrual;
pub use self::phi_accrual_failure_detector::{
    PhiAccrualFailureDetector, PhiAccrualFailureDetectorPeers,
};
pub use self::phi_detector::PhiDetector;
