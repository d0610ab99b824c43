//! The TOML of a scenario, as it stands in the file: every key, nothing checked but its type.

use std::ops::Range;
use std::time::Duration;

use serde::{Deserialize, Deserializer};
use toml::Spanned;

use super::targets::RawNodes;

/// A scenario file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawScenario {
    pub(super) title: String,
    pub(super) nodes: usize,
    pub(super) duration: Length,
    pub(super) interval: Option<Spanned<Length>>,
    pub(super) measure_from: Option<Length>,
    #[serde(default)]
    pub(super) without: Vec<Spanned<String>>,
    #[serde(default)]
    pub(super) network: RawNetwork,
    #[serde(default)]
    pub(super) bounds: RawBounds,
    #[serde(default, rename = "fault")]
    pub(super) faults: Vec<RawFault>,
}

/// What the network does all the time.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawNetwork {
    pub(super) median: Option<Length>,
    pub(super) sigma: Option<f64>,
    pub(super) spikes: Option<f64>,
    pub(super) loss: Option<Spanned<f64>>,
    pub(super) drift_ppm_max: Option<u32>,
}

/// What checkers hold members to.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct RawBounds {
    pub(super) down_within: Option<Length>,
    pub(super) calm_for: Option<Length>,
    pub(super) agree_within: Option<Length>,
}

/// A fault with every key that any has.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawFault {
    pub(super) at: Length,
    #[serde(rename = "for")]
    pub(super) lasts: Option<Length>,
    pub(super) fault: Spanned<String>,
    pub(super) nodes: Option<Spanned<RawNodes>>,
    pub(super) count: Option<Spanned<usize>>,
    pub(super) part: Option<Spanned<f64>>,
    pub(super) from: Option<Spanned<RawNodes>>,
    pub(super) to: Option<Spanned<RawNodes>>,
    pub(super) groups: Option<Spanned<Vec<Vec<usize>>>>,
    pub(super) share: Option<Spanned<f64>>,
    pub(super) late: Option<Spanned<Length>>,
    pub(super) every: Option<Spanned<Length>>,
    pub(super) by: Option<Spanned<Length>>,
    pub(super) median: Option<Spanned<Length>>,
    pub(super) sigma: Option<Spanned<f64>>,
    pub(super) alpha: Option<Spanned<f64>>,
    pub(super) ppm: Option<Spanned<i32>>,
    pub(super) rate: Option<Spanned<u64>>,
    pub(super) queue: Option<Spanned<Length>>,
    pub(super) good: Option<Spanned<Length>>,
    pub(super) bad: Option<Spanned<Length>>,
}

impl RawFault {
    /// The keys that are set, besides `at`, `for` and `fault`, with their places in the file.
    pub(super) fn keys(&self) -> Vec<(&'static str, Range<usize>)> {
        fn place<T>(value: Option<&Spanned<T>>) -> Option<Range<usize>> {
            value.map(Spanned::span)
        }
        let all = [
            ("nodes", place(self.nodes.as_ref())),
            ("count", place(self.count.as_ref())),
            ("part", place(self.part.as_ref())),
            ("from", place(self.from.as_ref())),
            ("to", place(self.to.as_ref())),
            ("groups", place(self.groups.as_ref())),
            ("share", place(self.share.as_ref())),
            ("late", place(self.late.as_ref())),
            ("every", place(self.every.as_ref())),
            ("by", place(self.by.as_ref())),
            ("median", place(self.median.as_ref())),
            ("sigma", place(self.sigma.as_ref())),
            ("alpha", place(self.alpha.as_ref())),
            ("ppm", place(self.ppm.as_ref())),
            ("rate", place(self.rate.as_ref())),
            ("queue", place(self.queue.as_ref())),
            ("good", place(self.good.as_ref())),
            ("bad", place(self.bad.as_ref())),
        ];
        all.into_iter().filter_map(|(key, place)| Some((key, place?))).collect()
    }
}

/// A length of time, written like `250ms` or `1m 30s`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Length(pub(super) Duration);

impl<'de> Deserialize<'de> for Length {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        humantime::parse_duration(&text).map(Self).map_err(|_| {
            serde::de::Error::custom(format!("{text:?} is not a length of time like 250ms or 1m"))
        })
    }
}
