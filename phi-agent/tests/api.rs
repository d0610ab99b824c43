//! Goal: agents in this process, on real sockets, answer on their local socket as documented.
#![expect(clippy::expect_used, reason = "what a test builds is legal")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use phi_agent::api::client::{ApiClient, AskError};
use phi_agent::api::listener::{ApiListener, BindSocketError};
use phi_agent::api::server;
use phi_agent::driver::{Agent, Handle, Options, StartError};
use phi_agent::proto::io::Change;
use phi_agent::proto::liveness::Liveness;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::sync::oneshot;

/// One limit for everything that takes time; nothing here comes near it.
const LIMIT: Duration = Duration::from_secs(20);

fn options(name: &str, seed: Option<SocketAddr>) -> Options {
    let legal = |name: &str| name.parse().expect("a name");
    Options {
        bind: "127.0.0.1:0".parse().expect("an address"),
        seeds: seed.map(|seed| seed.to_string().parse().expect("a seed")).into_iter().collect(),
        interval: Duration::from_millis(100),
        ..Options::new(legal(name), legal("test"))
    }
}

fn start(name: &str, seed: Option<SocketAddr>) -> Agent {
    Agent::start(options(name, seed)).expect("it starts")
}

/// Waits until `agent` sees `count` members up.
async fn until_up(agent: &Handle, count: usize) {
    let mut subscription = agent.subscribe().await.expect("it runs");
    let mut up =
        subscription.snapshot.members.iter().filter(|m| m.liveness == Liveness::Up).count();
    tokio::time::timeout(LIMIT, async {
        while up < count {
            let event = subscription.events.recv().await.expect("an event");
            up += usize::from(event.liveness == Liveness::Up);
        }
    })
    .await
    .expect("in time");
}

/// Serves `agent` on a socket in `dir`; dropping the sender ends that.
fn serve(agent: &Agent, dir: &Path) -> (PathBuf, oneshot::Sender<()>) {
    let path = dir.join("phi.sock");
    let listener = ApiListener::bind(&path).expect("a free path");
    let (stop, stopped) = oneshot::channel::<()>();
    tokio::spawn(server::serve(listener, agent.handle(), async {
        let _dropped = stopped.await;
    }));
    (path, stop)
}

/// The status line of the answer to a request written by hand, and what comes after it.
async fn raw_head(path: &Path, request: &str) -> (String, Lines<BufReader<UnixStream>>) {
    let mut stream = UnixStream::connect(path).await.expect("it is served");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut lines = BufReader::new(stream).lines();
    let line = tokio::time::timeout(LIMIT, lines.next_line()).await.expect("in time");
    (line.expect("text").expect("an answer"), lines)
}

/// Status line and body of a request written by hand.
async fn raw(path: &Path, request: &str) -> (String, String) {
    let mut stream = UnixStream::connect(path).await.expect("it is served");
    stream.write_all(request.as_bytes()).await.expect("it reads");
    let mut answer = Vec::new();
    let read = tokio::time::timeout(LIMIT, stream.read_to_end(&mut answer)).await;
    let _reset_after_a_bad_request = read.expect("in time");
    let answer = String::from_utf8(answer).expect("text");
    let (head, body) = answer.split_once("\r\n\r\n").expect("an answer of HTTP");
    (head.lines().next().expect("a status line").to_owned(), body.to_owned())
}

fn get(target: &str) -> String {
    format!("GET {target} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n")
}

fn post(target: &str, body: &str) -> String {
    let len = body.len();
    let head = format!("POST {target} HTTP/1.1\r\nhost: x\r\nconnection: close");
    format!("{head}\r\ncontent-length: {len}\r\n\r\n{body}")
}

