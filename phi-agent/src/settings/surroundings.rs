//! What the defaults depend on: who runs this, on which host, with which directories.

use std::env;
use std::path::PathBuf;

use crate::ident::Name;

/// The host and user of this process, as far as defaults depend on them.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Surroundings {
    /// The host's name.
    pub hostname: String,
    /// Whether root runs this.
    pub is_root: bool,
    /// `$XDG_RUNTIME_DIR`.
    pub runtime_dir: Option<PathBuf>,
    /// `$XDG_STATE_HOME`, or the place that stands for it.
    pub state_home: Option<PathBuf>,
}

impl Surroundings {
    /// Those of this process.
    #[must_use]
    pub fn here() -> Self {
        let dir = |key: &str| env::var_os(key).map(PathBuf::from).filter(|dir| dir.is_absolute());
        let hostname = nix::unistd::gethostname().unwrap_or_default();
        Self {
            hostname: hostname.to_string_lossy().into_owned(),
            is_root: nix::unistd::geteuid().is_root(),
            runtime_dir: dir("XDG_RUNTIME_DIR"),
            state_home: dir("XDG_STATE_HOME")
                .or_else(|| dir("HOME").map(|home| home.join(".local/state"))),
        }
    }

    /// Where an agent answers that is not told where.
    #[must_use]
    pub fn socket(&self) -> Option<PathBuf> {
        if self.is_root {
            return Some("/run/phi-agent/phi.sock".into());
        }
        self.runtime_dir.as_ref().map(|dir| dir.join("phi-agent.sock"))
    }

    /// Where an agent keeps its identity that is not told where.
    #[must_use]
    pub fn state_dir(&self) -> Option<PathBuf> {
        if self.is_root {
            return Some("/var/lib/phi-agent".into());
        }
        self.state_home.as_ref().map(|dir| dir.join("phi-agent"))
    }

    /// The name of an agent that is given none: the host's, with what is illegal replaced.
    #[must_use]
    pub fn name(&self) -> Option<Name> {
        let legal = |c: char| if c.is_ascii_alphanumeric() || "._-".contains(c) { c } else { '-' };
        let name: String = self.hostname.chars().map(legal).take(64).collect();
        name.parse().ok()
    }
}
