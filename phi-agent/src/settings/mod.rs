//! Settings: one list of keys, for the file, the environment and the command line.
//!
//! A [`Layer`] holds what one of them says; the first that says something wins. [`Sources`] keeps
//! them apart, so that errors and `check-config` can tell who said what. [`Settings`] is what comes
//! out: complete, and legal as far as can be told without starting.

mod effective;
mod environment;
mod error;
mod file;
mod labels;
mod sources;
mod surroundings;
mod value;

use std::net::SocketAddr;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

pub use effective::Settings;
pub use environment::{EnvError, unknown_variables};
pub use error::SettingsError;
pub use file::ReadError;
pub use labels::{CollectLabelsError, Label, ParseLabelError};
pub use sources::{Key, Origin, SourcedError, Sources, keys};
pub use surroundings::Surroundings;
pub use value::{Advertise, HumanDuration, Level, ModelName, ParseValueError, ProfileName};

use crate::driver::Seed;
use crate::ident::Name;
use environment::Env;

/// What one source says: the settings file, the environment, or the flags.
#[derive(Clone, Debug, Default, PartialEq, clap::Args, Serialize, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Layer {
    /// Address and port to listen on; port 0 lets the kernel choose [default: 127.0.0.1:16180]
    #[arg(long, value_name = "ADDR:PORT")]
    pub bind: Option<SocketAddr>,

    /// Address where others reach this agent, if it is not the bound one (port: that of --bind)
    #[arg(long, value_name = "ADDR[:PORT]")]
    pub advertise: Option<Advertise>,

    /// Where to find members, HOST:PORT; may be given several times, is tried for ever
    #[arg(long = "seed", value_name = "HOST:PORT", value_delimiter = ',')]
    pub seeds: Option<Vec<Seed>>,

    /// Name of this agent, for people [default: the host's name]
    #[arg(long)]
    pub name: Option<Name>,

    /// Cluster to belong to; agents of another one are refused [default: phi]
    #[arg(long, value_name = "NAME")]
    pub cluster: Option<Name>,

    /// What to say of this agent, to people and programs; may be given several times, up to 8
    #[arg(long = "label", value_name = "KEY=VALUE")]
    #[serde(default, with = "labels::as_table", skip_serializing_if = "Option::is_none")]
    pub labels: Option<Vec<Label>>,

    /// Directory that keeps who this agent is [default: /var/lib/phi-agent as root, else
    /// $XDG_STATE_HOME/phi-agent or ~/.local/state/phi-agent]
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,

    /// Local socket to answer on [default: /run/phi-agent/phi.sock as root, else
    /// $XDG_RUNTIME_DIR/phi-agent.sock]
    #[arg(long, value_name = "PATH")]
    pub socket: Option<PathBuf>,

    /// Kind of network: local (one host or rack), lan or wan; sets --interval (200ms, 1s, 3s) and
    /// --tolerate-pause (5, 2, 3 intervals) unless they are given [default: lan]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub profile: Option<ProfileName>,

    /// Time between heartbeats, 10ms to 1h [default: that of the profile]
    #[arg(long, value_name = "TIME")]
    pub interval: Option<HumanDuration>,

    /// What φ is computed with: calibrated (φ is the probability that it says, -log10) or normal
    /// (the published one, for thresholds ported from elsewhere) [default: calibrated]
    #[arg(long, value_enum, hide_possible_values = true)]
    pub model: Option<ModelName>,

    /// φ at which the silence of a member counts [default: 2; with the model normal 8]
    #[arg(long, value_name = "PHI")]
    pub threshold: Option<Level>,

    /// In place of --threshold: how often a day the silence of a member that is alive may count
    #[arg(long, value_name = "RATE")]
    pub false_alarms_per_day: Option<f64>,

    /// Pause of a member that is reported by nobody: its silence counts after that and 1.25
    /// intervals [default: that of the profile, in intervals of the member]
    #[arg(long, value_name = "TIME")]
    pub tolerate_pause: Option<HumanDuration>,

    /// With the model normal: intervals that φ is computed from, 1 to 8192 [default: 1000]
    #[arg(long, value_name = "N")]
    pub window: Option<usize>,

    /// With the model normal: least standard deviation [default: a quarter of the member's
    /// interval]
    #[arg(long, value_name = "TIME")]
    pub min_std_dev: Option<HumanDuration>,

    /// With the model normal: silence beyond the mean that does not raise φ [default: two intervals
    /// of the member]
    #[arg(long, value_name = "TIME")]
    pub acceptable_pause: Option<HumanDuration>,

    /// By how many members each is watched: an even number, 2 to 16, the same in the whole cluster
    /// [default: 4]
    #[arg(long, value_name = "N")]
    pub observers: Option<usize>,

    /// The most members to know [default: 2048]
    #[arg(long, value_name = "N")]
    pub members_max: Option<usize>,

    /// Listen beyond loopback although nothing is sealed: anybody on the network can forge
    #[arg(long, num_args = 0..=1, default_missing_value = "true",
          require_equals = true, value_name = "BOOL")]
    pub insecure_plaintext: Option<bool>,
}

