//! Who can be measured: how each is started, and how its lines are read.
//!
//! One file each for ours, for serf, and for the rivals that are libraries.

mod json;
mod phi;
mod rival;
mod serf;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Result;

pub(crate) use phi::socket as phi_socket;

use crate::lab::events::Parse;
use crate::lab::results::{PeerName, PeerVersion};

/// A peer that is installed.
pub(crate) struct Peer {
    pub(crate) name: PeerName,
    program: PathBuf,
    version: String,
    configuration: &'static str,
    arguments: fn(&Place<'_>) -> Vec<OsString>,
    pub(crate) parse: Parse,
    /// Whether it promises to end with 0 on SIGTERM, and answers on a local socket.
    pub(crate) is_ours: bool,
}

/// Where an agent is to run.
pub(crate) struct Place<'a> {
    pub(crate) node: u8,
    /// How many agents there will be.
    pub(crate) nodes: u8,
    /// A folder of its own.
    pub(crate) folder: &'a Path,
}

impl Peer {
    /// The peer called `name`; ours is the agent at `agent`, or else that beside this program.
    ///
    /// # Errors
    ///
    /// [`Refusal`](crate::lab::requirements::Refusal) with what to install when it is not here.
    pub(crate) fn find(name: PeerName, agent: Option<&Path>) -> Result<Self> {
        match name {
            PeerName::Phi => phi::find(agent),
            PeerName::Serf => serf::find(),
            PeerName::Foca | PeerName::Chitchat | PeerName::Memberlist => rival::find(name),
        }
    }

    /// The program and its arguments, for an agent at `place`.
    pub(crate) fn command(&self, place: &Place<'_>) -> Vec<OsString> {
        let mut command = vec![self.program.clone().into_os_string()];
        command.extend((self.arguments)(place));
        command
    }

    /// What it is, for the results.
    pub(crate) fn version(&self) -> PeerVersion {
        PeerVersion {
            peer: self.name,
            version: self.version.clone(),
            configuration: self.configuration.to_owned(),
        }
    }
}
