//! Complete settings: layers put together, defaults filled in, contradictions found.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde::Serialize;

use super::Surroundings;
use super::labels::{self, as_table};
use super::{Advertise, HumanDuration, Layer, Level, ModelName, ProfileName, SettingsError};
use crate::driver::{Options, PORT_DEFAULT, Seed, reaches};
use crate::ident::Name;
use crate::proto::config::{CLUSTER_DEFAULT, Config, NodeConfigError, Observers};
use crate::proto::detection::Detection;
use crate::proto::io::SEEDS_MAX;
use crate::proto::profile::Profile;
use crate::wire::bounded::{INTERVAL_MAX, INTERVAL_MIN, Interval, Labels};

/// All settings of an agent, under the names that they have in the file. What is not set is a
/// multiple of each member's interval.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Settings {
    /// Where it listens.
    pub bind: SocketAddr,
    /// Where others reach it.
    pub advertise: Option<Advertise>,
    /// Where it finds members.
    pub seeds: Vec<Seed>,
    /// Its name.
    pub name: Name,
    /// Its cluster.
    pub cluster: Name,
    /// What its operator says of it.
    #[serde(serialize_with = "as_table::serialize_all")]
    pub labels: Labels,
    /// Where its identity is kept.
    pub state_dir: PathBuf,
    /// Where it answers.
    pub socket: PathBuf,
    /// The kind of network.
    pub profile: ProfileName,
    /// The time between its heartbeats.
    pub interval: HumanDuration,
    /// What φ is computed with.
    pub model: ModelName,
    /// φ at which silence counts.
    pub threshold: Option<Level>,
    /// How often that may happen to a member that is alive (1/d).
    pub false_alarms_per_day: Option<f64>,
    /// The pause of a member that is reported by nobody.
    pub tolerate_pause: Option<HumanDuration>,
    /// Intervals that the normal φ is computed from.
    pub window: Option<usize>,
    /// Its least standard deviation.
    pub min_std_dev: Option<HumanDuration>,
    /// The silence that does not raise it.
    pub acceptable_pause: Option<HumanDuration>,
    /// By how many members each is watched.
    pub observers: usize,
    /// The most members that it knows.
    pub members_max: usize,
    /// Whether it may listen beyond loopback unsealed.
    pub insecure_plaintext: bool,
}

