//! The format of recorded arrivals, read as a stream: one line at a time, in constant memory.
//!
//! Which of them count, and how many fit in memory, is the business of [`Trace`](super::Trace). The
//! format is described in `traces/README.md`.

use std::io::BufRead;
use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use phi_core::{INTERVAL_MAX, Nanos, Timestamp};

use super::arrival::Arrival;
use super::lines::Lines;
use super::numbers::Numbers;

/// The most header lines and remarks.
const HEADERS_MAX: u32 = 1_000;

/// What the header says.
#[derive(Clone, Debug, Default)]
pub(crate) struct Header {
    pub(crate) name: String,
    /// The trouble in it, in words.
    pub(crate) kind: String,
    /// Where and how it was recorded.
    pub(crate) origin: String,
    /// What the sender promises, 1 ns to 2⁵⁰ ns.
    pub(crate) period: Nanos,
}

/// One line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Line {
    pub(crate) arrival: Arrival,
    /// Whether its number is higher than all before: only then it is news of the sender.
    pub(crate) news: bool,
}

/// The arrivals in one file.
pub(crate) struct Reader<'a> {
    lines: Lines<'a>,
    header: Header,
    headers: u32,
    /// The first arrival, which was read to see where the header ends.
    pending: Option<Line>,
    numbers: Numbers,
    last: Option<Timestamp>,
    count: u64,
}

impl<'a> Reader<'a> {
    /// That of the file at `path`, plain or gzip.
    pub(crate) fn open(path: &Path) -> Result<Reader<'static>> {
        Reader::start(Lines::open(path)?)
    }

    /// That of `reader`, which errors call `source`.
    pub(crate) fn of(reader: impl BufRead + 'a, source: &str) -> Result<Self> {
        Self::start(Lines::of(reader, source.to_owned())?)
    }

    fn start(lines: Lines<'a>) -> Result<Self> {
        let mut reader = Self {
            lines,
            header: Header::default(),
            headers: 0,
            pending: None,
            numbers: Numbers::new(),
            last: None,
            count: 0,
        };
        reader.pending = reader.read()?;
        let source = reader.lines.source();
        ensure!(
            reader.header.period > Nanos::ZERO,
            "{source}: the header `# period_ns: …` is missing before the first arrival"
        );
        ensure!(
            !reader.header.name.is_empty(),
            "{source}: the header `# name: …` is missing before the first arrival"
        );
        ensure!(reader.pending.is_some(), "{source}: no arrival in it");
        Ok(reader)
    }

    /// What the header says.
    pub(crate) const fn header(&self) -> &Header {
        &self.header
    }

    /// The file, and the line that was read last.
    pub(crate) fn place(&self) -> String {
        self.lines.place()
    }

    /// The next arrival; `None` after the last, of which there are two at least.
    pub(crate) fn next(&mut self) -> Result<Option<Line>> {
        let line = match self.pending.take() {
            Some(line) => Some(line),
            None => self.read()?,
        };
        self.count += u64::from(line.is_some());
        ensure!(
            line.is_some() || self.count > 1,
            "{}: one arrival is no interval; two at least are needed",
            self.lines.source()
        );
        Ok(line)
    }

    /// The next line that holds an arrival; header lines on the way are taken in.
    fn read(&mut self) -> Result<Option<Line>> {
        loop {
            let Some(text) = self.lines.next()? else { return Ok(None) };
            if let Some(text) = text.strip_prefix('#') {
                let text = text.to_owned();
                self.take_header(&text).with_context(|| self.place())?;
                continue;
            }
            let arrival = arrival(text);
            return arrival.and_then(|a| self.take(a)).with_context(|| self.place()).map(Some);
        }
    }

    fn take(&mut self, arrival: Arrival) -> Result<Line> {
        let last = self.last.unwrap_or(arrival.at);
        ensure!(
            arrival.at >= last,
            "arrives before the line above; sort the lines by their second column"
        );
        let silence = arrival.at.saturating_since(last);
        ensure!(silence <= INTERVAL_MAX, "a silence of more than 13 days");
        self.last = Some(arrival.at);
        Ok(Line { arrival, news: self.numbers.record(arrival.sequence)? })
    }

    fn take_header(&mut self, text: &str) -> Result<()> {
        self.headers += 1;
        ensure!(self.headers <= HEADERS_MAX, "more than {HEADERS_MAX} lines with `#`");
        let Some((key, value)) = text.split_once(':') else {
            return Ok(()); // A remark.
        };
        let (key, value) = (key.trim(), value.trim());
        if !["name", "kind", "origin", "period_ns"].contains(&key) {
            return Ok(());
        }
        ensure!(self.last.is_none(), "the header `{key}` comes after the first arrival");
        match key {
            "name" => value.clone_into(&mut self.header.name),
            "kind" => value.clone_into(&mut self.header.kind),
            "origin" => value.clone_into(&mut self.header.origin),
            _ => self.header.period = period(value)?,
        }
        Ok(())
    }
}

fn period(value: &str) -> Result<Nanos> {
    let nanos: u64 = value.parse().with_context(|| format!("period_ns `{value}`"))?;
    let period = Nanos::new(nanos);
    ensure!(
        period > Nanos::ZERO && period <= INTERVAL_MAX,
        "period_ns {nanos} is not in 1 to {}",
        INTERVAL_MAX.get()
    );
    Ok(period)
}

/// The line `sequence arrival_ns`.
fn arrival(text: &str) -> Result<Arrival> {
    let Some((sequence, at)) = text.split_once(' ') else {
        bail!("expected `sequence arrival_ns`, found `{text}`");
    };
    let sequence = sequence.parse().with_context(|| format!("sequence `{sequence}`"))?;
    let at = at.parse().with_context(|| format!("arrival `{at}`, whole nanoseconds expected"))?;
    Ok(Arrival { sequence, at: Timestamp::from_nanos(at) })
}
