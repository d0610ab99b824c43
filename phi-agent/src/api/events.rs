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
    let Subscription { snapshot, events } = agent.subscribe().await?;
    let (client, lines) = mpsc::channel(LINES_MAX);
    tokio::spawn(async move {
        feed(line(&SnapshotView::of(&snapshot)), Changes::new(agent, events), client).await;
        drop(place);
    });
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    Ok((headers, Body::new(Lines(lines))).into_response())
}

/// Feeds one client until it goes away or the agent ends.
async fn feed(first: Vec<u8>, mut changes: Changes, client: mpsc::Sender<Vec<u8>>) {
    let mut next = Some(first);
    while let Some(lines) = next {
        if client.send(lines).await.is_err() {
            return;
        }
        next = tokio::select! {
            () = client.closed() => return,
            lines = changes.next() => lines,
        };
    }
}

/// Changes as lines, for a reader that may be too slow.
pub(crate) struct Changes {
    agent: Handle,
    events: broadcast::Receiver<Arc<Event>>,
}

impl Changes {
    /// The `events` of `agent` that come from now on.
    pub(crate) const fn new(agent: Handle, events: broadcast::Receiver<Arc<Event>>) -> Self {
        Self { agent, events }
    }

    /// The next line, or those with which the stream starts over after a gap; `None` when the agent
    /// has ended.
    pub(crate) async fn next(&mut self) -> Option<Vec<u8>> {
        let missed = match self.events.recv().await {
            Ok(event) => return Some(line(&EventView::from(&*event))),
            Err(RecvError::Lagged(missed)) => missed,
            Err(RecvError::Closed) => return None,
        };
        let gap = line(&GapView::new(missed));
        let Ok(Subscription { snapshot, events }) = self.agent.subscribe().await else {
            return Some(gap);
        };
        self.events = events;
        Some([gap, line(&SnapshotView::of(&snapshot))].concat())
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
