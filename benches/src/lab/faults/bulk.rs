//! Bulk traffic that fills the queue before one node: a sender that offers a tenth more than goes
//! through.
//!
//! ```text
//!   sender ── 4.4 Mbit/s ──┐
//!                          ├─ queue of 200 ms ── 4 Mbit/s ── node
//!   all other nodes ───────┘
//! ```

use anyhow::Result;

use crate::lab::faults::queue::{Queue, RATE_BITS};
use crate::lab::helper::Helper;
use crate::lab::names::address;
use crate::lab::net::Network;

/// The port that the bulk goes to, where nobody listens: `discard` of RFC 863.
const DISCARD: u16 = 9;

/// A queue that is being filled until this is dropped.
pub(crate) struct Bulk<'a> {
    queue: Queue<'a>,
    sender: Helper,
}

impl<'a> Bulk<'a> {
    /// Puts a queue before `node` and lets `sender` fill it.
    pub(crate) fn start(network: &'a Network, sender: u8, node: u8) -> Result<Self> {
        let queue = Queue::new(network, node)?;
        let to = format!("{}:{DISCARD}", address(node).ip());
        let offered = (RATE_BITS / 10 * 11).to_string();
        let inside = ["ip", "netns", "exec", &network.namespace(sender)];
        let sender = Helper::start(&inside, &["flood", "--to", &to, "--bits", &offered])?;
        Ok(Self { queue, sender })
    }

    /// Packets that the queue had no room for, of 100.
    ///
    /// # Errors
    ///
    /// When the sender no longer sends, or nobody counts.
    pub(crate) fn dropped_percent(&mut self) -> Result<f64> {
        self.sender.check()?;
        self.queue.dropped_percent()
    }
}
