//! The server behind the socket: routes and their answers.
//!
//! It asks the agent through its [`Handle`]; the protocol never waits for a client. A connection
//! serves one request, so that nobody holds a place without asking for anything.

use std::io;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, PathRejection};
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::http::header::CONNECTION;
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::map_response;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::listener::ApiListener;
use super::order::{LeaveOrder, LeftView};
use super::own::SelfView;
use super::peer::Peer;
use super::problem::Problem;
use super::view::{MemberView, MembersView};
use super::{arrivals, events};
use crate::driver::{Handle, ListenError, MemberObservation, Observation, Stopped};
use crate::ident::{Name, NodeId};

/// The longest body that is read (bytes).
const BODY_BYTES_MAX: usize = 64 << 10;

/// The most clients that follow events: with as many recordings as there may be, they leave places
/// for those that only ask.
const FOLLOWERS_MAX: usize = 32;

/// What all answers are made from.
#[derive(Clone, Debug)]
struct Served {
    agent: Handle,
    followers: Arc<Semaphore>,
}

/// Serves `listener` until the agent behind `agent` ends and `stop` completes.
///
/// # Errors
///
/// When the listener fails for good.
pub async fn serve(
    listener: ApiListener,
    agent: Handle,
    stop: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let followers = Arc::new(Semaphore::new(FOLLOWERS_MAX));
    let routes = Router::new()
        .route("/v1/self", get(own))
        .route("/v1/members", get(members))
        .route("/v1/members/{name_or_id}", get(member))
        .route("/v1/members/{name_or_id}/arrivals", get(heard))
        .route("/v1/events", get(stream))
        .route("/v1/leave", post(leave))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .fallback(async || Problem::NoSuchPath)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .layer(map_response(last_of_its_connection))
        .with_state(Served { agent, followers });
    let routes = routes.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
}

/// Ends the connection with this answer.
async fn last_of_its_connection(mut response: Response) -> Response {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

async fn own(State(Served { agent, .. }): State<Served>) -> Result<Response, Problem> {
    let seen = agent.observe().await?;
    // A table of all the host's sockets is read, which takes long where there are many.
    let drops = spawn_blocking(move || agent.receive_drops()).await.unwrap_or_default();
    Ok(axum::Json(SelfView::new(&seen, drops)).into_response())
}

async fn members(State(Served { agent, .. }): State<Served>) -> Result<Response, Problem> {
    Ok(axum::Json(MembersView::from(&agent.observe().await?)).into_response())
}

async fn member(
    State(Served { agent, .. }): State<Served>,
    name_or_id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(name_or_id) = name_or_id?;
    let seen = agent.observe().await?;
    let member = find(&seen.members, &name_or_id)?;
    Ok(axum::Json(MemberView::new(member, &seen)).into_response())
}

async fn heard(
    State(Served { agent, .. }): State<Served>,
    name_or_id: Result<Path<String>, PathRejection>,
) -> Result<Response, Problem> {
    let Path(name_or_id) = name_or_id?;
    let Observation { node, members, .. } = agent.observe().await?;
    let member = find(&members, &name_or_id)?;
    match agent.listen(member.id).await? {
        Ok(heard) => Ok(arrivals::stream(member, &node.config.identity.name, heard)),
        Err(ListenError::NotObserved { observers }) => Err(Problem::NotObserved {
            name: member.name.to_string(),
            observers: observers.iter().map(Name::to_string).collect(),
        }),
        Err(error @ ListenError::TooMany) => Err(Problem::TooManyStreams(error.to_string())),
    }
}

async fn stream(State(Served { agent, followers }): State<Served>) -> Result<Response, Problem> {
    let place = followers.try_acquire_owned().map_err(|_none_is_left| {
        Problem::TooManyStreams(format!("{FOLLOWERS_MAX} clients follow the events already"))
    })?;
    Ok(events::stream(agent, place).await?)
}

/// Makes the agent leave; the answer comes when it has.
async fn leave(
    State(Served { agent, .. }): State<Served>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    body: Result<Bytes, BytesRejection>,
) -> Result<Response, Problem> {
    peer.check_may_order(nix::unistd::geteuid().as_raw())?;
    let order = LeaveOrder::parse(&body?).map_err(Problem::BadBody)?;
    let back_within = order.back_within().map_err(Problem::BadBody)?;
    agent.leave(back_within).await?;
    Ok(axum::Json(LeftView::of(back_within)).into_response())
}

/// The member with this id, or else the one with this name: the only one, or the only one that is
/// present, when others of its name are gone.
fn find<'a>(
    members: &'a [MemberObservation],
    name_or_id: &str,
) -> Result<&'a MemberObservation, Problem> {
    if let Ok(id) = name_or_id.parse::<NodeId>()
        && let Some(member) = members.iter().find(|member| member.id == id)
    {
        return Ok(member);
    }
    let named = members.iter().filter(|member| member.name.as_str() == name_or_id);
    let (present, gone): (Vec<_>, Vec<_>) = named.partition(|member| member.liveness.is_present());
    match if present.is_empty() { &gone } else { &present }.as_slice() {
        [] => Err(Problem::NoSuchMember(name_or_id.chars().take(64).collect())),
        [only] => Ok(only),
        several => {
            let ids = several.iter().map(|member| member.id.to_string()).collect();
            Err(Problem::AmbiguousName { name: name_or_id.to_owned(), ids })
        }
    }
}

impl From<Stopped> for Problem {
    fn from(_stopped: Stopped) -> Self {
        Self::Stopping
    }
}

impl From<PathRejection> for Problem {
    fn from(_not_utf8: PathRejection) -> Self {
        Self::BadPath
    }
}

impl From<BytesRejection> for Problem {
    fn from(rejection: BytesRejection) -> Self {
        match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Self::BodyTooLong { max: BODY_BYTES_MAX },
            _cut_off => Self::BadBody(rejection.body_text()),
        }
    }
}
