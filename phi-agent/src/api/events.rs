//! The event stream: a snapshot, then every change after it, as NDJSON.
//!
//! ```text
//! {"event":"snapshot","seq":7,"members":[…]}
//! {"event":"suspect","seq":8,…}
//! {"event":"gap","missed":120}                 the client was too slow,
//! {"event":"snapshot","seq":130,"members":[…]}  so it starts over
//! ```

use std::convert::Infallible;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use http_body_util::channel::{Channel, Sender};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::RecvError;

use super::view::{EventView, GapView, SnapshotView, line};
use crate::driver::{Handle, Stopped, Subscription};
use crate::proto::io::Event;

/// Lines that wait for one client; the broadcast of the driver holds the rest.
const LINES_MAX: usize = 16;

/// A client that has not read a line for so long is gone.
const STALL_MAX: Duration = Duration::from_secs(10);

/// The stream for one client.
pub(super) async fn stream(agent: Handle) -> Result<Response, Stopped> {
    let subscription = agent.subscribe().await?;
    let (client, body) = Channel::<Bytes, Infallible>::new(LINES_MAX);
    tokio::spawn(feed(agent, subscription, client));
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((headers, Body::new(body)).into_response())
}

/// Feeds one client until it goes away, stalls, or the agent ends.
async fn feed(agent: Handle, first: Subscription, mut client: Sender<Bytes>) {
    let mut subscription = Some(first);
    while let Some(Subscription { snapshot, events }) = subscription.take() {
        if !send(&mut client, line(&SnapshotView::of(&snapshot))).await {
            return;
        }
        let Some(missed) = relay(events, &mut client).await else { return };
        if !send(&mut client, line(&GapView::new(missed))).await {
            return;
        }
        subscription = agent.subscribe().await.ok();
    }
}

/// Relays events; ends with how many were missed, or with `None` when there is nothing to go on
/// with.
async fn relay(mut events: Receiver<Event>, client: &mut Sender<Bytes>) -> Option<u64> {
    loop {
        let event = match events.recv().await {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => return Some(missed),
            Err(RecvError::Closed) => return None,
        };
        if !send(client, line(&EventView::from(&event))).await {
            return None;
        }
    }
}

/// Whether the client took the line in time.
async fn send(client: &mut Sender<Bytes>, line: Vec<u8>) -> bool {
    let sent = tokio::time::timeout(STALL_MAX, client.send_data(line.into())).await;
    matches!(sent, Ok(Ok(())))
}
