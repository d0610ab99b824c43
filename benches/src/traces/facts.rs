//! What is in a trace, in figures: counted while it streams by, in constant memory.
//!
//! How they are shown is the business of [`show`](super::show) and [`list`](super::list).

use anyhow::Result;
use serde::Serialize;

use super::histogram::Histogram;
use crate::trace::reader::Reader;

/// What one trace holds.
#[derive(Debug, Serialize)]
pub(super) struct Facts {
    pub(super) name: String,
    pub(super) kind: String,
    pub(super) origin: String,
    /// What the sender promises (s).
    pub(super) period_s: f64,
    /// From the first arrival to the last (s).
    pub(super) length_s: f64,
    /// Numbers from the lowest to the highest.
    pub(super) sent: u64,
    /// Lines.
    pub(super) arrived: u64,
    /// Of them those that newer ones had overtaken.
    pub(super) overtaken: u64,
    pub(super) lost: u64,
    /// From one arrival that is news to the next, per number: median (s), to 1 %. It differs from
    /// the period where the sender does not keep its promise.
    pub(super) interval_median_s: f64,
    /// Silences between two arrivals that are news (periods), to 1 %.
    pub(super) silence: Quantiles,
    /// The longest of them, to the nanosecond (periods), and the line of the file that ends it.
    pub(super) longest_silence_periods: f64,
    pub(super) longest_silence_place: String,
    #[serde(skip)]
    pub(super) histogram: Histogram,
}

/// Where so large a share lies below.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Quantiles {
    pub(super) p50: f64,
    pub(super) p90: f64,
    pub(super) p99: f64,
    pub(super) p999: f64,
}

impl Facts {
    /// Counts what `reader` still holds.
    pub(super) fn count(mut reader: Reader<'_>) -> Result<Self> {
        let header = reader.header().clone();
        let period_ns = header.period.get() as f64;
        let (mut silences, mut intervals) = (Histogram::new(), Histogram::new());
        let (mut lowest, mut highest, mut arrived, mut overtaken) = (u64::MAX, 0, 0, 0);
        let mut longest = (0.0, String::new());
        let (mut first, mut last_news, mut last) = (None, None, None);
        while let Some(line) = reader.next()? {
            arrived += 1;
            lowest = lowest.min(line.arrival.sequence);
            highest = highest.max(line.arrival.sequence);
            first.get_or_insert(line.arrival.at);
            last = Some(line.arrival.at);
            if !line.news {
                overtaken += 1;
                continue;
            }
            if let Some(before) = last_news.replace(line.arrival) {
                let silence_ns = line.arrival.at.saturating_since(before.at).get() as f64;
                silences.record(silence_ns / period_ns);
                let numbers = (line.arrival.sequence - before.sequence) as f64;
                intervals.record(silence_ns / period_ns / numbers);
                longest = longest_of(longest, silence_ns / period_ns, &reader);
            }
        }
        let sent = highest.saturating_sub(lowest).saturating_add(1);
        let length = last.unwrap_or_default().saturating_since(first.unwrap_or_default());
        let at = |share| silences.quantile(share);
        Ok(Self {
            name: header.name,
            kind: header.kind,
            origin: header.origin,
            period_s: period_ns / 1e9,
            length_s: length.get() as f64 / 1e9,
            sent,
            arrived,
            overtaken,
            lost: sent.saturating_sub(arrived),
            interval_median_s: intervals.quantile(0.5) * period_ns / 1e9,
            silence: Quantiles { p50: at(0.5), p90: at(0.9), p99: at(0.99), p999: at(0.999) },
            longest_silence_periods: longest.0,
            longest_silence_place: longest.1,
            histogram: silences,
        })
    }

    /// The share of heartbeats that never arrived (%).
    pub(super) fn lost_percent(&self) -> f64 {
        self.lost as f64 / self.sent as f64 * 100.0
    }
}

fn longest_of(longest: (f64, String), silence: f64, reader: &Reader<'_>) -> (f64, String) {
    if silence > longest.0 { (silence, reader.place()) } else { longest }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: the figures are those counted by hand.
    #[test]
    fn facts_are_counted() {
        let text =
            "# name: t\n# period_ns: 100\n# kind: k\n5 0\n6 100\n8 300\n7 310\n9 400\n12 1400\n";
        let facts = Facts::count(Reader::of(text.as_bytes(), "t.txt").expect("legal"));
        let facts = facts.expect("legal");
        assert_eq!((facts.sent, facts.arrived, facts.overtaken, facts.lost), (8, 6, 1, 2));
        assert_eq!(facts.lost_percent(), 25.0);
        assert_eq!(facts.longest_silence_periods, 10.0);
        assert_eq!(facts.longest_silence_place, "t.txt:9");
        assert!((facts.silence.p50 - 1.0).abs() < 0.011, "{:?}", facts.silence);
        assert!((facts.interval_median_s - 1e-7).abs() < 2e-9);
        assert_eq!(facts.length_s, 1.4e-6);
    }
}
