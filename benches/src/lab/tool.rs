//! Runs the programs that networks are made with, `ip`, `bridge`, `tc`, `nft`, and processes that
//! must not outlive this one.
//!
//! What they are told is the business of whoever calls.

use std::io::Write as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// Runs `program` to its end with `input` as standard input, and returns what it printed.
///
/// # Errors
///
/// When it cannot be run or reports failure; the error holds the arguments and its complaint.
pub(crate) fn run(program: &str, arguments: &[&str], input: &str) -> Result<String> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        // A group of its own: Ctrl-C must not end it halfway, least of all while cleaning up.
        .process_group(0)
        .spawn()
        .with_context(|| program.to_owned())?;
    if let Some(mut stdin) = child.stdin.take() {
        // Where it stops reading it has failed, and its own complaint says more.
        stdin.write_all(input.as_bytes()).ok();
    }
    let output = child.wait_with_output().with_context(|| program.to_owned())?;
    let complaint = String::from_utf8_lossy(&output.stderr);
    let first = complaint.trim().lines().next().unwrap_or("no reason given");
    ensure!(output.status.success(), "{program} {}: {first}", arguments.join(" "));
    Ok(String::from_utf8_lossy(&output.stdout).into_owned())
}

/// A process that the kernel ends with the thread that starts it, even if this program is killed,
/// and that no Ctrl-C of the terminal reaches. Its arguments say what becomes of it: each program
/// in them turns into the next one, so the process stays the same.
pub(crate) fn mortal() -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL"]).process_group(0);
    command
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: what a program prints comes back, and a failure says what failed and why, in a line.
    #[test]
    fn output_comes_back_and_failures_explain_themselves() {
        assert_eq!(run("cat", &[], "a\nb\n").expect("runs"), "a\nb\n");
        let error = run("sh", &["-c", "echo first >&2; echo second >&2; exit 1"], "x");
        let error = format!("{:#}", error.expect_err("fails"));
        assert!(error.starts_with("sh -c ") && error.ends_with(": first"), "{error}");
    }
}
