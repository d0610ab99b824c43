//! Processes of this program that are part of a fault or of a measurement.
//!
//! They are started by `phi-bench lab-helper …`; what they do is in `roles`.

use std::env;
use std::io::Read as _;
use std::process::{self, Child, Stdio};

use anyhow::{Context as _, Result, bail, ensure};

use crate::lab::tool;

/// A running helper; killed when it is dropped, and by the kernel should this program die.
pub(crate) struct Helper(Child);

impl Helper {
    /// Starts this program by `prefix` in the role of `arguments`.
    pub(crate) fn start(prefix: &[&str], arguments: &[&str]) -> Result<Self> {
        let mut command = tool::mortal();
        let parent = process::id().to_string();
        command.args(prefix).arg(env::current_exe()?);
        command.args(["lab-helper", "--parent", &parent]).args(arguments);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        Ok(Self(command.spawn().context("a helper")?))
    }

    /// An error if it has ended: what it was to do has not been done to the end.
    pub(crate) fn check(&mut self) -> Result<()> {
        match self.0.try_wait()? {
            Some(status) => bail!("a helper ended before its time: {status}"),
            None => Ok(()),
        }
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
