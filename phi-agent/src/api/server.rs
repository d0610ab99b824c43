//! The server behind the socket: routes and their answers.
//!
//! It asks the agent through its [`Handle`]; the protocol never waits for a client.

use std::io;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{ConnectInfo, DefaultBodyLimit, Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};

use super::listener::ApiListener;
use super::order::{LeaveOrder, LeftView};
use super::own::SelfView;
use super::peer::Peer;
use super::problem::Problem;
use super::view::{MemberView, MembersView};
use super::{arrivals, events};
use crate::driver::{Handle, ListenError, Stopped};
use crate::ident::Name;

/// The longest body that is read (bytes).
const BODY_BYTES_MAX: usize = 64 << 10;

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
        .with_state(agent);
    let routes = routes.into_make_service_with_connect_info::<Peer>();
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
}

async fn own(State(agent): State<Handle>) -> Result<Response, Problem> {
    let seen = agent.observe().await?;
    Ok(axum::Json(SelfView::new(&seen, agent.receive_drops())).into_response())
}

async fn members(State(agent): State<Handle>) -> Result<Response, Problem> {
    Ok(axum::Json(MembersView::from(&agent.observe().await?)).into_response())
}

async fn member(
    State(agent): State<Handle>,
    Path(name_or_id): Path<String>,
) -> Result<Response, Problem> {
    let seen = MembersView::from(&agent.observe().await?);
    Ok(axum::Json(find(seen.members, &name_or_id)?).into_response())
}

async fn heard(
    State(agent): State<Handle>,
    Path(name_or_id): Path<String>,
) -> Result<Response, Problem> {
    let seen = agent.observe().await?;
    let observer = seen.node.config.identity.name.clone();
    let member = find(MembersView::from(&seen).members, &name_or_id)?;
    let known = seen.members.iter().find(|known| known.id.to_string() == member.id);
    let id = known.ok_or_else(|| Problem::NoSuchMember(member.id.clone()))?.id;
    match agent.listen(id).await? {
        Ok(heard) => Ok(arrivals::stream(member, observer, heard)),
        Err(ListenError::NotObserved { observers }) => Err(Problem::NotObserved {
            name: member.name.to_string(),
            observers: observers.iter().map(Name::to_string).collect(),
        }),
        Err(error @ ListenError::TooMany) => Err(Problem::TooManyListeners(error.to_string())),
    }
}

async fn stream(State(agent): State<Handle>) -> Result<Response, Problem> {
    Ok(events::stream(agent).await?)
}

/// Makes the agent leave; the answer comes when it has.
async fn leave(
    State(agent): State<Handle>,
    ConnectInfo(peer): ConnectInfo<Peer>,
    body: Bytes,
) -> Result<Response, Problem> {
    peer.check_may_order(nix::unistd::geteuid().as_raw())?;
    let order = LeaveOrder::parse(&body).map_err(Problem::BadBody)?;
    let back_within = order.back_within().map_err(Problem::BadBody)?;
    agent.leave(back_within).await?;
    Ok(axum::Json(LeftView::of(back_within)).into_response())
}

/// The member with this id, or else the one with this name: the only one, or the only one that is
/// present, when others of its name are gone.
fn find(members: Vec<MemberView>, name_or_id: &str) -> Result<MemberView, Problem> {
    let (by_id, others): (Vec<_>, Vec<_>) =
        members.into_iter().partition(|member| member.id == name_or_id);
    if let Some(member) = by_id.into_iter().next() {
        return Ok(member);
    }
    let named = others.into_iter().filter(|member| member.name.as_str() == name_or_id);
    let (present, gone): (Vec<_>, Vec<_>) = named.partition(|member| member.state.is_present());
    let mut candidates = if present.is_empty() { gone } else { present };
    match (candidates.pop(), candidates.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            let ids = candidates.iter().chain([&last]).map(|member| member.id.clone()).collect();
            Err(Problem::AmbiguousName { name: name_or_id.to_owned(), ids })
        }
        (None, _) => Err(Problem::NoSuchMember(name_or_id.chars().take(64).collect())),
    }
}

impl From<Stopped> for Problem {
    fn from(_stopped: Stopped) -> Self {
        Self::Stopping
    }
}
