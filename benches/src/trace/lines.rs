//! Lines of a text file, plain or gzip: each bounded in length, numbered, and named in errors.
//!
//! What stands in them is the business of who reads them. One line is held at a time, so neither a
//! file of gigabytes nor a gzip file that unpacks to gigabytes takes memory.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, ensure};
use flate2::bufread::MultiGzDecoder;

/// The longest line that is read (bytes); the longest of our own has 300.
pub(crate) const LINE_BYTES_MAX: u64 = 1_024;

/// The first bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The lines of one file.
pub(crate) struct Lines<'a> {
    reader: Box<dyn BufRead + 'a>,
    source: String,
    number: u64,
    bytes: Vec<u8>,
}

impl<'a> Lines<'a> {
    /// Those of the file at `path`.
    pub(crate) fn open(path: &Path) -> Result<Lines<'static>> {
        let source = path.display().to_string();
        let file = File::open(path).with_context(|| source.clone())?;
        Lines::of(BufReader::new(file), source)
    }

    /// Those of `reader`, which errors call `source`.
    pub(crate) fn of(mut reader: impl BufRead + 'a, source: String) -> Result<Self> {
        let start = reader.fill_buf().with_context(|| source.clone())?;
        let reader: Box<dyn BufRead + 'a> = if start.starts_with(&GZIP_MAGIC) {
            Box::new(BufReader::new(MultiGzDecoder::new(reader)))
        } else {
            Box::new(reader)
        };
        Ok(Self { reader, source, number: 0, bytes: Vec::new() })
    }

    /// The next line without its end and without blanks there; `None` after the last.
    pub(crate) fn next(&mut self) -> Result<Option<&str>> {
        self.number += 1;
        self.bytes.clear();
        let read = self
            .reader
            .by_ref()
            .take(LINE_BYTES_MAX + 1)
            .read_until(b'\n', &mut self.bytes)
            .with_context(|| self.place())?;
        if read == 0 {
            return Ok(None);
        }
        ensure!(
            self.bytes.len() as u64 <= LINE_BYTES_MAX,
            "{}: longer than {LINE_BYTES_MAX} bytes: this is no text of ours",
            self.place()
        );
        let text =
            str::from_utf8(&self.bytes).context("not UTF-8").with_context(|| self.place())?;
        let text = text.trim_end();
        let strange = |sign: char| sign.is_control() && sign != '\t';
        ensure!(!text.contains(strange), "{}: a control character in it", self.place());
        Ok(Some(text))
    }

    /// The file, and the line that was read last.
    pub(crate) fn place(&self) -> String {
        format!("{}:{}", self.source, self.number)
    }

    /// What errors call the file.
    pub(crate) fn source(&self) -> &str {
        &self.source
    }
}
