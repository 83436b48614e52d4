//! Time zones: what an instant is on the wall, and back.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, Offset, TimeZone, Timelike};
use datafusion::arrow::array::timezone::Tz;
use datafusion::error::Result;

use crate::value::invalid;

/// A zone by its name (`Asia/Shanghai`) or its offset (`+08:00`).
#[derive(Debug, Clone)]
pub(crate) struct Zone {
    pub(crate) name: Arc<str>,
    rules: Tz,
}

impl Zone {
    pub(crate) fn named(name: &str) -> Result<Zone> {
        let rules = name.parse().map_err(|_| {
            invalid(format!(
                "'{name}' is no time zone: give a name such as 'Asia/Shanghai' or an offset such as '+08:00'"
            ))
        })?;
        Ok(Zone { name: name.into(), rules })
    }

    /// Milliseconds on the wall at an instant in milliseconds.
    pub(crate) fn wall_ms(&self, instant_ms: i64) -> Result<i64> {
        let offset = self.rules.offset_from_utc_datetime(&wall(instant_ms)?).fix();
        Ok(instant_ms + i64::from(offset.local_minus_utc()) * 1000)
    }

    /// The instant of a time on the wall; the earlier one where there are two, the later clock where there is none.
    pub(crate) fn instant_ms(&self, wall_ms: i64) -> Result<i64> {
        let time = wall(wall_ms)?;
        let offset = match self.rules.offset_from_local_datetime(&time).earliest() {
            Some(offset) => offset.fix(),
            None => self.rules.offset_from_utc_datetime(&time).fix(),
        };
        Ok(wall_ms - i64::from(offset.local_minus_utc()) * 1000)
    }

    /// Seconds that the wall is ahead of UTC at an instant.
    pub(crate) fn ahead_s(&self, instant_ms: i64) -> Result<i32> {
        Ok(self.rules.offset_from_utc_datetime(&wall(instant_ms)?).fix().local_minus_utc())
    }
}

/// A time in milliseconds as a calendar shows it.
pub(crate) fn wall(time_ms: i64) -> Result<NaiveDateTime> {
    DateTime::from_timestamp_millis(time_ms)
        .map(|time| time.naive_utc())
        .ok_or_else(|| invalid(format!("{time_ms} milliseconds since 1970 are outside of the calendar")))
}

/// Milliseconds of what a calendar shows.
pub(crate) fn milliseconds(time: NaiveDateTime) -> i64 {
    time.and_utc().timestamp_millis()
}

/// The date so many days after 1970 began.
pub(crate) fn date(days: i32) -> Result<NaiveDate> {
    NaiveDate::from_epoch_days(days)
        .ok_or_else(|| invalid(format!("{days} days since 1970 are outside of the calendar")))
}

/// Days of a date since 1970 began.
pub(crate) fn days(date: NaiveDate) -> i32 {
    date.to_epoch_days()
}

/// `2026-11-22 08:00:00.000`.
pub(crate) fn timestamp_text(wall_ms: i64) -> Result<String> {
    let time = wall(wall_ms)?;
    Ok(format!(
        "{} {:02}:{:02}:{:02}.{:03}",
        date_text_of(time.date()),
        time.hour(),
        time.minute(),
        time.second(),
        wall_ms.rem_euclid(1000)
    ))
}

/// `2026-11-22`.
pub(crate) fn date_text(days: i32) -> Result<String> {
    Ok(date_text_of(date(days)?))
}

fn date_text_of(date: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", date.year(), date.month(), date.day())
}
