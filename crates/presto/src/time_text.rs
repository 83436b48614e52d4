//! Dates and times read from the texts that casts and ISO 8601 allow.

use chrono::{NaiveDate, NaiveDateTime, NaiveTime};
use datafusion::error::Result;

use crate::value::invalid;
use crate::zone::{Zone, days};

/// Days since 1970 of `2026-11-22`.
pub(crate) fn parse_date(text: &str) -> Result<i32> {
    date_of(text).map(days).ok_or_else(|| invalid(format!("'{text}' is no date such as '2026-11-22'")))
}

/// Of `2026-11-22 08:00:00.000`, with less of the time or none, and with a zone or without.
pub(crate) fn parse_timestamp(text: &str) -> Result<(NaiveDateTime, Option<Zone>)> {
    read_timestamp(text, ' ')
        .ok_or_else(|| invalid(format!("'{text}' is no timestamp such as '2026-11-22 08:00:00.000'")))
}

/// Of `2026-11-22T08:00:00.000+08:00`, with less of the time or none, and with an offset or without.
pub(crate) fn parse_iso8601(text: &str) -> Result<(NaiveDateTime, Option<Zone>)> {
    read_timestamp(text, 'T')
        .ok_or_else(|| invalid(format!("'{text}' is no ISO 8601 timestamp such as '2026-11-22T08:00:00.000+08:00'")))
}

fn read_timestamp(text: &str, separator: char) -> Option<(NaiveDateTime, Option<Zone>)> {
    let Some((day, rest)) = text.split_once(separator) else {
        return Some((date_of(text)?.and_time(NaiveTime::MIN), None));
    };
    let day = date_of(day)?;
    let end = rest.find(|letter: char| !letter.is_ascii_digit() && letter != ':' && letter != '.');
    let (time, zone) = rest.split_at(end.unwrap_or(rest.len()));
    let zone = match zone.trim_start() {
        "" => None,
        "Z" => Some(Zone::named("UTC").ok()?),
        name => Some(Zone::named(name).ok()?),
    };
    Some((day.and_time(time_of(time)?), zone))
}

fn date_of(text: &str) -> Option<NaiveDate> {
    let (sign, digits) = text.strip_prefix('-').map_or((1, text), |digits| (-1, digits));
    let mut parts = digits.split('-');
    let year = number(parts.next()?, 4..=6)?;
    // ISO 8601 allows a year alone and a year with a month.
    let month = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
    let day = parts.next().map_or(Some(1), |part| number(part, 1..=2))?;
    let date = NaiveDate::from_ymd_opt(sign * i32::try_from(year).ok()?, month, day)?;
    parts.next().is_none().then_some(date)
}

fn time_of(text: &str) -> Option<NaiveTime> {
    let (clock, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let mut parts = clock.split(':');
    let hour = number(parts.next()?, 1..=2)?;
    let minute = parts.next().map_or(Some(0), |part| number(part, 1..=2))?;
    let second = parts.next().map_or(Some(0), |part| number(part, 1..=2))?;
    let nanoseconds = number(&format!("{fraction:0<9}"), 9..=9)?;
    parts.next().is_none().then(|| NaiveTime::from_hms_nano_opt(hour, minute, second, nanoseconds))?
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Option<u32> {
    let is_number = digits.contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit());
    is_number.then(|| text.parse().ok())?
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::zone::{milliseconds, timestamp_text};

    #[test]
    fn timestamps_may_be_cut_short_and_have_a_zone() {
        for (text, expected) in [
            ("2026-11-22 08:05:06.789", Some("2026-11-22 08:05:06.789")),
            ("2026-11-22 08:05", Some("2026-11-22 08:05:00.000")),
            ("2026-1-2", Some("2026-01-02 00:00:00.000")),
            ("2026-11-22 08:05:06.7 Asia/Shanghai", Some("2026-11-22 08:05:06.700")),
            ("2026-02-29", None),
            ("2026-11-22 25:00", None),
            ("2026-11-22 08:05:06 Mars/Base", None),
            ("tomorrow", None),
            ("", None),
            ("2026-11-22 ", None),
        ] {
            let found = parse_timestamp(text).ok().map(|(time, _)| timestamp_text(milliseconds(time)).unwrap());
            assert_eq!(found.as_deref(), expected, "{text}");
        }
        let (time, zone) = parse_iso8601("2026-11-22T08:00:00+08:00").unwrap();
        assert_eq!(zone.unwrap().instant_ms(milliseconds(time)).unwrap(), 1_795_305_600_000);
    }
}
