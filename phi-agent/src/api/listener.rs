//! The Unix socket itself: bound with its mode, never changed after; locked; bounded in clients.

use std::fs::{self, File, TryLockError};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileTypeExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::serve::Listener;
use nix::sys::socket::getsockopt;
use nix::sys::socket::sockopt::PeerCredentials;
use nix::sys::stat::{Mode, umask};
use thiserror::Error;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::unix::SocketAddr;
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Sleep;

use crate::driver::private;

/// The most clients at a time; more wait to be accepted.
const CLIENTS_MAX: usize = 64;

/// How long a client may take to ask, or to read.
const PATIENCE: Duration = Duration::from_secs(5);

/// The wait after accepting failed: for want of file descriptors, mostly.
const ACCEPT_AGAIN: Duration = Duration::from_millis(100);

/// A bound socket. It is removed when this is dropped, unless somebody else has replaced it.
#[derive(Debug)]
pub struct ApiListener {
    listener: UnixListener,
    clients: Arc<Semaphore>,
    path: PathBuf,
    inode: u64,
    /// Whether the last client could not be accepted; told once.
    failed: bool,
    _lock: File,
}

/// Why a socket cannot be had. What was at its path is still there.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum BindSocketError {
    /// Another agent serves it.
    #[error(
        "{} is served by {}; choose another with --socket",
        path.display(), owner(.pid.as_ref())
    )]
    InUse {
        /// The path.
        path: PathBuf,
        /// The process, if it could be told.
        pid: Option<String>,
    },
    /// Something that is no socket is in its place.
    #[error(
        "{} is there and is no socket: it is left alone; choose another path with --socket",
        path.display()
    )]
    NoSocket {
        /// The path.
        path: PathBuf,
    },
    /// The kernel refuses.
    #[error("cannot serve {}: {source}; choose another path with --socket", path.display())]
    Io {
        /// The path.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
}

