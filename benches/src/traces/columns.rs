//! Tables of others, CSV and its kin: which column means what, and one beat a record.
//!
//! What is made of the beats is the business of [`series`](super::series).

use std::path::Path;

use anyhow::{Context as _, Result, bail, ensure};
use phi_core::Nanos;

use super::clock::{Unit, number_ns, time_ns};
use super::series::Beat;
use crate::trace::BEATS_MAX;
use crate::trace::lines::Lines;

/// How a table is to be read.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    pub(super) delimiter: Delimiter,
    /// Whether its first line names the columns.
    pub(super) header: bool,
    pub(super) sequence: Option<Column>,
    pub(super) sent: Option<Column>,
    pub(super) arrival: Option<Column>,
    pub(super) delay: Option<Column>,
    /// Of times and delays without a unit of their own.
    pub(super) unit: Unit,
    pub(super) delay_unit: Unit,
}

/// A column, by its name, or by its number from 1 where columns have no names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Column(pub(super) String);

/// What stands between two fields.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Delimiter {
    Byte(u8),
    /// One blank or more.
    Blanks,
}

/// The places of the columns that are read.
struct Places {
    sequence: Option<usize>,
    sent: Option<usize>,
    arrival: Option<usize>,
    delay: Option<usize>,
}

impl Layout {
    /// The beats in the file at `path`, plain or gzip. Records may not go over a line's end.
    pub(super) fn read(&self, path: &Path) -> Result<Vec<Beat>> {
        let mut lines = Lines::open(path)?;
        let mut places = if self.header { None } else { Some(self.places(None)?) };
        let mut beats = Vec::new();
        while let Some(line) = lines.next()? {
            if line.is_empty() {
                continue;
            }
            let fields = self.delimiter.split(line)?;
            if let Some(places) = &places {
                let beat = self.beat(&fields, places);
                beats.push(beat.with_context(|| lines.place())?);
            } else {
                let found = self.places(Some(&fields));
                places = Some(found.with_context(|| lines.place())?);
            }
            ensure!(beats.len() as u64 <= BEATS_MAX, "{}: too many lines", lines.place());
        }
        Ok(beats)
    }

    fn places(&self, names: Option<&[String]>) -> Result<Places> {
        let place =
            |column: &Option<Column>| column.as_ref().map(|column| column.place(names)).transpose();
        let places = Places {
            sequence: place(&self.sequence)?,
            sent: place(&self.sent)?,
            arrival: place(&self.arrival)?,
            delay: place(&self.delay)?,
        };
        ensure!(
            places.arrival.is_some() || places.delay.is_some(),
            "which column holds the time of arrival? Say it with --arrival (or --delay)"
        );
        ensure!(
            places.arrival.is_none() || places.delay.is_none(),
            "--arrival and --delay are two clocks: name one of them"
        );
        Ok(places)
    }

    fn beat(&self, fields: &[String], places: &Places) -> Result<Beat> {
        let field = |place: Option<usize>| -> Result<Option<&str>> {
            let Some(place) = place else { return Ok(None) };
            let field = fields.get(place).with_context(|| format!("no column {}", place + 1))?;
            Ok(Some(field.trim()).filter(|field| !field.is_empty()))
        };
        let time = |place| field(place)?.map(|text| time_ns(text, self.unit)).transpose();
        let number = |text: &str| {
            text.parse::<u64>().with_context(|| format!("sequence `{text}` is no whole number"))
        };
        let delay =
            field(places.delay)?.map(|text| number_ns(text, self.delay_unit)).transpose()?;
        Ok(Beat {
            number: field(places.sequence)?.map(number).transpose()?,
            sent_ns: time(places.sent)?,
            arrived_ns: time(places.arrival)?,
            delay_ns: delay.filter(|delay| *delay >= 0),
        })
    }
}

impl Column {
    /// Its place from 0, among `names` where there are any.
    fn place(&self, names: Option<&[String]>) -> Result<usize> {
        let Self(text) = self;
        if let Some(names) = names {
            let found = names.iter().position(|name| name.trim() == text);
            if let Some(place) = found {
                return Ok(place);
            }
        }
        match (text.parse::<usize>(), names) {
            (Ok(number), _) if number > 0 => Ok(number - 1),
            (_, Some(names)) => bail!("no column `{text}`; there are: {}", names.join(", ")),
            _ => bail!("`{text}` is no number of a column, from 1; they have no names here"),
        }
    }
}

impl Delimiter {
    fn split(self, line: &str) -> Result<Vec<String>> {
        let Self::Byte(delimiter) = self else {
            return Ok(line.split_whitespace().map(str::to_owned).collect());
        };
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(delimiter)
            .has_headers(false)
            .from_reader(line.as_bytes());
        let record = reader.records().next().transpose()?.unwrap_or_default();
        Ok(record.iter().map(str::to_owned).collect())
    }
}

/// The period in a text like `100ms`.
pub(super) fn parse_period(text: &str) -> Result<Nanos, String> {
    let length = humantime::parse_duration(text).map_err(|error| error.to_string())?;
    let period = u64::try_from(length.as_nanos()).map_or(Nanos::MAX, Nanos::new);
    if period == Nanos::ZERO || period > phi_core::INTERVAL_MAX {
        return Err("not in 1 ns to 13 days".to_owned());
    }
    Ok(period)
}
