//! Days and texts of time as the call centre shows them: UTC+8, without a zone mark.
//!
//! Public document: CCC 2017-07-05, "ListAgentSummaryReports" (`yyyy-MM-dd HH:mm:ss`).

use time::format_description::FormatItem;
use time::macros::{format_description, offset};
use time::{OffsetDateTime, UtcOffset};

/// Offset of the call centre's days from UTC, milliseconds.
const OFFSET_MS: i64 = 8 * 3_600_000;
/// Length of a day, milliseconds. UTC+8 has no summer time.
const DAY_MS: i64 = 86_400_000;
/// Last moment that the texts of time can show, Unix milliseconds: the end of the year 9999 in UTC+8.
pub(crate) const MAX_TIME_MS: i64 = 253_402_271_999_999;

const OFFSET: UtcOffset = offset!(+8);
const TEXT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const COMPACT: &[FormatItem<'_>] = format_description!("[year][month][day][hour][minute][second]");

/// `yyyy-MM-dd HH:mm:ss`
pub(crate) fn wire_time(at_ms: i64) -> String {
    formatted(at_ms, TEXT)
}

/// `yyyyMMddHHmmss`
pub(crate) fn compact_time(at_ms: i64) -> String {
    formatted(at_ms, COMPACT)
}

fn formatted(at_ms: i64, form: &[FormatItem<'_>]) -> String {
    let seconds = at_ms.clamp(0, MAX_TIME_MS) / 1_000;
    let local = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(OFFSET);
    local.format(form).unwrap_or_default()
}

/// A day in UTC+8.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(i64);

impl Day {
    /// The day of a moment.
    pub fn of_ms(at_ms: i64) -> Self {
        Self(at_ms.saturating_add(OFFSET_MS).div_euclid(DAY_MS))
    }

    /// Days since 1970-01-01; what the database keeps.
    pub fn number(self) -> i64 {
        self.0
    }

    /// The day with this number.
    pub fn of_number(number: i64) -> Self {
        Self(number)
    }

    /// First moment, Unix milliseconds.
    pub fn start_ms(self) -> i64 {
        self.0.saturating_mul(DAY_MS).saturating_sub(OFFSET_MS)
    }

    /// First moment of the next day, Unix milliseconds.
    pub fn end_ms(self) -> i64 {
        self.next().start_ms()
    }

    /// The day after.
    pub fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc_plus_8() {
        // 2026-03-01 00:00:00 UTC+8 is 2026-02-28 16:00:00 UTC.
        let midnight_ms = 1_772_294_400_000;
        let day = Day::of_ms(midnight_ms);
        assert_eq!(day.start_ms(), midnight_ms);
        assert_eq!(Day::of_ms(midnight_ms - 1).next(), day);
        assert_eq!(day.end_ms() - day.start_ms(), DAY_MS);
        assert_eq!(Day::of_number(day.number()), day);
    }

    #[test]
    fn times_are_written_in_utc_plus_8() {
        assert_eq!(wire_time(1_772_294_400_123), "2026-03-01 00:00:00");
        assert_eq!(wire_time(1_772_294_399_999), "2026-02-28 23:59:59");
        assert_eq!(compact_time(1_772_294_399_999), "20260228235959");
    }

    #[test]
    fn no_moment_is_too_far() {
        for at_ms in [MAX_TIME_MS, i64::MAX] {
            assert_eq!(wire_time(at_ms), "9999-12-31 23:59:59");
        }
        for at_ms in [-5, i64::MIN] {
            assert_eq!(wire_time(at_ms), "1970-01-01 08:00:00");
        }
    }
}
