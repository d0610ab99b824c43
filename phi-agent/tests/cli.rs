//! Goal: the program itself: exit codes, messages, signals, on real processes.
#![expect(clippy::expect_used, clippy::panic, reason = "what a test starts, starts")]

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use tempfile::TempDir;

/// One limit for everything that takes time; nothing here comes near it.
const LIMIT: Duration = Duration::from_secs(30);

/// The program, without settings of whoever runs the tests.
fn program(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phi-agent"));
    command.args(args).stdin(Stdio::null());
    for (key, _value) in std::env::vars_os() {
        if key.to_string_lossy().starts_with("PHI_") {
            command.env_remove(key);
        }
    }
    command
}

fn outcome(args: &[&str]) -> (i32, String, String) {
    let Output { status, stdout, stderr } = program(args).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (status.code().expect("it exits"), text(stdout), text(stderr))
}

/// A running agent with a directory of its own; ended with the test.
struct Running {
    child: Child,
    dir: TempDir,
    events: Receiver<String>,
    log: Receiver<String>,
}

/// The lines that come out of `pipe`, read as they come.
fn lines_of(pipe: impl Read + Send + 'static) -> Receiver<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let lines = BufReader::new(pipe).lines().map_while(Result::ok);
        lines.for_each(|line| drop(sender.send(line)));
    });
    receiver
}

impl Running {
    fn start(name: &str, args: &[&str]) -> Self {
        let dir = tempfile::tempdir().expect("a directory");
        let mut command = program(&["run", "--name", name, "--bind", "127.0.0.1:0"]);
        command
            .args(["--interval", "100ms", "--tolerate-pause", "20s", "--events", "-"])
            .arg("--state-dir")
            .arg(dir.path())
            .arg("--socket")
            .arg(dir.path().join("phi.sock"))
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let events = lines_of(child.stdout.take().expect("piped"));
        let log = lines_of(child.stderr.take().expect("piped"));
        Self { child, dir, events, log }
    }

    /// The next line of the log with all of `words`.
    fn logged(&self, words: &[&str]) -> String {
        loop {
            let line = self.log.recv_timeout(LIMIT).expect("it says so in time");
            if words.iter().all(|word| line.contains(word)) {
                return line;
            }
        }
    }

    /// The address, read from what it says when it listens.
    fn addr(&self) -> String {
        let line = self.logged(&["Listening"]);
        let addr = line.split("addr=").nth(1).and_then(|rest| rest.split(' ').next());
        addr.expect("it says where").to_owned()
    }

    fn socket(&self) -> String {
        self.dir.path().join("phi.sock").display().to_string()
    }

    fn next_event(&self) -> serde_json::Value {
        let line = self.events.recv_timeout(LIMIT).expect("an event in time");
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line:?}"))
    }

    /// What it says of the member of this name.
    fn member(&self, name: &str) -> serde_json::Value {
        let (_, json, _) = outcome(&["members", "--json", "--socket", &self.socket()]);
        let members: serde_json::Value = serde_json::from_str(&json).expect("JSON");
        let members = members.get("members").and_then(|list| list.as_array()).expect("a list");
        let member = members.iter().find(|member| member.get("name") == Some(&name.into()));
        member.expect("it is a member").clone()
    }

    fn signal(&self, signal: Signal) {
        let pid = i32::try_from(self.child.id()).expect("a process id");
        kill(Pid::from_raw(pid), signal).expect("it runs");
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _status = self.child.wait();
    }
}

/// Method: two processes; one is told to end: the other is told that it left.
#[test]
fn an_agent_tells_events_and_leaves_on_sigterm() {
    for signal in [Signal::SIGTERM, Signal::SIGINT, Signal::SIGHUP] {
        let one = Running::start("one", &[]);
        let seed = one.addr();
        let mut two = Running::start("two", &["--seed", &seed]);
        let up = one.next_event();
        assert_eq!((&up["event"], &up["node"]), (&"up".into(), &"two".into()));
        assert_eq!(two.next_event()["node"], "one");
        assert!(up["mono_ns"].is_string() && up["addr"].is_string() && up["phi"].is_null());
        two.signal(signal);
        let left = one.next_event();
        assert_eq!((&left["event"], &left["node"]), (&"left".into(), &"two".into()));
        assert!(two.child.wait().expect("it ends").success());
        assert!(!Path::new(&two.socket()).exists(), "its socket goes with it");
    }
}

