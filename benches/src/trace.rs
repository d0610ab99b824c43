//! Recorded arrivals of heartbeats: the included ones, and files in the same format.
//!
//! What a heartbeat's delay was is not recorded; [`schedule`](crate::schedule) infers it.

use std::fs::File;
use std::io::{BufRead, BufReader, Read as _};
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use flate2::bufread::MultiGzDecoder;
use phi_core::{INTERVAL_MAX, Nanos, Timestamp};

/// The longest line that is read (bytes); the longest of our own has 300.
const LINE_BYTES_MAX: u64 = 1_024;

/// The most lines that are read, and the bound of all sequence numbers: 11 hours at 10 ms.
const BEATS_MAX: u64 = 4_000_000;

/// The first bytes of a gzip file.
const GZIP_MAGIC: [u8; 2] = [0x1f, 0x8b];

/// The traces that are part of the program, so that it runs anywhere.
const INCLUDED: &[(&str, &[u8])] = &[
    ("veth_cpu_50ms", include_bytes!("../traces/veth_cpu_50ms.txt.gz")),
    ("veth_loss10_100ms", include_bytes!("../traces/veth_loss10_100ms.txt.gz")),
    ("veth_lossburst_10ms", include_bytes!("../traces/veth_lossburst_10ms.txt.gz")),
    ("veth_qtcp_10ms", include_bytes!("../traces/veth_qtcp_10ms.txt.gz")),
    ("veth_qudp_100ms", include_bytes!("../traces/veth_qudp_100ms.txt.gz")),
    ("veth_mixed_100ms", include_bytes!("../traces/veth_mixed_100ms.txt.gz")),
    ("veth_starve_20ms", include_bytes!("../traces/veth_starve_20ms.txt.gz")),
    ("veth_quota_100ms", include_bytes!("../traces/veth_quota_100ms.txt.gz")),
    ("veth_pause_10ms", include_bytes!("../traces/veth_pause_10ms.txt.gz")),
];

/// The arrivals of one sender's heartbeats at one observer.
#[derive(Debug)]
pub(crate) struct Trace {
    pub(crate) name: String,
    /// The trouble in it, in words.
    pub(crate) kind: String,
    /// The nominal time between two heartbeats, 1 ns to 2⁵⁰ ns.
    pub(crate) period: Nanos,
    /// In order of both time and sequence: those that are not newer than all before are left out.
    pub(crate) arrivals: Vec<Arrival>,
}

/// One heartbeat that arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Arrival {
    pub(crate) sequence: u64,
    pub(crate) at: Timestamp,
}

impl Trace {
    /// The included traces, the quiet one first and then by what went wrong.
    pub(crate) fn included() -> Result<Vec<Self>> {
        INCLUDED.iter().map(|(name, bytes)| Self::read(*bytes, name)).collect()
    }

