//! Profiles: what heartbeats cost and how long a pause may be, for three kinds of network.
//!
//! All other lengths of the protocol are parts of the interval, so a profile is two numbers.

use std::time::Duration;

/// A kind of network.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "the profiles that can be named in the settings")]
pub enum Profile {
    /// Processes of one host, or hosts of one rack that are seldom overloaded.
    Local,
    /// Hosts of one site.
    #[default]
    Lan,
    /// Hosts of several sites, with round trips of up to 0.6 s.
    Wan,
}

impl Profile {
    /// All of them, the fastest first.
    pub const ALL: [Self; 3] = [Self::Local, Self::Lan, Self::Wan];

    /// Its name, as in all output.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Local => "local",
            Self::Lan => "lan",
            Self::Wan => "wan",
        }
    }

    /// The time between heartbeats.
    ///
    /// - `local`: a fifth of a second, of the 100 to 200 ms that users of other detectors ask for;
    ///   below, the stalls of a host are all one sees.
    /// - `lan`: one second, as with \[Akka\], Cassandra and memberlist's `DefaultLANConfig`.
    /// - `wan`: three seconds, as \[Akka\] takes between data centers
    ///   (`multi-data-center.failure-detector.heartbeat-interval`). Probes are a fifth of it apart,
    ///   0.6 s: so the answer to one comes before the next, also by a geostationary satellite.
    #[must_use]
    pub const fn interval(self) -> Duration {
        match self {
            Self::Local => Duration::from_millis(200),
            Self::Lan => Duration::from_secs(1),
            Self::Wan => Duration::from_secs(3),
        }
    }

    /// The pause of a member that is reported by nobody, in intervals of the member.
    ///
    /// - `local`: five, 1 s: a host stalls for as long as it does, however short the interval is.
    /// - `lan`: two, 2 s, so that P = 3.25 s. Measured: the study of the protocol, where detection
    ///   time and false alarms of overloaded hosts trade through P alone.
    /// - `wan`: three, 9 s, about the 10 s that \[Akka\] accepts between data centers: a route that
    ///   changes is away for seconds.
    #[must_use]
    pub const fn tolerated_intervals(self) -> u32 {
        match self {
            Self::Local => 5,
            Self::Lan => 2,
            Self::Wan => 3,
        }
    }
}