/// Method: a kill is told as down, by the refusals of its host long before the tolerated pause, and
/// as unconfirmed, for there is no third; the start after it as a new life.
#[test]
fn a_killed_process_is_reported_and_its_next_life_too() {
    let one = Running::start("one", &["--tolerate-pause", "1h"]);
    let seed = one.addr();
    let mut two = Running::start("two", &["--seed", &seed]);
    assert_eq!(one.next_event()["event"], "up");
    two.child.kill().expect("it runs");
    // A machine that is busy elsewhere may have made it suspect for a moment before.
    let down = std::iter::repeat_with(|| one.next_event()).find(|event| event["event"] == "down");
    let down = down.expect("it is found out");
    assert!(down["phi"].is_number(), "it was watched: {down}");
    let unconfirmed = one.next_event();
    assert_eq!((&unconfirmed["event"], &unconfirmed["id"]), (&"unconfirmed".into(), &down["id"]));
    let dir = two.dir.path().display().to_string();
    let again = Running::start("two", &["--seed", &seed, "--state-dir", &dir]);
    let up = one.next_event();
    assert_eq!((&up["event"], &up["id"]), (&"up".into(), &down["id"]));
    assert_eq!((up["incarnation"]["start"].as_u64(), again.dir.path().exists()), (Some(2), true));
}

/// Method: the client commands against a running agent.
#[test]
fn clients_ask_a_running_agent() {
    let one = Running::start("one", &[]);
    let seed = one.addr();
    let _two = Running::start("two", &["--seed", &seed]);
    assert_eq!(one.next_event()["event"], "up");
    let socket = one.socket();
    let (code, table, _) = outcome(&["members", "--socket", &socket]);
    assert!(code == 0 && table.contains("two") && table.contains("up"), "{table}");
    let (code, json, _) = outcome(&["members", "--json", "--socket", &socket]);
    let members: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!((code, &members["members"][0]["name"]), (0, &"two".into()));
    let count = ["--count", "3", "--every", "10ms", "--socket", &socket];
    let (code, lines, _) = outcome(&[&["watch", "two"], &count[..]].concat());
    assert_eq!((code, lines.lines().count()), (0, 3), "{lines}");
    let (code, lines, _) = outcome(&[&["watch", "--all"], &count[..]].concat());
    assert!(code == 0 && lines.contains('φ'), "{lines}");
    let (code, _, why) = outcome(&["watch", "nobody", "--socket", &socket]);
    assert!(code == 1 && why.contains("nobody"), "{why}");
}

/// Method: two of four are told to restart and to leave; a third is killed after that, as the mark
/// in the stream of events by which the first would have been missed. Then it is back.
#[test]
fn a_planned_restart_is_announced_and_nobody_is_missed() {
    let one = Running::start("one", &[]);
    let seed = one.addr();
    let mut others = ["two", "three", "four"].map(|name| Running::start(name, &["--seed", &seed]));
    for _ in 0..3 {
        assert_eq!(one.next_event()["event"], "up");
    }
    let [two, three, four] = &mut others;
    let (code, said, _) = outcome(&["leave", "--back-within", "90s", "--socket", &two.socket()]);
    assert!(code == 0 && said.contains("two") && said.contains("1m 30s"), "{code} {said}");
    assert!(two.child.wait().expect("it ends").success());
    let restarting = one.next_event();
    assert_eq!(
        (&restarting["event"], &restarting["node"], &restarting["back_within_s"]),
        (&"restarting".into(), &"two".into(), &90.0.into())
    );
    let away = one.member("two");
    let left = away["back_within_s"].as_f64().expect("a time");
    assert!(left > 0.0 && left <= 90.0 && away["state"] == "up", "{away}");
    let (_, table, _) = outcome(&["members", "--socket", &one.socket()]);
    assert!(table.contains("up, restarting ("), "{table}");
    let (code, said, _) = outcome(&["leave", "--socket", &three.socket()]);
    assert!(code == 0 && said.contains("three has left"), "{said}");
    assert_eq!(one.next_event()["event"], "left");
    four.child.kill().expect("it runs");
    let dir = two.dir.path().display().to_string();
    let missed = one.next_event();
    assert_eq!((&missed["event"], &missed["node"]), (&"suspect".into(), &"four".into()));
    let _back = Running::start("two", &["--seed", &seed, "--state-dir", &dir]);
    let back = std::iter::repeat_with(|| one.next_event()).find(|event| event["node"] == "two");
    let back = back.expect("it is back");
    assert_eq!(back["event"], "restarted", "and was not missed before");
    assert_eq!(back["incarnation"]["start"], 2);
    assert!(one.member("two")["back_within_s"].is_null());
}

