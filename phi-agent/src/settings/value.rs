//! Values as people write them: `250ms`, `10.0.0.1`, `8`.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::str::FromStr;
use std::time::Duration;

use phi_core::{ConfigError, Threshold};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::proto::detection::ModelKind;
use crate::proto::profile::Profile;

/// A length of time, written like `250ms`, `1s` or `1m 30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HumanDuration(pub Duration);

/// Where others reach an agent: an address, with a port if it is not the bound one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Advertise {
    ip: IpAddr,
    port: Option<u16>,
}

/// A threshold of φ.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Level(pub Threshold);

/// The name of a model.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the models that there are")]
pub enum ModelName {
    /// φ as the probability that it says.
    #[default]
    Calibrated,
    /// The published φ, over a window.
    Normal,
}

/// The name of a profile.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
#[expect(clippy::exhaustive_enums, reason = "the profiles that there are")]
pub enum ProfileName {
    /// One host or rack.
    Local,
    /// One site.
    #[default]
    Lan,
    /// Several sites.
    Wan,
}

/// The text is not such a value.
#[derive(Clone, Debug, PartialEq, Error)]
#[non_exhaustive]
pub enum ParseValueError {
    /// Not a length of time.
    #[error("{0:?} is not a length of time like 250ms, 1s or 1m 30s")]
    Duration(String),
    /// Not an address.
    #[error("{0:?} is not an address like 10.0.0.1, 10.0.0.1:16180 or [::1]:16180")]
    Advertise(String),
    /// Not a number.
    #[error("{0:?} is not a number")]
    Number(String),
    /// Not a model.
    #[error("{0:?} is no model; there are calibrated and normal")]
    Model(String),
    /// Not a profile.
    #[error("{0:?} is no profile; there are local, lan and wan")]
    Profile(String),
    /// Not a threshold.
    #[error(transparent)]
    Threshold(#[from] ConfigError),
}

impl FromStr for HumanDuration {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = humantime::parse_duration(text);
        parsed.map(Self).map_err(|_| ParseValueError::Duration(text.to_owned()))
    }
}

impl FromStr for Advertise {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Ok(addr) = text.parse::<SocketAddr>() {
            return Ok(Self { ip: addr.ip(), port: Some(addr.port()) });
        }
        let ip = text.parse().map_err(|_| ParseValueError::Advertise(text.to_owned()))?;
        Ok(Self { ip, port: None })
    }
}

impl FromStr for Level {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let value: f64 = text.parse().map_err(|_| ParseValueError::Number(text.to_owned()))?;
        Ok(Self(Threshold::new(value)?))
    }
}

impl FromStr for ModelName {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "calibrated" => Ok(Self::Calibrated),
            "normal" => Ok(Self::Normal),
            _ => Err(ParseValueError::Model(text.to_owned())),
        }
    }
}

impl FromStr for ProfileName {
    type Err = ParseValueError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let all = [Self::Local, Self::Lan, Self::Wan];
        let named = all.into_iter().find(|name| Profile::from(*name).as_str() == text);
        named.ok_or_else(|| ParseValueError::Profile(text.to_owned()))
    }
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Local => Self::Local,
            ProfileName::Lan => Self::Lan,
            ProfileName::Wan => Self::Wan,
        }
    }
}

impl From<ModelName> for ModelKind {
    fn from(name: ModelName) -> Self {
        match name {
            ModelName::Calibrated => Self::Calibrated,
            ModelName::Normal => Self::Normal,
        }
    }
}

impl Advertise {
    /// The whole address, for an agent bound to `port`.
    #[must_use]
    pub fn with_port(self, port: u16) -> SocketAddr {
        SocketAddr::new(self.ip, self.port.unwrap_or(port))
    }

    /// Whether its family is that of `addr`.
    #[must_use]
    pub const fn is_family_of(self, addr: SocketAddr) -> bool {
        self.ip.is_ipv4() == addr.is_ipv4()
    }
}

impl TryFrom<String> for HumanDuration {
    type Error = ParseValueError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<String> for Advertise {
    type Error = ParseValueError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl TryFrom<f64> for Level {
    type Error = ParseValueError;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Ok(Self(Threshold::new(value)?))
    }
}

impl From<HumanDuration> for String {
    fn from(length: HumanDuration) -> Self {
        length.to_string()
    }
}

impl From<Advertise> for String {
    fn from(addr: Advertise) -> Self {
        match addr.port {
            Some(port) => SocketAddr::new(addr.ip, port).to_string(),
            None => addr.ip.to_string(),
        }
    }
}

impl From<Level> for f64 {
    fn from(level: Level) -> Self {
        level.0.value()
    }
}

impl fmt::Display for HumanDuration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(f)
    }
}
