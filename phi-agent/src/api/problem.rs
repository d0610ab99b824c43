//! Answers that are errors: RFC 9457 problem documents with a stable `code`.

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Why a request has no better answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Problem {
    /// No such path.
    NoSuchPath,
    /// The path takes other methods.
    MethodNotAllowed,
    /// No member has this name or id.
    NoSuchMember(String),
    /// Several members have this name.
    AmbiguousName { name: String, ids: Vec<String> },
    /// This agent exchanges no heartbeats with the member; these do.
    NotObserved { name: String, observers: Vec<String> },
    /// As many record arrivals, or follow events, as may.
    TooManyStreams(String),
    /// The path is no text.
    BadPath,
    /// The body is none that the path takes.
    BadBody(String),
    /// The body is longer than any that is read (bytes).
    BodyTooLong { max: usize },
    /// The agent does not obey this user.
    NotPermitted { uid: Option<u32>, own: u32 },
    /// The agent is about to end.
    Stopping,
}

#[derive(Serialize)]
struct Document {
    code: &'static str,
    title: &'static str,
    status: u16,
    detail: String,
    /// Ids of members, one of which was meant.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
    /// Names of members to ask instead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    observers: Vec<String>,
}

impl Problem {
    fn into_document(self) -> (StatusCode, Document) {
        let (status, code, title) = self.kind();
        let (mut ids, mut observers) = (Vec::new(), Vec::new());
        let detail = match self {
            Self::NoSuchPath => "try /v1/self, /v1/members, /v1/members/{name-or-id}, \
                                 /v1/members/{name-or-id}/arrivals, /v1/events or /v1/leave"
                .to_owned(),
            Self::BadPath => "what is escaped in it must be UTF-8".to_owned(),
            Self::MethodNotAllowed => "use GET, or POST for /v1/leave".to_owned(),
            Self::NoSuchMember(name) => {
                format!("no other member has the name or id {name:?}; see /v1/members")
            }
            Self::AmbiguousName { name, ids: bearers } => {
                ids = bearers;
                format!("{} members are called {name:?}; ask for one of their ids", ids.len())
            }
            Self::NotObserved { name, observers: others } => {
                observers = others;
                not_observed(&name, &observers)
            }
            Self::TooManyStreams(detail) => format!("{detail}; end one of them first"),
            Self::BadBody(detail) => detail,
            Self::BodyTooLong { max } => format!("at most {max} bytes are read"),
            Self::NotPermitted { uid, own } => not_permitted(uid, own),
            Self::Stopping => "start it again, or ask another".to_owned(),
        };
        let number = status.as_u16();
        (status, Document { code, title, status: number, detail, ids, observers })
    }

    /// Its status, its code, which stays the same, and what it is about.
    const fn kind(&self) -> (StatusCode, &'static str, &'static str) {
        match self {
            Self::NoSuchPath => (StatusCode::NOT_FOUND, "no-such-path", "There is nothing here"),
            Self::BadPath => (StatusCode::BAD_REQUEST, "bad-path", "The path is no text"),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This path does not take that method",
            ),
            Self::NoSuchMember(_) => (StatusCode::NOT_FOUND, "no-such-member", "No such member"),
            Self::AmbiguousName { .. } => {
                (StatusCode::CONFLICT, "ambiguous-name", "Several members have this name")
            }
            Self::NotObserved { .. } => {
                (StatusCode::CONFLICT, "not-observed", "This agent does not watch that member")
            }
            Self::TooManyStreams(_) => {
                (StatusCode::SERVICE_UNAVAILABLE, "too-many-streams", "Too many streams at a time")
            }
            Self::BadBody(_) => {
                (StatusCode::BAD_REQUEST, "bad-body", "The body is none that this path takes")
            }
            Self::BodyTooLong { .. } => {
                (StatusCode::PAYLOAD_TOO_LARGE, "body-too-long", "The body is too long")
            }
            Self::NotPermitted { .. } => {
                (StatusCode::FORBIDDEN, "not-permitted", "The agent does not obey this user")
            }
            Self::Stopping => {
                (StatusCode::SERVICE_UNAVAILABLE, "stopping", "The agent is about to end")
            }
        }
    }
}

fn not_permitted(uid: Option<u32>, own: u32) -> String {
    let asker = uid.map_or_else(
        || "it cannot be told who asks".to_owned(),
        |uid| format!("this is user {uid}"),
    );
    format!("only root and the user of the agent ({own}) may tell it to leave, and {asker}")
}

fn not_observed(name: &str, observers: &[String]) -> String {
    format!(
        "each member exchanges heartbeats with a few others only, and this agent is none of those \
         of {name:?}; ask the agent of one that is{}",
        if observers.is_empty() { " (none is known here)" } else { "" }
    )
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let (status, document) = self.into_document();
        let body = serde_json::to_vec(&document).unwrap_or_default();
        (status, [(header::CONTENT_TYPE, "application/problem+json")], body).into_response()
    }
}
