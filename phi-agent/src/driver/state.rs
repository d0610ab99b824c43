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
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use thiserror::Error;

use super::entropy;
use crate::ident::{Incarnation, NodeId};
use crate::proto::io::REMEMBERED_MAX;

const STATE_FILE: &str = "state.json";
const LOCK_FILE: &str = "lock";
/// Addresses of members, one a line.
const MEMBERS_FILE: &str = "members";
const VERSION: u32 = 1;

/// The longest state file that is read (bytes).
const STATE_BYTES_MAX: u64 = 4_096;

/// A state directory, locked for as long as this lives.
#[derive(Debug)]
pub(super) struct State {
    pub(super) id: NodeId,
    pub(super) incarnation: Incarnation,
    /// Where it is kept, if it is.
    dir: Option<PathBuf>,
    _lock: Option<File>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct StateFile {
    version: u32,
    id: String,
    start: u64,
    check: String,
}

impl State {
    /// The identity of a member that keeps none: a new one at each start.
    pub(super) fn ephemeral() -> io::Result<Self> {
        let id = NodeId::from_bits(entropy::bits()?);
        Ok(Self { id, incarnation: Incarnation::of_start(1), dir: None, _lock: None })
    }

    /// Takes `dir` (made if it is missing), and counts one more start in it.
    ///
    /// # Errors
    ///
    /// [`StateError`] when the directory is in use, or cannot be read or written. The state on disk
    /// is then the one before.
    pub(super) fn open(dir: &Path) -> Result<Self, StateError> {
        let failed = |what| move |source| StateError::Io { what, dir: dir.to_owned(), source };
        fs::create_dir_all(dir).map_err(failed("make"))?;
        let lock = File::create(dir.join(LOCK_FILE)).map_err(failed("write to"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => StateError::InUse { dir: dir.to_owned() },
            TryLockError::Error(source) => failed("lock")(source),
        })?;
        let path = dir.join(STATE_FILE);
        let (id, start) = match read(&path).map_err(failed("read"))? {
            Found::Nothing => (new_id().map_err(failed("make an id for"))?, 1),
            Found::State { id, start: u64::MAX } => return Err(StateError::UsedUp { id }),
            Found::State { id, start } => (id, start + 1),
            Found::Damage(damage) => {
                let aside = keep_aside(&path).map_err(failed("keep a damaged file aside in"))?;
                let id = new_id().map_err(failed("make an id for"))?;
                tracing::warn!(
                    %damage, kept = %aside.display(), new_id = %id,
                    "The state file is damaged: starting as a new member"
                );
                (id, 1)
            }
        };
        write(dir, id, start).map_err(failed("write to"))?;
        let (dir, incarnation) = (Some(dir.to_owned()), Incarnation::of_start(start));
        Ok(Self { id, incarnation, dir, _lock: Some(lock) })
    }

    /// Keeps a later number of starts: what cannot be kept is only told of, for the next process
    /// learns it from the cluster again.
    pub(super) fn persist(&self, start: u64) {
        let Some(dir) = &self.dir else { return };
        if let Err(error) = write(dir, self.id, start) {
            tracing::warn!(dir = %dir.display(), %error, "Cannot keep the number of starts");
        }
    }

    /// Keeps the addresses of members for the next start: what cannot be kept is only told of.
    pub(super) fn remember(&self, addrs: &[SocketAddr]) {
        let Some(dir) = &self.dir else { return };
        let kept = tempfile::NamedTempFile::new_in(dir).and_then(|mut file| {
            addrs.iter().try_for_each(|addr| writeln!(file, "{addr}"))?;
            file.persist(dir.join(MEMBERS_FILE)).map_err(|error| error.error)
        });
        if let Err(error) = kept {
            tracing::warn!(dir = %dir.display(), %error, "Cannot keep the addresses of members");
        }
    }

    /// The addresses that were kept; lines that are none are skipped.
    pub(super) fn remembered(&self) -> Vec<SocketAddr> {
        let path = self.dir.as_ref().map(|dir| dir.join(MEMBERS_FILE));
        let short = |path: &PathBuf| fs::metadata(path).is_ok_and(|m| m.len() <= STATE_BYTES_MAX);
        let text = path.filter(short).and_then(|path| fs::read_to_string(path).ok());
        let lines = text.as_deref().unwrap_or_default().lines();
        lines.filter_map(|line| line.parse().ok()).take(REMEMBERED_MAX).collect()
    }
}

/// What a state file turned out to be.
enum Found {
    Nothing,
    State { id: NodeId, start: u64 },
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
    let Ok(state) = serde_json::from_slice::<StateFile>(&bytes) else {
        return Ok(Found::Damage("no state"));
    };
    if state.version != VERSION {
        return Ok(Found::Damage("of another version"));
    }
    let Ok(id) = state.id.parse::<NodeId>() else {
        return Ok(Found::Damage("its id is none"));
    };
    if state.check != check(id, state.start) {
        return Ok(Found::Damage("its check does not match"));
    }
    Ok(Found::State { id, start: state.start })
}

/// Writes the state so that a crash leaves either the old one or the new one.
fn write(dir: &Path, id: NodeId, start: u64) -> io::Result<()> {
    let state = StateFile { version: VERSION, id: id.to_string(), start, check: check(id, start) };
    let mut file = tempfile::NamedTempFile::new_in(dir)?;
    serde_json::to_writer(&mut file, &state)?;
    file.write_all(b"\n")?;
    file.as_file().sync_all()?;
    file.persist(dir.join(STATE_FILE))?;
    File::open(dir)?.sync_all()
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
    /// The counter of starts has come to its end.
    #[error("member {id} has started 2⁶⁴ times; remove its state directory to make a new one")]
    UsedUp {
        /// The member.
        id: NodeId,
    },
}

#[cfg(test)]
mod tests {
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
        let damages: [fn(&str) -> String; 5] = [
            |_| String::new(),
            |text| text.replace("\"start\":1", "\"start\":0"),
            |text| text.replace("\"version\":1", "\"version\":2"),
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

    /// Goal: a path that cannot be a directory is an error that names it.
    #[test]
    fn an_unusable_directory_is_named() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let error = State::open(&file.path().join("below")).expect_err("not a directory");
        assert!(error.to_string().contains("below"), "{error}");
    }
}
