//! Goal: what a member's heartbeats do at an agent can be recorded, and only where they arrive.
#![expect(clippy::expect_used, reason = "what a test builds is legal")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use phi_agent::api::arrivals::ArrivalView;
use phi_agent::api::client::{ApiClient, AskError};
use phi_agent::api::listener::ApiListener;
use phi_agent::api::server;
use phi_agent::driver::{Agent, Handle, Options};
use phi_agent::proto::liveness::Liveness;
use tokio::process::Command;

/// One limit for everything that takes time; nothing here comes near it.
const LIMIT: Duration = Duration::from_secs(60);

fn start(name: &str, seed: Option<SocketAddr>) -> Agent {
    let legal = |name: &str| name.parse().expect("a name");
    let options = Options {
        bind: "127.0.0.1:0".parse().expect("an address"),
        seeds: seed.map(|seed| seed.to_string().parse().expect("a seed")).into_iter().collect(),
        interval: Duration::from_millis(50),
        ..Options::new(legal(name), legal("test"))
    };
    Agent::start(options).expect("it starts")
}

async fn until_up(agent: &Handle, count: usize) {
    let mut subscription = agent.subscribe().await.expect("it runs");
    let seen = subscription.snapshot.members.iter();
    let mut up = seen.filter(|member| member.liveness == Liveness::Up).count();
    let all_up = async {
        while up < count {
            let event = subscription.events.recv().await.expect("an event");
            up += usize::from(event.liveness == Liveness::Up);
        }
    };
    tokio::time::timeout(LIMIT, all_up).await.expect("in time");
}

fn serve(agent: &Agent, dir: &Path) -> PathBuf {
    let path = dir.join("phi.sock");
    let listener = ApiListener::bind(&path).expect("a free path");
    tokio::spawn(server::serve(listener, agent.handle(), std::future::pending()));
    path
}

/// Method: two agents; the program records one at the other, then the file is read line by line.
#[tokio::test]
async fn the_program_writes_a_trace() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = start("one", None);
    let _two = start("two", Some(one.handle().local_addr()));
    until_up(&one.handle(), 1).await;
    let socket = serve(&one, dir.path());
    let out = dir.path().join("two.txt");
    let record = async |more: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_phi-agent"));
        command.args(["trace", "two", "--count", "5", "--socket"]).arg(&socket).arg("--out");
        let output = command.arg(&out).args(more).output();
        tokio::time::timeout(LIMIT, output).await.expect("in time").expect("it runs")
    };
    let output = record(&[]).await;
    assert!(output.status.success(), "{output:?}");
    let text = std::fs::read_to_string(&out).expect("it is there");
    let (header, lines): (Vec<_>, Vec<_>) = text.lines().partition(|line| line.starts_with('#'));
    assert_eq!(header.first(), Some(&"# name: two"));
    assert!(header.contains(&"# period_ns: 50000000"), "{header:?}");
    let pair = |line: &&str| {
        let (sequence, at) = line.split_once(' ').expect("two numbers");
        (sequence.parse::<u64>().expect("a number"), at.parse::<u64>().expect("a number"))
    };
    let pairs: Vec<_> = lines.iter().map(pair).collect();
    assert_eq!((pairs.len(), pairs.first()), (5, Some(&(0, 0))));
    assert!(pairs.is_sorted_by(|a, b| a.0 != b.0 && a.1 <= b.1), "{pairs:?}");

    let again = record(&[]).await;
    assert_eq!(again.status.code(), Some(1), "what is there is not overwritten");
    assert_eq!(std::fs::read_to_string(&out).expect("it is there"), text);
}

/// What is answered to who asks for the arrivals of a member that the agent does not watch: who
/// watches whom may change between two questions while members are new.
async fn refusal(client: &ApiClient) -> AskError {
    loop {
        let members = client.members().await.expect("an answer").members;
        if let Some(stranger) = members.iter().find(|member| !member.observed)
            && let Err(error) = client.arrivals(stranger.name.as_str()).await
        {
            return error;
        }
        tokio::task::yield_now().await;
    }
}

/// Method: so many agents that each watches some only; the arrivals of one that is not watched.
#[tokio::test]
async fn who_is_not_watched_cannot_be_recorded() {
    const AGENTS: usize = 9;
    let dir = tempfile::tempdir().expect("a directory");
    let first = start("a0", None);
    let seed = first.handle().local_addr();
    let _others: Vec<Agent> =
        (1..AGENTS).map(|number| start(&format!("a{number}"), Some(seed))).collect();
    until_up(&first.handle(), AGENTS - 1).await;
    let client = ApiClient::new(serve(&first, dir.path()));
    let refused = tokio::time::timeout(LIMIT, refusal(&client)).await.expect("in time");
    let said = refused.to_string();
    assert!(said.contains("ask the agent of one that is"), "{said}");
    let AskError::Refused { status: 409, members, .. } = refused else { panic!("{refused}") };
    assert!(members.len() >= 2, "{members:?}");
    let unknown = client.arrivals("nobody").await.expect_err("there is none");
    assert!(matches!(unknown, AskError::Refused { status: 404, .. }), "{unknown}");

    let members = client.members().await.expect("an answer").members;
    let watched = members.iter().find(|member| member.observed).expect("some are");
    let mut arrivals = client.arrivals(watched.name.as_str()).await.expect("it is watched");
    let line = arrivals.next().await.expect("a line").expect("not the end");
    assert!(matches!(line, ArrivalView::Listening { id, .. } if id == watched.id));
    let line = tokio::time::timeout(LIMIT, arrivals.next()).await.expect("in time");
    assert!(line.expect("a line").expect("not the end").arrived().is_some());
}
