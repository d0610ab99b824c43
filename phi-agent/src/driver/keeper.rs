//! What is kept while the agent runs, written by a task of its own: a disk that hangs must not hold
//! up heartbeats. Of what comes faster than it can be written, only the newest is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_blocking};

use super::state::{State, StateDir};
use crate::ident::NodeId;

/// The wait for the disk at the end.
const FINISH_MAX: Duration = Duration::from_millis(500);

/// Keeps the state of one member, if it is kept at all.
#[derive(Debug)]
pub(super) struct Keeper(Option<Writing>);

#[derive(Debug)]
struct Writing {
    dir: Arc<StateDir>,
    newest: watch::Sender<Kept>,
    task: JoinHandle<()>,
}

/// What has changed since the start.
#[derive(Clone, Debug, Default)]
struct Kept {
    start: Option<u64>,
    addrs: Option<Vec<SocketAddr>>,
}

impl Keeper {
    /// Keeps `state` from now on, on the tokio runtime that this is called in.
    pub(super) fn start(state: State) -> Self {
        let State { id, dir, .. } = state;
        Self(dir.map(|dir| {
            let dir = Arc::new(dir);
            let (newest, changed) = watch::channel(Kept::default());
            let task = tokio::spawn(write_newest(Arc::clone(&dir), id, changed));
            Writing { dir, newest, task }
        }))
    }

    /// The addresses of members that were kept before this start.
    pub(super) fn remembered(&self) -> Vec<SocketAddr> {
        self.0.as_ref().map(|writing| writing.dir.kept_addrs()).unwrap_or_default()
    }

    /// Keeps a later number of starts: what cannot be kept is only told of, for the next process
    /// learns it from the cluster again.
    pub(super) fn persist(&self, start: u64) {
        if let Some(writing) = &self.0 {
            writing.newest.send_modify(|newest| newest.start = Some(start));
        }
    }

    /// Keeps the addresses of members for the next start: what cannot be kept is only told of.
    pub(super) fn remember(&self, addrs: Vec<SocketAddr>) {
        if let Some(writing) = &self.0 {
            writing.newest.send_modify(|newest| newest.addrs = Some(addrs));
        }
    }

    /// Ends when all is written, or the disk takes too long.
    pub(super) async fn finish(self) {
        let Some(Writing { newest, task, .. }) = self.0 else { return };
        drop(newest);
        match tokio::time::timeout(FINISH_MAX, task).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(%error, "The state is not kept"),
            Err(_too_slow) => tracing::warn!("The disk is too slow: the last state is not kept"),
        }
    }
}

/// Writes what is new until nothing can come any more.
async fn write_newest(dir: Arc<StateDir>, id: NodeId, mut newest: watch::Receiver<Kept>) {
    let mut before = Kept::default();
    while newest.changed().await.is_ok() {
        let now = newest.borrow_and_update().clone();
        let (dir, last) = (Arc::clone(&dir), std::mem::replace(&mut before, now.clone()));
        if let Err(error) = spawn_blocking(move || write(&dir, id, &now, &last)).await {
            tracing::warn!(%error, "The state is not kept");
        }
    }
}

/// Writes of `now` what was not in `last`.
fn write(dir: &StateDir, id: NodeId, now: &Kept, last: &Kept) {
    let path = dir.path.display();
    if let Some(start) = now.start.filter(|_| now.start != last.start)
        && let Err(error) = dir.keep_start(id, start)
    {
        tracing::warn!(dir = %path, %error, "Cannot keep the number of starts");
    }
    if let Some(addrs) = now.addrs.as_ref().filter(|_| now.addrs != last.addrs)
        && let Err(error) = dir.keep_addrs(addrs)
    {
        tracing::warn!(dir = %path, %error, "Cannot keep the addresses of members");
    }
}

#[cfg(test)]
mod tests {
    use nix::sys::stat::Mode;
    use nix::unistd::mkfifo;

    use super::*;
    use crate::ident::Incarnation;

    /// Goal: what comes last is on the disk at the end, and the directory is free for the next.
    #[tokio::test]
    async fn the_newest_is_kept() {
        let dir = tempfile::tempdir().expect("a directory");
        let state = State::open(dir.path()).expect("new");
        let id = state.id;
        let keeper = Keeper::start(state);
        let addrs = [1, 2].map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
        for start in 2..100 {
            keeper.persist(start);
            keeper.remember(addrs.to_vec());
        }
        keeper.remember(addrs[1..].to_vec());
        keeper.finish().await;
        let next = State::open(dir.path()).expect("free");
        assert_eq!((next.id, next.incarnation), (id, Incarnation::of_start(100)));
        assert_eq!(Keeper::start(next).remembered(), addrs[1..]);
    }

    /// Goal: a disk that hangs holds up nobody, not even at the end.
    ///
    /// Method: in the place of the file a pipe, which nobody can open before somebody reads it.
    #[tokio::test]
    async fn a_disk_that_hangs_is_not_waited_for() {
        let dir = tempfile::tempdir().expect("a directory");
        let keeper = Keeper::start(State::open(dir.path()).expect("new"));
        let pipe = dir.path().join("members.new");
        mkfifo(&pipe, Mode::S_IRWXU).expect("Linux");
        for port in 1..100 {
            keeper.remember(vec![SocketAddr::from(([127, 0, 0, 1], port))]);
            tokio::task::yield_now().await;
        }
        keeper.finish().await;
        let _lets_it_go = std::fs::read(&pipe);
    }

    /// Goal: a member that keeps nothing is no special case for others.
    #[tokio::test]
    async fn who_keeps_nothing_has_nothing_to_write() {
        let keeper = Keeper::start(State::ephemeral().expect("entropy"));
        keeper.persist(7);
        assert!(keeper.remembered().is_empty());
        keeper.finish().await;
    }
}
