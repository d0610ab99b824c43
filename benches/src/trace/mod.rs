//! Recorded arrivals of heartbeats: the included ones, and files in the same format.
//!
//! What a heartbeat's delay was is not recorded; [`schedule`](crate::schedule) infers it.

mod arrival;
pub(crate) mod lines;
mod numbers;
pub(crate) mod reader;
pub(crate) mod writer;

use std::path::Path;

use anyhow::{Result, ensure};
use phi_core::Nanos;

pub(crate) use self::arrival::Arrival;
use self::reader::Reader;

/// The most arrivals that are held in memory, and the bound of all sequence numbers: 11 hours at
/// 10 ms, 64 MB.
pub(crate) const BEATS_MAX: u64 = 4_000_000;

/// The traces that are part of the program, so that it runs anywhere.
const INCLUDED: &[(&str, &[u8])] = &[
    ("veth_cpu_50ms", include_bytes!("../../traces/veth_cpu_50ms.txt.gz")),
    ("veth_loss10_100ms", include_bytes!("../../traces/veth_loss10_100ms.txt.gz")),
    ("veth_lossburst_10ms", include_bytes!("../../traces/veth_lossburst_10ms.txt.gz")),
    ("veth_qtcp_10ms", include_bytes!("../../traces/veth_qtcp_10ms.txt.gz")),
    ("veth_qudp_100ms", include_bytes!("../../traces/veth_qudp_100ms.txt.gz")),
    ("veth_mixed_100ms", include_bytes!("../../traces/veth_mixed_100ms.txt.gz")),
    ("veth_starve_20ms", include_bytes!("../../traces/veth_starve_20ms.txt.gz")),
    ("veth_quota_100ms", include_bytes!("../../traces/veth_quota_100ms.txt.gz")),
    ("veth_pause_10ms", include_bytes!("../../traces/veth_pause_10ms.txt.gz")),
];

/// The arrivals of one sender's heartbeats at one observer.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) name: String,
    /// The trouble in it, in words.
    pub(crate) kind: String,
    /// The nominal time between two heartbeats, 1 ns to 2⁵⁰ ns.
    pub(crate) period: Nanos,
    /// In order of both time and sequence, the first of which is 0: those that are not newer than
    /// all before are left out.
    pub(crate) arrivals: Vec<Arrival>,
}

impl Trace {
    /// The included traces, the quiet one first and then by what went wrong.
    pub(crate) fn included() -> Result<Vec<Self>> {
        INCLUDED.iter().map(|(name, bytes)| Self::read(Reader::of(*bytes, name)?)).collect()
    }

    /// The trace in a file, plain or gzip.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        Self::read(Reader::open(path)?)
    }

    fn read(mut reader: Reader<'_>) -> Result<Self> {
        let header = reader.header();
        let (name, kind, period) = (header.name.clone(), header.kind.clone(), header.period);
        let mut arrivals: Vec<Arrival> = Vec::new();
        let mut first = None;
        while let Some(line) = reader.next()? {
            let Arrival { sequence: number, at } = line.arrival;
            // What was sent before the first that is known was not lost: nobody listened.
            let sequence = number.saturating_sub(*first.get_or_insert(number));
            ensure!(
                sequence < BEATS_MAX,
                "{}: sequence {number} is {BEATS_MAX} or more above the first; cut the trace into \
                 shorter ones",
                reader.place()
            );
            if line.news {
                arrivals.push(Arrival { sequence, at });
            }
        }
        Ok(Self { name, kind, period, arrivals })
    }
}

