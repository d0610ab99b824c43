//! Times as files of others write them, to the nanosecond: numbers of a unit, or date and time.
//!
//! Nothing is rounded through a float: seconds since 1970 with nine decimals have no room in one.

use std::time::UNIX_EPOCH;

use anyhow::{Context as _, Result, bail, ensure};
use clap::ValueEnum;

/// The unit of numbers in a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Unit {
    S,
    Ms,
    Us,
    Ns,
}

impl Unit {
    /// How many decimals of this unit a nanosecond is.
    const fn decimals(self) -> usize {
        match self {
            Self::S => 9,
            Self::Ms => 6,
            Self::Us => 3,
            Self::Ns => 0,
        }
    }
}

/// The longest length or latest time that is read (ns): 292 years.
const NS_MAX: i128 = i64::MAX as i128;

/// The number `text` of `unit` in nanoseconds; decimals below one are cut off.
pub(super) fn number_ns(text: &str, unit: Unit) -> Result<i128> {
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
    let plain = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(
        !(whole.is_empty() && part.is_empty()) && plain(whole) && plain(part) && whole.len() < 20,
        "`{text}` is no decimal number"
    );
    let part: String = part.chars().chain("000000000".chars()).take(unit.decimals()).collect();
    let ns: i128 = format!("0{whole}{part}").parse().with_context(|| format!("`{text}`"))?;
    ensure!(ns <= NS_MAX, "`{text}` is out of range");
    Ok(sign * ns)
}

/// The time `text` in nanoseconds since 1970: a number of `unit`, or date and time as in RFC 3339,
/// with any offset or none.
pub(super) fn time_ns(text: &str, unit: Unit) -> Result<i128> {
    let text = text.trim();
    if !text.contains(':') {
        return number_ns(text, unit);
    }
    let (moment, offset) = split_offset(text)?;
    let moment = moment.replacen(' ', "T", 1);
    let time = humantime::parse_rfc3339_weak(&moment)
        .with_context(|| format!("`{text}` is no time like 2024-12-12T09:06:37.738+01:00"))?;
    let since = time.duration_since(UNIX_EPOCH);
    let since = since.with_context(|| format!("`{text}` is before 1970"))?;
    Ok(since.as_nanos().cast_signed() - offset)
}

/// A time without its offset from UTC, and that offset (ns).
fn split_offset(text: &str) -> Result<(&str, i128)> {
    const MINUTE_NS: i128 = 60_000_000_000;
    if let Some(text) = text.strip_suffix('Z') {
        return Ok((text, 0));
    }
    let after_date = text.find([' ', 'T']).unwrap_or(text.len());
    let clock = text.get(after_date..).unwrap_or_default();
    let Some(place) = clock.rfind(['+', '-']) else { return Ok((text, 0)) };
    let (moment, offset) = text.split_at(after_date + place);
    let (hours, minutes) = match (offset.get(1..3), offset.get(3..)) {
        (Some(hours), Some("")) => (hours, "0"),
        (Some(hours), Some(rest)) => (hours, rest.strip_prefix(':').unwrap_or(rest)),
        _ => bail!("`{offset}` is no offset like +01:00"),
    };
    let plain = |text: &str| text.len() < 3 && text.bytes().all(|byte| byte.is_ascii_digit());
    ensure!(plain(hours) && plain(minutes), "`{offset}` is no offset like +01:00");
    let minutes = hours.parse::<i128>()? * 60 + minutes.parse::<i128>()?;
    let sign = if offset.starts_with('-') { -1 } else { 1 };
    Ok((moment, sign * minutes * MINUTE_NS))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Goal: each digit down to the nanosecond is kept, in every unit, and nonsense is refused.
    #[test]
    fn numbers_are_exact() {
        for (text, unit, ns) in [
            ("1694478364.175354", Unit::S, 1_694_478_364_175_354_000),
            ("1700000000.123456789", Unit::S, 1_700_000_000_123_456_789),
            ("97.4", Unit::Ms, 97_400_000),
            ("-1", Unit::Ms, -1_000_000),
            (".5", Unit::Us, 500),
            ("7.9", Unit::Ns, 7),
            ("0", Unit::S, 0),
        ] {
            assert_eq!(number_ns(text, unit).expect("a number"), ns, "{text}");
        }
        for text in ["", "-", ".", "NaN", "inf", "1e3", "1.2.3", "0x5", "99999999999999999999"] {
            assert!(number_ns(text, Unit::S).is_err(), "{text}");
        }
        assert!(number_ns("9999999999999999999", Unit::S).is_err(), "out of range");
    }

    /// Goal: the same moment in any notation is the same number.
    #[test]
    fn dates_are_read_with_their_offset() {
        let expected = 1_733_990_797_738_616_000;
        for text in [
            "2024-12-12T09:06:37.738616+01:00",
            "2024-12-12 08:06:37.738616",
            "2024-12-12T08:06:37.738616Z",
            "2024-12-12T02:36:37.738616-0530",
            "2024-12-12T10:06:37.738616+02",
        ] {
            assert_eq!(time_ns(text, Unit::S).expect("a time"), expected, "{text}");
        }
        for text in
            ["12:00", "2024-12-12T25:00:00", "2024-12-12T09:06:37+1:0", "2024-12-12T09:06:37+é"]
        {
            assert!(time_ns(text, Unit::S).is_err(), "{text}");
        }
    }
}