/// Method: two agents of one name, one of them with labels: the third is told both ids, and shows
/// the labels in every form.
#[test]
fn names_taken_twice_and_labels_are_shown() {
    let one = Running::start("one", &["--label", "rack=a", "--label", "note=two words"]);
    let seed = one.addr();
    let twin = Running::start("twin", &["--seed", &seed, "--label", "rack=b"]);
    assert_eq!(one.next_event()["event"], "up");
    let _other = Running::start("twin", &["--seed", &seed]);
    assert_eq!(one.next_event()["event"], "up");
    let taken = one.next_event();
    assert_eq!((&taken["event"], &taken["node"]), (&"name-taken".into(), &"twin".into()));
    let (_, json, _) = outcome(&["members", "--json", "--socket", &one.socket()]);
    let members: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let [first, second] = [0, 1].map(|place| members["members"][place].clone());
    assert_eq!((&first["same_name"][0], &second["same_name"][0]), (&second["id"], &first["id"]));
    let both = [&taken["id"], &taken["taken_by"]];
    assert!(both.contains(&&first["id"]) && both.contains(&&second["id"]), "{taken}");
    let racks = [&first["labels"]["rack"], &second["labels"]["rack"]];
    assert!(racks.contains(&&"b".into()), "{members}");
    let (_, table, _) = outcome(&["members", "--socket", &one.socket()]);
    assert!(table.contains("note=\"two words\" rack=a)"), "its own: {table}");
    assert!(table.contains("LABELS") && table.contains("rack=b"), "{table}");
    assert!(table.contains("NAME TAKEN TWICE: twin is the name of"), "{table}");
    let (_, table, _) = outcome(&["members", "--socket", &twin.socket()]);
    assert!(table.contains("NAME TAKEN TWICE: twin"), "its own name is taken: {table}");
}

/// Method: no agent: one clear line, exit code 69.
#[test]
fn no_agent_is_one_line_and_69() {
    for command in [&["members"][..], &["watch", "--all"], &["leave"]] {
        let (code, out, why) = outcome(&[command, &["--socket", "/nonexistent/phi.sock"]].concat());
        assert_eq!((code, out.as_str(), why.lines().count()), (69, "", 1), "{why}");
        assert!(why.contains("/nonexistent/phi.sock") && why.contains("phi-agent run"), "{why}");
    }
}

/// Method: words and values that the command line does not know.
#[test]
fn wrong_usage_is_2_and_names_the_word() {
    for (args, word) in [
        (&["run", "--bnd", "x"][..], "--bnd"),
        (&["run", "--bind", "nowhere"], "nowhere"),
        (&["run", "--seed", "a:b"], "HOST:PORT"),
        (&["run", "--interval", "soon"], "soon"),
        (&["run", "--threshold", "0"], "1000000"),
        (&["run", "--name", "two words"], "ASCII"),
        (&["run", "--events", "file"], "file"),
        (&["run", "--label", "rack"], "rack=a"),
        (&["run", "--profile", "moon"], "moon"),
        (&["run", "--observers", "some"], "--observers"),
        (&["leave", "--back-within", "0s"], "above 0"),
        (&["leave", "--back-within", "1h"], "at most 10m"),
        (&["watch"], "--all"),
        (&["demo", "--interval", "5s"], "50ms to 1s"),
        (&["fly"], "fly"),
        (&[], "Usage"),
    ] {
        let (code, _, why) = outcome(args);
        assert!(code == 2 && why.contains(word), "{args:?}: {code} {why}");
    }
}

