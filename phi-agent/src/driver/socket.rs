//! The UDP socket: batches with kernel receive stamps in, single datagrams out.
//!
//! Receive errors are not fatal, whatever they are: the next datagram may be fine.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket as StdUdpSocket};

use nix::sys::socket::{setsockopt, sockopt};
use phi_core::Timestamp;
use quinn_udp::{BATCH_SIZE, RecvMeta, Transmit, UdpSockRef, UdpSocketState};
use socket2::{Domain, Protocol, SockAddr, Type};
use thiserror::Error;
use tokio::io::Interest;
use tokio::net::UdpSocket;

use super::clock::StampConverter;
use super::drops::DropCounter;
use super::errors::{self, Taken};

/// The receive buffer that is asked for (bytes): 10,000 small datagrams, where the kernel's default
/// holds 250. It must hold what arrives while this process is paused.
const RECEIVE_BUFFER_BYTES: usize = 4 << 20;

/// One receive buffer (bytes): the kernel may join up to 64 datagrams of one sender.
const SLOT_BYTES: usize = 1 << 16;

/// Datagrams read in one go: as many as the receive buffer holds, so that only a flood is
/// interrupted.
const DATAGRAMS_MAX: usize = 8_192;

/// Errors read in one go; the kernel answers with about one a second for each destination.
const ERRORS_MAX: usize = 4_096;

/// A bound socket, to send and to wait with.
#[derive(Debug)]
pub(super) struct Socket {
    io: UdpSocket,
    state: UdpSocketState,
    local_addr: SocketAddr,
    receive_buffer_bytes: usize,
    drops: DropCounter,
}

/// The receiving side of a socket.
#[derive(Debug)]
pub(super) struct Inbox {
    slots: Vec<u8>,
    last_drain: Timestamp,
}

/// An address that could not be bound. Nothing is left open.
#[derive(Debug, Error)]
#[error("cannot bind {addr}: {}", explain(source))]
pub struct BindError {
    /// The address.
    pub addr: SocketAddr,
    /// What the kernel says.
    pub source: io::Error,
}

fn explain(error: &io::Error) -> String {
    let kind = error.kind();
    if kind == io::ErrorKind::AddrInUse {
        "another process has this port; choose another with --bind, or end that process".into()
    } else if kind == io::ErrorKind::AddrNotAvailable {
        "no interface of this host has this address".into()
    } else {
        error.to_string()
    }
}

impl Socket {
    /// Binds `addr`. Must be called within a tokio runtime.
    pub(super) fn bind(addr: SocketAddr) -> Result<Self, BindError> {
        Self::try_bind(addr).map_err(|source| BindError { addr, source })
    }

    fn try_bind(addr: SocketAddr) -> io::Result<Self> {
        let socket =
            socket2::Socket::new(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
        if addr.is_ipv6() {
            socket.set_only_v6(true)?; // one family a socket: no IPv4 in the clothes of IPv6
        }
        socket.bind(&SockAddr::from(addr))?;
        let socket = StdUdpSocket::from(socket);
        errors::keep(&socket, addr.is_ipv6())?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        // Beyond the limit of the host where that is allowed (CAP_NET_ADMIN), else up to it.
        if setsockopt(&socket, sockopt::RcvBufForce, &RECEIVE_BUFFER_BYTES).is_err() {
            state.set_recv_buffer_size(UdpSockRef::from(&socket), RECEIVE_BUFFER_BYTES)?;
        }
        let receive_buffer_bytes = state.recv_buffer_size(UdpSockRef::from(&socket))?;
        let drops = DropCounter::of(&socket)?;
        let io = UdpSocket::from_std(socket)?;
        let local_addr = io.local_addr()?;
        Ok(Self { io, state, local_addr, receive_buffer_bytes, drops })
    }

    /// The address that it is bound to, with the port that the kernel chose if it was asked to.
    pub(super) const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// The receive buffer that the kernel granted (bytes).
    pub(super) const fn receive_buffer_bytes(&self) -> usize {
        self.receive_buffer_bytes
    }

    /// Counts the datagrams that found no room in it.
    pub(super) const fn drops(&self) -> DropCounter {
        self.drops
    }

    /// Waits until there is something to read.
    pub(super) async fn readable(&self) {
        if let Err(error) = self.io.ready(Interest::READABLE | Interest::ERROR).await {
            tracing::debug!(%error, "The socket cannot be waited for");
            tokio::task::yield_now().await;
        }
    }

    /// Sends one datagram; there is no queue but the kernel's.
    ///
    /// # Errors
    ///
    /// When the kernel does not take it. It is gone then.
    pub(super) fn send(&self, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        let transmit = Transmit {
            destination: to,
            ecn: None,
            contents: bytes,
            segment_size: None,
            src_ip: None,
        };
        let send = || self.state.try_send(UdpSockRef::from(&self.io), &transmit);
        // An error that waits for the socket, of another datagram, fails the next call once.
        send().or_else(
            |error| {
                if error.kind() == io::ErrorKind::WouldBlock { Err(error) } else { send() }
            },
        )
    }

    /// Hands over all refusals that are there: where the datagram went, and its first bytes.
    pub(super) fn refusals(&self, mut refused: impl FnMut(SocketAddr, &[u8])) {
        for _ in 0..ERRORS_MAX {
            match self.io.try_io(Interest::ERROR, || errors::take(&self.io)) {
                Ok(Taken::Refused(to, quoted)) => refused(to, &quoted),
                Ok(Taken::Other) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return,
                Err(error) => {
                    tracing::debug!(%error, "The queue of errors cannot be read");
                    return;
                }
            }
        }
    }
}

impl Inbox {
    /// An inbox that has nothing read yet.
    pub(super) fn new(now: Timestamp) -> Self {
        Self { slots: vec![0; BATCH_SIZE * SLOT_BYTES], last_drain: now }
    }