/// Method: an agent is told to leave by its socket, and one to restart: the answers come when they
/// have ended, and the third knows which is which.
#[tokio::test]
async fn agents_leave_and_restart_when_told() {
    let dirs = [0, 1].map(|_| tempfile::tempdir().expect("a directory"));
    let one = start("one", None);
    let seed = Some(one.handle().local_addr());
    let mut leaver = start("leaver", seed);
    let mut restarter = start("restarter", seed);
    until_up(&one.handle(), 2).await;
    let mut events = one.handle().subscribe().await.expect("it runs").events;
    let (path, _stop) = serve(&leaver, dirs[0].path());
    let (status, body) = raw(&path, &post("/v1/leave", "")).await;
    assert!(status.contains(" 200 ") && body.contains("\"left\":true"), "{status} {body}");
    leaver.ended().await.expect("a good-bye");
    let (path, _stop) = serve(&restarter, dirs[1].path());
    let told = ApiClient::new(path).leave(Some(LIMIT)).await.expect("it obeys");
    assert_eq!((told.left, told.back_within_s), (true, Some(20.0)));
    restarter.ended().await.expect("a good-bye");
    let mut changes = Vec::new();
    while changes.len() < 2 {
        let event = tokio::time::timeout(LIMIT, events.recv()).await.expect("in time");
        let event = event.expect("an event");
        changes.push((event.name.to_string(), event.change, event.liveness));
    }
    let restarting = Change::Restarting { within: LIMIT };
    assert_eq!(
        changes,
        [
            ("leaver".to_owned(), Change::State, Liveness::Left),
            ("restarter".to_owned(), restarting, Liveness::Up),
        ]
    );
}

/// Method: two agents; every document of one about the other.
#[tokio::test]
async fn a_member_is_seen_with_all_its_figures() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = start("one", None);
    let two = start("two", Some(one.handle().local_addr()));
    until_up(&one.handle(), 1).await;
    let (path, _stop) = serve(&one, dir.path());
    let client = ApiClient::new(path);
    let own = client.own().await.expect("an answer");
    assert_eq!((own.name.as_str(), own.cluster.as_str()), ("one", "test"));
    assert_eq!((own.addr, own.pid), (one.handle().local_addr(), std::process::id()));
    let member = client.member("two").await.expect("a member");
    assert_eq!(member.state, Liveness::Up);
    assert_eq!(member.addr, two.handle().local_addr());
    assert!(member.observed && member.phi.is_some_and(|phi| phi < 8.0));
    assert!(member.mean_s > 0.0 && member.std_dev_s > 0.0);
    assert!(!member.unconfirmed && member.link_fault.is_none() && member.labels.is_empty());
    assert!(!own.isolated);
    assert!(member.deadline_in_s.is_some_and(|left| left > 0.0));
    let by_id = client.member(&member.id).await.expect("the same member");
    assert_eq!((by_id.name, by_id.id), (member.name, member.id));
    let all = client.members().await.expect("an answer");
    assert_eq!((all.members.len(), all.seq), (1, 1));
}

/// Method: the first events are asked for when they have long happened.
#[tokio::test]
async fn no_event_is_lost_between_the_start_and_the_first_look() {
    let mut one = start("one", None);
    let two = start("two", Some(one.handle().local_addr()));
    until_up(&one.handle(), 1).await;
    until_up(&two.handle(), 1).await;
    let mut events = one.take_first_events().expect("not taken before");
    let first = events.recv().await.expect("an event");
    assert_eq!((first.number, first.name.as_str()), (1, "two"));
    assert!(one.take_first_events().is_none());
}

/// Method: three agents of one name; asking for the name draws both ids of the others.
#[tokio::test]
async fn a_name_borne_twice_is_a_conflict_with_both_ids() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = start("twin", None);
    let seed = Some(one.handle().local_addr());
    let _others = [start("twin", seed), start("twin", seed)];
    until_up(&one.handle(), 2).await;
    let (path, _stop) = serve(&one, dir.path());
    let (status, body) = raw(&path, &get("/v1/members/twin")).await;
    assert!(status.contains(" 409 "), "{status}");
    let problem: serde_json::Value = serde_json::from_str(&body).expect("JSON");
    let ids = problem["ids"].as_array().expect("a list of ids");
    assert_eq!((ids.len(), problem["code"].as_str()), (2, Some("ambiguous-name")));
    for id in ids {
        let member = ApiClient::new(path.clone()).member(id.as_str().expect("text")).await;
        assert_eq!(member.expect("one of them").name.as_str(), "twin");
    }
}

