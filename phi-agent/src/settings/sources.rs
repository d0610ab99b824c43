//! Where settings come from: flags, variables, a file; and which of them said what.

use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;
use thiserror::Error;

use super::file::{self, Places};
use super::{EnvError, Layer, ReadError, Settings, SettingsError, Surroundings};
use crate::proto::profile::Profile;

/// What each source says, apart.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    flags: Layer,
    env: Layer,
    file: Layer,
    places: Places,
}

/// Where the value of a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Origin {
    /// A flag of the command line.
    Flag(String),
    /// A variable of the environment.
    Variable(String),
    /// A line of the settings file.
    File {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The column in characters, from 1.
        column: usize,
    },
    /// The profile, because nobody says otherwise.
    Profile(Profile),
    /// Nobody says anything.
    Default,
}

/// Settings that no agent can run with, and where they were set.
#[derive(Debug, Error)]
pub struct SourcedError {
    /// What is wrong.
    #[source]
    error: SettingsError,
    /// The keys that it hangs on and that somebody has set, with the places.
    set: Vec<(&'static str, Origin)>,
}

/// The name of a setting in the file, and its flag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    /// Its name in the file.
    pub name: String,
    /// Its flag, such as `--interval`.
    pub flag: String,
    /// Its variable, such as `PHI_INTERVAL`.
    pub variable: String,
}

impl Sources {
    /// Flags alone.
    #[must_use]
    pub fn of(flags: Layer) -> Self {
        Self { flags, ..Self::default() }
    }

    /// The same, over the variables `PHI_…`, read with `var`.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names the variable that has no legal value.
    pub fn over_env(self, var: impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        Ok(Self { env: Layer::from_env(var)?, ..self })
    }

    /// The same, over the settings file at `path`.
    ///
    /// # Errors
    ///
    /// [`ReadError`] names the file, and line and column of what is wrong in it.
    pub fn over_file(self, path: &Path) -> Result<Self, ReadError> {
        let (file, places) = file::read(path)?;
        Ok(Self { file, places, ..self })
    }

    /// The settings that all sources come to: what a flag says, else a variable, else the file.
    ///
    /// # Errors
    ///
    /// [`SourcedError`] names keys and places when they are illegal or contradict each other.
    pub fn resolve(&self, surroundings: &Surroundings) -> Result<Settings, SourcedError> {
        let layer = self.flags.clone().over(self.env.clone()).over(self.file.clone());
        Settings::resolve(layer, surroundings).map_err(|error| {
            let set = |key| Some((key, self.set_by(key)?));
            let set = error.keys().into_iter().filter_map(set).collect();
            SourcedError { error, set }
        })
    }

    /// Where the value of `key` comes from in `settings`.
    #[must_use]
    pub fn origin(&self, key: &str, settings: &Settings) -> Origin {
        let of_profile = || match key {
            "interval" | "tolerate-pause" => Origin::Profile(settings.profile.into()),
            _ => Origin::Default,
        };
        self.set_by(key).unwrap_or_else(of_profile)
    }

    /// Who sets `key`, if anybody does.
    fn set_by(&self, key: &str) -> Option<Origin> {
        let names = || keys().into_iter().find(|known| known.name == key);
        if set_keys(&self.flags).contains(key) {
            return names().map(|key| Origin::Flag(key.flag));
        }
        if set_keys(&self.env).contains(key) {
            return names().map(|key| Origin::Variable(key.variable));
        }
        let (path, (line, column)) = self.places.of(key)?;
        Some(Origin::File { path: path.to_owned(), line, column })
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
            Self::File { path, line, column } => {
                write!(f, "{}:{line}:{column}", path.display())
            }
            Self::Profile(profile) => write!(f, "profile {}", profile.as_str()),
            Self::Default => f.write_str("default"),
        }
    }
}

impl fmt::Display for SourcedError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_file = self.set.iter().find(|(_, origin)| matches!(origin, Origin::File { .. }));
        if let Some((_, place)) = in_file {
            write!(f, "{place}: ")?;
        }
        write!(f, "{}", self.error)?;
        let set = self.set.iter().map(|(key, origin)| format!("{key} is set by {origin}"));
        let set = set.collect::<Vec<_>>().join(", ");
        if set.is_empty() { Ok(()) } else { write!(f, " ({set})") }
    }
}

