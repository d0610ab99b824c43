//! The stream of one member's heartbeats as they arrive, as NDJSON: for recordings.
//!
//! ```text
//! {"event":"listening","node":"db-2","id":"…","interval_s":1.0}
//! {"event":"heartbeat","number":412,"incarnation":{"start":3,"refutation":0},"mono_ns":"…"}
//! ```
//!
//! A heartbeat that came twice stands here once; one that was overtaken comes after the one that
//! overtook it. The stream ends with the agent, and when its reader is too slow.

use axum::body::Body;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use phi_core::Timestamp;
use serde::{Deserialize, Serialize};
use tokio::sync::mpsc;

use super::events::Lines;
use super::view::{MonoNs, line};
use crate::driver::MemberObservation;
use crate::ident::{Incarnation, Name};
use crate::proto::io::Heard;

/// Lines that wait for one client; the queue of the driver holds the rest.
const LINES_MAX: usize = 16;

/// A line of the stream.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
#[non_exhaustive]
pub enum ArrivalView {
    /// The first line: what follows is of this member.
    Listening {
        /// Its name.
        node: Name,
        /// Its id: 32 hexadecimal digits.
        id: String,
        /// This agent's name.
        observer: Name,
    },
    /// A heartbeat arrived.
    Heartbeat {
        /// Its number, in order of sending; numbers start anew with each process of the sender.
        number: u64,
        /// Which life of the sender.
        incarnation: Incarnation,
        /// The time between heartbeats that it promises (ns).
        interval_ns: u64,
        /// When the kernel received it.
        mono_ns: MonoNs,
    },
}

/// The stream about `member` for one client.
pub(super) fn stream(
    member: &MemberObservation,
    observer: &Name,
    mut heard: mpsc::Receiver<Heard>,
) -> Response {
    let (client, lines) = mpsc::channel(LINES_MAX);
    let first = ArrivalView::Listening {
        node: member.name.clone(),
        id: member.id.to_string(),
        observer: observer.clone(),
    };
    tokio::spawn(async move {
        let mut next = Some(first);
        while let Some(view) = next {
            if client.send(line(&view)).await.is_err() {
                return;
            }
            next = tokio::select! {
                () = client.closed() => return,
                heard = heard.recv() => heard.map(|heard| ArrivalView::from(&heard)),
            };
        }
    });
    let headers = [(header::CONTENT_TYPE, "application/x-ndjson")];
    (headers, Body::new(Lines(lines))).into_response()
}

impl From<&Heard> for ArrivalView {
    fn from(heard: &Heard) -> Self {
        let interval = heard.interval.get().as_nanos();
        Self::Heartbeat {
            number: heard.number,
            incarnation: heard.incarnation,
            interval_ns: u64::try_from(interval).unwrap_or(u64::MAX),
            mono_ns: MonoNs(heard.arrived),
        }
    }
}

impl ArrivalView {
    /// When the heartbeat arrived, if it is one.
    #[must_use]
    pub const fn arrived(&self) -> Option<Timestamp> {
        match self {
            Self::Heartbeat { mono_ns, .. } => Some(mono_ns.0),
            Self::Listening { .. } => None,
        }
    }
}