impl Settings {
    /// What `layer` says, completed with the defaults for `surroundings`.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when they are illegal or contradict each other.
    pub fn resolve(layer: Layer, surroundings: &Surroundings) -> Result<Self, SettingsError> {
        let no_default = |key, reason| SettingsError::NoDefault { key, reason };
        let runtime = "XDG_RUNTIME_DIR is not set";
        let home = "neither XDG_STATE_HOME nor HOME is set";
        let profile = layer.profile.unwrap_or_default();
        let settings = Self {
            bind: layer.bind.unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], PORT_DEFAULT))),
            advertise: layer.advertise,
            seeds: layer.seeds.unwrap_or_default(),
            name: layer
                .name
                .or_else(|| surroundings.name())
                .ok_or_else(|| no_default("name", "this host has no name"))?,
            cluster: layer
                .cluster
                .or_else(|| CLUSTER_DEFAULT.parse().ok())
                .ok_or_else(|| no_default("cluster", "there is none"))?,
            labels: labels::collect(layer.labels.unwrap_or_default())?,
            state_dir: layer
                .state_dir
                .or_else(|| surroundings.state_dir())
                .ok_or_else(|| no_default("state-dir", home))?,
            socket: layer
                .socket
                .or_else(|| surroundings.socket())
                .ok_or_else(|| no_default("socket", runtime))?,
            profile,
            interval: layer
                .interval
                .unwrap_or_else(|| HumanDuration(Profile::from(profile).interval())),
            model: layer.model.unwrap_or_default(),
            threshold: layer.threshold,
            false_alarms_per_day: layer.false_alarms_per_day,
            tolerate_pause: layer.tolerate_pause,
            window: layer.window,
            min_std_dev: layer.min_std_dev,
            acceptable_pause: layer.acceptable_pause,
            observers: layer.observers.unwrap_or_else(|| Observers::default().get()),
            members_max: layer.members_max.unwrap_or(Config::MEMBERS_MAX),
            insecure_plaintext: layer.insecure_plaintext.unwrap_or(false),
        };
        settings.check()?;
        // A small table is no contradiction to the default: few members watch each other anyway.
        if let Some(observers) = layer.observers.filter(|count| *count > settings.members_max) {
            let members_max = settings.members_max;
            return Err(SettingsError::Observers { observers, members_max });
        }
        Ok(settings)
    }

    /// The agent that these settings mean.
    ///
    /// # Errors
    ///
    /// [`SettingsError::Parameter`] when a parameter of the detector is out of its range; never for
    /// settings that came out of [`resolve`](Self::resolve).
    pub fn options(&self) -> Result<Options, SettingsError> {
        Ok(Options {
            bind: self.bind,
            advertise: self.advertise.map(|addr| addr.with_port(self.bind.port())),
            seeds: self.seeds.clone(),
            interval: self.interval.0,
            detection: self.detection()?,
            observers: Observers::new(self.observers).map_err(wrong("observers"))?,
            labels: self.labels.clone(),
            members_max: self.members_max,
            state_dir: Some(self.state_dir.clone()),
            insecure_plaintext: self.insecure_plaintext,
            ..Options::new(self.name.clone(), self.cluster.clone())
        })
    }

    fn check(&self) -> Result<(), SettingsError> {
        if !(INTERVAL_MIN..=INTERVAL_MAX).contains(&self.interval.0) {
            return Err(SettingsError::Interval(self.interval));
        }
        if !(1..=Config::MEMBERS_MAX).contains(&self.members_max) {
            return Err(SettingsError::MembersMax(self.members_max));
        }
        if self.seeds.len() > SEEDS_MAX {
            return Err(SettingsError::Seeds(self.seeds.len()));
        }
        self.check_addrs()?;
        self.check_patience()?;
        self.options()?.check_reach().map_err(SettingsError::Plaintext)
    }

    /// Whether others can be reached, and reach it, where the settings say.
    fn check_addrs(&self) -> Result<(), SettingsError> {
        let bind = self.bind;
        if self.advertise.is_some_and(|advertise| !advertise.is_family_of(bind)) {
            return Err(SettingsError::Family);
        }
        let literal = self.seeds.iter().filter_map(Seed::addr);
        let beyond = |addr: &SocketAddr| addr.is_ipv4() == bind.is_ipv4() && !reaches(bind, *addr);
        if let Some(seed) = literal.clone().find(beyond) {
            return Err(SettingsError::SeedBeyondLoopback { seed, bind });
        }
        let advertised = self.advertise.map(|addr| ("advertise", addr.with_port(bind.port())));
        let to = advertised.into_iter().chain(literal.map(|addr| ("seeds", addr)));
        for (key, addr) in to.chain((!bind.ip().is_unspecified()).then_some(("bind", bind))) {
            if let Some(what) = unusable(addr.ip()) {
                return Err(SettingsError::Unusable { key, addr, what });
            }
        }
        Ok(())
    }

    /// How long the silence of a member with this agent's own interval must be before it counts.
    ///
    /// # Errors
    ///
    /// [`SettingsError`] when a parameter is out of its range; never for settings that came out of
    /// [`resolve`](Self::resolve).
    pub fn patience(&self) -> Result<HumanDuration, SettingsError> {
        let interval =
            Interval::new(self.interval.0).ok_or(SettingsError::Interval(self.interval))?;
        Ok(HumanDuration(self.detection()?.patience(interval)))
    }

    /// Whether one lost heartbeat is not enough for silence to count.
    fn check_patience(&self) -> Result<(), SettingsError> {
        let (patience, interval) = (self.patience()?, self.interval);
        if patience.0 >= interval.0 * 2 {
            return Ok(());
        }
        // Three quarters of an interval: two, less what is added to the tolerated pause.
        let least = HumanDuration(interval.0 * 3 / 4);
        Err(SettingsError::Patience { patience, interval, least })
    }

    fn detection(&self) -> Result<Detection, SettingsError> {
        let mut detection = Detection::default()
            .with_model(self.model.into())
            .with_tolerated_intervals(Profile::from(self.profile).tolerated_intervals());
        match (self.threshold, self.false_alarms_per_day) {
            (None, None) => {}
            (Some(Level(threshold)), None) => detection = detection.with_threshold(threshold),
            (None, Some(rate)) => {
                let key = "false-alarms-per-day";
                detection = detection.with_false_alarms_per_day(rate).map_err(wrong(key))?;
            }
            (Some(_), Some(_)) => return Err(SettingsError::ThresholdTwice),
        }
        if let Some(HumanDuration(pause)) = self.tolerate_pause {
            detection = detection.with_tolerated_pause(pause);
        }
        if let Some(window) = self.window {
            detection = detection.with_window(window).map_err(wrong("window"))?;
        }
        if let Some(HumanDuration(length)) = self.min_std_dev {
            detection = detection.with_min_std_dev(length).map_err(wrong("min-std-dev"))?;
        }
        if let Some(HumanDuration(length)) = self.acceptable_pause {
            detection =
                detection.with_acceptable_pause(length).map_err(wrong("acceptable-pause"))?;
        }
        self.check_normal().map(|()| detection)
    }

    /// Whether no parameter of the normal model is set for another one.
    fn check_normal(&self) -> Result<(), SettingsError> {
        let set = [
            ("window", self.window.is_some()),
            ("min-std-dev", self.min_std_dev.is_some()),
            ("acceptable-pause", self.acceptable_pause.is_some()),
        ];
        match set.into_iter().find(|(_, is_set)| *is_set && self.model != ModelName::Normal) {
            Some((key, _)) => Err(SettingsError::NotNormal { key }),
            None => Ok(()),
        }
    }
}

