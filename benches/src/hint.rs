//! What commands say when they were built without the rivals.
//!
//! It decides nothing: the feature does.

use std::io::{Result, Write};

/// Says how to have rivals, where there are none.
pub(crate) fn rivals(output: &mut impl Write) -> Result<()> {
    if cfg!(feature = "rivals") {
        return Ok(());
    }
    writeln!(output, "\nOther implementations beside ours: build with `--features rivals`.")
}
