//! Goal: the source keeps its shape: small files, headers, floors, no leftovers.
//!
//! Method: plain text; std only. What compilers and clippy check is not checked here.
#![expect(clippy::expect_used, reason = "the sources are there to be read")]

use std::fs;
use std::path::{Path, PathBuf};

/// Production lines of a file: those before its tests.
const FILE_LINES_MAX: usize = 300;
const FUNCTION_LINES_MAX: usize = 70;
const LINE_COLUMNS_MAX: usize = 100;

/// Files that may be longer, each with its reason; at most five.
const EXCEPTIONS: [(&str, &str); 3] = [
    ("phi-agent/src/wire/message.rs", "fourteen kinds of message are one list"),
    ("phi-agent/src/proto/node.rs", "one node: its state, and where each input goes"),
    ("phi-agent/src/proto/table.rs", "what changes the table, in one place"),
];

/// What a file must not say. Spelt in two parts, so that this file does not say it.
const BANNED: [(&str, &str); 7] = [
    ("TO", "DO"),
    ("FIX", "ME"),
    ("todo", "!("),
    ("unimplemented", "!("),
    ("/wo", "rk/"),
    ("/ho", "me/"),
    ("index.crates", ".io"),
];

/// Floors, lowest first; a file imports only what stands before its own.
const CORE: &[&[&str]] = &[
    &["time", "phi", "error", "tail_table", "tail_table_f32"],
    &["sample", "tail_f32", "tail", "sequence"],
    &["window", "logistic", "clock"],
    &["config", "heartbeat", "model"],
    &["outcome", "detector"],
    &["verdict", "fleet", "qos", "snapshot"],
];
const AGENT: &[&[&str]] =
    &[&["ident"], &["wire"], &["proto"], &["driver", "sim"], &["api"], &["settings"], &["cli"]];
/// Order inside the protocol. `health` stands beside `node`: it holds what a node knows of itself,
/// and judges the node by it.
const PROTO: &[&[&str]] = &[
    &[
        "rng",
        "pace",
        "safeguard",
        "liveness",
        "timers",
        "turns",
        "arrivals",
        "claims",
        "profile",
        "stats",
    ],
    &["rings", "proof", "spread", "detection", "config"],
    &["link"],
    &["io", "members", "contacts"],
    &["node", "health"],
    &[
        "accuse",
        "duties",
        "greeting",
        "handshake",
        "hearsay",
        "heartbeat",
        "leave",
        "listening",
        "probe",
        "refute",
        "table",
        "verdict",
        "watch",
    ],
];
/// Order inside the simulator.
const SIM: &[&[&str]] = &[
    &["dice", "clock", "place", "history", "trace"],
    &["network", "process"],
    &["fault", "facts", "truth", "host", "liar"],
    &["scenario"],
    &["checkers", "outcome"],
    &["world"],
    &["measure"],
];
/// The laboratory of `benches`, whose files import by `crate::lab::`.
const LAB: &[&[&str]] = &[
    &["results", "names", "tool", "clock", "requirements"],
    &["net", "events", "leftovers", "metric"],
    &["peers", "api"],
    &["agent", "helper"],
    &["faults", "measure"],
    &["judge", "goals"],
    &["table", "features", "stand"],
    &["scenarios"],
    &["campaign"],
    &["command", "roles"],
];
/// Pairs that the order above cannot show: `error` names limits of the window.
const ALLOWED_UP: [(&str, &str); 1] = [("phi-core/src/error.rs", "window")];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("a workspace").to_owned()
}

/// All Rust files below `dir`, with their text.
fn sources(dir: &Path) -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    let mut dirs = vec![dir.to_owned()];
    while let Some(dir) = dirs.pop() {
        for entry in fs::read_dir(&dir).expect("readable").map(|entry| entry.expect("readable")) {
            let path = entry.path();
            let name = entry.file_name();
            if path.is_dir() && name != "target" && !name.to_string_lossy().starts_with('.') {
                dirs.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).expect("text");
                found.push((path.strip_prefix(root()).expect("inside").to_owned(), text));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "{} holds no sources", dir.display());
    found
}

fn production(text: &str) -> &str {
    text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text)
}

/// The lengths of all functions: from `fn` to the brace that closes at the same indentation.
fn function_lengths(text: &str) -> Vec<(String, usize)> {
    let lines: Vec<&str> = text.lines().collect();
    let starts = lines.iter().enumerate().filter(|(_, line)| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let place = words.iter().position(|word| *word == "fn");
        place.is_some_and(|place| {
            words.iter().take(place).all(|word| {
                ["pub", "const", "async", "extern"].iter().any(|known| word.starts_with(known))
            })
        })
    });
    starts
        .filter_map(|(start, line)| {
            let indent = line.len() - line.trim_start().len();
            let close = format!("{}}}", " ".repeat(indent));
            let mut rest = lines.iter().skip(start);
            let head = rest.clone().find(|line| line.ends_with(['{', ';', '}']))?;
            if head.ends_with(';') {
                return None; // declared in a trait, without a body
            }
            let length = rest.position(|line| *line == close)?;
            Some((line.trim().to_owned(), length + 1))
        })
        .collect()
}

fn floor(floors: &[&[&str]], name: &str) -> Option<usize> {
    floors.iter().position(|floor| floor.contains(&name))
}

/// The modules that a file imports by `prefix`.
fn imports(text: &str, prefix: &str) -> Vec<String> {
    let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
    let code: String = code.collect::<Vec<_>>().join("\n");
    let word = |rest: &str| -> String {
        rest.chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect()
    };
    code.split(prefix).skip(1).map(word).filter(|word| !word.is_empty()).collect()
}

