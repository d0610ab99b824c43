//! The format of recorded arrivals, written: plain or, when the file's name ends in `.gz`, gzip.
//!
//! That arrivals ascend in time is what its callers see to; readers check it.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufWriter, IntoInnerError, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use flate2::Compression;
use flate2::write::GzEncoder;
use tempfile::NamedTempFile;

use super::arrival::Arrival;
use super::reader::Header;

/// A file on its way: it gets its name when it is complete, and leaves nothing behind before.
pub(crate) struct Writer {
    path: PathBuf,
    file: Sink,
}

enum Sink {
    Plain(BufWriter<NamedTempFile>),
    Gzip(Box<GzEncoder<BufWriter<NamedTempFile>>>),
}

impl Writer {
    /// Begins the file that will be at `path`.
    pub(crate) fn create(path: &Path, header: &Header) -> Result<Self> {
        let shown = || format!("{}: cannot write it", path.display());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or_else(|| Path::new("."));
        fs::create_dir_all(folder).with_context(shown)?;
        let file = BufWriter::new(NamedTempFile::new_in(folder).with_context(shown)?);
        let file = if path.extension() == Some(OsStr::new("gz")) {
            Sink::Gzip(Box::new(GzEncoder::new(file, Compression::best())))
        } else {
            Sink::Plain(file)
        };
        let mut writer = Self { path: path.to_owned(), file };
        let Header { name, kind, origin, period } = header;
        let period = period.get().to_string();
        for (key, value) in
            [("name", name), ("period_ns", &period), ("origin", origin), ("kind", kind)]
        {
            writer.line(&format!("# {key}: {}", one_line(value)))?;
        }
        Ok(writer)
    }

    /// Adds an arrival.
    pub(crate) fn push(&mut self, arrival: Arrival) -> Result<()> {
        self.line(&format!("{} {}", arrival.sequence, arrival.at.as_nanos()))
    }

    /// Gives the file its name.
    pub(crate) fn finish(self) -> Result<()> {
        let path = self.path;
        let shown = || format!("{}: cannot write it", path.display());
        let file = match self.file {
            Sink::Plain(file) => file,
            Sink::Gzip(encoder) => encoder.finish().with_context(shown)?,
        };
        let file = file.into_inner().map_err(IntoInnerError::into_error).with_context(shown)?;
        let file = file.persist(&path).map_err(|error| error.error).with_context(shown)?;
        readable_by_all(&file).with_context(shown)
    }

    fn line(&mut self, text: &str) -> Result<()> {
        let written = match &mut self.file {
            Sink::Plain(file) => writeln!(file, "{text}"),
            Sink::Gzip(file) => writeln!(file, "{text}"),
        };
        written.with_context(|| format!("{}: cannot write it", self.path.display()))
    }
}

/// Temporary files are private; a trace is as public as any file that a program writes.
fn readable_by_all(file: &fs::File) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt as _;

    file.set_permissions(fs::Permissions::from_mode(0o644))
}

/// `text` as far as it fits in a header: no line ends and no other control characters, 900 bytes.
fn one_line(text: &str) -> String {
    let mut line: String =
        text.chars().map(|sign| if sign.is_control() { ' ' } else { sign }).collect();
    while line.len() > 900 {
        line.pop();
    }
    line.trim().to_owned()
}
