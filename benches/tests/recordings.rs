//! Recordings as users meet them: imported, looked at, and asked what they would mean for settings.

use std::path::Path;
use std::process::{Command, Output};
use std::{fs, io};

fn phi_bench(folder: &Path, arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phi-bench"));
    command.current_dir(folder).args(arguments).output()
}

fn text(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A log of `ping -D`: a reply each 100 ms, late ones by a power law, one in 97 lost.
fn ping_log() -> String {
    let line = |number: u64| {
        let spread = (number * 7_919 % 1_000 + 1) as f64 / 1_000.0;
        let late = 0.002 / spread.sqrt();
        let stamp = 1_700_000_000.0 + number as f64 / 10.0 + late;
        format!("[{stamp:.6}] 64 bytes from 192.0.2.1: icmp_seq={number} ttl=57 time=1.0 ms\n")
    };
    (1..8_000_u64).filter(|number| number % 97 != 0).map(line).collect()
}

const IMPORT: &[&str] =
    &["traces", "import", "ping", "ping.log", "--period", "100ms", "--out", "office.txt.gz"];

/// Goal: from a log of ping to settings that the agent accepts, in three commands.
#[test]
fn from_ping_to_settings() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path();
    fs::write(path.join("ping.log"), ping_log()).expect("writable");
    let said = text(&phi_bench(path, IMPORT).expect("runs"));
    assert!(said.contains("7917 arrivals, one each 100") && said.contains("82 lost"), "{said}");

    let shown = text(&phi_bench(path, &["traces", "show", "office.txt.gz"]).expect("runs"));
    assert!(shown.contains("7999 in 13.3 min, 82 lost (1.03 %)"), "{shown}");

    let arguments = ["whatif", "--trace", "office.txt.gz", "--model", "calibrated", "satzger"];
    let table = text(&phi_bench(path, &arguments).expect("runs"));
    for part in
        ["at most one false alarm per 30 days", "| calibrated", "extrapolated", "Extrapolated"]
    {
        assert!(table.contains(part), "{part}: {table}");
    }

    let output = phi_bench(path, &[&arguments[..], &["--json"]].concat()).expect("runs");
    let document: serde_json::Value = serde_json::from_str(&text(&output)).expect("JSON");
    let settings = document["settings"].as_str().expect("settings");
    fs::write(path.join("phi.toml"), settings).expect("writable");
    let sources = phi_agent::settings::Sources::default();
    let sources = sources.over_file(&path.join("phi.toml")).expect("read");
    let settings = sources.resolve(&phi_agent::settings::Surroundings::here()).expect("accepted");
    let pause = settings.tolerate_pause.expect("a pause").0.as_secs_f64();
    let answer = |model: &str| {
        let answers = document["answers"].as_array().expect("answers");
        answers.iter().find(|answer| answer["model"] == model).expect("an answer").clone()
    };
    // The pause and 1.25 intervals are the silence that a constant timeout must bear.
    let silence = answer("constant")["threshold_safe"].as_f64().expect("a number");
    let borne = pause / 0.1 + 1.25;
    assert!(borne >= silence && borne < silence + 0.02, "{borne} {silence}");
    let ours = answer("calibrated");
    let safe = ours["threshold_safe"].as_f64().expect("a number");
    assert!(safe > ours["threshold"].as_f64().expect("a number"));
    // None seen: the rule of three, over as much longer as a month is.
    let beyond = document["beyond"].as_f64().expect("a number");
    let at_most = ours["alarms_at_most"].as_f64().expect("a number");
    assert_eq!(ours["alarms_seen"], 0);
    assert!((at_most / beyond - 2.9957).abs() < 1e-3, "{at_most} {beyond}");
}

/// Goal: what the recording holds is counted, not extrapolated, and a time too short is refused.
#[test]
fn what_was_seen_is_counted() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let path = folder.path();
    fs::write(path.join("ping.log"), ping_log()).expect("writable");
    text(
        &phi_bench(path, &["traces", "import", "ping", "ping.log", "--out", "t.txt"])
            .expect("runs"),
    );
    let ask = |time: &str| {
        let arguments = ["whatif", "--trace", "t.txt", "--alarms-per", time, "--json"];
        phi_bench(path, &arguments).expect("runs")
    };
    let document: serde_json::Value = serde_json::from_str(&text(&ask("10s"))).expect("JSON");
    let answers = document["answers"].as_array().expect("answers");
    let found: Vec<_> = answers.iter().filter(|answer| answer["basis"] == "seen").collect();
    assert!(found.len() > 5, "{answers:?}");
    for answer in found {
        let seen = answer["alarms_seen"].as_u64().expect("a number");
        assert!(seen <= 80, "one each 10 s of 800 s: {answer}");
    }
    let refused = ask("1ms");
    assert_eq!(refused.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&refused.stderr).contains("longer time"));
}

/// Goal: what is wrong with a file of others is said with its line, and nothing is left behind.
#[test]
fn a_wrong_import_leaves_nothing() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("t.csv"), "seq,at\n1,1.0\n2,later\n").expect("writable");
    let arguments = ["traces", "import", "csv", "t.csv", "--arrival", "at", "--out", "t.txt.gz"];
    let output = phi_bench(folder.path(), &arguments).expect("runs");
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said, "phi-bench: t.csv:3: `later` is no decimal number\n");
    let left: Vec<_> = fs::read_dir(folder.path()).expect("readable").collect();
    assert_eq!(left.len(), 1, "{left:?}");
}

/// Goal: recordings of others are named with licence and import, and the included ones listed.
#[test]
fn the_list_names_origin_and_licence() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let listed = text(&phi_bench(folder.path(), &["traces", "list"]).expect("runs"));
    for part in ["veth_pause_10ms", "zxr805/CICV5G", "CC BY-SA 4.0", "traces import"] {
        assert!(listed.contains(part), "{part}: {listed}");
    }
    let json = text(&phi_bench(folder.path(), &["traces", "list", "--json"]).expect("runs"));
    let document: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(document["included"].as_array().map(Vec::len), Some(9));
    assert_eq!(document["of_others"].as_array().map(Vec::len), Some(4));
}
