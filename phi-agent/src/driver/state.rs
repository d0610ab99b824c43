//! What outlives the process: who this member is, and how often it has started.
//!
//! ```json
//! {"version":1,"id":"0123…","start":7,"check":"89ab…"}
//! ```
//!
//! `start` grows with each start, before anything is sent, and is on the disk by then. A file that
//! is damaged is kept aside and the member starts as a new one: going on with an older `start`
//! would be worse than being somebody else.

use std::fs::{self, File, TryLockError};
use std::io::{self, Write};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::{entropy, private};
use crate::ident::{Incarnation, NodeId};
use crate::proto::io::REMEMBERED_MAX;

const STATE_FILE: &str = "state.json";
const LOCK_FILE: &str = "lock";
/// Addresses of members, one a line.
const MEMBERS_FILE: &str = "members";
const VERSION: u32 = 1;

/// The longest state file that is read (bytes).
const STATE_BYTES_MAX: u64 = 4_096;

/// The longest file of addresses that is read (bytes).
const MEMBERS_BYTES_MAX: u64 = 4_096;

/// Who this member is, and where that is kept, if it is.
#[derive(Debug)]
pub(super) struct State {
    pub(super) id: NodeId,
    pub(super) incarnation: Incarnation,
    pub(super) dir: Option<StateDir>,
}

/// A state directory, locked for as long as this lives.
#[derive(Debug)]
pub(super) struct StateDir {
    pub(super) path: PathBuf,
    _lock: File,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    version: u32,
    id: String,
    start: u64,
    check: String,
}

/// What all versions of the file have.
#[derive(Deserialize)]
struct Version {
    version: u32,
}

impl State {
    /// The identity of a member that keeps none: a new one at each start.
    pub(super) fn ephemeral() -> io::Result<Self> {
        let id = NodeId::from_bits(entropy::bits()?);
        Ok(Self { id, incarnation: Incarnation::of_start(1), dir: None })
    }

    /// Takes the directory at `path` (made if it is missing), and counts one more start in it.
    ///
    /// # Errors
    ///
    /// [`StateError`] when the directory is in use, or cannot be read or written, or is that of a
    /// newer program. The state on disk is then the one before.
    pub(super) fn open(path: &Path) -> Result<Self, StateError> {
        let failed = |what| move |source| StateError::Io { what, dir: path.to_owned(), source };
        let dir = StateDir::lock(path)?;
        let file = path.join(STATE_FILE);
        let (id, start) = match read(&file).map_err(failed("read"))? {
            Found::Nothing => (new_id().map_err(failed("make an id for"))?, 1),
            Found::State { id, start: u64::MAX } => return Err(StateError::UsedUp { id }),
            Found::State { id, start } => (id, start + 1),
            Found::OtherVersion(version) => {
                return Err(StateError::OtherVersion { dir: path.to_owned(), version });
            }
            Found::Damage(damage) => {
                let aside = keep_aside(&file).map_err(failed("keep a damaged file aside in"))?;
                let id = new_id().map_err(failed("make an id for"))?;
                tracing::warn!(
                    %damage, kept = %aside.display(), new_id = %id,
                    "The state file is damaged: starting as a new member"
                );
                (id, 1)
            }
        };
        dir.keep_start(id, start).map_err(failed("write to"))?;
        Ok(Self { id, incarnation: Incarnation::of_start(start), dir: Some(dir) })
    }
}

impl StateDir {
    fn lock(path: &Path) -> Result<Self, StateError> {
        let failed = |what| move |source| StateError::Io { what, dir: path.to_owned(), source };
        private::make_dir(path).map_err(failed("make"))?;
        let lock = create(&path.join(LOCK_FILE)).map_err(failed("write to"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse { dir: path.to_owned() },
            TryLockError::Error(source) => failed("lock")(source),
        })?;
        Ok(Self { path: path.to_owned(), _lock: lock })
    }

    /// Keeps the number of starts; a crash leaves either the old one or the new one.
    pub(super) fn keep_start(&self, id: NodeId, start: u64) -> io::Result<()> {
        let check = check(id, start);
        let state = StateFile { version: VERSION, id: id.to_string(), start, check };
        let mut text = serde_json::to_vec(&state)?;
        text.push(b'\n');
        self.replace(STATE_FILE, &text)
    }

