//! The settings file: TOML, read whole, with errors that say where.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use thiserror::Error;

use super::Layer;

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

pub(super) fn read(path: &Path) -> Result<Layer, ReadError> {
    let failed = |source| ReadError::Io { path: path.to_owned(), source };
    if fs::metadata(path).map_err(failed)?.len() > FILE_BYTES_MAX {
        return Err(ReadError::TooLong { path: path.to_owned() });
    }
    let text = fs::read_to_string(path).map_err(failed)?;
    parse(&text).map_err(|error| {
        let (line, column) = position(&text, error.span().map_or(0, |span| span.start));
        let message = error.message().to_owned();
        ReadError::Illegal { path: path.to_owned(), line, column, message }
    })
}

pub(super) fn parse(text: &str) -> Result<Layer, toml::de::Error> {
    toml::from_str(text)
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
        assert!(unknown.contains("`threshold`"), "the legal keys are listed: {unknown}");
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
        assert_eq!(written.lines().count(), 17, "each key is set:\n{written}");
    }
}
