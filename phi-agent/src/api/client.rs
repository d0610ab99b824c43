//! A client for the socket: one request a connection.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::net::UnixStream;
use tokio::task::JoinHandle;

use super::arrivals::ArrivalView;
use super::order::{LeaveOrder, LeftView};
use super::own::SelfView;
use super::view::{MemberView, MembersView};

/// An agent on this host answers at once; one that does not is hung.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The longest answer that is read (bytes): a thousand members take half a megabyte.
const ANSWER_BYTES_MAX: usize = 16 << 20;

/// The longest line of a stream that is read (bytes).
const LINE_BYTES_MAX: usize = 64 << 10;

/// Asks the agent behind one socket.
#[derive(Clone, Debug)]
pub struct ApiClient {
    path: PathBuf,
}

/// Why there is no answer.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nobody serves the socket.
    #[error(
        "no agent answers at {}: {source}; start one with `phi-agent run`, or name its socket with \
         --socket or PHI_SOCKET",
        path.display()
    )]
    NoAgent {
        /// The socket.
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// The kernel lets this user not use the socket.
    #[error(
        "user {uid} may not use {}: {source}; ask as the user or the group that it belongs to, or \
         as root", path.display()
    )]
    NotPermitted {
        /// The socket.
        path: PathBuf,
        /// This user.
        uid: u32,
        /// What the kernel says.
        source: io::Error,
    },
    /// The agent did not answer within five seconds.
    #[error("the agent at {} does not answer", path.display())]
    TimedOut {
        /// The socket.
        path: PathBuf,
    },
    /// The agent refuses the request, with a reason.
    #[error("{detail}{}", list(members))]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The reason.
        detail: String,
        /// Members that may have been meant, by their ids, or that should be asked instead, by
        /// their names.
        members: Vec<String>,
    },
    /// The answer is none of ours.
    #[error("the answer at {} is not that of an agent: {what}", path.display())]
    Garbled {
        /// The socket.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
}

fn list(members: &[String]) -> String {
    if members.is_empty() { String::new() } else { format!(": {}", members.join(", ")) }
}

impl ApiClient {
    /// A client of the agent at the socket `path`.
    #[must_use]
    pub const fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// `GET /v1/self`.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer.
    pub async fn own(&self) -> Result<SelfView, AskError> {
        self.ask("/v1/self").await
    }

    /// `GET /v1/members`.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer.
    pub async fn members(&self) -> Result<MembersView, AskError> {
        self.ask("/v1/members").await
    }

    /// `GET /v1/members/{name_or_id}`.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer; `Refused` when there is no such member, or two.
    pub async fn member(&self, name_or_id: &str) -> Result<MemberView, AskError> {
        let escaped: String = name_or_id.bytes().map(escape).collect();
        self.ask(&format!("/v1/members/{escaped}")).await
    }

    /// `GET /v1/members/{name_or_id}/arrivals`.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer; `Refused` when there is no such member, or two, or the
    /// agent does not watch it: then with the names of those that do.
    pub async fn arrivals(&self, name_or_id: &str) -> Result<Arrivals, AskError> {
        let escaped: String = name_or_id.bytes().map(escape).collect();
        let request = Request::get(format!("/v1/members/{escaped}/arrivals")).body(Full::default());
        let request = request.map_err(|error| self.garbled(&error))?;
        let opened = tokio::time::timeout(ANSWER_MAX, self.open(request)).await;
        let (response, _driven) =
            opened.map_err(|_| AskError::TimedOut { path: self.path.clone() })??;
        if response.status().is_success() {
            let body = response.into_body();
            return Ok(Arrivals { client: self.clone(), body, bytes: Vec::new() });
        }
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        let body = body.map_err(|error| self.garbled(&error))?;
        Err(self.refused(status, &body.to_bytes()))
    }

    /// `POST /v1/leave`: the agent says good-bye, or that it will be back within a time, and ends;
    /// the answer comes when it has.
    ///
    /// # Errors
    ///
    /// [`AskError`] when there is no answer; `Refused` with the status 403 when the agent does not
    /// obey this user, with 400 when the time is above ten minutes.
    pub async fn leave(&self, back_within: Option<Duration>) -> Result<LeftView, AskError> {
        let body = serde_json::to_vec(&LeaveOrder::new(back_within));
        let body = body.map_err(|error| self.garbled(&error))?;
        let request = Request::post("/v1/leave").body(Full::from(body));
        self.answer(request.map_err(|error| self.garbled(&error))?).await
    }

