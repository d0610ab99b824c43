//! `phi-agent check-config`: what the settings come to.

use std::io::Write;
use std::path::PathBuf;

use super::exit::Exit;
use super::run::settings;
use crate::settings::Layer;

/// What stands in place of settings that depend on each member.
const RELATIVE: [(&str, &str); 5] = [
    ("threshold", "2 with the model calibrated, 8 with normal"),
    ("tolerate-pause", "two intervals of each member"),
    ("window", "1000 intervals, with the model normal"),
    ("min-std-dev", "a quarter of each member's interval, with the model normal"),
    ("acceptable-pause", "two intervals of each member, with the model normal"),
];

#[derive(Debug, clap::Args)]
pub(super) struct CheckConfigArgs {
    /// Settings file; without one, what flags and PHI_* variables say
    #[arg(value_name = "FILE", env = "PHI_CONFIG")]
    file: Option<PathBuf>,

    #[command(flatten)]
    flags: Layer,
}

pub(super) fn run(args: CheckConfigArgs) -> Exit {
    let settings = match settings(args.file.as_ref(), args.flags) {
        Ok(settings) => settings,
        Err(exit) => return exit,
    };
    let text = match toml::to_string(&settings) {
        Ok(text) => text,
        Err(error) => return Exit::Failed(error.to_string()),
    };
    let is_set = |key: &str| text.lines().any(|line| line.split(' ').next() == Some(key));
    let relative = RELATIVE.into_iter().filter(|(key, _)| !is_set(key));
    let comments = relative.map(|(key, meaning)| format!("# {key}: {meaning}\n"));
    let text: String = std::iter::once(text.clone()).chain(comments).collect();
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => Exit::Done,
        Err(error) => Exit::Failed(format!("cannot write: {error}")),
    }
}
