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
    /// As many record arrivals as may.
    TooManyListeners(String),
    /// The body is none that the path takes.
    BadBody(String),
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
    #[serde(skip_serializing_if = "Vec::is_empty")]
    ids: Vec<String>,
}

impl Problem {
    fn into_document(self) -> (StatusCode, Document) {
        let (status, code, title, detail, ids) = match self {
            Self::NoSuchPath => (
                StatusCode::NOT_FOUND,
                "no-such-path",
                "There is nothing here",
                "try /v1/self, /v1/members, /v1/members/{name-or-id}, /v1/events or /v1/leave"
                    .to_owned(),
                Vec::new(),
            ),
            Self::MethodNotAllowed => (
                StatusCode::METHOD_NOT_ALLOWED,
                "method-not-allowed",
                "This path does not take that method",
                "use GET, or POST for /v1/leave".to_owned(),
                Vec::new(),
            ),
            Self::NoSuchMember(name) => (
                StatusCode::NOT_FOUND,
                "no-such-member",
                "No such member",
                format!("no other member has the name or id {name:?}; see /v1/members"),
                Vec::new(),
            ),
            Self::AmbiguousName { name, ids } => (
                StatusCode::CONFLICT,
                "ambiguous-name",
                "Several members have this name",
                format!("{} members are called {name:?}; ask for one of their ids", ids.len()),
                ids,
            ),
            Self::NotObserved { name, observers } => (
                StatusCode::CONFLICT,
                "not-observed",
                "This agent does not watch that member",
                not_observed(&name, &observers),
                observers,
            ),
            Self::TooManyListeners(detail) => (
                StatusCode::SERVICE_UNAVAILABLE,
                "too-many-listeners",
                "Too many recordings at a time",
                format!("{detail}; end one of them first"),
                Vec::new(),
            ),
            Self::BadBody(detail) => (
                StatusCode::BAD_REQUEST,
                "bad-body",
                "The body is none that this path takes",
                detail,
                Vec::new(),
            ),
            Self::NotPermitted { uid, own } => (
                StatusCode::FORBIDDEN,
                "not-permitted",
                "The agent does not obey this user",
                not_permitted(uid, own),
                Vec::new(),
            ),
            Self::Stopping => (
                StatusCode::SERVICE_UNAVAILABLE,
                "stopping",
                "The agent is about to end",
                "start it again, or ask another".to_owned(),
                Vec::new(),
            ),
        };
        (status, Document { code, title, status: status.as_u16(), detail, ids })
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