    /// Reads all that is there and hands each datagram over with its sender, its time of arrival
    /// and the time now. `false` if there was so much that some is left.
    pub(super) fn drain(
        &mut self,
        socket: &Socket,
        mut datagram: impl FnMut(SocketAddr, Timestamp, &[u8], Timestamp),
    ) -> bool {
        let mut metas = [RecvMeta::default(); BATCH_SIZE];
        let mut left = DATAGRAMS_MAX;
        while left > 0 {
            left -= 1; // an error counts as well
            let received = self.receive(socket, &mut metas);
            let stamps = StampConverter::new(self.last_drain);
            let Batch { count, is_last } = match received {
                Ok(batch) => batch,
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    self.last_drain = stamps.now();
                    return true;
                }
                Err(error) => {
                    tracing::debug!(%error, "Receiving failed");
                    continue;
                }
            };
            let batch = metas.iter().zip(self.slots.chunks(SLOT_BYTES)).take(count);
            for (meta, bytes) in batch.flat_map(|(meta, slot)| segments(meta, slot)) {
                datagram(meta.addr, stamps.arrived(meta.timestamp), bytes, stamps.now());
                left = left.saturating_sub(1);
            }
            if is_last {
                self.last_drain = stamps.now();
                return true;
            }
        }
        false
    }

    /// One batch. The kernel is asked whatever the runtime believes to be readable, because after a
    /// pause of this process the runtime knows less; but it must learn when nothing is left, which
    /// a batch that is not full says as well as an empty one: most wake-ups need one call.
    fn receive(
        &mut self,
        socket: &Socket,
        metas: &mut [RecvMeta; BATCH_SIZE],
    ) -> io::Result<Batch> {
        let mut slots = self.slots.chunks_mut(SLOT_BYTES).map(IoSliceMut::new);
        let mut slots: [IoSliceMut<'_>; BATCH_SIZE] =
            std::array::from_fn(|_| slots.next().unwrap_or_else(|| IoSliceMut::new(&mut [])));
        let mut receive = || socket.state.recv(UdpSockRef::from(&socket.io), &mut slots, metas);
        let mut asked = None;
        let _cleared = socket.io.try_io(Interest::READABLE, || {
            let received = receive();
            let is_full = received.as_ref().is_ok_and(|count| *count == BATCH_SIZE);
            asked = Some(received);
            if is_full { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
        });
        let count = asked.unwrap_or_else(receive)?;
        Ok(Batch { count, is_last: count < BATCH_SIZE })
    }
}

/// What was read in one go.
struct Batch {
    /// Slots that are filled.
    count: usize,
    /// Whether nothing was left then.
    is_last: bool,
}

/// The datagrams that the kernel has joined in one slot; an empty one is one, too.
fn segments<'a>(
    meta: &'a RecvMeta,
    slot: &'a [u8],
) -> impl Iterator<Item = (&'a RecvMeta, &'a [u8])> {
    let bytes = slot.get(..meta.len).unwrap_or_default();
    let empty = bytes.is_empty().then_some(bytes);
    empty.into_iter().chain(bytes.chunks(meta.stride.max(1))).map(move |bytes| (meta, bytes))
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::driver::clock;

    /// Whether datagrams are dated when they come: the kernel begins to do so some time after the
    /// first socket of the host has asked for it.
    fn is_stamped(socket: &Socket, inbox: &mut Inbox, sender: &StdUdpSocket) -> bool {
        (0..1_000).any(|_| {
            sender.send_to(&[0], socket.local_addr()).expect("sent");
            let came = clock::now();
            std::thread::sleep(Duration::from_millis(5));
            let mut stamped = false;
            inbox.drain(socket, |_, arrived, _, _| stamped = arrived <= came);
            stamped
        })
    }

    /// Goal: what waited in the socket while this process was stopped has the time at which it
    /// came, and was not lost.
    ///
    /// Method: on loopback a datagram has come before `send_to` returns; then the process does
    /// nothing for a while.
    #[tokio::test]
    async fn a_pause_of_our_own_does_not_date_what_came_meanwhile() {
        let socket = Socket::bind(SocketAddr::from(([127, 0, 0, 1], 0))).expect("free");
        let mut inbox = Inbox::new(clock::now());
        assert!(inbox.drain(&socket, |_, _, _, _| {}), "there is nothing yet");
        let sender = StdUdpSocket::bind("127.0.0.1:0").expect("free");
        assert!(is_stamped(&socket, &mut inbox, &sender), "the kernel dates nothing");
        let sent = 500_u16;
        for number in 0..sent {
            sender.send_to(&number.to_be_bytes(), socket.local_addr()).expect("sent");
        }
        let came = clock::now();
        std::thread::sleep(Duration::from_millis(50));
        let mut numbers = Vec::new();
        let all = inbox.drain(&socket, |_, arrived, bytes, now| {
            assert!(arrived <= came, "dated {:?} after it came", arrived.saturating_since(came));
            assert!(now > came);
            numbers.push(u16::from_be_bytes(bytes.try_into().expect("two bytes")));
        });
        assert!(all);
        assert_eq!(numbers, (0..sent).collect::<Vec<_>>());
        assert_eq!(socket.drops().count().ok(), Some(0));
    }
}
