//! What figures are called, and in what unit they are.

use crate::lab::results::Metric;

impl Metric {
    /// Its unit, as it is printed behind a value.
    pub(crate) const fn unit(self) -> &'static str {
        match self {
            Self::StartSpan
            | Self::First
            | Self::Half
            | Self::Last
            | Self::FullViewAfter
            | Self::FullView => "s",
            Self::Reporters
            | Self::Doubters
            | Self::FalseDowns
            | Self::BlamedByFaulty
            | Self::DownsAfter
            | Self::LinkShown
            | Self::ReceiveDrops => "",
            Self::BulkDropped | Self::PairsReported => "%",
            Self::SentBytes | Self::SentBytesMax => "B/s",
            Self::SentPackets => "/s",
            Self::Cpu | Self::RunDelay => "s/min",
            Self::Resident | Self::Proportional => "MiB",
        }
    }

    /// Whether it counts what must not be, or must be, in each trial.
    pub(crate) const fn is_count(self) -> bool {
        matches!(
            self,
            Self::Reporters
                | Self::FalseDowns
                | Self::BlamedByFaulty
                | Self::DownsAfter
                | Self::LinkShown
        )
    }

    /// What it is, in a few words.
    pub(crate) const fn about(self) -> &'static str {
        match self {
            Self::First => "first observer reports",
            Self::Half => "half of the observers report",
            Self::Last => "last observer reports",
            Self::Reporters => "observers that report",
            Self::PairsReported => "pairs reported",
            Self::Doubters => "observers in doubt",
            Self::FalseDowns => "false downs",
            Self::BlamedByFaulty => "healthy ones blamed by it",
            Self::FullViewAfter => "full view after the end",
            Self::FullView => "full view",
            Self::StartSpan => "all have been started",
            Self::DownsAfter => "downs after the end",
            Self::LinkShown => "agents that show the link",
            Self::BulkDropped => "bulk traffic dropped",
            Self::SentBytes => "sent by a node",
            Self::SentBytesMax => "sent by the busiest node",
            Self::SentPackets => "packets sent by a node",
            Self::Cpu => "processor time of an agent",
            Self::Resident => "resident memory of an agent",
            Self::Proportional => "its share of that (PSS)",
            Self::RunDelay => "waited for a processor",
            Self::ReceiveDrops => "datagrams without room",
        }
    }
}
