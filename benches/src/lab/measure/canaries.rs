//! Canaries: processes that only sleep, at the priority of agents.

use std::time::Duration;

use anyhow::{Context as _, Result};

use crate::lab::helper::Helper;
use crate::lab::results::Stalls;

/// Canaries that run for a time that was given, at the priority of agents.
pub(crate) struct Canaries(Helper);

impl Canaries {
    pub(crate) fn start(time: Duration) -> Result<Self> {
        let seconds = time.as_secs().to_string();
        Ok(Self(Helper::start(&[], &["canary", "--seconds", &seconds])?))
    }

    /// Waits for their end and says how late they were.
    pub(crate) fn stalls(self) -> Result<Stalls> {
        serde_json::from_str(&self.0.output()?).context("what canaries say")
    }
}
