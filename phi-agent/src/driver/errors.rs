//! The socket's error queue: "port unreachable", as hosts of processes that have ended answer.
//!
//! Everything else that stands there is skipped; what a refusal means is decided elsewhere.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsRawFd;

use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, RecvMsg, SockaddrStorage, recvmsg, setsockopt, sockopt,
};

/// Room for what the kernel says of one error (bytes). The time stamp, the addresses and the class
/// of traffic come with it; where they find no room, the entry is gone.
const CONTROL_BYTES: usize = 512;

/// Bytes of our own datagram that are looked at, of those that the kernel gives back.
const QUOTED_BYTES_MAX: usize = 128;

/// What an ICMP message is in `sock_extended_err`: its origin, type and code.
///
/// Source: RFC 792 (destination unreachable, port) and RFC 4443; `linux/errqueue.h`.
const PORT_UNREACHABLE: [(u8, u8, u8); 2] = [(2, 3, 3), (3, 1, 4)];

/// Has the kernel keep errors of `socket` in its queue.
pub(super) fn keep(socket: &UdpSocket, is_ipv6: bool) -> io::Result<()> {
    if is_ipv6 {
        setsockopt(socket, sockopt::Ipv6RecvErr, &true)?;
    } else {
        setsockopt(socket, sockopt::Ipv4RecvErr, &true)?;
    }
    Ok(())
}

/// An error that was taken from the queue.
#[derive(Debug)]
pub(super) enum Taken {
    /// Nobody listens where this datagram went, of which these are the first bytes.
    Refused(SocketAddr, Vec<u8>),
    /// Another one.
    Other,
}

/// Takes the next error from the queue.
///
/// # Errors
///
/// `WouldBlock` when there is none.
pub(super) fn take(socket: &impl AsRawFd) -> io::Result<Taken> {
    let mut quoted = [0; QUOTED_BYTES_MAX];
    let mut control = vec![0; CONTROL_BYTES];
    let flags = MsgFlags::MSG_ERRQUEUE | MsgFlags::MSG_DONTWAIT;
    let fd = socket.as_raw_fd();
    let (to, len) = {
        let mut slices = [IoSliceMut::new(&mut quoted)];
        let message: RecvMsg<'_, '_, SockaddrStorage> =
            recvmsg(fd, &mut slices, Some(&mut control), flags)?;
        let Ok(mut controls) = message.cmsgs() else { return Ok(Taken::Other) }; // it was cut short
        let refused = controls.any(|control| {
            if let ControlMessageOwned::Ipv4RecvErr(error, _)
            | ControlMessageOwned::Ipv6RecvErr(error, _) = control
            {
                return PORT_UNREACHABLE.contains(&(error.ee_origin, error.ee_type, error.ee_code));
            }
            false
        });
        (message.address.filter(|_| refused).and_then(|to| address(&to)), message.bytes)
    };
    let quoted = quoted.get(..len).unwrap_or_default();
    Ok(to.map_or(Taken::Other, |to| Taken::Refused(to, quoted.to_vec())))
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|addr| SocketAddr::V4((*addr).into()));
    v4.or_else(|| storage.as_sockaddr_in6().map(|addr| SocketAddr::V6((*addr).into())))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: where nobody listens is told, with the datagram that went there, for both families.
    ///
    /// Method: a port that was bound and let go; the kernel answers on loopback before `send_to`
    /// returns.
    #[test]
    fn a_port_without_a_process_refuses() {
        for host in ["127.0.0.1:0", "[::1]:0"] {
            let Ok(socket) = UdpSocket::bind(host) else { continue }; // no IPv6 here
            keep(&socket, host.starts_with('[')).expect("Linux");
            assert_eq!(take(&socket).expect_err("nothing yet").kind(), io::ErrorKind::WouldBlock);
            let gone = UdpSocket::bind(host).and_then(|other| other.local_addr()).expect("bound");
            socket.send_to(b"anybody?", gone).expect("sent");
            let taken = take(&socket);
            let Ok(Taken::Refused(to, quoted)) = taken else {
                panic!("no refusal: {taken:?} at {host}")
            };
            assert_eq!((to, &quoted[..]), (gone, &b"anybody?"[..]));
        }
    }
}
