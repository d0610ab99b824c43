//! A narrow link: datagrams wait for those before them, and find no room when too many do.

use std::time::Duration;

use phi_core::Timestamp;

/// A link of limited bandwidth.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(in crate::sim) struct Narrow {
    /// Bytes a second.
    pub(in crate::sim) rate: u64,
    /// The longest wait in its queue.
    pub(in crate::sim) wait_max: Duration,
}

/// The queue of one way: when it is empty again.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct QueueState {
    free_at: Timestamp,
}

impl Narrow {
    /// How long a datagram takes that enters at `now`; `None` when it finds no room.
    pub(super) fn wait(
        &self,
        queue: &mut QueueState,
        bytes: usize,
        now: Timestamp,
    ) -> Option<Duration> {
        let waiting = Duration::from(queue.free_at.saturating_since(now));
        if waiting > self.wait_max {
            return None;
        }
        let nanos = (bytes as u64).saturating_mul(1_000_000_000) / self.rate.max(1);
        let wait = waiting + Duration::from_nanos(nanos);
        queue.free_at = now.saturating_add(wait);
        Some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each waits for those before it, the queue is bounded, and it drains.
    #[test]
    fn datagrams_wait_for_those_before_them() {
        let link = Narrow { rate: 1_000, wait_max: Duration::from_millis(250) };
        let (mut queue, now) = (QueueState::default(), Timestamp::ORIGIN);
        let waits: Vec<_> = (0..4).map(|_| link.wait(&mut queue, 100, now)).collect();
        let ms = |ms| Some(Duration::from_millis(ms));
        assert_eq!(waits, [ms(100), ms(200), ms(300), None]);
        let later = now.saturating_add(Duration::from_millis(290));
        assert_eq!(link.wait(&mut queue, 100, later), ms(110));
    }
}
