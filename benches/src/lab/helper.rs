//! Processes of this program that are part of a fault or of a measurement.
//!
//! They are started by `phi-bench lab-helper …`; what they do is in `roles`.

use std::env;
use std::io::Read as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, ensure};

/// A running helper; killed when it is dropped, and by the kernel should this program die.
pub(crate) struct Helper(Child);

impl Helper {
    /// Starts this program by `prefix` in the role of `arguments`.
    pub(crate) fn start(prefix: &[&str], arguments: &[&str]) -> Result<Self> {
        let mut command = Command::new("setpriv");
        command.args(["--pdeathsig", "KILL"]).args(prefix).arg(env::current_exe()?);
        command.arg("lab-helper").args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        Ok(Self(command.spawn().context("a helper")?))
    }

    /// Waits for its end and returns what it printed.
    pub(crate) fn output(mut self) -> Result<String> {
        let mut printed = String::new();
        if let Some(mut stdout) = self.0.stdout.take() {
            stdout.read_to_string(&mut printed)?;
        }
        let status = self.0.wait()?;
        ensure!(status.success(), "a helper ended: {status}");
        Ok(printed)
    }
}

impl Drop for Helper {
    fn drop(&mut self) {
        // Neither fails for a child that is ours; one that has ended already stays as it is.
        self.0.kill().ok();
        self.0.wait().ok();
    }
}