/// Method: a settings file, and what wins over it, in both forms.
#[test]
fn check_config_prints_what_holds_and_who_says_so() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("phi.toml");
    let path = file.display().to_string();
    fs::write(&file, "interval = \"2s\"\nthreshold = 5\n").expect("writable");
    let mut command = program(&["check-config", &path, "--interval", "3s"]);
    let out = command.env("PHI_INTERVAL", "4s").env("PHI_THRESHOLD", "6").output().expect("runs");
    let text = String::from_utf8(out.stdout).expect("text");
    assert!(text.contains("interval = \"3s\"") && text.contains("threshold = 6"), "{text}");
    let origin = |key: &str| {
        let line = text.lines().find(|line| line.starts_with(key)).expect("it is listed");
        line.rsplit("# ").next().expect("an origin").to_owned()
    };
    assert_eq!(
        [origin("interval"), origin("threshold"), origin("model")],
        ["--interval", "PHI_THRESHOLD", "default"]
    );
    assert!(text.contains("counts after 9s 750ms"), "{text}");
    let printed = dir.path().join("printed.toml");
    fs::write(&printed, &text).expect("writable");
    let (code, reread, why) = outcome(&["check-config", &printed.display().to_string()]);
    assert!(code == 0 && reread.contains("interval = \"3s\""), "it is a settings file: {why}");
    let (code, again, _) = outcome(&["check-config", &path, "--json", "--profile", "wan"]);
    let json: serde_json::Value = serde_json::from_str(&again).expect("JSON");
    assert_eq!((code, &json["interval"]["from"]), (0, &format!("{path}:1:1").into()));
    assert_eq!(json["profile"], serde_json::json!({ "value": "wan", "from": "--profile" }));
    assert!(text.contains("# tolerate-pause: 2 intervals"), "{text}");
}

/// Method: settings files that no agent can run with.
#[test]
fn bad_settings_files_are_78_and_say_where() {
    let dir = tempfile::tempdir().expect("a directory");
    let file = dir.path().join("phi.toml");
    let path = file.display().to_string();
    for (content, words) in [
        ("treshold = 5", &[":1:1: ", "threshold"][..]),
        ("\ninterval = 5", &[":2:12: "]),
        ("interval = '1ms'", &["interval", "10ms"]),
        ("bind = '0.0.0.0:1'", &["insecure-plaintext"]),
        (
            "name = 'a'\ntolerate-pause = '1s'\ninterval = '2s'",
            &[":2:1: tolerate-pause and interval", ":3:1", "1s 500ms or more"],
        ),
        ("interval = '0s'", &[":1:1: ", "interval", "10ms to 1h"]),
        ("observers = 5", &[":1:1: observers", "even"]),
        ("observers = 0", &[":1:1: observers", "even"]),
        ("observers = 8\n members-max = 4", &[":1:1: observers and members-max", ":2:2"]),
        ("labels = { rack = \"a\\u001b[2J\" }", &[":1:1: labels", "control characters"]),
        ("[label]\nrack = 'a'", &[":1:2: ", "did you mean `labels`?"]),
    ] {
        fs::write(&file, content).expect("writable");
        let (code, _, why) = outcome(&["check-config", &path]);
        assert!(code == 78 && words.iter().all(|word| why.contains(word)), "{content}: {why}");
        let (code, _, _) = outcome(&["run", "--config", &path]);
        assert_eq!(code, 78);
    }
    let (code, _, why) = outcome(&["check-config", "/nonexistent.toml"]);
    assert!(code == 78 && why.contains("/nonexistent.toml"), "{why}");
}