/// Method: requests that are none, or for nothing.
#[tokio::test]
async fn bad_requests_are_problems_with_a_code() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = start("one", None);
    let (path, _stop) = serve(&one, dir.path());
    for (request, status, code) in [
        (get("/v1/members/nobody"), " 404 ", "no-such-member"),
        (get("/v1/members/%FF"), " 400 ", "bad-path"),
        (get("/nowhere"), " 404 ", "no-such-path"),
        (get("/v1/self").replace("GET", "POST"), " 405 ", "method-not-allowed"),
        (get("/v1/self").replace("GET", "g\u{0}t"), " 400 ", ""),
        (get("/v1/leave"), " 405 ", "method-not-allowed"),
        (post("/v1/leave", "{"), " 400 ", "bad-body"),
        (post("/v1/leave", "{\"back_within_s\":0}"), " 400 ", "above 0"),
        (post("/v1/leave", "{\"back_within_s\":601}"), " 400 ", "at most 600"),
        (post("/v1/leave", "{\"for\":1}"), " 400 ", "back_within_s"),
        (post("/v1/leave", &" ".repeat(70_000)), " 413 ", "body-too-long"),
    ] {
        let (line, body) = raw(&path, &request).await;
        assert!(line.contains(status) && body.contains(code), "{request}: {line} {body}");
    }
    assert!(one.handle().observe().await.is_ok(), "none of them made it leave");
    let error = ApiClient::new(path).member("two words").await.expect_err("nobody");
    assert!(matches!(error, AskError::Refused { status: 404, .. }), "{error}");
}

/// Method: a client that asks once and stays; then as many that follow events as may, and one more.
#[tokio::test]
async fn nobody_holds_a_place_for_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = start("one", None);
    let (path, _stop) = serve(&one, dir.path());
    let (line, _) = raw(&path, &get("/v1/self").replace("connection: close\r\n", "")).await;
    assert!(line.contains(" 200 "), "it is answered, and the connection ends: {line}");
    let mut followers = Vec::new();
    let refused = loop {
        let (line, lines) = raw_head(&path, &get("/v1/events")).await;
        if !line.contains(" 200 ") {
            break line;
        }
        followers.push(lines);
        assert!(followers.len() < 64, "they take all places");
    };
    assert!(refused.contains(" 503 "), "{refused}");
    assert!(ApiClient::new(path.clone()).members().await.is_ok(), "others may still ask");
    drop(followers.pop());
    tokio::time::timeout(LIMIT, async {
        while !raw_head(&path, &get("/v1/events")).await.0.contains(" 200 ") {
            tokio::task::yield_now().await;
        }
    })
    .await
    .expect("who goes makes room");
}

/// Method: a stream is opened before anything happens; a member comes, is killed, and is missed.
#[tokio::test]
async fn events_follow_a_snapshot_without_gaps() {
    let dir = tempfile::tempdir().expect("a directory");
    let one = start("one", None);
    let (path, stop) = serve(&one, dir.path());
    let mut stream = UnixStream::connect(&path).await.expect("it is served");
    stream.write_all(get("/v1/events").as_bytes()).await.expect("it reads");
    let mut lines = BufReader::new(stream).lines();
    let mut next = async || loop {
        let line = tokio::time::timeout(LIMIT, lines.next_line()).await.expect("in time");
        let line = line.expect("text")?;
        if let Ok(document) = serde_json::from_str::<serde_json::Value>(&line)
            && document.is_object()
        {
            return Some(document);
        }
    };
    let first = next().await.expect("a snapshot");
    assert_eq!((&first["event"], &first["seq"]), (&"snapshot".into(), &0.into()));
    assert!(
        first["as_of_ns"].is_string() && first["members"].as_array().is_some_and(Vec::is_empty)
    );
    let two = start("two", Some(one.handle().local_addr()));
    let up = next().await.expect("an event");
    assert_eq!((&up["event"], &up["node"], &up["seq"]), (&"up".into(), &"two".into(), &1.into()));
    assert!(up["mono_ns"].is_string() && up["incarnation"]["start"] == 1);
    assert!(up["phi"].is_null(), "it is not watched yet: {up}");
    until_up(&two.handle(), 1).await;
    two.leave().await.expect("a good-bye");
    let left = next().await.expect("an event");
    assert_eq!((&left["event"], &left["seq"]), (&"left".into(), &2.into()));
    one.leave().await.expect("a good-bye");
    drop(stop);
    assert_eq!(next().await, None, "the stream ends with the agent");
}