impl Layer {
    /// What the variables `PHI_…` say, read with `var`; one that is empty says nothing.
    ///
    /// # Errors
    ///
    /// [`EnvError`] names the variable that has no legal value.
    pub fn from_env(var: impl Fn(&str) -> Option<String>) -> Result<Self, EnvError> {
        let env = Env(var);
        Ok(Self {
            bind: env.parse("PHI_BIND")?,
            advertise: env.parse("PHI_ADVERTISE")?,
            seeds: env.list("PHI_SEEDS")?,
            name: env.parse("PHI_NAME")?,
            cluster: env.parse("PHI_CLUSTER")?,
            labels: env.list("PHI_LABELS")?,
            state_dir: env.parse("PHI_STATE_DIR")?,
            socket: env.parse("PHI_SOCKET")?,
            profile: env.parse("PHI_PROFILE")?,
            interval: env.parse("PHI_INTERVAL")?,
            model: env.parse("PHI_MODEL")?,
            threshold: env.parse("PHI_THRESHOLD")?,
            false_alarms_per_day: env.parse("PHI_FALSE_ALARMS_PER_DAY")?,
            tolerate_pause: env.parse("PHI_TOLERATE_PAUSE")?,
            window: env.parse("PHI_WINDOW")?,
            min_std_dev: env.parse("PHI_MIN_STD_DEV")?,
            acceptable_pause: env.parse("PHI_ACCEPTABLE_PAUSE")?,
            observers: env.parse("PHI_OBSERVERS")?,
            members_max: env.parse("PHI_MEMBERS_MAX")?,
            insecure_plaintext: env.parse("PHI_INSECURE_PLAINTEXT")?,
        })
    }

    /// What this layer says, or else what `below` says, key by key.
    #[must_use]
    pub fn over(self, below: Self) -> Self {
        Self {
            bind: self.bind.or(below.bind),
            advertise: self.advertise.or(below.advertise),
            seeds: self.seeds.or(below.seeds),
            name: self.name.or(below.name),
            cluster: self.cluster.or(below.cluster),
            labels: self.labels.or(below.labels),
            state_dir: self.state_dir.or(below.state_dir),
            socket: self.socket.or(below.socket),
            profile: self.profile.or(below.profile),
            interval: self.interval.or(below.interval),
            model: self.model.or(below.model),
            threshold: self.threshold.or(below.threshold),
            false_alarms_per_day: self.false_alarms_per_day.or(below.false_alarms_per_day),
            tolerate_pause: self.tolerate_pause.or(below.tolerate_pause),
            window: self.window.or(below.window),
            min_std_dev: self.min_std_dev.or(below.min_std_dev),
            acceptable_pause: self.acceptable_pause.or(below.acceptable_pause),
            observers: self.observers.or(below.observers),
            members_max: self.members_max.or(below.members_max),
            insecure_plaintext: self.insecure_plaintext.or(below.insecure_plaintext),
        }
    }
}