/// Method: flags and variables that contradict each other, or are illegal.
#[test]
fn bad_flags_and_variables_are_78_and_named() {
    for (flags, variable, words) in [
        (
            &["--interval", "4s"][..],
            ("PHI_TOLERATE_PAUSE", "2s"),
            ["--interval", "PHI_TOLERATE_PAUSE"],
        ),
        (
            &["--threshold", "3"],
            ("PHI_FALSE_ALARMS_PER_DAY", "1"),
            ["--threshold", "PHI_FALSE_ALARMS_PER_DAY"],
        ),
        (&["--observers", "3"], ("PHI_NAME", "a"), ["observers", "--observers"]),
    ] {
        let out =
            program(&[&["check-config"], flags].concat()).env(variable.0, variable.1).output();
        let out = out.expect("runs");
        let why = String::from_utf8(out.stderr).expect("text");
        assert!(words.iter().all(|word| why.contains(word)), "{why}");
        assert_eq!(out.status.code(), Some(78));
    }
    let out = program(&["check-config"]).env("PHI_THRESHOLD", "0").output().expect("runs");
    let why = String::from_utf8(out.stderr).expect("text");
    assert!(out.status.code() == Some(78) && why.contains("PHI_THRESHOLD"), "{why}");
}

/// Method: variables that are empty, and one that is spelt wrong.
#[test]
fn empty_variables_are_none_and_unknown_ones_are_told() {
    let mut command = program(&["members"]);
    let out = command.env("PHI_SOCKET", "").env_remove("XDG_RUNTIME_DIR").output().expect("runs");
    assert_eq!(out.status.code(), Some(69), "it asks at the default place: {out:?}");
    let mut command = program(&["check-config"]);
    let out = command.env("PHI_CONFIG", "").env("PHI_INTERVALL", "2s").output().expect("runs");
    assert!(out.status.success(), "{out:?}");
    let said = String::from_utf8(out.stdout).expect("text");
    assert!(said.contains("interval = \"1s\"") && said.contains("PHI_INTERVALL"), "{said}");
}

/// Method: levels that do not exist, of all and of a part of the program.
#[test]
fn a_level_of_the_log_that_does_not_exist_is_named() {
    for level in ["inof", "info,phi_agent::proto=loud"] {
        let out = program(&["run", "--log", level]).output().expect("runs");
        let why = String::from_utf8(out.stderr).expect("text");
        assert!(why.contains("is no level; use off, error"), "{why}");
        assert_eq!(out.status.code(), Some(2));
    }
}

/// Method: an agent that is started beside one that has its port, its directory or its socket.
#[test]
fn what_is_taken_is_an_error_that_says_by_whom() {
    let one = Running::start("one", &[]);
    let addr = one.addr();
    let dir = tempfile::tempdir().expect("a directory");
    let (state, socket) = (dir.path().join("s").display().to_string(), dir.path().join("x.sock"));
    let socket = socket.display().to_string();
    let run = |bind: &str, state: &str, socket: &str| {
        outcome(&["run", "--bind", bind, "--state-dir", state, "--socket", socket])
    };
    let (code, _, why) = run(&addr, &state, &socket);
    assert!(code == 1 && why.contains("another process has this port"), "{why}");
    let (code, _, why) = run("127.0.0.1:0", &one.dir.path().display().to_string(), &socket);
    assert!(code == 1 && why.contains("in use by another agent"), "{why}");
    let (code, _, why) = run("127.0.0.1:0", &state, &one.socket());
    assert!(code == 1 && why.contains(&format!("process {}", one.child.id())), "{why}");
    let beside = format!("{}/file", dir.path().display());
    fs::write(&beside, "").expect("writable");
    let (code, _, why) = run("127.0.0.1:0", &format!("{beside}/below"), &socket);
    assert!(code == 1 && why.contains("--state-dir"), "{why}");
    let seeded = ["run", "--seed", "10.0.0.1", "--state-dir", &state, "--socket", &socket];
    let (code, _, why) = outcome(&seeded);
    assert!(code == 78 && why.contains("10.0.0.1:16180 is on another host"), "{why}");
    let (code, _, why) = run("0.0.0.0:0", &state, &socket);
    assert!(code == 78 && why.contains("--insecure-plaintext"), "{why}");
}

/// Method: a damaged state file: the agent starts, as somebody else, and says so.
#[test]
fn a_damaged_state_file_is_kept_and_told() {
    let dir = tempfile::tempdir().expect("a directory");
    fs::write(dir.path().join("state.json"), "{\"version\":1,").expect("writable");
    let one = Running::start("one", &["--state-dir", &dir.path().display().to_string()]);
    one.logged(&["damaged", "new member"]);
    assert!(dir.path().join("state.json.damaged-1").exists());
}

