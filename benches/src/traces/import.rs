//! `traces import`: arrivals that others recorded, turned into the format.
//!
//! How tables and logs are read is the business of [`columns`](super::columns) and
//! [`ping`](super::ping).

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, ensure};
use clap::ValueEnum;
use phi_core::Nanos;
use serde::Serialize;

use super::clock::Unit;
use super::columns::{Column, Delimiter, Layout, parse_period};
use super::datasets::{DATA_SETS, DataSet};
use super::ping;
use super::series::{Beat, Counts, Series, series};
use crate::trace::BEATS_MAX;
use crate::trace::reader::Header;
use crate::trace::writer::Writer;

const EXAMPLES: &str = "Examples:
  # columns by name; without --sequence the order of the lines numbers them
  phi-bench traces import csv log.csv --sequence seq --arrival time --unit ms --out my.txt.gz
  # ping -D -i 0.2 192.0.2.1 > ping.log
  phi-bench traces import ping ping.log --out office.txt.gz
  # a published recording; `phi-bench traces list` says where it is
  phi-bench traces import cicv5g v2v_info-01.txt --out cicv5g_10ms_n78_r1.txt.gz

Then: phi-bench traces show my.txt.gz, and phi-bench whatif --trace my.txt.gz";

/// Turn arrivals that others recorded into the format
#[derive(clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// What the files are
    #[arg(value_enum)]
    format: Format,
    /// The files, plain or gzip; several are taken one after the other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Where to write the trace; gzip where the name ends in `.gz`
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// What to call it [default: as the file it is written to]
    #[arg(long)]
    name: Option<String>,
    /// The trouble in it, in words
    #[arg(long, value_name = "WORDS")]
    kind: Option<String>,
    /// Where it is from, for its header
    #[arg(long, value_name = "WORDS")]
    origin: Option<String>,
    /// What the sender promises, like `100ms` [default: the median of what it did]
    #[arg(long, value_parser = parse_period)]
    period: Option<Nanos>,
    #[command(flatten)]
    columns: Columns,
    /// Print one JSON document instead of a line
    #[arg(long)]
    json: bool,
}

/// Which column means what, for `csv`: by name, or by number from 1.
#[derive(clap::Args)]
#[command(next_help_heading = "Columns of csv")]
struct Columns {
    /// Number of the heartbeat in order of sending
    #[arg(long, value_name = "COLUMN")]
    sequence: Option<String>,
    /// When it was sent: numbers the heartbeats where they have no number
    #[arg(long, value_name = "COLUMN")]
    sent: Option<String>,
    /// When it arrived: a number, or a time like 2024-12-12T09:06:37.738+01:00
    #[arg(long, value_name = "COLUMN")]
    arrival: Option<String>,
    /// How long it was under way (empty or negative: lost), where arrivals are not known
    #[arg(long, value_name = "COLUMN")]
    delay: Option<String>,
    /// Of times that are numbers
    #[arg(long, value_enum, default_value = "s")]
    unit: Unit,
    /// Of the delay [default: as --unit]
    #[arg(long, value_enum)]
    delay_unit: Option<Unit>,
    /// One character, or `tab`, or `blanks` for one or more of them
    #[arg(long, value_parser = parse_delimiter, default_value = ",")]
    delimiter: Delimiter,
    /// The first line is data; columns are named by their numbers
    #[arg(long)]
    no_header: bool,
}

/// A kind of file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table with a line a heartbeat
    Csv,
    /// What `ping` printed, best with -D
    Ping,
    /// A run of the CICV5G data set
    Cicv5g,
    /// A log of mmsys24-starlink-livestreaming-data
    Starlink,
    /// A day of the data set of `FjordLink`, as CSV
    Fjordlink,
    /// The sensor's stream of vnc2024-traces
    Vnc2024,
}

/// What has become of the files.
#[derive(Serialize)]
struct Done<'a> {
    out: &'a Path,
    name: &'a str,
    period_ns: u64,
    #[serde(flatten)]
    counts: Counts,
}

pub(super) fn run(args: &Args) -> Result<()> {
    let data_set = args.format.data_set();
    let Series { period, arrivals, counts } = read(args, data_set)?;
    let header = Header {
        name: args.name.clone().unwrap_or_else(|| stem(&args.out)),
        kind: args.kind.clone().or_else(|| Some(data_set?.kind.to_owned())).unwrap_or_default(),
        origin: args.origin.clone().unwrap_or_else(|| origin(&args.files, data_set)),
        period,
    };
    let mut writer = Writer::create(&args.out, &header)?;
    arrivals.iter().try_for_each(|arrival| writer.push(*arrival))?;
    writer.finish()?;
    let mut stdout = io::stdout().lock();
    let period_ns = period.get();
    if args.json {
        let done = Done { out: &args.out, name: &header.name, period_ns, counts };
        serde_json::to_writer(&mut stdout, &done)?;
        writeln!(stdout)?;
        return Ok(());
    }
    let Counts { arrived, lost, twice } = counts;
    writeln!(
        stdout,
        "{}: {arrived} arrivals, one each {} ms, {lost} lost{}",
        args.out.display(),
        period_ns as f64 / 1e6,
        if twice > 0 { format!(", {twice} repetitions left out") } else { String::new() }
    )?;
    if let Some(data_set) = data_set {
        writeln!(stdout, "{}; name it as: {}", data_set.licence, data_set.attribution)?;
    }
    Ok(())
}

