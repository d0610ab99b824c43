//! An alarm at an instant of the monotonic clock.
//!
//! The runtime's timers count milliseconds, wake up on the way to sort themselves, and once more
//! when they are set. An agent sets eight alarms a second, so that was most of its wake-ups.

use std::io;
use std::os::fd::AsFd;
use std::time::Duration;

use nix::sys::time::TimeSpec;
use nix::sys::timerfd::{ClockId, Expiration, TimerFd, TimerFlags, TimerSetTimeFlags};
use phi_core::Timestamp;
use tokio::net::unix::pipe;

use super::clock;

/// One alarm, that of the loop. Without a timer of the kernel it is the runtime's.
#[derive(Debug, Default)]
pub(super) struct Alarm {
    timer: Option<Timer>,
    set_to: Option<Timestamp>,
}

#[derive(Debug)]
struct Timer {
    timer: TimerFd,
    /// The same, as what the runtime can wait for: anything that becomes readable.
    rings: pipe::Receiver,
}

impl Alarm {
    /// Waits until `deadline`, never less. The wait may be given up and taken up again.
    pub(super) async fn until(&mut self, deadline: Timestamp) {
        while clock::now() < deadline {
            if let Err(error) = self.wait(deadline).await {
                tracing::debug!(%error, "The alarm cannot be set");
                clock::sleep_until(deadline).await;
            }
        }
        self.set_to = None;
    }

    /// Waits until it rings, for `deadline` or for what it was set to before.
    async fn wait(&mut self, deadline: Timestamp) -> io::Result<()> {
        let timer = match self.timer.take() {
            Some(timer) => timer,
            None => Timer::new()?,
        };
        let timer = self.timer.insert(timer);
        if self.set_to != Some(deadline) {
            timer.set(deadline)?;
            self.set_to = Some(deadline);
        }
        timer.ring().await
    }
}

impl Timer {
    fn new() -> io::Result<Self> {
        let flags = TimerFlags::TFD_NONBLOCK | TimerFlags::TFD_CLOEXEC;
        let timer = TimerFd::new(ClockId::CLOCK_MONOTONIC, flags)?;
        let same = timer.as_fd().try_clone_to_owned()?;
        Ok(Self { timer, rings: pipe::Receiver::from_owned_fd_unchecked(same)? })
    }

    fn set(&self, deadline: Timestamp) -> io::Result<()> {
        // Since the start of the host, as the clock; 0 would be no alarm at all.
        let at = TimeSpec::from(Duration::from_nanos(deadline.as_nanos().max(1)));
        Ok(self.timer.set(Expiration::OneShot(at), TimerSetTimeFlags::TFD_TIMER_ABSTIME)?)
    }

    /// Waits until it has rung since it was waited for last. Setting it anew takes back what it
    /// rang before, so nothing needs to be read.
    async fn ring(&self) -> io::Result<()> {
        self.rings.readable().await?;
        let _heard = self.rings.try_io(|| Err::<(), _>(io::ErrorKind::WouldBlock.into()));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(milliseconds: u64) -> Timestamp {
        clock::now().saturating_add(Duration::from_millis(milliseconds))
    }

    /// Goal: it rings, never early: after waits that were given up, for a deadline that was put off
    /// or brought forward, for the same one again, and at once for one that is past.
    #[tokio::test]
    async fn it_rings_when_it_is_to() {
        let mut alarm = Alarm::default();
        for (given_up, deadline) in [(after(1), after(30)), (after(10_000), after(60))] {
            let wait = alarm.until(given_up);
            let _given_up = tokio::time::timeout(Duration::from_millis(5), wait).await;
            alarm.until(deadline).await;
            assert!(clock::now() >= deadline);
            alarm.until(deadline).await;
        }
        alarm.until(Timestamp::ORIGIN).await;
        let never = alarm.until(Timestamp::MAX);
        assert!(tokio::time::timeout(Duration::from_millis(20), never).await.is_err());
        let soon = after(5);
        alarm.until(soon).await;
        assert!(clock::now() >= soon);
    }
}