fn upward(files: &[(PathBuf, String)], src: &str, prefix: &str, floors: &[&[&str]]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, text) in files.iter().filter(|(path, _)| path.starts_with(src)) {
        let below = path.strip_prefix(src).expect("inside");
        let own = below.components().next().expect("a file").as_os_str().to_string_lossy();
        let own = own.trim_end_matches(".rs");
        let Some(mine) = floor(floors, own) else { continue };
        for other in imports(production(text), prefix) {
            let path = path.display().to_string();
            let allowed = ALLOWED_UP.contains(&(path.as_str(), other.as_str()));
            let up = floor(floors, &other).is_some_and(|other| other > mine);
            if up && !allowed {
                found.push(format!("{path} imports {other}, which is above it"));
            }
        }
    }
    found
}

/// Method: every file of the workspace, against the limits on lines, functions and columns.
#[test]
fn files_and_functions_are_small() {
    let mut wrong = Vec::new();
    for (path, text) in sources(&root()) {
        let name = path.display().to_string();
        let lines = production(&text).lines().count();
        let excepted = EXCEPTIONS.iter().any(|(file, _reason)| *file == name);
        if lines > FILE_LINES_MAX && !excepted && !name.contains("/tests/") {
            wrong.push(format!("{name}: {lines} production lines"));
        }
        for (function, lines) in function_lengths(&text) {
            if lines > FUNCTION_LINES_MAX {
                wrong.push(format!("{name}: {lines} lines in {function}"));
            }
        }
        for (number, line) in text.lines().enumerate() {
            if line.chars().count() > LINE_COLUMNS_MAX && !line.contains("://") {
                wrong.push(format!("{name}:{}: {} columns", number + 1, line.chars().count()));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(EXCEPTIONS.len() <= 5, "an exception must stay one");
}

/// Method: the first line of every file.
#[test]
fn every_file_says_what_it_is_for() {
    let sources = sources(&root());
    let headless = sources.iter().filter(|(_, text)| !text.starts_with("//! "));
    let headless: Vec<_> = headless.map(|(path, _)| path.display().to_string()).collect();
    assert!(headless.is_empty(), "no `//!` header: {headless:?}");
}

/// Method: every file but this one's own list.
#[test]
fn no_leftovers_and_no_paths_of_one_machine() {
    for (path, text) in sources(&root()) {
        for (left, right) in BANNED {
            let banned = format!("{left}{right}");
            assert!(!text.contains(&banned), "{} says {banned}", path.display());
        }
    }
}

/// Method: `crate::X` against the floor of X, in both crates; `super::X` inside the protocol and
/// the simulator, `crate::sim::X` inside the latter, `crate::lab::X` inside the laboratory.
#[test]
fn imports_never_go_up_a_floor() {
    let files = sources(&root());
    let mut wrong = upward(&files, "phi-core/src", "crate::", CORE);
    wrong.extend(upward(&files, "phi-agent/src", "crate::", AGENT));
    wrong.extend(upward(&files, "phi-agent/src/proto", "super::", PROTO));
    wrong.extend(upward(&files, "benches/src/lab", "crate::lab::", LAB));
    let sim = "phi-agent/src/sim";
    wrong.extend(upward(&files, sim, "crate::sim::", SIM));
    let direct: Vec<_> =
        files.into_iter().filter(|(path, _)| path.parent() == Some(Path::new(sim))).collect();
    wrong.extend(upward(&direct, sim, "super::", SIM));
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}

/// Method: every file of the protocol, the simulator and the laboratory against the list of floors,
/// so that a new one has a place.
#[test]
fn every_file_where_order_is_kept_has_a_floor() {
    let all =
        [("phi-agent/src/proto", PROTO), ("phi-agent/src/sim", SIM), ("benches/src/lab", LAB)];
    for (folder, floors) in all {
        let files = sources(&root().join(folder));
        let first = |path: &Path| {
            let below = path.strip_prefix(folder).expect("inside").components().next();
            below.expect("a file").as_os_str().to_string_lossy().trim_end_matches(".rs").to_owned()
        };
        let names = files.iter().map(|(path, _)| first(path));
        let homeless: Vec<_> =
            names.filter(|name| name != "mod" && floor(floors, name).is_none()).collect();
        assert_eq!(homeless, Vec::<String>::new());
    }
}

/// Method: the two drivers of a node, each against the name of the other.
#[test]
fn drivers_know_nothing_of_each_other() {
    for (own, other) in [("driver", "sim"), ("sim", "driver")] {
        let files = sources(&root().join("phi-agent/src").join(own));
        let knows = |text: &str| imports(text, "crate::").iter().any(|name| name == other);
        let wrong = files.iter().filter(|(_, text)| knows(text)).map(|(path, _)| path);
        assert_eq!(wrong.collect::<Vec<_>>(), Vec::<&PathBuf>::new(), "they import {other}");
    }
}

/// Method: each check is shown a source that is wrong.
#[test]
fn the_checks_bite() {
    let low =
        (PathBuf::from("phi-agent/src/wire/x.rs"), "use crate::proto::node::Node;".to_owned());
    assert_eq!(upward(&[low], "phi-agent/src", "crate::", AGENT).len(), 1);
    let proto = (PathBuf::from("phi-agent/src/proto/rng.rs"), "use super::node::Node;".to_owned());
    assert_eq!(upward(&[proto], "phi-agent/src/proto", "super::", PROTO).len(), 1);
    let long = format!("    pub(crate) async fn f() {{\n{}    }}\n", "        g();\n".repeat(70));
    assert_eq!(function_lengths(&long).first().map(|(_, lines)| *lines), Some(72));
    assert_eq!(function_lengths(&format!("    fn declared();\n{long}")).len(), 1);
    assert_eq!(production("a\n#[cfg(test)]\nmod tests {}").lines().count(), 1);
}
