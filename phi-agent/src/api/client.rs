//! A client for the socket: one request a connection.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::body::Bytes;
use axum::http::HeaderValue;
use axum::http::header::HOST;
use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::net::UnixStream;

use super::order::{LeaveOrder, LeftView};
use super::view::{MemberView, MembersView, SelfView};

/// An agent on this host answers at once; one that does not is hung.
const ANSWER_MAX: Duration = Duration::from_secs(5);

/// The longest answer that is read (bytes): a thousand members take half a megabyte.
const ANSWER_BYTES_MAX: usize = 16 << 20;

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
    /// The agent did not answer within five seconds.
    #[error("the agent at {} does not answer", path.display())]
    TimedOut {
        /// The socket.
        path: PathBuf,
    },
    /// The agent refuses the request, with a reason.
    #[error("{detail}{}", list(ids))]
    Refused {
        /// The status of HTTP.
        status: u16,
        /// The reason.
        detail: String,
        /// Members that may have been meant.
        ids: Vec<String>,
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

fn list(ids: &[String]) -> String {
    if ids.is_empty() { String::new() } else { format!(": {}", ids.join(", ")) }
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
        let problem: serde_json::Value =
            serde_json::from_slice(&body).map_err(|error| self.garbled(&error))?;
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        let ids = problem.get("ids").and_then(|ids| ids.as_array());
        Err(AskError::Refused {
            status: status.as_u16(),
            detail: problem.get("detail").map(text).unwrap_or_default(),
            ids: ids.map(|ids| ids.iter().map(text).collect()).unwrap_or_default(),
        })
    }

    async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
    ) -> Result<(StatusCode, Bytes), AskError> {
        request.headers_mut().insert(HOST, HeaderValue::from_static("localhost"));
        let stream = connect(&self.path).await?;
        let (mut sender, connection) =
            http1::handshake(TokioIo::new(stream)).await.map_err(|error| self.garbled(&error))?;
        let driven = tokio::spawn(connection);
        let response = sender.send_request(request).await.map_err(|error| self.garbled(&error))?;
        let status = response.status();
        let body = Limited::new(response.into_body(), ANSWER_BYTES_MAX).collect().await;
        driven.abort();
        let body = body.map_err(|error| self.garbled(&*error))?;
        Ok((status, body.to_bytes()))
    }

    fn garbled(&self, error: &dyn std::error::Error) -> AskError {
        AskError::Garbled { path: self.path.clone(), what: error.to_string() }
    }
}

async fn connect(path: &Path) -> Result<UnixStream, AskError> {
    let connected = UnixStream::connect(path).await;
    connected.map_err(|source| AskError::NoAgent { path: path.to_owned(), source })
}

/// A byte of a path segment, escaped unless it is plain.
fn escape(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"._-".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
