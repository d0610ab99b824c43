//! What must hold at any moment, whatever has happened.

use phi_core::{Detector, Model, Nanos, Threshold, Timestamp};

/// φ is finite and rises with the silence; the deadline is the first instant that reaches it.
pub(crate) fn hold<M: Model>(subject: &Detector<M>, now: Timestamp, threshold: Threshold) {
    let one = Nanos::new(1);
    let moments = [now.saturating_sub(one), now, now.saturating_add(one), Timestamp::MAX];
    let levels = moments.map(|at| subject.phi(at).value());
    assert!(levels.is_sorted(), "φ falls: {levels:?}");
    assert!(levels.iter().all(|level| level.is_finite() && level.is_sign_positive()), "{levels:?}");
    let Some(last) = subject.last() else {
        assert_eq!(levels, [0.0; 4], "suspected before it was heard of");
        assert_eq!(subject.deadline(threshold), None);
        return;
    };
    let deadline = subject.deadline(threshold).expect("there was a heartbeat");
    let reached = |at| subject.phi(at).reaches(threshold);
    assert!(deadline >= last, "a deadline before the last heartbeat");
    assert!(deadline == Timestamp::MAX || reached(deadline), "the deadline is early");
    assert!(deadline == last || !reached(deadline.saturating_sub(one)), "the deadline is late");
    let timeout = subject.model().timeout(threshold);
    assert_eq!(deadline, last.saturating_add(timeout.unwrap_or(Nanos::MAX)));
    if let Some(timeout) = timeout {
        let reached = |elapsed| subject.model().phi(elapsed).reaches(threshold);
        assert!(reached(timeout), "the timeout is early");
        let before = Nanos::new(timeout.get().saturating_sub(1));
        assert!(timeout == Nanos::ZERO || !reached(before), "the timeout is late");
    } else {
        assert!(!subject.model().phi(Nanos::MAX).reaches(threshold), "there is a timeout");
    }
}

/// All that a detector has learnt.
pub(crate) fn learnt<M: Model>(
    subject: &Detector<M>,
) -> impl PartialEq + core::fmt::Debug + use<M> {
    (subject.mean(), subject.std_dev(), subject.samples(), subject.last())
}
