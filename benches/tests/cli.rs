//! The program as its users meet it: exit codes, what it prints, what it leaves behind.
//!
//! The laboratory is not run here, it needs root.

use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::{fs, io};

use phi_bench::results::Results;

fn phi_bench(folder: &Path, arguments: &[&str]) -> io::Result<Output> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phi-bench"));
    command.current_dir(folder).args(arguments).output()
}

/// A trace of a heartbeat each millisecond, with some lost and some late.
fn trace() -> String {
    let mut lines = vec!["# name: small".to_owned(), "# period_ns: 1000000".to_owned()];
    lines.extend((0..1_500_u64).filter(|sequence| sequence % 37 != 36).map(|sequence| {
        format!("{sequence} {}", sequence * 1_000_000 + sequence * 7_919 % 90_001)
    }));
    lines.join("\n")
}

/// Goal: a reader that has seen enough, as `head`, is no error.
#[test]
fn who_stops_reading_is_not_told_of_it() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("small.txt"), trace()).expect("writable");
    for arguments in [&["traces", "show", "small.txt"][..], &["traces", "list", "--json"]] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_phi-bench"));
        command.current_dir(folder.path()).args(arguments);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("starts");
        drop(child.stdout.take());
        let output = child.wait_with_output().expect("ends");
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }
}

/// Goal: a trace gives a file of points, a picture and tables, the same to the byte whether it is
/// measured anew or was finished by an earlier run.
#[test]
fn the_tradeoff_of_a_trace_is_reproducible() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("small.txt"), trace()).expect("writable");
    let run = |more: &[&str]| {
        let arguments = [&["tradeoff", "--trace", "small.txt"], more].concat();
        let output = phi_bench(folder.path(), &arguments).expect("runs");
        assert!(output.status.success(), "{output:?}");
        let files = ["tradeoff.csv", "tradeoff.svg"].map(|name| {
            fs::read(folder.path().join("target/phi-bench").join(name)).expect("written")
        });
        (output.stdout, files)
    };
    let (stdout, files) = run(&[]);
    assert_eq!(run(&[]).1, files, "kept");
    assert_eq!(run(&["--fresh", "--jobs", "1"]).1, files, "anew");
    assert!(String::from_utf8_lossy(&stdout).contains(" small |"), "the worst trace is named");
    assert!(files[0].starts_with(b"trace,contender,threshold,beats,mistakes,mistake_rate,"));
}

/// Goal: with --json, standard output is one document of the declared types and nothing else; files
/// and worlds may come together, and contenders may be chosen.
#[test]
fn json_is_one_document() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("small.txt"), trace()).expect("writable");
    let arguments =
        "tradeoff --trace small.txt --world pareto:7 gamma --model satzger calibrated --json";
    let arguments: Vec<&str> = arguments.split(' ').collect();
    let output = phi_bench(folder.path(), &arguments).expect("runs");
    let results: Results = serde_json::from_slice(&output.stdout).expect("JSON");
    let traces: Vec<&str> = results.traces.iter().map(|trace| trace.name.as_str()).collect();
    assert_eq!(traces, ["small", "world_pareto_7", "world_gamma_1"]);
    let names: Vec<&str> = results.contenders.iter().map(|about| about.name.as_str()).collect();
    assert_eq!(names, ["constant", "satzger", "calibrated"]);
    for (trace, name) in traces.iter().flat_map(|trace| names.iter().map(move |name| (trace, name)))
    {
        let points = results.points.iter().filter(|p| p.trace == *trace && p.contender == *name);
        assert!(points.count() > 30, "{trace} {name}");
    }
}

/// Goal: what can be named is listed, and what is named wrongly is answered with that list.
#[test]
fn names_are_listed() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let output = phi_bench(folder.path(), &["tradeoff", "--list"]).expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    for name in ["| constant ", "| satzger ", "| calibrated ", "| pareto ", "| storm "] {
        assert!(text.contains(name), "{text}");
    }
    for wrong in [["--model", "oracle"], ["--world", "atlantis"], ["--world", "gamma:x"]] {
        let output = phi_bench(folder.path(), &[&["tradeoff"][..], &wrong].concat()).expect("runs");
        assert!(!output.status.success());
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert!(complaint.contains(wrong[1]), "{complaint}");
        assert!(output.stdout.is_empty() && !folder.path().join("target").exists());
    }
}

/// Goal: bad input ends with code 1 and one line that names file and line.
#[test]
fn bad_input_is_one_clear_line() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("bad.txt"), "# name: x\n# period_ns: 5\n0 0\n1 x\n")
        .expect("writable");
    let output = phi_bench(folder.path(), &["tradeoff", "--trace", "bad.txt"]).expect("runs");
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.starts_with("phi-bench: bad.txt:4: arrival `x`"), "{complaint}");
    assert_eq!(complaint.lines().count(), 1);
    assert!(!folder.path().join("target").exists(), "nothing was written");
}