    /// Keeps the addresses of members for the next start.
    pub(super) fn keep_addrs(&self, addrs: &[SocketAddr]) -> io::Result<()> {
        let mut lines = Vec::new();
        addrs.iter().try_for_each(|addr| writeln!(lines, "{addr}"))?;
        self.replace(MEMBERS_FILE, &lines)
    }

    /// The addresses that were kept; lines that are none are skipped.
    pub(super) fn kept_addrs(&self) -> Vec<SocketAddr> {
        let path = self.path.join(MEMBERS_FILE);
        let short = fs::metadata(&path).is_ok_and(|file| file.len() <= MEMBERS_BYTES_MAX);
        let text = if short { fs::read_to_string(path).unwrap_or_default() } else { String::new() };
        text.lines().filter_map(|line| line.parse().ok()).take(REMEMBERED_MAX).collect()
    }

    /// Puts `bytes` in the place of the file `name`, so that a crash leaves either of the two.
    fn replace(&self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let new = self.path.join(name).with_extension("new");
        let mut file = create(&new)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(new, self.path.join(name))?;
        File::open(&self.path)?.sync_all()
    }
}

/// An empty file for the agent's user alone.
fn create(path: &Path) -> io::Result<File> {
    File::options().write(true).create(true).truncate(true).mode(0o600).open(path)
}

/// What a state file turned out to be.
enum Found {
    Nothing,
    State { id: NodeId, start: u64 },
    OtherVersion(u32),
    Damage(&'static str),
}

fn read(path: &Path) -> io::Result<Found> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Found::Nothing),
        Err(error) => return Err(error),
        Ok(metadata) if metadata.len() > STATE_BYTES_MAX => return Ok(Found::Damage("too long")),
        Ok(_) => {}
    }
    let bytes = fs::read(path)?;
    match serde_json::from_slice(&bytes) {
        Ok(Version { version }) if version != VERSION => return Ok(Found::OtherVersion(version)),
        _this_or_none => {}
    }
    let Ok(state) = serde_json::from_slice::<StateFile>(&bytes) else {
        return Ok(Found::Damage("no state"));
    };
    let Ok(id) = state.id.parse::<NodeId>() else {
        return Ok(Found::Damage("its id is none"));
    };
    if state.check != check(id, state.start) {
        return Ok(Found::Damage("its check does not match"));
    }
    Ok(Found::State { id, start: state.start })
}

/// Moves a damaged file to the first free name.
fn keep_aside(path: &Path) -> io::Result<PathBuf> {
    let mut number = 1_u32;
    loop {
        let aside = path.with_extension(format!("json.damaged-{number}"));
        if !aside.try_exists()? {
            fs::rename(path, &aside)?;
            return Ok(aside);
        }
        number += 1;
    }
}

fn new_id() -> io::Result<NodeId> {
    entropy::bits().map(NodeId::from_bits)
}

/// The first 64 bits of SHA-256 over what the file says: against bit rot, not against people.
fn check(id: NodeId, start: u64) -> String {
    let digest = Sha256::digest(format!("phi-agent state {VERSION} {id} {start}"));
    let bits = digest.first_chunk().copied().map_or(0, u64::from_be_bytes);
    format!("{bits:016x}")
}

