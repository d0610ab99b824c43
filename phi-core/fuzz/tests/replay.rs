//! Goal: every input that the fuzzer ever kept passes, with any compiler and without the fuzzer.

use std::path::Path;

/// Runs all files of a target's corpus, and says which one it was if one fails.
fn replay(target: &str, run: fn(&[u8])) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
    let files = std::fs::read_dir(&folder).expect("the corpus is committed");
    let mut inputs: Vec<_> = files.map(|file| file.expect("it was listed").path()).collect();
    inputs.sort();
    assert!(inputs.len() >= 10, "{}: only {} inputs", folder.display(), inputs.len());
    for input in inputs {
        println!("{}", input.display());
        run(&std::fs::read(&input).expect("it was listed"));
    }
}

/// Method: the committed corpus of calls of a detector.
#[test]
fn detectors_keep_the_laws() {
    replay("fuzz_detector", phi_core_fuzz::detector);
}

/// Method: the committed corpus of parameters.
#[test]
fn parameters_are_refused_or_work() {
    replay("fuzz_config", phi_core_fuzz::config);
}

/// Method: the committed corpus of calls of a fleet.
#[test]
fn fleets_equal_a_list() {
    replay("fuzz_fleet", phi_core_fuzz::fleet);
}

/// Method: the committed corpus of snapshots.
#[test]
fn snapshots_are_refused_or_work() {
    replay("fuzz_snapshot", phi_core_fuzz::snapshot);
}
