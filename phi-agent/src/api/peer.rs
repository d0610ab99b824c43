//! Who is at the other end of a connection, and whether the agent obeys it.
//!
//! The socket's mode says who may ask; orders are for root and for the agent's own user.

use axum::extract::connect_info::Connected;
use axum::serve::IncomingStream;

use super::listener::ApiListener;
use super::problem::Problem;

/// The user of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// Its id, if the kernel tells it (`SO_PEERCRED`).
    uid: Option<u32>,
}

impl Peer {
    /// Whether it may order the agent, which runs as `own`.
    pub(super) fn check_may_order(self, own: u32) -> Result<(), Problem> {
        match self.uid {
            Some(uid) if uid == 0 || uid == own => Ok(()),
            uid => Err(Problem::NotPermitted { uid, own }),
        }
    }
}

impl Connected<IncomingStream<'_, ApiListener>> for Peer {
    fn connect_info(stream: IncomingStream<'_, ApiListener>) -> Self {
        Self { uid: stream.io().uid() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: root and the agent's user give orders; others, and who cannot be told, do not.
    #[test]
    fn orders_are_for_root_and_the_agents_user() {
        let permits = |uid| Peer { uid }.check_may_order(990).is_ok();
        assert_eq!(
            [Some(0), Some(990), Some(1_000), None].map(permits),
            [true, true, false, false]
        );
    }
}
