//! Files that a command leaves behind, and numbers as they are written to them.
//!
//! What is in the files is the business of the commands.

use std::fs;
use std::path::Path;

use anyhow::{Context as _, Result};

/// Writes `contents` to `path`, whose folders are made where they are missing.
pub(crate) fn write_file(path: &Path, contents: impl AsRef<[u8]>) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)
            .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
    }
    fs::write(path, contents).with_context(|| format!("{}: cannot write it", path.display()))
}

/// `value` rounded to six significant digits: what a sum's last bits say is nobody's business, and
/// files of two machines stay comparable.
pub(crate) fn six_digits(value: f64) -> f64 {
    format!("{value:.5e}").parse().unwrap_or(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: six digits remain at any magnitude, and what has fewer stays as it is.
    #[test]
    fn six_significant_digits_remain() {
        let cases = [(1.234_567_89, 1.23457), (9.999_999_9e-7, 1e-6), (123_456_789.0, 123_457e3)];
        for (value, rounded) in cases {
            assert_eq!(six_digits(value), rounded);
        }
        assert_eq!(six_digits(0.1), 0.1);
        assert_eq!(six_digits(0.0), 0.0);
    }

    /// Goal: folders on the way are made, and a path that cannot be says which.
    #[test]
    fn a_file_is_written_or_its_path_named() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let file = folder.path().join("a/b.csv");
        write_file(&file, "x\n").expect("writable");
        assert_eq!(fs::read_to_string(&file).expect("written"), "x\n");
        let error = write_file(&file.join("below a file"), "x").expect_err("no folder");
        assert!(format!("{error:#}").contains("b.csv"), "{error:#}");
    }
}
