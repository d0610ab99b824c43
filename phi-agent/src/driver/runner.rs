//! The loop: wait, read the network dry, hand in what happened, do what comes out.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use phi_core::Timestamp;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::alarm::Alarm;
use super::clock;
use super::keeper::Keeper;
use super::lateness::Lateness;
use super::listeners::{ListenError, Listeners};
use super::observation::{self, Observation, SelfObservation};
use super::outputs::Outputs;
use super::socket::{Inbox, Socket};
use super::unsent::Unsent;
use crate::ident::NodeId;
use crate::proto::io::{Event, Heard, Input};
use crate::proto::members::Member;
use crate::proto::node::Node;
use crate::wire::message::Refusal;

/// The time that a good-bye takes at most: half of the default interval, in which it is repeated,
/// and some. With longer intervals it would be said for longer than anybody waits.
const LEAVE_MAX: Duration = Duration::from_millis(600);

/// A question or an order from another task.
#[derive(Debug)]
pub(super) enum Command {
    Observe(oneshot::Sender<Observation>),
    Subscribe(oneshot::Sender<(Observation, broadcast::Receiver<Arc<Event>>)>),
    Listen(NodeId, oneshot::Sender<Result<mpsc::Receiver<Heard>, ListenError>>),
    /// Say good-bye, or that the agent will be back within a time, and end.
    Leave {
        back_within: Option<Duration>,
    },
}

/// What other tasks send to the loop.
#[derive(Debug)]
pub(super) struct Sources {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) seeds: mpsc::Receiver<Vec<SocketAddr>>,
}

/// A node with the socket that it speaks through.
#[derive(Debug)]
pub(super) struct Runner {
    driven: Driven,
    inbox: Inbox,
    alarm: Alarm,
    sources: Sources,
    commands_open: bool,
}

/// The node, and all that its outputs concern.
#[derive(Debug)]
struct Driven {
    node: Node,
    socket: Socket,
    events: broadcast::Sender<Arc<Event>>,
    refusals: BTreeMap<SocketAddr, Refusal>,
    listeners: Listeners,
    /// Somebody stopped listening, which the node does not know yet.
    listener_gone: bool,
    unsent: Unsent,
    /// Keeps the state directory locked.
    keeper: Keeper,
    next_timer: Timestamp,
    /// When it ends although nobody has confirmed its good-bye.
    leave_by: Timestamp,
    lateness: Lateness,
    stopped: bool,
}

/// What ended the wait.
enum Wake {
    Network,
    Timer,
    Command(Command),
    Seeds(Vec<SocketAddr>),
}

impl Runner {
    pub(super) fn new(
        node: Node,
        socket: Socket,
        sources: Sources,
        events: broadcast::Sender<Arc<Event>>,
        keeper: Keeper,
    ) -> Self {
        let next_timer = clock::now();
        let refusals = BTreeMap::new();
        let driven = Driven {
            node,
            socket,
            events,
            refusals,
            listeners: Listeners::default(),
            listener_gone: false,
            unsent: Unsent::default(),
            keeper,
            next_timer,
            leave_by: Timestamp::MAX,
            lateness: Lateness::default(),
            stopped: false,
        };
        let inbox = Inbox::new(next_timer);
        Self { driven, inbox, alarm: Alarm::default(), sources, commands_open: true }
    }

    /// Runs until the node has left. When all handles are gone, it leaves by itself.
    pub(super) async fn run(mut self) {
        let remembered = self.driven.keeper.remembered();
        self.driven.hand_in(Input::Remembered(&remembered), clock::now());
        while !self.driven.stopped {
            let wake = self.wait().await;
            // The network first, always: what has arrived must be known before anybody is judged.
            let (driven, inbox) = (&mut self.driven, &mut self.inbox);
            let network_read = driven.read_network(inbox);
            driven.update_listened();
            match wake {
                Wake::Network | Wake::Timer => {}
                Wake::Command(command) => driven.obey(command),
                Wake::Seeds(seeds) => driven.hand_in(Input::Seeds(&seeds), clock::now()),
            }
            let now = clock::now();
            if now >= driven.next_timer {
                driven.lateness.record(now.saturating_since(driven.next_timer).into());
                driven.hand_in(Input::Timer { network_read }, now);
            }
            driven.stopped |= now >= driven.leave_by;
            if !network_read {
                tokio::task::yield_now().await; // a flood must not keep others from being heard
            }
        }
        self.driven.keeper.finish().await;
    }

