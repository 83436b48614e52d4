//! Days and months as reports ask for them and show them, in UTC+8.

use time::{Date, Month};

use crate::day::Day;

/// Julian day of 1970-01-01.
const EPOCH_JULIAN_DAY: i64 = 2_440_588;

/// The day of `yyyy-MM-dd HH:mm:ss`; the time of day must be one, and is not looked at.
pub(super) fn day_of_time(text: &str) -> Option<Day> {
    let (date, clock) = text.split_at_checked(10)?;
    let clock = clock.strip_prefix(' ')?;
    let mut parts = clock.split(':').map(two_digits);
    let (hour, minute, second) = (parts.next()??, parts.next()??, parts.next()??);
    let valid = parts.next().is_none() && hour < 24 && minute < 60 && second < 60;
    day_of_date(date).filter(|_| valid)
}

fn two_digits(text: &str) -> Option<u8> {
    (text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit())).then(|| text.parse().ok())?
}

/// The day of `yyyy-MM-dd`.
pub(super) fn day_of_date(text: &str) -> Option<Day> {
    let bytes = text.as_bytes();
    let form = bytes.len() == 10
        && bytes.iter().enumerate().all(|(place, byte)| match place {
            4 | 7 => *byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if !form {
        return None;
    }
    let month = Month::try_from(text[5..7].parse::<u8>().ok()?).ok()?;
    Date::from_calendar_date(text[..4].parse().ok()?, month, text[8..].parse().ok()?).ok().map(day_of)
}

fn day_of(date: Date) -> Day {
    Day::of_number(i64::from(date.to_julian_day()) - EPOCH_JULIAN_DAY)
}

fn date_of(day: Day) -> Date {
    let julian = day.number().saturating_add(EPOCH_JULIAN_DAY);
    i32::try_from(julian).ok().and_then(|julian| Date::from_julian_day(julian).ok()).unwrap_or(Date::MAX)
}

/// `yyyy-MM-dd`
pub(super) fn date_text(day: Day) -> String {
    let date = date_of(day);
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

/// Year, month and day of a day.
pub(super) fn parts_of(day: Day) -> (i64, i64, i64) {
    let date = date_of(day);
    (i64::from(date.year()), i64::from(u8::from(date.month())), i64::from(date.day()))
}

/// The day of this year, month and day, if there is such a day.
pub(super) fn day_of_parts(year: i64, month: i64, day: i64) -> Option<Day> {
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok().map(day_of)
}

/// First and last day of a month, if there is such a month.
pub(super) fn days_of_month(year: i64, month: i64) -> Option<(Day, Day)> {
    let first = day_of_parts(year, month, 1)?;
    let last = date_of(first).month().length(i32::try_from(year).ok()?);
    Some((first, day_of_parts(year, month, i64::from(last))?))
}

/// The month so many months earlier: year and month.
pub(super) fn months_before(year: i64, month: i64, months: i64) -> (i64, i64) {
    let number = year * 12 + (month - 1) - months;
    (number.div_euclid(12), number.rem_euclid(12) + 1)
}

/// The same day so many months earlier, or the last of that month.
pub(super) fn months_before_day(day: Day, months: i64) -> Day {
    let (year, month, date) = parts_of(day);
    let (year, month) = months_before(year, month, months);
    let last = || days_of_month(year, month).map(|(_, last)| last);
    day_of_parts(year, month, date).or_else(last).unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_and_days_go_both_ways() {
        let day = day_of_time("2026-03-01 00:00:00").expect("a midnight");
        assert_eq!(day.start_ms(), 1_772_294_400_000);
        assert_eq!(day_of_time("2026-03-01 13:14:15"), Some(day));
        assert_eq!(day_of_date("2026-03-01"), Some(day));
        assert_eq!(date_text(day), "2026-03-01");
        assert_eq!(parts_of(day), (2026, 3, 1));
    }

    #[test]
    fn other_forms_are_refused() {
        for text in [
            "",
            "2026-03-01",
            "2026-03-01T00:00:00Z",
            "2026-03-01T00:00:00",
            "2026-3-1 00:00:00",
            "2026-02-29 00:00:00",
            "2026-13-01 00:00:00",
            "2026-03-01 24:00:00",
            "2026-03-01 00:60:00",
            "2026-03-01 00:00",
            "2026-03-01 00:00:00 ",
            "2026-03-01 00:00:00:00",
            "1772294400000",
            "年年年年-03-01 00:00:00",
        ] {
            assert_eq!(day_of_time(text), None, "{text:?}");
        }
        assert_eq!(day_of_date("2026-03-01 00:00:00"), None);
    }

    #[test]
    fn months_are_calendar_months() {
        let day = |text| day_of_date(text).expect("a date");
        assert_eq!(months_before_day(day("2026-08-31"), 6), day("2026-02-28"));
        assert_eq!(months_before_day(day("2026-03-15"), 6), day("2025-09-15"));
        assert_eq!(days_of_month(2024, 2), Some((day("2024-02-01"), day("2024-02-29"))));
        assert_eq!(days_of_month(2026, 13), None);
        assert_eq!(months_before(2026, 1, 1), (2025, 12));
    }

    #[test]
    fn no_moment_is_too_far() {
        for at_ms in [i64::MIN, i64::MAX, 0] {
            assert_eq!(date_text(Day::of_ms(at_ms)).len().min(10), 10);
        }
    }
}