/// Why the state directory cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StateError {
    /// Another agent has locked it.
    #[error(
        "the state directory {} is in use by another agent; give each its own with --state-dir",
        dir.display()
    )]
    InUse {
        /// The directory.
        dir: PathBuf,
    },
    /// It cannot be made, read or written.
    #[error(
        "cannot {what} the state directory {}: {source}; choose another with --state-dir",
        dir.display()
    )]
    Io {
        /// What was tried.
        what: &'static str,
        /// The directory.
        dir: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// It was written by a program of another version.
    #[error(
        "the state directory {} is of format {version}, and this program reads format {VERSION}: \
         run the version that wrote it, or name another directory with --state-dir to be a new \
         member", dir.display()
    )]
    OtherVersion {
        /// The directory.
        dir: PathBuf,
        /// The format of its file.
        version: u32,
    },
    /// The counter of starts has come to its end.
    #[error("member {id} has started 2⁶⁴ times; remove its state directory to make a new one")]
    UsedUp {
        /// The member.
        id: NodeId,
    },
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn dir() -> tempfile::TempDir {
        tempfile::tempdir().expect("a temporary directory")
    }

    /// Goal: the id stays and the start grows, each time.
    #[test]
    fn each_start_is_counted() {
        let dir = dir();
        let first = State::open(dir.path()).expect("new");
        let (id, start) = (first.id, first.incarnation);
        drop(first);
        let second = State::open(dir.path()).expect("known");
        assert_eq!((second.id, start), (id, Incarnation::of_start(1)));
        assert_eq!(second.incarnation, Incarnation::of_start(2));
    }

    /// Goal: two agents never share an identity.
    #[test]
    fn a_directory_in_use_is_refused() {
        let dir = dir();
        let _held = State::open(dir.path()).expect("new");
        assert!(matches!(State::open(dir.path()), Err(StateError::InUse { .. })));
    }

    /// Goal: whatever the damage, the old file is kept and the old identity is not continued.
    #[test]
    fn a_damaged_file_is_kept_aside_and_never_continued() {
        let dir = dir();
        let path = dir.path().join(STATE_FILE);
        let damages: [fn(&str) -> String; 4] = [
            |_| String::new(),
            |text| text.replace("\"start\":1", "\"start\":0"),
            |text| text.get(..20).unwrap_or_default().to_owned(),
            |text| format!("{}{text}", " ".repeat(5_000)),
        ];
        for (count, damage) in damages.into_iter().enumerate() {
            let id = State::open(dir.path()).expect("usable").id;
            let text =
                fs::read_to_string(&path).expect("written").replace("\"start\":2", "\"start\":1");
            let damaged = damage(&text);
            fs::write(&path, &damaged).expect("writable");
            let after = State::open(dir.path()).expect("usable");
            assert_ne!(after.id, id, "damage {count}");
            assert_eq!(after.incarnation, Incarnation::of_start(1));
            let aside = path.with_extension(format!("json.damaged-{}", count + 1));
            assert_eq!(fs::read_to_string(aside).expect("kept"), damaged);
        }
    }

    /// Goal: a program that was put back to an older version does not become another member.
    #[test]
    fn the_state_of_another_version_is_left_alone() {
        let dir = dir();
        drop(State::open(dir.path()).expect("new"));
        let path = dir.path().join(STATE_FILE);
        let newer = "{\"version\":2,\"id\":\"7\",\"key\":\"new\"}";
        fs::write(&path, newer).expect("writable");
        let error = State::open(dir.path()).expect_err("another version");
        assert!(matches!(error, StateError::OtherVersion { version: 2, .. }), "{error}");
        assert_eq!(fs::read_to_string(&path).expect("there"), newer);
    }

    /// Goal: nobody but the agent's user can hold its lock, or see who it is.
    #[test]
    fn its_files_are_for_its_user_alone() {
        let dir = dir();
        let path = dir.path().join("below/state");
        let _held = State::open(&path).expect("new");
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!(mode(&path) & 0o027, 0);
        assert_eq!([LOCK_FILE, STATE_FILE].map(|name| mode(&path.join(name)) & 0o077), [0, 0]);
    }

    /// Goal: addresses outlive the process, as far as they are any.
    #[test]
    fn addresses_are_kept() {
        let dir = dir();
        let kept = StateDir::lock(dir.path()).expect("free");
        assert!(kept.kept_addrs().is_empty());
        let addrs = ["10.0.0.1:7", "[::1]:7"].map(|addr| addr.parse().expect("an address"));
        kept.keep_addrs(&addrs).expect("writable");
        assert_eq!(kept.kept_addrs(), addrs);
        fs::write(dir.path().join(MEMBERS_FILE), "10.0.0.1:7\nx\n").expect("writable");
        assert_eq!(kept.kept_addrs(), addrs[..1]);
    }

    /// Goal: a path that cannot be a directory is an error that names it.
    #[test]
    fn an_unusable_directory_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let error = State::open(&file.path().join("below")).expect_err("not a directory");
        assert!(error.to_string().contains("below"), "{error}");
    }
}