fn owner(pid: Option<&String>) -> String {
    pid.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

impl ApiListener {
    /// Binds `path`, whose directory is made if it is missing. A socket that nobody serves any more
    /// is replaced. The socket's mode is 0660.
    ///
    /// # Errors
    ///
    /// [`BindSocketError`] when it is served already, is no socket, or cannot be made.
    pub fn bind(path: &Path) -> Result<Self, BindSocketError> {
        let failed = |source| BindSocketError::Io { path: path.to_owned(), source };
        if let Some(dir) = path.parent() {
            private::make_dir(dir).map_err(failed)?;
        }
        let lock = lock(path)?;
        match fs::symlink_metadata(path) {
            Ok(metadata) if metadata.file_type().is_socket() => {
                check_stale(path)?;
                fs::remove_file(path).map_err(failed)?;
            }
            Ok(_) => return Err(BindSocketError::NoSocket { path: path.to_owned() }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(failed(error)),
        }
        let listener = bind_private(path).map_err(failed)?;
        let inode = fs::symlink_metadata(path).map_err(failed)?.ino();
        let clients = Arc::new(Semaphore::new(CLIENTS_MAX));
        Ok(Self { listener, clients, path: path.to_owned(), inode, failed: false, _lock: lock })
    }
}

impl ApiListener {
    fn tell_once(&mut self, error: &io::Error) {
        if !std::mem::replace(&mut self.failed, true) {
            tracing::warn!(%error, "Cannot accept clients: trying again for ever");
        }
    }
}

impl Drop for ApiListener {
    fn drop(&mut self) {
        let ours = fs::symlink_metadata(&self.path).is_ok_and(|now| now.ino() == self.inode);
        if ours && fs::remove_file(&self.path).is_err() {
            tracing::debug!(path = %self.path.display(), "The socket could not be removed");
        }
    }
}

/// Binds `path` with mode 0660 from the first moment on. The umask is that of the whole process, so
/// only one may do this at a time.
fn bind_private(path: &Path) -> io::Result<UnixListener> {
    static UMASK: Mutex<()> = Mutex::new(());
    let _alone = UMASK.lock().unwrap_or_else(PoisonError::into_inner);
    let before = umask(Mode::from_bits_truncate(0o117));
    let bound = UnixListener::bind(path);
    umask(before);
    bound
}

/// Whether nobody serves the socket at `path`: the lock is ours, but not everybody locks.
fn check_stale(path: &Path) -> Result<(), BindSocketError> {
    match std::os::unix::net::UnixStream::connect(path) {
        Ok(served) => {
            let peer = getsockopt(&served, PeerCredentials).ok();
            let pid = peer.map(|peer| peer.pid().to_string());
            Err(BindSocketError::InUse { path: path.to_owned(), pid })
        }
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => Ok(()),
        Err(source) => Err(BindSocketError::Io { path: path.to_owned(), source }),
    }
}

/// Locks the file beside the socket, which names the process that holds it.
fn lock(path: &Path) -> Result<File, BindSocketError> {
    let failed = |source| BindSocketError::Io { path: path.to_owned(), source };
    let mut lock_path = path.as_os_str().to_owned();
    lock_path.push(".lock");
    let mut lock = File::options()
        .read(true)
        .write(true)
        .create(true)
        .mode(0o600) // whoever can open it can hold it
        .truncate(false)
        .open(lock_path)
        .map_err(failed)?;
    match lock.try_lock() {
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => {
            let mut pid = String::new();
            let read = (&lock).take(16).read_to_string(&mut pid);
            let pid = read.ok().map(|_| pid.trim().to_owned()).filter(|pid| !pid.is_empty());
            return Err(BindSocketError::InUse { path: path.to_owned(), pid });
        }
        Err(TryLockError::Error(error)) => return Err(failed(error)),
    }
    lock.set_len(0).and_then(|()| writeln!(lock, "{}", std::process::id())).map_err(failed)?;
    Ok(lock)
}

impl Listener for ApiListener {
    type Io = Client;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Client, SocketAddr) {
        loop {
            let Ok(permit) = Arc::clone(&self.clients).acquire_owned().await else {
                std::future::pending::<()>().await; // a semaphore that is never closed
                continue;
            };
            match self.listener.accept().await {
                Ok((stream, addr)) => {
                    self.failed = false;
                    return (Client::new(stream, permit), addr);
                }
                Err(error) => {
                    self.tell_once(&error);
                    tokio::time::sleep(ACCEPT_AGAIN).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// A client's connection, for one request; there are at most 64 at a time. One that asks nothing,
/// or does not read what it asked for, is cut off.
#[derive(Debug)]
pub struct Client {
    stream: UnixStream,
    /// Runs until the first answer begins, and whenever the client does not read.
    patience: Option<Pin<Box<Sleep>>>,
    _permit: OwnedSemaphorePermit,
}

impl Client {
    fn new(stream: UnixStream, permit: OwnedSemaphorePermit) -> Self {
        let patience = Some(Box::pin(tokio::time::sleep(PATIENCE)));
        Self { stream, patience, _permit: permit }
    }

    /// The id of its user, if the kernel tells it.
    pub(super) fn uid(&self) -> Option<u32> {
        self.stream.peer_cred().ok().map(|peer| peer.uid())
    }

    /// Passes on what is ready; of what is not, an error once the patience is over.
    fn while_patient<T>(
        &mut self,
        cx: &mut Context<'_>,
        result: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        let over = self.patience.as_mut().is_some_and(|sleep| sleep.as_mut().poll(cx).is_ready());
        if result.is_pending() && over {
            return Poll::Ready(Err(io::ErrorKind::TimedOut.into()));
        }
        result
    }
}

impl AsyncRead for Client {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let read = Pin::new(&mut self.stream).poll_read(cx, buf);
        self.while_patient(cx, read)
    }
}

impl AsyncWrite for Client {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(cx, buf);
        if written.is_ready() {
            self.patience = None;
        } else if self.patience.is_none() {
            self.patience = Some(Box::pin(tokio::time::sleep(PATIENCE)));
        }
        self.while_patient(cx, written)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
