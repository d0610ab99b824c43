//! Exit codes, each with the text that goes to standard error.

use std::io::{self, Write};
use std::process::ExitCode;

use crate::api::client::AskError;
use crate::driver::StartError;
use crate::settings::{EnvError, ReadError, SettingsError, SourcedError};

/// How a subcommand ended.
#[derive(Debug)]
pub(super) enum Exit {
    /// It did what it was asked to.
    Done,
    /// It could not, and why.
    Failed(String),
    /// No agent answers (`EX_UNAVAILABLE`).
    NoAgent(String),
    /// The agent does not obey this user (`EX_NOPERM`).
    NotPermitted(String),
    /// The settings are no settings (`EX_CONFIG`).
    BadSettings(String),
    /// Somebody interrupted it.
    Interrupted,
}

/// Prints what a command was asked for. A reader that has seen enough is no failure.
pub(super) fn print(text: &str) -> Exit {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Done,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Exit::Done,
        Err(error) => Exit::Failed(format!("cannot write: {error}")),
    }
}

impl Exit {
    /// Says why on standard error, and gives the code.
    pub(super) fn tell(self) -> ExitCode {
        let (code, reason) = match self {
            Self::Done => (0, None),
            Self::Failed(reason) => (1, Some(reason)),
            Self::NoAgent(reason) => (69, Some(reason)),
            Self::NotPermitted(reason) => (77, Some(reason)),
            Self::BadSettings(reason) => (78, Some(reason)),
            Self::Interrupted => (130, None),
        };
        if let Some(reason) = reason {
            // Without anybody to tell, the code must do.
            let _closed = writeln!(io::stderr(), "phi-agent: {reason}");
        }
        ExitCode::from(code)
    }
}

impl From<AskError> for Exit {
    fn from(error: AskError) -> Self {
        match error {
            AskError::NoAgent { .. } | AskError::TimedOut { .. } => {
                Self::NoAgent(error.to_string())
            }
            AskError::NotPermitted { .. } | AskError::Refused { status: 403, .. } => {
                Self::NotPermitted(error.to_string())
            }
            AskError::Refused { .. } | AskError::Garbled { .. } => Self::Failed(error.to_string()),
        }
    }
}

impl From<ReadError> for Exit {
    fn from(error: ReadError) -> Self {
        Self::BadSettings(error.to_string())
    }
}

impl From<EnvError> for Exit {
    fn from(error: EnvError) -> Self {
        Self::BadSettings(error.to_string())
    }
}

impl From<SettingsError> for Exit {
    fn from(error: SettingsError) -> Self {
        Self::BadSettings(error.to_string())
    }
}

impl From<SourcedError> for Exit {
    fn from(error: SourcedError) -> Self {
        Self::BadSettings(error.to_string())
    }
}

impl From<StartError> for Exit {
    fn from(error: StartError) -> Self {
        match error {
            StartError::PlaintextBeyondLoopback { .. } | StartError::Config(_) => {
                Self::BadSettings(error.to_string())
            }
            StartError::Bind(_) | StartError::State(_) | StartError::Entropy(_) => {
                Self::Failed(error.to_string())
            }
        }
    }
}