    async fn wait(&mut self) -> Wake {
        let next = self.driven.next_timer.min(self.driven.leave_by);
        tokio::select! {
            () = self.driven.socket.readable() => Wake::Network,
            () = self.alarm.until(next) => Wake::Timer,
            Some(seeds) = self.sources.seeds.recv() => Wake::Seeds(seeds),
            command = self.sources.commands.recv(), if self.commands_open => {
                self.commands_open = command.is_some();
                Wake::Command(command.unwrap_or(Command::Leave { back_within: None }))
            }
        }
    }
}

impl Driven {
    fn read_network(&mut self, inbox: &mut Inbox) -> bool {
        let (node, mut outputs) = self.parts();
        outputs.socket.refusals(|to, quoted| {
            outputs.hand_in(node, Input::Unreachable { to, quoted }, clock::now());
        });
        inbox.drain(outputs.socket, |from, arrived, bytes, now| {
            outputs.hand_in(node, Input::Datagram { from, arrived, bytes }, now);
        })
    }

    fn hand_in(&mut self, input: Input<'_>, now: Timestamp) {
        let (node, mut outputs) = self.parts();
        outputs.hand_in(node, input, now);
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Observe(reply) => {
                let _nobody_waits = reply.send(self.observe());
            }
            Command::Subscribe(reply) => {
                let _nobody_waits = reply.send((self.observe(), self.events.subscribe()));
            }
            Command::Listen(id, reply) => {
                let heard = self.listen(id);
                let _nobody_waits = reply.send(heard);
                self.hand_in(Input::Listen(&self.listeners.ids()), clock::now());
            }
            Command::Leave { back_within } => {
                let now = clock::now();
                self.leave_by = self.leave_by.min(now.saturating_add(LEAVE_MAX));
                let input = back_within.map_or(Input::Leave, Input::Restart);
                self.hand_in(input, now);
            }
        }
    }

    fn listen(&mut self, id: NodeId) -> Result<mpsc::Receiver<Heard>, ListenError> {
        if !self.node.member(id).is_some_and(Member::is_observed) {
            let observers = self.node.observers(id);
            let observers = self.node.members().filter(|member| observers.contains(&member.id));
            let observers = observers.map(|member| member.name.clone()).collect();
            return Err(ListenError::NotObserved { observers });
        }
        self.listeners.add(id).ok_or(ListenError::TooMany)
    }

    /// Lets those go who listen to a member that this node watches no more, and the node forget
    /// whom nobody listens to.
    fn update_listened(&mut self) {
        let node = &self.node;
        let watched = |id| node.member(id).is_some_and(Member::is_observed);
        self.listener_gone |= self.listeners.retain(watched);
        if std::mem::take(&mut self.listener_gone) {
            self.hand_in(Input::Listen(&self.listeners.ids()), clock::now());
        }
    }

    const fn parts(&mut self) -> (&mut Node, Outputs<'_>) {
        let outputs = Outputs {
            socket: &self.socket,
            events: &self.events,
            refusals: &mut self.refusals,
            listeners: &mut self.listeners,
            listener_gone: &mut self.listener_gone,
            unsent: &mut self.unsent,
            keeper: &self.keeper,
            next_timer: &mut self.next_timer,
            stopped: &mut self.stopped,
        };
        (&mut self.node, outputs)
    }

    fn observe(&self) -> Observation {
        let now = clock::now();
        Observation {
            as_of: now,
            last_event: self.node.last_event(),
            node: SelfObservation {
                config: self.node.config().clone(),
                local_addr: self.socket.local_addr(),
                receive_buffer_bytes: self.socket.receive_buffer_bytes(),
                unsent: self.unsent.get(),
                timers_late: self.lateness.clone(),
                isolated: self.node.is_isolated(),
                stats: self.node.stats().clone(),
                refusals: self.refusals.iter().map(|(by, reason)| (*by, *reason)).collect(),
            },
            members: observation::members(&self.node, now),
        }
    }
}