/// Method: a socket that is served, one that was left behind, and a file that is none.
#[tokio::test]
async fn stale_sockets_are_replaced_and_live_ones_are_not() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("phi.sock");
    let live = ApiListener::bind(&path).expect("free");
    let error = ApiListener::bind(&path).expect_err("served");
    assert!(error.to_string().contains(&format!("process {}", std::process::id())), "{error}");
    drop(live);
    assert!(!path.exists(), "removed with its listener");

    drop(std::os::unix::net::UnixListener::bind(&path).expect("free"));
    assert!(path.exists(), "left behind");
    drop(ApiListener::bind(&path).expect("replaced"));

    let _served = std::os::unix::net::UnixListener::bind(&path).expect("free");
    let error = ApiListener::bind(&path).expect_err("served by something else");
    assert!(matches!(error, BindSocketError::InUse { pid: Some(_), .. }), "{error}");

    std::fs::remove_file(&path).expect("removable");
    std::fs::write(&path, "precious").expect("writable");
    let error = ApiListener::bind(&path).expect_err("no socket");
    assert!(matches!(error, BindSocketError::NoSocket { .. }), "{error}");
    assert_eq!(std::fs::read_to_string(&path).expect("there"), "precious");
}

/// Method: the socket's mode, from the moment that it exists.
#[tokio::test]
async fn the_socket_is_for_its_owner_and_group() {
    use std::os::unix::fs::PermissionsExt;
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("phi.sock");
    let _listener = ApiListener::bind(&path).expect("free");
    let mode = std::fs::metadata(&path).expect("there").permissions().mode();
    assert_eq!(mode & 0o777, 0o660);
}

/// Method: options that no agent starts with.
#[tokio::test]
async fn illegal_options_start_nothing() {
    let one = start("one", None);
    let beyond = Options { bind: "0.0.0.0:0".parse().expect("an address"), ..options("x", None) };
    let error = Agent::start(beyond).expect_err("unsealed beyond loopback");
    assert!(error.to_string().contains("--insecure-plaintext"), "{error}");
    let taken = Options { bind: one.handle().local_addr(), ..options("x", None) };
    let error = Agent::start(taken).expect_err("in use");
    assert!(error.to_string().contains("another process has this port"), "{error}");
    let never = Options { interval: Duration::ZERO, ..options("x", None) };
    assert!(matches!(Agent::start(never), Err(StartError::Config(_))));
}

/// Method: agents of IPv6, with a seed that never answers and themselves among the seeds.
#[tokio::test]
async fn ipv6_works_and_odd_seeds_do_not_matter() {
    let bind = "[::1]:0".parse().expect("an address");
    let one = Agent::start(Options { bind, ..options("one", None) }).expect("it starts");
    let seeds = [one.handle().local_addr().to_string(), "[::1]:9".into(), "nowhere.invalid".into()];
    let seeds = seeds.map(|seed| seed.parse().expect("a seed")).to_vec();
    let two = Agent::start(Options { bind, seeds, ..options("two", None) }).expect("it starts");
    until_up(&one.handle(), 1).await;
    until_up(&two.handle(), 1).await;
}
