//! Recordings of others that were published with a licence: where they are from, how they are to be
//! named, and how their files are read. They are not copied into this repository.

use serde::Serialize;

use super::clock::Unit;
use super::columns::{Column, Delimiter, Layout};

/// One published collection of recordings.
#[derive(Serialize)]
pub(super) struct DataSet {
    /// Its name on the command line.
    pub(super) format: &'static str,
    /// What was recorded.
    pub(super) what: &'static str,
    /// The repository on GitHub that publishes it.
    pub(super) repository: &'static str,
    /// Which of its files.
    pub(super) files: &'static str,
    pub(super) licence: &'static str,
    /// Whom to name who uses it, as the licence demands.
    pub(super) attribution: &'static str,
    /// What the import makes of it, for the header of the file.
    pub(super) made: &'static str,
    /// The trouble in it, in words.
    pub(super) kind: &'static str,
    /// What to do before the import, if anything.
    pub(super) before: Option<&'static str>,
    /// What the sender promises, where the data does not tell (ns).
    #[serde(skip)]
    pub(super) period_ns: Option<u64>,
    #[serde(skip)]
    layout: fn() -> Layout,
}

impl DataSet {
    /// How its files are read.
    pub(super) fn layout(&self) -> Layout {
        (self.layout)()
    }
}

/// Those that the published figures were measured on.
pub(super) const DATA_SETS: [DataSet; 4] = [
    DataSet {
        format: "cicv5g",
        what: "a car on 5G that publishes to a server, which echoes; one clock stamps both",
        repository: "zxr805/CICV5G",
        files: "data/**/*.txt, one run a file",
        licence: "CC BY 4.0",
        attribution: "Zhang, X., Xiong, L., Zhang, P., Feng, H., Huang, J., Wang, X. & Tian, M.: \
            5G communication delay dataset for cloud-based vehicle planning and control (CICV5G), \
            2025, doi 10.5281/zenodo.17475688",
        made: "arrival = sub_time of the echoed message (1 ms stamps), sequence = order of \
            publication, period = median publication interval",
        kind: "5G cellular, driving",
        before: None,
        period_ns: None,
        layout: || Layout {
            delimiter: Delimiter::Blanks,
            header: true,
            sent: Some(Column("pub_time(ms)".to_owned())),
            arrival: Some(Column("sub_time(ms)".to_owned())),
            unit: Unit::Ms,
            ..NO_COLUMNS
        },
    },
    DataSet {
        format: "starlink",
        what: "pings over Starlink to its gateways in Seattle and Lagos, an hour each",
        repository: "clarkzjw/mmsys24-starlink-livestreaming-data",
        files: "src/latency/*-0.1s-60min.txt",
        licence: "CC BY-SA 4.0",
        attribution: "Zhao, J. & Pan, J.: data of \"Low-Latency Live Video Streaming over a \
            Low-Earth-Orbit Satellite Network with DASH\", ACM MMSys 2024",
        made: "arrival = sequence * period + recorded round-trip time, no reply = lost, period = \
            median spacing of the probes",
        kind: "LEO satellite",
        before: None,
        period_ns: None,
        layout: || Layout {
            delimiter: Delimiter::Byte(b'\t'),
            header: false,
            sent: Some(Column("1".to_owned())),
            sequence: Some(Column("2".to_owned())),
            delay: Some(Column("3".to_owned())),
            delay_unit: Unit::Ms,
            ..NO_COLUMNS
        },
    },
    DataSet {
        format: "fjordlink",
        what: "polls of a Starlink dish over the LAN of the research vessel Wavelab, 1 Hz",
        repository: "ds-kiel/FjordLink",
        files: "starlink-terminal-grpc-dump/DAY-starlink/*.parquet.gzip, a day's files in order",
        licence: "CC BY 4.0",
        attribution: "FjordLink data set, Kiel University, Starlink terminal poll log of the \
            research vessel Wavelab",
        made: "arrival = time stamp of each 1 Hz poll of the dish over the ship's LAN, sequence = \
            order",
        kind: "LAN poll on a ship (request-response at 1 Hz)",
        before: Some(
            "each file as CSV first: python3 -c 'import pandas, sys; [pandas.read_parquet(f)\
             [[\"@timestamp\"]].to_csv(f + \".csv\", index=False) for f in sys.argv[1:]]' FILE…",
        ),
        period_ns: Some(1_000_000_000),
        layout: || Layout { arrival: Some(Column("@timestamp".to_owned())), ..NO_COLUMNS },
    },
    DataSet {
        format: "vnc2024",
        what: "the stream of a LiDAR sensor over wired Ethernet",
        repository: "LIST-LUXEMBOURG/vnc2024-traces",
        files: "lidar_datatrace.csv",
        licence: "CC BY-SA 4.0",
        attribution: "Andronovici, D., Turcanu, I., Bigge, J. & Sommer, C.: Cross-Validating Open \
            Source In-Vehicle TSN Simulation Models With a COTS Hardware Testbed, IEEE VNC 2024; \
            © Luxembourg Institute of Science and Technology",
        made: "arrival = frame time stamp, sequence = order, period = median interval",
        kind: "wired LAN, sensor stream",
        before: None,
        period_ns: None,
        layout: || Layout { header: false, arrival: Some(Column("1".to_owned())), ..NO_COLUMNS },
    },
];

/// A table with commas, names of columns, and seconds.
pub(super) const NO_COLUMNS: Layout = Layout {
    delimiter: Delimiter::Byte(b','),
    header: true,
    sequence: None,
    sent: None,
    arrival: None,
    delay: None,
    unit: Unit::S,
    delay_unit: Unit::S,
};
