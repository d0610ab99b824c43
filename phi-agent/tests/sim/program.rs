//! Goal: the command: exit codes, errors that say where, and the replay of what failed.

use std::fs;
use std::process::Command;

fn simulate(args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_phi-agent"));
    let output = command.arg("simulate").args(args).output().expect("it runs");
    let text = |bytes| String::from_utf8(bytes).expect("text");
    (output.status.code().expect("it exits"), text(output.stdout), text(output.stderr))
}

/// Method: a scenario of one's own that is wrong, and one whose promise nobody can keep.
#[test]
fn wrong_scenarios_and_broken_promises_are_told() {
    let dir = tempfile::tempdir().expect("a directory");
    let path = dir.path().join("mine.toml");
    let path = path.to_str().expect("text");
    let text = "title = \"x\"\nnodes = 3\nduration = \"40s\"\n[bounds]\ndown-within = \"1ms\"\n\
                [[fault]]\nat = \"20s\"\nnodes = [1]\n";
    fs::write(path, format!("{text}fault = \"host_death\"\n")).expect("written");
    let (code, _, error) = simulate(&["--scenario", path]);
    assert_eq!(code, 78);
    let expected = "mine.toml:9:9: unknown fault \"host_death\"; did you mean \"host-death\"?";
    assert!(error.contains(expected), "{error}");
    fs::write(path, format!("{text}fault = \"host-death\"\n")).expect("written");
    let (code, out, error) = simulate(&["--scenario", path, "--seeds", "7..9"]);
    assert_eq!((code, error.as_str()), (1, "phi-agent: checkers fired in 2 of 2 runs\n"));
    assert!(out.contains("completeness: n0 holds n1"), "{out}");
    let replay = format!("again: phi-agent simulate --seed 7 --scenario {path} --story\n");
    assert!(out.contains(&replay), "{out}");
    let (_, out, _) = simulate(&["--scenario", path, "--profile", "wan"]);
    assert!(out.contains("again: phi-agent simulate --seed 0 --profile wan --scenario"), "{out}");
    let (code, out, _) = simulate(&["--seed", "7", "--scenario", path, "--story"]);
    assert!(code == 1 && out.contains("20.000 s  host-death [1]"), "{out}");
}

/// Method: what is printed for people and for programs, when all is well.
#[test]
fn a_sweep_prints_a_line_of_json_for_each_seed_in_order() {
    let args = ["--scenario", "quiet", "--seeds", "0..5", "--duration", "20s", "--jobs", "3"];
    let (code, out, _) = simulate(&[&args[..], &["--json"]].concat());
    let seeds: Vec<u64> = out
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).expect("JSON"))
        .map(|run| run["seed"].as_u64().expect("a seed"))
        .collect();
    assert_eq!((code, seeds), (0, vec![0, 1, 2, 3, 4]));
    let (code, out, _) = simulate(&args);
    assert!(code == 0 && out.starts_with("quiet: 5 seeds, 5 members"), "{out}");
}

/// Method: each way to ask for something that there is not.
#[test]
fn wrong_words_are_told() {
    for (args, expected) in [
        (&["--scenario", "long-pauze"][..], "did you mean \"long-pause\"?"),
        (&["--scenario", "long-pause", "--nodes", "2"], "names member 2, but the last of 2 is 1"),
        (&["--nodes", "0"], "0 members"),
        (&["--duration", "0s"], "the duration must be above 0"),
        (&["--table", "--row", "nothing"], "no row is called \"nothing\"; there are kill-32"),
    ] {
        let (code, _, error) = simulate(args);
        assert_eq!(code, 78, "{args:?}");
        assert!(error.contains(expected), "{args:?}: {error}");
    }
    let (code, out, _) = simulate(&["--list"]);
    assert!(code == 0 && out.contains("vm-migration") && out.contains("host-death"), "{out}");
}