/// Goal: a report is made of what the laboratory found as well, in units; what is no such document
/// is named in one line, and nothing is written.
#[test]
fn a_report_takes_results_and_nothing_else() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let agents = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/agents.json");
    let agents = agents.to_str().expect("UTF-8");
    let arguments = ["report", agents, "--out", "made/report.html"];
    let output = phi_bench(folder.path(), &arguments).expect("runs");
    assert!(output.status.success(), "{output:?}");
    let page = fs::read_to_string(folder.path().join("made/report.html")).expect("written");
    for part in ["Agents under faults", "last observer reports, s", "serf"] {
        assert!(page.contains(part), "{part}");
    }
    let bad = [
        ("", "no JSON document"),
        ("0 1", "no JSON document"),
        ("[]", "neither a document"),
        (r#"{"points":[],"format":0}"#, "another version"),
        (r#"{"cells":[],"version":1}"#, "missing field"),
    ];
    for (text, wrong) in bad {
        fs::write(folder.path().join("bad.json"), text).expect("writable");
        let arguments = ["report", "bad.json", "--out", "bad.html"];
        let output = phi_bench(folder.path(), &arguments).expect("runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{text}");
        assert!(complaint.starts_with("phi-bench: bad.json: "), "{complaint}");
        assert!(complaint.contains(wrong) && complaint.lines().count() == 1, "{complaint}");
        assert!(!folder.path().join("bad.html").exists());
    }
}

/// Goal: whoever asks what a rival calls φ is told, rival by rival where they are built, and else
/// how to have them.
#[test]
fn accuracy_prints_ours_and_says_how_to_get_rivals() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let output = phi_bench(folder.path(), &["accuracy"]).expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    for name in ["| exact ", "| phi-core Normal ", "| logistic formula of Akka "] {
        assert!(text.contains(name), "{text}");
    }
    let rivals = text.contains("phi-accrual-failure-detector");
    assert_eq!(rivals, cfg!(feature = "rivals"));
    assert_eq!(text.contains("--features rivals"), !rivals);
    let output = phi_bench(folder.path(), &["accuracy", "--json"]).expect("runs");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let lines = document["implementations"].as_array().expect("a list");
    assert!(lines.iter().all(|line| line["phi"].as_array().is_some_and(|phi| phi.len() == 11)));
}

/// Goal: each operation has a time, and memory is measured: a process grows by no less than what is
/// in it. No time is asserted.
#[test]
fn micro_measures_every_row() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (row, count) in [("pair", 3), ("phi-again", 3), ("heartbeat", 4), ("memory", 4)] {
        let arguments = ["micro", "--rounds", "3", "--json", "--only", row];
        let output = phi_bench(folder.path(), &arguments).expect("runs");
        let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
        let lines = if row == "memory" { &document["memory"] } else { &document["operations"] };
        let lines = lines.as_array().expect("a list");
        assert!(lines.len() >= count, "{row}: {lines:?}");
        for line in lines.iter().filter(|_| row == "memory") {
            let bytes = |key: &str| line[key].as_f64().expect("a number");
            assert!(bytes("resident") > 0.9 * bytes("itself"), "{line}");
        }
    }
    let output = phi_bench(folder.path(), &["micro", "--only", "nothing"]).expect("runs");
    assert_eq!(output.status.code(), Some(1), "{output:?}");
}

/// Goal: promises are told trace by trace and in the mean, of the included traces by default.
#[test]
fn promises_are_a_line_a_trace_and_a_mean() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let arguments = ["tradeoff", "--model", "calibrated"];
    let output = phi_bench(folder.path(), &arguments).expect("runs");
    let text = String::from_utf8_lossy(&output.stdout);
    let (_, table) = text.split_once("Of `calibrated` trace by trace").expect("there");
    assert_eq!(table.matches("| veth_").count(), 9, "{table}");
    assert!(table.contains("| mean, mistakes per heartbeat "), "{table}");
    let output = phi_bench(folder.path(), &[&arguments[..], &["--json"]].concat()).expect("runs");
    let results: Results = serde_json::from_slice(&output.stdout).expect("JSON");
    let found = results.calibration.first().expect("it promises");
    assert_eq!((found.traces.len(), found.levels.len()), (9, 4));
    let judged = found.traces.iter().filter_map(|trace| trace.dex);
    let (sum, count) = judged.fold((0.0, 0.0), |(sum, count), dex| (sum + dex, count + 1.0));
    assert!((sum / count - found.dex.expect("judged")).abs() < 1e-5, "{found:?}");
}

/// Goal: whoever cannot measure agents is told why in one line, and with a code of its own; nothing
/// is made by then.
///
/// Method: root without any program, and anybody else, who is refused before.
#[test]
fn agents_refuse_in_one_line() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    let mut command = Command::new(env!("CARGO_BIN_EXE_phi-bench"));
    command.current_dir(folder.path()).args(["agents", "--out", "made"]).env("PATH", folder.path());
    let output = command.output().expect("runs");
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert_eq!(complaint.lines().count(), 1, "{complaint}");
    match output.status.code() {
        Some(77) => assert!(complaint.contains("needs root"), "{complaint}"),
        Some(69) => assert!(complaint.contains("`ip` is not installed: apt"), "{complaint}"),
        other => panic!("{other:?}: {complaint}"),
    }
    assert!(!folder.path().join("made").exists());
}

/// Goal: what makes no sense is refused by the command line, with a hint at what does.
#[test]
fn agents_have_a_strict_command_line() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    for (arguments, hint) in [
        (&["--nodes", "2"][..], "3..=254"),
        (&["--scenario", "sunshine"][..], "partition"),
        (&["--peer", "nobody"][..], "chitchat"),
        (&["--short", "--nodes", "8"][..], "--short"),
        (&["--reps", "0"][..], "0 is not in 1..=10000"),
        (&["--reps", "9", "--at-once", "2"][..], "--scenario burners: burners take"),
        (&["--reps", "9", "--at-once", "6", "--scenario", "kill"][..], "--nodes 32: 192 agents"),
    ] {
        let arguments = [&["agents"], arguments].concat();
        let output = phi_bench(folder.path(), &arguments).expect("runs");
        let complaint = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{complaint}");
        assert!(complaint.contains(hint), "{complaint}");
    }
}
