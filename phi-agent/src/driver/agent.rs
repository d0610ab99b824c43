//! An agent as a library sees it: started, asked, made to leave.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use thiserror::Error;
use tokio::sync::{broadcast, mpsc, oneshot};
use tokio::task::JoinHandle;

use super::drops::DropCounter;
use super::keeper::Keeper;
use super::listeners::ListenError;
use super::observation::Observation;
use super::options::{Options, StartError};
use super::runner::{Command, Runner, Sources};
use super::seeds;
use super::socket::Socket;
use super::state::State;
use super::{clock, entropy};
use crate::ident::NodeId;
use crate::proto::config::Config;
use crate::proto::io::{Event, Heard};
use crate::proto::node::Node;

/// Questions that may wait for the loop; more have to wait themselves.
const COMMANDS_MAX: usize = 64;

/// Events kept for subscribers that are slow; whoever is slower is told so.
const EVENTS_MAX: usize = 4_096;

/// A running agent. It ends when it is told to leave, or when all its handles are gone.
#[derive(Debug)]
pub struct Agent {
    handle: Handle,
    task: JoinHandle<()>,
    first_events: Option<broadcast::Receiver<Arc<Event>>>,
}

impl Agent {
    /// Starts an agent on the tokio runtime that this is called in.
    ///
    /// # Errors
    ///
    /// [`StartError`] when an option is illegal, the address cannot be bound, or the state
    /// directory cannot be used. Nothing is left running; the directory may have counted a start.
    pub fn start(options: Options) -> Result<Self, StartError> {
        options.check_reach()?;
        let seed = entropy::seed().map_err(StartError::Entropy)?;
        let socket = Socket::bind(options.bind)?;
        let state = match &options.state_dir {
            Some(dir) => State::open(dir)?,
            None => State::ephemeral().map_err(StartError::Entropy)?,
        };
        let (local_addr, drops) = (socket.local_addr(), socket.drops());
        let advertise = options.advertise.map(|addr| match addr.port() {
            0 => SocketAddr::new(addr.ip(), local_addr.port()),
            _given => addr,
        });
        let config = Config::new(state.id, options.name, state.incarnation, options.interval)?
            .with_advertise(advertise)
            .with_labels(options.labels);
        let config = Config {
            cluster: options.cluster,
            detection: options.detection,
            observers: options.observers,
            members_max: options.members_max,
            ..config
        };
        let (handle_commands, commands) = mpsc::channel(COMMANDS_MAX);
        let (resolved, resolver_out) = mpsc::channel(1);
        let (events, first_events) = broadcast::channel(EVENTS_MAX);
        if !options.seeds.is_empty() {
            tokio::spawn(seeds::keep_resolving(options.seeds, local_addr, resolved));
        }
        let node = Node::new(config, &seed, clock::now());
        let keeper = Keeper::start(state);
        let sources = Sources { commands, seeds: resolver_out };
        let task = tokio::spawn(Runner::new(node, socket, sources, events, keeper).run());
        let handle = Handle { commands: handle_commands, local_addr, drops };
        Ok(Self { handle, task, first_events: Some(first_events) })
    }

    /// All events since the start, the first included; `None` when they were taken before. A
    /// subscription made later begins with a snapshot instead.
    pub const fn take_first_events(&mut self) -> Option<broadcast::Receiver<Arc<Event>>> {
        self.first_events.take()
    }

    /// A handle to ask it with, from any task.
    #[must_use]
    pub fn handle(&self) -> Handle {
        self.handle.clone()
    }

    /// Waits until the agent has ended, because somebody has told it to leave through a handle.
    /// Nothing may be asked of it afterwards.
    ///
    /// # Errors
    ///
    /// [`Broken`] when it ended for another reason: a defect, or its runtime that ends.
    pub async fn ended(&mut self) -> Result<(), Broken> {
        (&mut self.task).await.map_err(Broken)
    }

    /// Says good-bye to the others and ends the agent, within half a second or so.
    ///
    /// # Errors
    ///
    /// [`Broken`] when it ended without: by a defect, or because its runtime ends.
    pub async fn leave(self) -> Result<(), Broken> {
        let leave = Command::Leave { back_within: None };
        let _stopped_already = self.handle.commands.send(leave).await;
        self.task.await.map_err(Broken)
    }
}

/// Asks a running agent, from any task.
#[derive(Clone, Debug)]
pub struct Handle {
    commands: mpsc::Sender<Command>,
    local_addr: SocketAddr,
    drops: DropCounter,
}

/// What an agent sees, and the events that follow upon it.
#[derive(Debug)]
pub struct Subscription {
    /// What was seen when the subscription began.
    pub snapshot: Observation,
    /// All events after [`Observation::last_event`] of the snapshot, without gaps; who falls too
    /// far behind receives [`broadcast::error::RecvError::Lagged`] and should subscribe anew.
    pub events: broadcast::Receiver<Arc<Event>>,
}

impl Handle {
    /// The address that the agent is bound to.
    #[must_use]
    pub const fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Datagrams that found no room in the receive buffer so far; none where the kernel does not
    /// say. It reads a table of all UDP sockets.
    #[must_use]
    pub fn receive_drops(&self) -> Option<u64> {
        let count = self.drops.count();
        count.inspect_err(|error| tracing::debug!(%error, "The kernel shows no drops")).ok()
    }

    /// What the agent sees now.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when it has ended.
    pub async fn observe(&self) -> Result<Observation, Stopped> {
        self.ask(Command::Observe).await
    }

    /// What the agent sees now, and every event from now on.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when it has ended.
    pub async fn subscribe(&self) -> Result<Subscription, Stopped> {
        let (snapshot, events) = self.ask(Command::Subscribe).await?;
        Ok(Subscription { snapshot, events })
    }

    /// The heartbeats of the member `id` as they arrive from now on, those that come a second time
    /// left out. Who does not read is let go: the channel closes.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when the agent has ended; [`ListenError`] when it does not watch that member, or
    /// too many listen already.
    pub async fn listen(
        &self,
        id: NodeId,
    ) -> Result<Result<mpsc::Receiver<Heard>, ListenError>, Stopped> {
        self.ask(|reply| Command::Listen(id, reply)).await
    }

    /// Makes the agent say good-bye, or that it will be back within a time (at most
    /// [`RESTART_MAX`](crate::proto::io::RESTART_MAX)), and end; returns when it has, within half a
    /// second or so.
    ///
    /// # Errors
    ///
    /// [`Stopped`] when it had ended before.
    pub async fn leave(&self, back_within: Option<Duration>) -> Result<(), Stopped> {
        self.commands.send(Command::Leave { back_within }).await.map_err(|_| Stopped)?;
        self.commands.closed().await;
        Ok(())
    }

    async fn ask<T>(
        &self,
        question: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, Stopped> {
        let (reply, answer) = oneshot::channel();
        self.commands.send(question(reply)).await.map_err(|_| Stopped)?;
        answer.await.map_err(|_| Stopped)
    }
}

/// The agent has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the agent has ended")]
pub struct Stopped;

/// The agent ended without a good-bye.
#[derive(Debug, Error)]
#[error("the agent ended before it could leave: {0}")]
pub struct Broken(tokio::task::JoinError);