    /// The trace in a file, plain or gzip.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let shown = path.display().to_string();
        let file = File::open(path).with_context(|| shown.clone())?;
        Self::read(BufReader::new(file), &shown)
    }

    /// Reads a trace, plain or gzip; errors name `source` and the line.
    fn read(mut reader: impl BufRead, source: &str) -> Result<Self> {
        let start = reader.fill_buf().with_context(|| source.to_owned())?;
        if start.starts_with(&GZIP_MAGIC) {
            Self::read_plain(BufReader::new(MultiGzDecoder::new(reader)), source)
        } else {
            Self::read_plain(reader, source)
        }
    }

    fn read_plain(mut reader: impl BufRead, source: &str) -> Result<Self> {
        let mut trace = Self {
            name: String::new(),
            kind: String::new(),
            period: Nanos::ZERO,
            arrivals: Vec::new(),
        };
        let mut line = Vec::new();
        let mut number = 0_u64;
        loop {
            number += 1;
            line.clear();
            let read = reader.by_ref().take(LINE_BYTES_MAX + 1).read_until(b'\n', &mut line);
            if read.with_context(|| format!("{source}:{number}"))? == 0 {
                break;
            }
            ensure!(number <= BEATS_MAX, "{source}:{number}: more than {BEATS_MAX} lines");
            trace.read_line(&line).with_context(|| format!("{source}:{number}"))?;
        }
        ensure!(trace.period > Nanos::ZERO, "{source}: the header `# period_ns: …` is missing");
        ensure!(!trace.name.is_empty(), "{source}: the header `# name: …` is missing");
        ensure!(!trace.arrivals.is_empty(), "{source}: no arrival in it");
        Ok(trace)
    }

    fn read_line(&mut self, line: &[u8]) -> Result<()> {
        ensure!(line.len() as u64 <= LINE_BYTES_MAX, "longer than {LINE_BYTES_MAX} bytes");
        let line = str::from_utf8(line).context("not UTF-8")?.trim_end();
        ensure!(!line.contains(char::is_control), "a control character in it");
        if let Some(header) = line.strip_prefix('#') {
            return self.read_header(header);
        }
        let Some((sequence, at)) = line.split_once(' ') else {
            bail!("expected `sequence arrival_ns`, found `{line}`");
        };
        let sequence = sequence.parse().with_context(|| format!("sequence `{sequence}`"))?;
        ensure!(sequence < BEATS_MAX, "sequence {sequence} is not below {BEATS_MAX}");
        let at = Timestamp::from_nanos(at.parse().with_context(|| format!("arrival `{at}`"))?);
        self.push(Arrival { sequence, at })
    }

    fn push(&mut self, arrival: Arrival) -> Result<()> {
        if let Some(last) = self.arrivals.last() {
            ensure!(arrival.at >= last.at, "arrives before the line above");
            ensure!(
                arrival.at.saturating_since(last.at) <= INTERVAL_MAX,
                "a silence of more than 13 days"
            );
            if arrival.sequence <= last.sequence {
                return Ok(()); // A duplicate, or overtaken: no news of the sender.
            }
        }
        self.arrivals.push(arrival);
        Ok(())
    }

    fn read_header(&mut self, header: &str) -> Result<()> {
        let Some((key, value)) = header.split_once(':') else {
            return Ok(()); // A remark.
        };
        let value = value.trim();
        match key.trim() {
            "name" => value.clone_into(&mut self.name),
            "kind" => value.clone_into(&mut self.kind),
            "period_ns" => {
                let nanos = value.parse().with_context(|| format!("period_ns `{value}`"))?;
                self.period = Nanos::new(nanos);
                ensure!(
                    self.period > Nanos::ZERO && self.period <= INTERVAL_MAX,
                    "period_ns {nanos} is not in 1 to {}",
                    INTERVAL_MAX.get()
                );
            }
            _ => {}
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    const HEADER: &str = "# name: t\n# period_ns: 10\n# kind: test\n";

    fn read(text: &str) -> Result<Trace> {
        Trace::read(text.as_bytes(), "t.txt")
    }

    fn error(text: &str) -> String {
        format!("{:#}", read(text).expect_err("must be refused"))
    }

    /// Goal: plain and gzip give the same, and only news of the sender counts as an arrival.
    #[test]
    fn a_trace_is_read_plain_and_compressed() {
        let text = format!("{HEADER}# a remark\n0 0\n2 21\n1 22\n2 23\n3 30");
        let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
        gzip.write_all(text.as_bytes()).expect("in memory");
        let gzip = gzip.finish().expect("in memory");
        for trace in [read(&text), Trace::read(&gzip[..], "t.gz")] {
            let trace = trace.expect("legal");
            let arrivals = trace.arrivals.iter().map(|a| (a.sequence, a.at.as_nanos()));
            assert_eq!(arrivals.collect::<Vec<_>>(), [(0, 0), (2, 21), (3, 30)]);
            assert_eq!((trace.name.as_str(), trace.kind.as_str()), ("t", "test"));
            assert_eq!(trace.period, Nanos::new(10));
        }
        let cut = Trace::read(&gzip[..gzip.len() - 9], "t.gz").expect_err("cut off");
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
            ("4000000 5", "not below"),
            ("99999999999999999999 5", "sequence"),
            ("1 9999999999999999", "13 days"),
            ("# period_ns: 0", "not in 1"),
            (long.as_str(), "longer than"),
            ("1 5\u{1b}", "control"),
        ] {
            let error = error(&format!("{HEADER}0 4\n{line}\n"));
            assert!(error.starts_with("t.txt:5: ") && error.contains(wrong), "{line}: {error}");
        }
        assert!(error(&format!("{HEADER}0 4\n1 3\n")).starts_with("t.txt:5: arrives before"));
    }

    /// Goal: a file without what is needed says what is missing.
    #[test]
    fn what_is_missing_is_named() {
        assert!(error("# name: t\n0 0\n").contains("period_ns"));
        assert!(error("# period_ns: 10\n0 0\n").contains("name"));
        assert!(error(HEADER).contains("no arrival"));
        assert!(error("").contains("missing"));
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