fn read(args: &Args, data_set: Option<&DataSet>) -> Result<Series> {
    let layout = data_set.map_or_else(|| args.columns.layout(), DataSet::layout);
    let mut beats: Vec<Beat> = Vec::new();
    for file in &args.files {
        let read = match args.format {
            Format::Ping => ping::read(file)?,
            _ => layout.read(file)?,
        };
        let numbered = read.iter().chain(&beats).any(|beat| beat.number.is_some());
        ensure!(
            beats.is_empty() || !numbered,
            "{}: it numbers its heartbeats anew, so it is a trace of its own; import it alone",
            file.display()
        );
        beats.extend(read);
        ensure!(
            beats.len() as u64 <= BEATS_MAX,
            "{}: more than {BEATS_MAX} lines with it; import it in parts",
            file.display()
        );
    }
    let period = args.period.or_else(|| data_set?.period_ns.map(Nanos::new));
    let shown = || args.files.first().map(|file| file.display().to_string()).unwrap_or_default();
    series(beats, period).with_context(shown)
}

impl Format {
    /// The published data set that it is, if it is one.
    fn data_set(self) -> Option<&'static DataSet> {
        let name = self.to_possible_value()?;
        DATA_SETS.iter().find(|data_set| data_set.format == name.get_name())
    }
}

impl Columns {
    fn layout(&self) -> Layout {
        let column = |text: &Option<String>| text.clone().map(Column);
        Layout {
            delimiter: self.delimiter,
            header: !self.no_header,
            sequence: column(&self.sequence),
            sent: column(&self.sent),
            arrival: column(&self.arrival),
            delay: column(&self.delay),
            unit: self.unit,
            delay_unit: self.delay_unit.unwrap_or(self.unit),
        }
    }
}

fn parse_delimiter(text: &str) -> Result<Delimiter, String> {
    match (text, text.as_bytes()) {
        ("tab", _) => Ok(Delimiter::Byte(b'\t')),
        ("blanks", _) => Ok(Delimiter::Blanks),
        (_, [byte]) => Ok(Delimiter::Byte(*byte)),
        _ => Err("one character, `tab` or `blanks`".to_owned()),
    }
}

/// The name of a file without its endings.
fn stem(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = name.strip_suffix(".gz").unwrap_or(&name);
    name.strip_suffix(".txt").unwrap_or(name).to_owned()
}

fn origin(files: &[PathBuf], data_set: Option<&DataSet>) -> String {
    let names = files.iter().filter_map(|file| file.file_name());
    let names: Vec<_> = names.map(|name| name.to_string_lossy()).collect();
    let names = names.join(", ");
    data_set.map_or_else(
        || format!("imported from {names}"),
        |set| format!("{}, {names}; {}; {}", set.repository, set.licence, set.made),
    )
}

#[cfg(test)]
mod tests {
    use std::fs;

    use clap::Parser;