/// Method: nobody reads the events: the agent goes on, and still leaves when told to.
#[test]
fn a_closed_standard_output_does_not_end_the_agent() {
    let one = Running::start("one", &[]);
    let seed = one.addr();
    let dir = tempfile::tempdir().expect("a directory");
    let mut deaf = program(&["run", "--name", "deaf", "--bind", "127.0.0.1:0", "--seed", &seed])
        .args(["--interval", "100ms", "--events", "-"])
        .arg("--state-dir")
        .arg(dir.path())
        .arg("--socket")
        .arg(dir.path().join("phi.sock"))
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    drop(deaf.stdout.take());
    let log = lines_of(deaf.stderr.take().expect("piped"));
    assert_eq!(one.next_event()["event"], "up");
    let closed = std::iter::from_fn(|| log.recv_timeout(LIMIT).ok());
    assert!(closed.into_iter().any(|line| line.contains("Standard output is closed")));
    kill(Pid::from_raw(i32::try_from(deaf.id()).expect("an id")), Signal::SIGTERM).expect("runs");
    assert_eq!(one.next_event()["event"], "left");
    assert!(deaf.wait().expect("it ends").success());
}

/// Method: nobody reads the log, and its pipe is full: the agent goes on and still leaves.
#[test]
fn a_full_standard_error_does_not_hold_the_agent_up() {
    let one = Running::start("one", &[]);
    let seed = one.addr();
    let dir = tempfile::tempdir().expect("a directory");
    let (reader, mut writer) = std::io::pipe().expect("a pipe");
    writer.write_all(&vec![b'x'; 1 << 16]).expect("it holds 64 KiB, and is full now");
    let mut mute = program(&["run", "--name", "mute", "--bind", "127.0.0.1:0", "--seed", &seed])
        .arg("--state-dir")
        .arg(dir.path())
        .arg("--socket")
        .arg(dir.path().join("phi.sock"))
        .stdout(Stdio::null())
        .stderr(writer)
        .spawn()
        .expect("it starts");
    assert_eq!(one.next_event()["event"], "up");
    kill(Pid::from_raw(i32::try_from(mute.id()).expect("an id")), Signal::SIGTERM).expect("runs");
    assert_eq!(one.next_event()["event"], "left");
    assert!(mute.wait().expect("it ends").success());
    drop(reader);
}

/// Method: the demo as JSON: the kill is seen by all, the document is whole, nothing is left.
#[test]
fn the_demo_ends_by_itself_and_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let out = program(&["demo", "--json", "--interval", "250ms"])
        .env("TMPDIR", dir.path())
        .output()
        .expect("it runs");
    let sum: serde_json::Value = serde_json::from_slice(&out.stdout).expect("one document");
    assert!(out.status.success(), "{sum}");
    assert_eq!(
        (&sum["killed"]["observers"], &sum["restarted"]["seen_up_by"]),
        (&4.into(), &4.into())
    );
    for figure in ["first_s", "median_s", "last_s"] {
        assert!(sum["killed"][figure].is_number(), "{sum}");
    }
    assert!(sum["paused"]["down_by"].is_u64() && sum["false_alarms"].is_u64(), "{sum}");
    assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 0, "no file is left");
}

/// Method: Ctrl-C while it runs: everything is cleared away.
#[test]
fn an_interrupted_demo_leaves_nothing() {
    let dir = tempfile::tempdir().expect("a directory");
    let mut demo = program(&["demo"])
        .env("TMPDIR", dir.path())
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let out = lines_of(demo.stdout.take().expect("piped"));
    let mut lines = std::iter::from_fn(|| out.recv_timeout(LIMIT).ok());
    assert!(lines.any(|line| line.contains("is up")), "it ended before anybody was up");
    let pid = i32::try_from(demo.id()).expect("a process id");
    kill(Pid::from_raw(pid), Signal::SIGINT).expect("it runs");
    assert_eq!(demo.wait().expect("it ends").code(), Some(130));
    assert_eq!(fs::read_dir(dir.path()).expect("there").count(), 0, "no file is left");
}
