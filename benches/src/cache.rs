//! Results kept from one run to the next, so that a long sweep can be stopped and goes on.
//!
//! A result is found again by what it was made from: the program itself, and the inputs. Whoever
//! changes either gets new ones; those of other programs are removed.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest as _, Sha256};
use tempfile::NamedTempFile;

use crate::trace::Trace;

/// Characters of a digest that name a folder or a file.
const NAME_CHARS: usize = 24;

/// The results of this very program.
pub(crate) struct Cache {
    folder: PathBuf,
    is_read: bool,
}

impl Cache {
    /// A cache in `folder`; a `fresh` one is written, but not read.
    ///
    /// # Errors
    ///
    /// When this program cannot read itself, or the folder cannot be made.
    pub(crate) fn open(folder: &Path, fresh: bool) -> Result<Self> {
        let program = std::env::current_exe().context("which program this is")?;
        let bytes = fs::read(&program).with_context(|| program.display().to_string())?;
        let name = name(&[&bytes]);
        remove_others(folder, &name);
        let folder = folder.join(name);
        fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
        Ok(Self { folder, is_read: !fresh })
    }

    /// What was made from these inputs, or what `make` makes now.
    pub(crate) fn get_or<T: Serialize + DeserializeOwned>(
        &self,
        inputs: &[&[u8]],
        make: impl FnOnce() -> Result<T>,
    ) -> Result<T> {
        let path = self.folder.join(name(inputs)).with_extension("json");
        if self.is_read
            && let Ok(text) = fs::read(&path)
            && let Ok(made) = serde_json::from_slice(&text)
        {
            return Ok(made);
        }
        let made = make()?;
        self.write(&path, &made).with_context(|| format!("{}: cannot write it", path.display()))?;
        Ok(made)
    }

    /// Whole or not at all, even if this is stopped meanwhile.
    fn write(&self, path: &Path, made: &impl Serialize) -> Result<()> {
        let mut file = NamedTempFile::new_in(&self.folder)?;
        file.write_all(&serde_json::to_vec(made)?)?;
        file.persist(path)?;
        Ok(())
    }
}

/// A trace by all that is replayed of it.
pub(crate) fn digest(trace: &Trace) -> Vec<u8> {
    let mut sha = Sha256::new();
    sha.update(trace.name.as_bytes());
    sha.update(trace.period.get().to_le_bytes());
    for arrival in &trace.arrivals {
        sha.update(arrival.sequence.to_le_bytes());
        sha.update(arrival.at.as_nanos().to_le_bytes());
    }
    sha.finalize().to_vec()
}

fn name(inputs: &[&[u8]]) -> String {
    let mut sha = Sha256::new();
    for input in inputs {
        sha.update((input.len() as u64).to_le_bytes());
        sha.update(input);
    }
    let digest = sha.finalize();
    let half = |byte: u8| char::from_digit(byte.into(), 16);
    digest
        .iter()
        .flat_map(|byte| [half(byte >> 4), half(byte & 15)])
        .flatten()
        .take(NAME_CHARS)
        .collect()
}

/// Removes what other programs have left, as far as it can: folders named like ours.
fn remove_others(folder: &Path, ours: &str) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(name) = name.to_str() else { continue };
        let is_digest = name.len() == NAME_CHARS && name.chars().all(|c| c.is_ascii_hexdigit());
        if is_digest && name != ours {
            fs::remove_dir_all(entry.path()).ok(); // another run may be at it; it will be next time
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: a result is made once for the same inputs, anew for others, after damage, and when
    /// fresh ones are wanted.
    #[test]
    fn a_result_is_made_once() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let made = |cache: &Cache, inputs: &[&[u8]]| {
            let mut count = 0;
            let value = cache.get_or(inputs, || {
                count += 1;
                Ok(0.1 + 0.2)
            });
            assert_eq!(value.expect("writable"), 0.1 + 0.2);
            count
        };
        let cache = Cache::open(folder.path(), false).expect("a folder");
        assert_eq!(made(&cache, &[b"ab", b"c"]), 1);
        assert_eq!(made(&cache, &[b"ab", b"c"]), 0);
        assert_eq!(made(&cache, &[b"a", b"bc"]), 1, "inputs are kept apart");
        let fresh = Cache::open(folder.path(), true).expect("a folder");
        assert_eq!(made(&fresh, &[b"ab", b"c"]), 1);
        for file in fs::read_dir(&cache.folder).expect("there").flatten() {
            fs::write(file.path(), b"0.30").expect("writable");
            fs::write(file.path(), b"{").expect("writable");
        }
        assert_eq!(made(&cache, &[b"ab", b"c"]), 1, "damaged");
    }

    /// Goal: what another program left is removed, and nothing else.
    #[test]
    fn results_of_other_programs_are_removed() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let (old, other) = (folder.path().join("0".repeat(NAME_CHARS)), folder.path().join("mine"));
        fs::create_dir_all(&old).expect("writable");
        fs::create_dir_all(&other).expect("writable");
        let cache = Cache::open(folder.path(), false).expect("a folder");
        assert!(!old.exists() && other.exists() && cache.folder.exists());
    }
}