/// All settings, in the order of the list of flags.
#[must_use]
pub fn keys() -> Vec<Key> {
    let command = Layer::augment_args(clap::Command::new("run"));
    let key = |arg: &clap::Arg| {
        let name = arg.get_id().as_str();
        Key {
            name: name.replace('_', "-"),
            flag: format!("--{}", arg.get_long().unwrap_or(name)),
            variable: format!("PHI_{}", name.to_uppercase()),
        }
    };
    command.get_arguments().map(key).collect()
}

/// The keys that `layer` says something about.
fn set_keys(layer: &(impl Serialize + ?Sized)) -> BTreeSet<String> {
    toml::Table::try_from(layer).map(|table| table.keys().cloned().collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings { hostname: "web1".into(), is_root: true, ..Surroundings::default() }
    }

    /// What three sources come to, and the path of the file.
    fn sources(flags: &str, env: (&str, &str), file: &str) -> (Sources, String) {
        let on_disk = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(on_disk.path(), file).expect("writable");
        let flags = toml::from_str(flags).expect("legal by itself");
        let sources = Sources::of(flags)
            .over_env(|asked| (asked == env.0).then(|| env.1.to_owned()))
            .expect("legal by itself")
            .over_file(on_disk.path());
        (sources.expect("legal by itself"), on_disk.path().display().to_string())
    }

    /// Goal: of each value it is told which flag, variable or line it comes from, or that a profile
    /// or a default stands for it.
    #[test]
    fn origins_are_told() {
        let file = "# ours\nthreshold = 5\n  members-max = 9\n[labels]\nrack = 'a'\n";
        let (sources, path) =
            sources("threshold = 6\nseeds = ['a:1']", ("PHI_OBSERVERS", "6"), file);
        let settings = sources.resolve(&surroundings()).expect("legal");
        let origin = |key| sources.origin(key, &settings).to_string();
        assert_eq!(origin("threshold"), "--threshold");
        assert_eq!(origin("seeds"), "--seed");
        assert_eq!(origin("observers"), "PHI_OBSERVERS");
        assert_eq!(origin("members-max"), format!("{path}:3:3"));
        assert_eq!(origin("labels"), format!("{path}:4:2"));
        assert_eq!(
            [origin("interval"), origin("tolerate-pause"), origin("bind")],
            ["profile lan", "profile lan", "default"]
        );
    }

    /// Goal: settings of three sources that contradict each other are an error with both keys and
    /// both places.
    #[test]
    fn contradictions_name_both_places() {
        let (mixed, path) = sources("", ("PHI_INTERVAL", "4s"), "\ntolerate-pause = '2s'");
        let error = mixed.resolve(&surroundings()).expect_err("one lost heartbeat").to_string();
        assert!(
            error.starts_with(&format!("{path}:2:1: tolerate-pause and interval: ")),
            "{error}"
        );
        assert!(error.contains("interval is set by PHI_INTERVAL"), "{error}");
        assert!(error.contains("set tolerate-pause to 3s or more"), "{error}");
        let (flags, _) = sources("observers = 3", ("", ""), "");
        let error = flags.resolve(&surroundings()).expect_err("odd").to_string();
        assert!(error.starts_with("observers: 3 observers"), "{error}");
        assert!(error.ends_with("(observers is set by --observers)"), "{error}");
        let (env, _) = sources("", ("PHI_INTERVAL", "0s"), "");
        let error = env.resolve(&surroundings()).expect_err("no time").to_string();
        assert!(error.contains("10ms to 1h") && error.contains("PHI_INTERVAL"), "{error}");
    }

    /// Goal: the names of flags, variables and keys are those that people know.
    #[test]
    fn names_follow_from_the_list_of_flags() {
        let keys = keys();
        let named = |name: &str| keys.iter().find(|key| key.name == name).expect("a key").clone();
        let seeds = named("seeds");
        assert_eq!((seeds.flag.as_str(), seeds.variable.as_str()), ("--seed", "PHI_SEEDS"));
        let state_dir = named("state-dir");
        assert_eq!(state_dir.flag, "--state-dir");
        assert_eq!(state_dir.variable, "PHI_STATE_DIR");
    }
}