    use super::*;
    use crate::trace::Trace;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        args: Args,
    }

    /// Imports `text` with these arguments, and reads what was written.
    fn imported(text: &str, arguments: &str) -> Result<Trace> {
        let folder = tempfile::tempdir().expect("a folder for the test");
        let [input, out] = ["input", "made.txt.gz"].map(|name| folder.path().join(name));
        fs::write(&input, text).expect("writable");
        let (format, options) = arguments.split_once(' ').unwrap_or((arguments, ""));
        let paths = [input.display().to_string(), "--out".into(), out.display().to_string()];
        let options = options.split_whitespace().map(str::to_owned);
        let words =
            ["import".to_owned(), format.to_owned()].into_iter().chain(paths).chain(options);
        let line = Line::try_parse_from(words)?;
        let read = read(&line.args, line.args.format.data_set());
        run(&line.args).inspect_err(|_| assert!(!out.exists(), "nothing is left behind"))?;
        assert!(read.is_ok());
        Trace::open(&out)
    }

    fn pairs(trace: &Trace) -> Vec<(u64, u64)> {
        trace.arrivals.iter().map(|a| (a.sequence, a.at.as_nanos())).collect()
    }

    /// Goal: columns are found by name and by number, quoted and in any unit.
    #[test]
    fn tables_are_read_by_their_columns() {
        let text = "n,\"when, there\",x\n5,10.5,a\n6,30.5,b\n8,70.25,c\n";
        for (arguments, period) in [("", 20_000_000), (" --period 1s", 1_000_000_000)] {
            let arguments = format!("csv --sequence n --arrival 2 --unit ms{arguments}");
            let trace = imported(text, &arguments).expect("legal");
            assert_eq!(pairs(&trace), [(0, 0), (1, 20_000_000), (3, 59_750_000)]);
            assert_eq!(trace.period, Nanos::new(period));
            assert_eq!(trace.name, "made");
        }
        let bare = "1;2\n2;4\n3;6\n";
        let trace = imported(bare, "csv --no-header --delimiter ; --arrival 2").expect("legal");
        assert_eq!(pairs(&trace), [(0, 0), (1, 2_000_000_000), (2, 4_000_000_000)]);
    }

    /// Goal: what is wrong with a table is said, with its line, and with the columns there are.
    #[test]
    fn wrong_tables_are_refused() {
        let error = |text: &str, arguments: &str| {
            format!("{:#}", imported(text, arguments).expect_err("must be refused"))
        };
        let table = "seq,at\n1,5\n2,x\n";
        assert!(error(table, "csv --arrival at").contains("input:3: `x` is no decimal number"));
        assert!(
            error(table, "csv --arrival time").contains("no column `time`; there are: seq, at")
        );
        assert!(error(table, "csv").contains("--arrival"));
        assert!(error("seq,at\n1,NaN\n", "csv --arrival at").contains("input:2: `NaN`"));
        assert!(error("", "csv --arrival at").contains("too few"));
        assert!(error("a,b\n1\n", "csv --arrival b").contains("input:2: no column 2"));
        assert!(error("1.5,2\n", "csv --no-header --sequence 1 --arrival 2").contains("`1.5`"));
    }

    /// Goal: each data set's published form gives what its recordings here were made to.
    #[test]
    fn published_formats_are_read() {
        let cicv5g = "pub_time(ms) sub_time(ms) delay(ms) utmX(m)\n\
            1723188920442 1723188920484 42 329059.979\n1723188920496 1723188920513 17 32.1\n\
            1723188920551 1723188920567 16 32.1\n1723188920605 1723188920624 19 32.1\n";
        let trace = imported(cicv5g, "cicv5g").expect("legal");
        assert_eq!(pairs(&trace)[..3], [(0, 0), (1, 29_000_000), (2, 83_000_000)]);
        assert_eq!(
            (trace.period, trace.kind.as_str()),
            (Nanos::new(54_000_000), "5G cellular, driving")
        );
        let starlink = "100.0\t1\t97.4\n100.22\t2\t94.5\n100.44\t3\t-1\n100.66\t4\t122.0\n";
        let trace = imported(starlink, "starlink").expect("legal");
        assert_eq!(pairs(&trace), [(0, 0), (1, 217_100_000), (3, 684_600_000)]);
        let lidar = "0.000000,10320,0.000001\n0.002104,10320,2104.0\n0.003134,10320,1030.0\n\
            0.004210,10320,1076.000000\n";
        let trace = imported(lidar, "vnc2024").expect("legal");
        assert_eq!(pairs(&trace)[..3], [(0, 0), (1, 2_104_000), (2, 3_134_000)]);
        assert_eq!(trace.period, Nanos::new(1_076_000));
        let dish =
            "@timestamp\n2024-12-12T09:06:37.738616+01:00\n2024-12-12T09:06:38.740911+01:00\n";
        let trace = imported(dish, "fjordlink").expect("legal");
        assert_eq!(pairs(&trace), [(0, 0), (1, 1_002_295_000)]);
        assert_eq!(trace.period, Nanos::new(1_000_000_000));
    }

    /// Goal: a log of ping is a trace, on its time stamps or, without them, on a schedule.
    #[test]
    fn ping_is_read() {
        let log = "[10.0] 64 bytes from a: icmp_seq=1 ttl=5 time=3 ms\n\
            [10.2] 64 bytes from a: icmp_seq=2 ttl=5 time=3 ms\n\
            [10.6] 64 bytes from a: icmp_seq=4 ttl=5 time=3 ms\n";
        let trace = imported(log, "ping").expect("legal");
        assert_eq!(pairs(&trace), [(0, 0), (1, 200_000_000), (3, 600_000_000)]);
        let bare =
            "64 bytes from a: seq=0 ttl=5 time=3 ms\n64 bytes from a: seq=1 ttl=5 time=4 ms\n";
        assert!(
            format!("{:#}", imported(bare, "ping").expect_err("no period")).contains("--period")
        );
        let trace = imported(bare, "ping --period 1s").expect("legal");
        assert_eq!(pairs(&trace), [(0, 0), (1, 1_001_000_000)]);
    }
}
