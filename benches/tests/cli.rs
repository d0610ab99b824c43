//! The program as its users meet it: exit codes, what it prints, what it leaves behind.
//!
//! The laboratory is not run here, it needs root.

use std::path::Path;
use std::process::{Command, Output};
use std::{fs, io};

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

/// Goal: a trace gives a file of points, a picture and a table, twice the same to the byte.
#[test]
fn the_tradeoff_of_a_trace_is_reproducible() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("small.txt"), trace()).expect("writable");
    let run = || {
        let output = phi_bench(folder.path(), &["tradeoff", "--trace", "small.txt"]).expect("runs");
        assert!(output.status.success(), "{output:?}");
        let files = ["tradeoff.csv", "tradeoff.svg"].map(|name| {
            fs::read(folder.path().join("target/phi-bench").join(name)).expect("written")
        });
        (output.stdout, files)
    };
    let (stdout, files) = run();
    assert_eq!(run(), (stdout.clone(), files.clone()));
    assert!(String::from_utf8_lossy(&stdout).contains("| small "));
    assert!(files[0].starts_with(b"trace,contender,threshold,beats,mistakes,mistake_rate,"));
}

/// Goal: with --json, standard output is one document and nothing else.
#[test]
fn json_is_one_document() {
    let folder = tempfile::tempdir().expect("a folder for the test");
    fs::write(folder.path().join("small.txt"), trace()).expect("writable");
    let output =
        phi_bench(folder.path(), &["tradeoff", "--trace", "small.txt", "--json"]).expect("runs");
    let document: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert!(document["points"].as_array().is_some_and(|points| points.len() > 50));
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
