//! Datagrams that the kernel dropped because a socket's receive buffer was full.
//!
//! The kernel counts them for each socket and shows them in a table of text. Asking costs a look
//! through all UDP sockets of the network namespace, so it is done when somebody wants to know, and
//! not in the loop.

use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::os::fd::AsFd;

use nix::sys::stat::fstat;

/// The tables, by address family; columns as in `net/ipv4/udp.c` of the kernel.
const TABLES: [&str; 2] = ["/proc/self/net/udp", "/proc/self/net/udp6"];

/// The column of the socket's inode, counted from 0.
const INODE_COLUMN: usize = 9;

/// A socket, as those tables name it.
#[derive(Clone, Copy, Debug)]
pub(super) struct DropCounter {
    inode: u64,
}

impl DropCounter {
    /// The counter of `socket`.
    ///
    /// # Errors
    ///
    /// When the kernel does not tell the socket's inode.
    pub(super) fn of(socket: &impl AsFd) -> io::Result<Self> {
        Ok(Self { inode: fstat(socket)?.st_ino })
    }

    /// How many datagrams found no room in the receive buffer since the socket was made.
    ///
    /// # Errors
    ///
    /// When the kernel shows no such table, or the socket is not in it.
    pub(super) fn count(self) -> io::Result<u64> {
        for table in TABLES {
            let Ok(file) = File::open(table) else { continue }; // a kernel without IPv6
            if let Some(drops) = self.count_in(file)? {
                return Ok(drops);
            }
        }
        Err(io::ErrorKind::NotFound.into())
    }

    fn count_in(self, table: File) -> io::Result<Option<u64>> {
        let mut lines = BufReader::new(table).lines();
        lines.find_map(|line| line.map(|line| drops_of(self.inode, &line)).transpose()).transpose()
    }
}

/// The count of a line, which is its last column, if the line is about that inode.
fn drops_of(inode: u64, line: &str) -> Option<u64> {
    let mut columns = line.split_ascii_whitespace().skip(INODE_COLUMN);
    let is_it = columns.next()?.parse() == Ok(inode);
    columns.last()?.parse().ok().filter(|_| is_it)
}

#[cfg(test)]
mod tests {
    use std::net::UdpSocket;

    use nix::sys::socket::{setsockopt, sockopt};

    use super::*;

    /// Goal: what finds no room is counted, at the socket where it found none.
    ///
    /// Method: a buffer as small as the kernel makes them, and datagrams that nobody reads; on
    /// loopback each is delivered or dropped before `send` returns.
    #[test]
    fn datagrams_without_room_are_counted() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(socket) = UdpSocket::bind(host) else { continue }; // no IPv6 here
            setsockopt(&socket, sockopt::RcvBuf, &1).expect("Linux");
            let other = UdpSocket::bind(host).expect("as before");
            let count = |socket| DropCounter::of(socket).and_then(DropCounter::count);
            assert_eq!(count(&socket).expect("shown"), 0);
            let addr = socket.local_addr().expect("bound");
            let sent = 200;
            for _ in 0..sent {
                other.send_to(&[0; 100], addr).expect("sent");
            }
            socket.set_nonblocking(true).expect("Linux");
            let received = std::iter::from_fn(|| socket.recv(&mut [0; 100]).ok()).count() as u64;
            assert!(received < sent, "the buffer held all");
            assert_eq!(count(&socket).expect("shown"), sent - received);
            assert_eq!(count(&other).expect("shown"), 0);
        }
    }

    /// Goal: headings and other sockets are passed over.
    #[test]
    fn lines_are_told_apart_by_inode() {
        let line = "  245: 0100007F:3F34 00000000:0000 07 00000000:00000000 00:00000000 00000000 \
                    0        0 9046 2 00000000a1b2c3d4 17";
        assert_eq!(drops_of(9_046, line), Some(17));
        assert_eq!(drops_of(904, line), None);
        assert_eq!(drops_of(0, "sl local_address rem_address st tx_queue"), None);
    }
}