/// What `ip` is, if it is not the address of one host that all others could send to.
fn unusable(ip: IpAddr) -> Option<&'static str> {
    let link_local = matches!(ip, IpAddr::V6(ip) if ip.is_unicast_link_local());
    let broadcast = matches!(ip, IpAddr::V4(ip) if ip.is_broadcast());
    if ip.is_unspecified() {
        Some("stands for all addresses of a host")
    } else if ip.is_multicast() || broadcast {
        Some("is an address of many hosts")
    } else if link_local {
        Some("is link-local, so that it means another host on each link")
    } else {
        None
    }
}

/// That the parameter `key` is out of its range.
fn wrong(key: &'static str) -> impl Fn(NodeConfigError) -> SettingsError {
    move |source| SettingsError::Parameter { key, source }
}

#[cfg(test)]
mod tests {
    use super::super::file::parse;
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings { hostname: "web 1".into(), is_root: true, ..Surroundings::default() }
    }

    fn error_of(text: &str) -> String {
        let layer = parse(text).expect("legal by itself");
        Settings::resolve(layer, &surroundings()).expect_err("illegal").to_string()
    }

    /// Goal: with nothing said, an agent is on loopback, with a legal name and its paths.
    #[test]
    fn defaults_are_complete() {
        let settings = Settings::resolve(Layer::default(), &surroundings()).expect("legal");
        assert_eq!(settings.bind.to_string(), "127.0.0.1:16180");
        assert_eq!(settings.name.as_str(), "web-1");
        assert_eq!(settings.socket, PathBuf::from("/run/phi-agent/phi.sock"));
        assert_eq!(settings.state_dir, PathBuf::from("/var/lib/phi-agent"));
        let homeless = Surroundings { is_root: false, ..surroundings() };
        let error = Settings::resolve(Layer::default(), &homeless).expect_err("nowhere to be");
        assert!(error.to_string().contains("state-dir"), "{error}");
    }

    /// Goal: each illegal setting and contradiction is an error that names its keys.
    #[test]
    fn illegal_settings_name_their_keys() {
        for (text, keys) in [
            ("interval = '0s'", &["interval", "10ms"][..]),
            ("interval = '2h'", &["interval", "1h"]),
            ("tolerate-pause = '700ms'", &["tolerate-pause", "interval", "750ms or more"]),
            ("tolerate-pause = '0s'", &["tolerate-pause", "interval", "1s 250ms"]),
            ("profile = 'wan'\ntolerate-pause = '2s'", &["tolerate-pause", "two intervals of 3s"]),
            ("observers = 3", &["observers", "even number from 2 to 16"]),
            ("observers = 0", &["observers", "even"]),
            ("observers = 18", &["observers", "16"]),
            ("observers = 6\nmembers-max = 5", &["observers", "members-max"]),
            ("labels = { a = \"x\\ny\" }", &["labels", "control characters"]),
            ("model = 'normal'\nwindow = 0", &["window", "8192"]),
            ("model = 'normal'\nmin-std-dev = '0s'", &["min-std-dev"]),
            ("model = 'normal'\nacceptable-pause = '1y'", &["acceptable-pause"]),
            ("window = 100", &["window", "model", "normal"]),
            ("min-std-dev = '1s'", &["min-std-dev", "model", "normal"]),
            ("threshold = 3\nfalse-alarms-per-day = 1", &["threshold", "false-alarms-per-day"]),
            ("false-alarms-per-day = 0", &["false-alarms-per-day", "more than 0"]),
            ("false-alarms-per-day = 100", &["false-alarms-per-day", "24"]),
            ("members-max = 0", &["members-max", "2048"]),
            ("advertise = '::1'", &["advertise", "bind"]),
            ("bind = '10.0.0.1:7'", &["bind", "insecure-plaintext"]),
            ("bind = '[::]:7'", &["bind", "insecure-plaintext"]),
            ("seeds = ['10.0.0.1']", &["seeds", "10.0.0.1:16180", "bind", "127.0.0.1:16180"]),
            ("seeds = ['0.0.0.0']", &["seeds", "bind"]),
            ("advertise = '0.0.0.0'", &["advertise", "all addresses"]),
            ("advertise = '224.0.0.1:7'", &["advertise", "many hosts"]),
            ("bind = '[fe80::1]:7'", &["bind", "link-local"]),
        ] {
            let error = error_of(text);
            assert!(keys.iter().all(|key| error.contains(key)), "{text}: {error}");
        }
        let long = format!("labels = {{ a = '{}' }}", "x".repeat(256));
        assert!(error_of(&long).contains("labels: 257 bytes"), "{}", error_of(&long));
        let many = (0..9).fold(String::new(), |text, key| text + &format!("labels.k{key} = ''\n"));
        assert!(error_of(&many).contains("labels: 9 of them"), "{}", error_of(&many));
        let seeds = format!("seeds = [{}]", "'a', ".repeat(SEEDS_MAX + 1));
        assert!(error_of(&seeds).contains("seeds"));
    }

    /// Goal: a profile sets interval and patience, and what is set beside it wins.
    #[test]
    fn profiles_set_lengths_that_others_overrule() {
        for (text, interval, patience) in [
            ("", "1s", "3s 250ms"),
            ("profile = 'lan'", "1s", "3s 250ms"),
            ("profile = 'local'", "200ms", "1s 250ms"),
            ("profile = 'wan'", "3s", "12s 750ms"),
            ("profile = 'wan'\ninterval = '1s'", "1s", "4s 250ms"),
            ("profile = 'local'\ntolerate-pause = '3s'", "200ms", "3s 250ms"),
        ] {
            let layer = parse(text).expect("legal by itself");
            let settings = Settings::resolve(layer, &surroundings()).expect("legal");
            let found = [settings.interval, settings.patience().expect("legal")];
            assert_eq!(found.map(|length| length.to_string()), [interval, patience], "{text}");
        }
    }

    /// Goal: the least that is legal is legal.
    #[test]
    fn limits_are_legal() {
        for text in [
            "tolerate-pause = '750ms'",
            "observers = 2\nmembers-max = 2",
            "observers = 16",
            "members-max = 3",
            "labels = { rack = 'a', zone = '' }",
        ] {
            let layer = parse(text).expect("legal by itself");
            assert!(Settings::resolve(layer, &surroundings()).is_ok(), "{text}");
        }
    }

    /// Goal: flags win over the file, key by key.
    #[test]
    fn layers_are_put_together_key_by_key() {
        let flags = parse("interval = '2s'").expect("legal");
        let file = parse("interval = '3s'\nthreshold = 5").expect("legal");
        let settings = Settings::resolve(flags.over(file), &surroundings()).expect("legal");
        assert_eq!(settings.interval.to_string(), "2s");
        assert_eq!(settings.threshold.map(f64::from), Some(5.0));
    }
}
