//! The server behind the socket: routes and their answers.
//!
//! It asks the agent through its [`Handle`]; the protocol never waits for a client.

use std::io;

use axum::Router;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::events;
use super::listener::ApiListener;
use super::problem::Problem;
use super::view::{MemberView, MembersView, SelfView};
use crate::driver::{Handle, Stopped};

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
        .route("/v1/events", get(stream))
        .fallback(async || Problem::NoSuchPath)
        .method_not_allowed_fallback(async || Problem::MethodNotAllowed)
        .with_state(agent);
    axum::serve(listener, routes).with_graceful_shutdown(stop).await
}

async fn own(State(agent): State<Handle>) -> Result<Response, Problem> {
    Ok(axum::Json(SelfView::from(&agent.observe().await?)).into_response())
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

async fn stream(State(agent): State<Handle>) -> Result<Response, Problem> {
    Ok(events::stream(agent).await?)
}

/// The member with this id, or else the only one with this name.
fn find(members: Vec<MemberView>, name_or_id: &str) -> Result<MemberView, Problem> {
    let by_id = members.iter().position(|member| member.id == name_or_id);
    let named = |member: &MemberView| member.name.as_str() == name_or_id;
    let ids: Vec<String> =
        members.iter().filter(|member| named(member)).map(|member| member.id.clone()).collect();
    if by_id.is_none() && ids.len() > 1 {
        return Err(Problem::AmbiguousName { name: name_or_id.to_owned(), ids });
    }
    let place = by_id.or_else(|| members.iter().position(named));
    place
        .and_then(|place| members.into_iter().nth(place))
        .ok_or_else(|| Problem::NoSuchMember(name_or_id.chars().take(64).collect()))
}

impl From<Stopped> for Problem {
    fn from(_stopped: Stopped) -> Self {
        Self::Stopping
    }
}
