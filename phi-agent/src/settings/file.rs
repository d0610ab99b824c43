//! The settings file: TOML, read whole, with errors that say where.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;
use toml::de::DeTable;

use super::{Layer, keys};

/// The longest settings file that is read (bytes).
const FILE_BYTES_MAX: u64 = 1 << 20;

/// Why a settings file says nothing.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// It cannot be read.
    #[error("cannot read {}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the kernel says.
        source: io::Error,
    },
    /// It is longer than a megabyte.
    #[error("{} is longer than a settings file may be ({FILE_BYTES_MAX} bytes)", path.display())]
    TooLong {
        /// The file.
        path: PathBuf,
    },
    /// It is not TOML, or has a key or value that is none of ours.
    #[error("{}:{line}:{column}: {message}", path.display())]
    Illegal {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
        /// What is wrong there.
        message: String,
    },
}

/// Where the keys of a settings file stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Places {
    path: PathBuf,
    /// Line and column of each key, both from 1.
    keys: BTreeMap<String, (usize, usize)>,
}

impl Places {
    /// The file, and line and column of `key` in it.
    pub(super) fn of(&self, key: &str) -> Option<(&Path, (usize, usize))> {
        self.keys.get(key).map(|place| (self.path.as_path(), *place))
    }
}

pub(super) fn read(path: &Path) -> Result<(Layer, Places), ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(ReadError::TooLong { path: path.to_owned() });
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    let illegal = |(line, column), message| ReadError::Illegal {
        path: path.to_owned(),
        line,
        column,
        message,
    };
    let wrong = |error: toml::de::Error| {
        let place = position(&text, error.span().map_or(0, |span| span.start));
        illegal(place, error.message().to_owned())
    };
    let keys = places(&text).map_err(wrong)?;
    if let Some((key, place)) = keys.iter().find(|(key, _)| !is_key(key)) {
        return Err(illegal(*place, unknown(key)));
    }
    let layer = parse(&text).map_err(wrong)?;
    Ok((layer, Places { path: path.to_owned(), keys }))
}

pub(super) fn parse(text: &str) -> Result<Layer, toml::de::Error> {
    toml::from_str(text)
}

/// Each key of the file, with line and column.
fn places(text: &str) -> Result<BTreeMap<String, (usize, usize)>, toml::de::Error> {
    let table = DeTable::parse(text)?;
    let place = |key: &toml::Spanned<_>| position(text, key.span().start);
    let keys = table.get_ref().keys();
    Ok(keys.map(|key| (key.get_ref().to_string(), place(key))).collect())
}

fn is_key(name: &str) -> bool {
    keys().iter().any(|key| key.name == name)
}

/// What to say of a key that is none of ours.
fn unknown(name: &str) -> String {
    let keys = keys();
    let nearest = keys.iter().min_by_key(|key| strsim::levenshtein(&key.name, name));
    let nearest = nearest.map_or("", |key| &key.name);
    format!("unknown setting `{name}`; did you mean `{nearest}`? `phi-agent run --help` lists all")
}

/// Line and column of the byte at `offset`, both from 1.
fn position(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |line| line.chars().count()) + 1;
    (line, column)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error_of(text: &str) -> String {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), text).expect("writable");
        let error = read(file.path()).expect_err("illegal").to_string();
        let name = file.path().display().to_string();
        error.strip_prefix(&name).expect("the file is named").to_owned()
    }

    /// Goal: what is wrong is named with its line and column.
    #[test]
    fn errors_say_where() {
        let unknown = error_of("name = \"a\"\n  treshold = 8\n");
        assert!(unknown.starts_with(":2:3: ") && unknown.contains("treshold"), "{unknown}");
        assert!(unknown.contains("`threshold`"), "the nearest is named: {unknown}");
        let value = error_of("# ä\ninterval = \"soon\"\n");
        assert!(value.starts_with(":2:12: ") && value.contains("soon"), "{value}");
        let range = error_of("threshold = 0");
        assert!(range.starts_with(":1:13: "), "{range}");
        assert!(error_of("bind = ").starts_with(":1:"), "no TOML");
    }

    /// Goal: a file with every key is read as it is meant.
    #[test]
    fn every_key_is_read() {
        let text = r#"
            bind = "[::1]:7"
            advertise = "10.0.0.1"
            seeds = ["db1", "10.0.0.2:9"]
            name = "db2"
            cluster = "prod"
            labels = { rack = "a", "zone.1" = "" }
            profile = "wan"
            observers = 6
            state-dir = "/s"
            socket = "/s/phi.sock"
            interval = "250ms"
            model = "normal"
            threshold = 12
            false-alarms-per-day = 0.5
            tolerate-pause = "3s"
            window = 100
            min-std-dev = "20ms"
            acceptable-pause = "1s 500ms"
            members-max = 9
            insecure-plaintext = true
        "#;
        let layer = parse(text).expect("legal");
        let written = toml::to_string(&layer).expect("writable");
        assert_eq!(parse(&written).expect("legal"), layer);
        let written: toml::Table = written.parse().expect("TOML");
        let mut all: Vec<_> = keys().into_iter().map(|key| key.name).collect();
        all.sort();
        assert_eq!(written.keys().cloned().collect::<Vec<_>>(), all, "each key is set");
    }
}
