//! The event stream: a snapshot, then every change after it, as NDJSON.
//!
//! ```text
//! {"event":"snapshot","seq":7,"members":[…]}
//! {"event":"suspect","seq":8,…}
//! {"event":"gap","missed":120}                 the client was too slow,
//! {"event":"snapshot","seq":130,"members":[…]}  so it starts over
//! ```

use std::convert::Infallible;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::body::{Body, Bytes};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use hyper::body::Frame;
use tokio::sync::broadcast;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::change::{EventView, GapView, SnapshotView};
use super::view::line;
use crate::driver::{Handle, Stopped, Subscription};
use crate::proto::io::Event;

/// Lines that wait for one client; the broadcast of the driver holds the rest.
const LINES_MAX: usize = 16;

/// The stream for one client, which has this place.
pub(super) async fn stream(
    agent: Handle,
    place: OwnedSemaphorePermit,
) -> Result<Response, Stopped> {
    let subscription = agent.subscribe().await?;
    let (client, lines) = mpsc::channel(LINES_MAX);
    tokio::spawn(async {
        feed(agent, subscription, client).await;
        drop(place);
    });
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((headers, Body::new(Lines(lines))).into_response())
}

/// Feeds one client until it goes away or the agent ends.
async fn feed(agent: Handle, first: Subscription, client: mpsc::Sender<Vec<u8>>) {
    let mut subscription = Some(first);
    while let Some(Subscription { snapshot, events }) = subscription.take() {
        if client.send(line(&SnapshotView::of(&snapshot))).await.is_err() {
            return;
        }
        let Some(missed) = relay(events, &client).await else { return };
        if client.send(line(&GapView::new(missed))).await.is_err() {
            return;
        }
        subscription = agent.subscribe().await.ok();
    }
}

/// Relays events; ends with how many were missed, or with `None` when there is nothing to go on
/// with.
async fn relay(
    mut events: broadcast::Receiver<Arc<Event>>,
    client: &mpsc::Sender<Vec<u8>>,
) -> Option<u64> {
    loop {
        let event = tokio::select! {
            () = client.closed() => return None,
            event = events.recv() => event,
        };
        let event = match event {
            Ok(event) => event,
            Err(RecvError::Lagged(missed)) => return Some(missed),
            Err(RecvError::Closed) => return None,
        };
        client.send(line(&EventView::from(&*event))).await.ok()?;
    }
}

/// The body of an answer whose lines come as they happen.
pub(super) struct Lines(pub(super) mpsc::Receiver<Vec<u8>>);

impl hyper::body::Body for Lines {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.0.poll_recv(cx).map(|line| line.map(|line| Ok(Frame::data(line.into()))))
    }
}