    async fn ask<T: DeserializeOwned>(&self, target: &str) -> Result<T, AskError> {
        let request = Request::get(target).body(Full::default());
        self.answer(request.map_err(|error| self.garbled(&error))?).await
    }

    async fn answer<T: DeserializeOwned>(
        &self,
        request: Request<Full<Bytes>>,
    ) -> Result<T, AskError> {
        let answer = tokio::time::timeout(ANSWER_MAX, self.send(request)).await;
        let (status, body) =
            answer.map_err(|_| AskError::TimedOut { path: self.path.clone() })??;
        if status.is_success() {
            return serde_json::from_slice(&body).map_err(|error| self.garbled(&error));
        }
        Err(self.refused(status, &body))
    }

    /// The refusal that a body tells of.
    fn refused(&self, status: StatusCode, body: &[u8]) -> AskError {
        let problem: serde_json::Value = match serde_json::from_slice(body) {
            Ok(problem) => problem,
            Err(error) => return self.garbled(&error),
        };
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let members = ["ids", "observers"].map(|key| problem.get(key).and_then(|m| m.as_array()));
        AskError::Refused {
            status: status.as_u16(),
            detail: problem.get("detail").map(text).unwrap_or_default(),
            members: members.into_iter().flatten().flatten().map(text).collect(),
        }
    }

    async fn send(&self, request: Request<Full<Bytes>>) -> Result<(StatusCode, Bytes), AskError> {
        let (response, driven) = self.open(request).await?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        driven.abort();
        let body = body.map_err(|error| self.garbled(&error))?;
        Ok((status, body.to_bytes()))
    }

    /// Asks, and gives the answer as soon as it begins, with the task that drives its connection.
    async fn open(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(Response<Incoming>, JoinHandle<()>), AskError> {
        request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
        let stream = connect(&self.path).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.garbled(&error))?;
        let driven = tokio::spawn(async {
            let _closed = connection.await; // what is wrong shows in the answer
        });
        let response = sender.send_request(request).await.map_err(|error| self.garbled(&error))?;
        Ok((response, driven))
    }

    fn garbled(&self, error: &dyn std::fmt::Display) -> AskError {
        AskError::Garbled { path: self.path.clone(), what: error.to_string() }
    }
}

/// One member's heartbeats as they arrive.
#[derive(Debug)]
pub struct Arrivals {
    client: ApiClient,
    body: Incoming,
    /// What was received of lines that are not taken yet.
    bytes: Vec<u8>,
}

impl Arrivals {
    /// The next line; `None` when the agent has ended, or let this client go because it was too
    /// slow. Nothing is lost when this is dropped before it is done.
    ///
    /// # Errors
    ///
    /// [`AskError::Garbled`] when the connection breaks, or the line is none of an agent.
    pub async fn next(&mut self) -> Result<Option<ArrivalView>, AskError> {
        loop {
            if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\n') {
                let line: Vec<u8> = self.bytes.drain(..=end).collect();
                let view = serde_json::from_slice(&line);
                return view.map(Some).map_err(|error| self.client.garbled(&error));
            }
            if self.bytes.len() > LINE_BYTES_MAX {
                return Err(self.client.garbled(&"a line without an end"));
            }
            let Some(frame) = self.body.frame().await else { return Ok(None) };
            let frame = frame.map_err(|error| self.client.garbled(&error))?;
            if let Ok(data) = frame.into_data() {
                self.bytes.extend_from_slice(&data);
            }
        }
    }
}

async fn connect(path: &Path) -> Result<UnixStream, AskError> {
    let connected = UnixStream::connect(path).await;
    let path = path.to_owned();
    connected.map_err(|source| {
        if source.kind() == io::ErrorKind::PermissionDenied {
            let uid = nix::unistd::geteuid().as_raw();
            AskError::NotPermitted { path, uid, source }
        } else {
            AskError::NoAgent { path, source }
        }
    })
}

/// A byte of a path segment, escaped unless it is plain.
fn escape(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