/// The readers of the included traces, by name.
pub(crate) fn included_readers() -> impl Iterator<Item = (&'static str, Result<Reader<'static>>)> {
    INCLUDED.iter().map(|(name, bytes)| (*name, Reader::of(*bytes, name)))
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;
    use phi_core::Timestamp;

    use super::*;

    const HEADER: &str = "# name: t\n# period_ns: 10\n# kind: test\n";

    fn read(text: &str) -> Result<Trace> {
        Trace::read(Reader::of(text.as_bytes(), "t.txt")?)
    }

    fn error(text: &str) -> String {
        format!("{:#}", read(text).expect_err("must be refused"))
    }

    /// Goal: plain and gzip give the same, and only news of the sender counts as an arrival.
    #[test]
    fn a_trace_is_read_plain_and_compressed() {
        let text = format!("{HEADER}# a remark\n0 0\n2 21\n1 22\n3 30");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).expect("in memory");
        let gzip = gzip.finish().expect("in memory");
        let read_gzip = |bytes| Trace::read(Reader::of(bytes, "t.gz")?);
        for trace in [read(&text), read_gzip(&gzip[..])] {
            let trace = trace.expect("legal");
            let arrivals = trace.arrivals.iter().map(|a| (a.sequence, a.at.as_nanos()));
            assert_eq!(arrivals.collect::<Vec<_>>(), [(0, 0), (2, 21), (3, 30)]);
            assert_eq!((trace.name.as_str(), trace.kind.as_str()), ("t", "test"));
            assert_eq!(trace.period, Nanos::new(10));
        }
        let cut = read_gzip(&gzip[..gzip.len() - 9]).expect_err("cut off");
        assert!(format!("{cut:#}").starts_with("t.gz:"), "{cut:#}");
    }

    /// Goal: what is wrong is said with file and line, and no claim in a file takes memory.
    #[test]
    fn bad_input_is_named_by_file_and_line() {
        let long = "9".repeat(2_000);
        for (line, wrong) in [
            ("0", "expected"),
            ("", "expected"),
            ("x 5", "sequence `x`"),
            ("1 -5", "arrival `-5`"),
            ("4000000 5", "above the first"),
            ("1 NaN", "arrival `NaN`"),
            ("0 5", "a second time"),
            ("# period_ns: 5", "after the first arrival"),
            ("99999999999999999999 5", "sequence"),
            ("1 9999999999999999", "13 days"),
            (long.as_str(), "longer than"),
            ("1 5\u{1b}", "control"),
        ] {
            let error = error(&format!("{HEADER}0 4\n{line}\n"));
            assert!(error.starts_with("t.txt:5: ") && error.contains(wrong), "{line}: {error}");
        }
        assert!(error(&format!("{HEADER}0 4\n1 3\n")).starts_with("t.txt:5: arrives before"));
    }

    /// Goal: a file that unpacks to much more than fits is refused at its first line that is wrong,
    /// before it is unpacked.
    #[test]
    fn a_bomb_is_refused_at_once() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(HEADER.as_bytes()).expect("in memory");
        for _ in 0..8_192 {
            gzip.write_all(&[b'0'; 8_192]).expect("in memory");
        }
        let gzip = gzip.finish().expect("in memory");
        let wrong = Reader::of(&gzip[..], "bomb.gz").map(|_| ()).expect_err("must be refused");
        assert!(format!("{wrong:#}").starts_with("bomb.gz:4: longer than"), "{wrong:#}");
        let remarks = format!("{HEADER}{}0 0\n1 1\n", "# x\n".repeat(1_000));
        assert!(error(&remarks).contains("more than 1000 lines"));
    }

    /// Goal: what is written is read as it was, plain and gzip, and a name cannot break the header.
    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let period = Nanos::new(10);
        let header = reader::Header { name: "a\n5 5".into(), period, ..Default::default() };
        for file in ["t.txt", "sub/t.txt.gz"] {
            let path = folder.path().join(file);
            let mut writer = writer::Writer::create(&path, &header).expect("writable");
            let arrivals = [(3, 0), (4, 12), (6, 35)]
                .map(|(sequence, at)| Arrival { sequence, at: Timestamp::from_nanos(at) });
            for arrival in arrivals {
                writer.push(arrival).expect("writable");
            }
            assert!(!path.exists(), "not before it is complete");
            writer.finish().expect("writable");
            let trace = Trace::open(&path).expect("legal");
            assert_eq!((trace.name.as_str(), trace.period), ("a 5 5", period));
            let numbers = trace.arrivals.iter().map(|arrival| arrival.sequence);
            assert_eq!(numbers.collect::<Vec<_>>(), [0, 1, 3], "from the first on");
            assert!(trace.arrivals.iter().map(|a| a.at).eq(arrivals.iter().map(|a| a.at)));
        }
    }

    /// Goal: a file without what is needed says what is missing.
    #[test]
    fn what_is_missing_is_named() {
        assert!(error("# name: t\n0 0\n").contains("period_ns"));
        assert!(error("# period_ns: 10\n0 0\n").contains("name"));
        assert!(error(HEADER).contains("no arrival"));
        assert!(error("").contains("missing"));
        assert!(error(&format!("{HEADER}0 0\n")).contains("one arrival"));
        assert!(error("# name: t\n# period_ns: 0\n0 0\n1 1\n").starts_with("t.txt:2: period_ns 0"));
    }

    /// Goal: the included traces are whole, and named as their files are.
    #[test]
    fn the_included_traces_are_legal() {
        for (trace, (name, _)) in Trace::included().expect("legal").iter().zip(INCLUDED) {
            assert_eq!(&trace.name, name);
            assert!(trace.arrivals.len() > 3_000, "{name}");
        }
    }
}
