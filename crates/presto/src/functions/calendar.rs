//! Steps of a calendar: cutting times to units, adding units, and counting units between times.

use chrono::{Datelike, Duration, Months, NaiveDateTime, NaiveTime, Timelike};
use datafusion::error::Result;

use crate::value::invalid;
use crate::zone::{milliseconds, wall};

/// A unit of time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unit {
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Quarter,
    Year,
}

impl Unit {
    pub(crate) fn named(name: &str) -> Result<Unit> {
        Ok(match name.to_ascii_lowercase().as_str() {
            "millisecond" => Unit::Millisecond,
            "second" => Unit::Second,
            "minute" => Unit::Minute,
            "hour" => Unit::Hour,
            "day" => Unit::Day,
            "week" => Unit::Week,
            "month" => Unit::Month,
            "quarter" => Unit::Quarter,
            "year" => Unit::Year,
            _ => {
                return Err(invalid(format!(
                    "'{name}' is no unit of time: use millisecond, second, minute, hour, day, week, month, quarter or year"
                )));
            }
        })
    }

    /// Dates have no clock.
    pub(crate) fn named_for_dates(name: &str) -> Result<Unit> {
        match Unit::named(name)? {
            Unit::Millisecond | Unit::Second | Unit::Minute | Unit::Hour => {
                Err(invalid(format!("a date has no '{name}': use day, week, month, quarter or year")))
            }
            unit => Ok(unit),
        }
    }

    /// Milliseconds, where they are always the same.
    fn length_ms(self) -> Option<i64> {
        match self {
            Unit::Millisecond => Some(1),
            Unit::Second => Some(1000),
            Unit::Minute => Some(60_000),
            Unit::Hour => Some(3_600_000),
            Unit::Day => Some(86_400_000),
            Unit::Week => Some(7 * 86_400_000),
            _ => None,
        }
    }

    fn months(self) -> i64 {
        match self {
            Unit::Month => 1,
            Unit::Quarter => 3,
            _ => 12,
        }
    }

    /// The time at which the unit began.
    pub(crate) fn truncate(self, wall_ms: i64) -> Result<i64> {
        if let (Some(length_ms), false) = (self.length_ms(), self == Unit::Week) {
            return Ok(wall_ms - wall_ms.rem_euclid(length_ms));
        }
        let date = wall(wall_ms)?.date();
        let start = match self {
            Unit::Week => date.checked_sub_signed(Duration::days(i64::from(date.weekday().num_days_from_monday()))),
            Unit::Month => date.with_day(1),
            Unit::Quarter => date.with_day(1).and_then(|first| first.with_month0(date.month0() / 3 * 3)),
            _ => date.with_ordinal(1),
        };
        let start = start.ok_or_else(|| invalid("the time is outside of the calendar"))?;
        Ok(milliseconds(start.and_time(NaiveTime::MIN)))
    }

    /// The time so many units later; the last day of a month where the day is not there.
    pub(crate) fn add(self, count: i64, wall_ms: i64) -> Result<i64> {
        let outside = || invalid(format!("{count} units of time more are outside of the calendar"));
        if let Some(length_ms) = self.length_ms() {
            let added = count.checked_mul(length_ms).and_then(|added| wall_ms.checked_add(added));
            let later_ms = added.ok_or_else(outside)?;
            wall(later_ms)?;
            return Ok(later_ms);
        }
        let months = count.checked_mul(self.months()).ok_or_else(outside)?;
        let size = Months::new(u32::try_from(months.unsigned_abs()).map_err(|_| outside())?);
        let time = wall(wall_ms)?;
        let later = if months < 0 { time.checked_sub_months(size) } else { time.checked_add_months(size) };
        Ok(milliseconds(later.ok_or_else(outside)?))
    }

    /// Whole units from one time to the other.
    pub(crate) fn between(self, from_ms: i64, to_ms: i64) -> Result<i64> {
        if let Some(length_ms) = self.length_ms() {
            let apart_ms = to_ms.checked_sub(from_ms).ok_or_else(|| invalid("the times are too far apart"))?;
            return Ok(apart_ms / length_ms);
        }
        let (from, to) = (wall(from_ms)?, wall(to_ms)?);
        let month = |time: NaiveDateTime| i64::from(time.year()) * 12 + i64::from(time.month0());
        let mut months = month(to) - month(from);
        // The last month is not whole when it would lead beyond.
        if months > 0 && Unit::Month.add(months, from_ms)? > to_ms {
            months -= 1;
        } else if months < 0 && Unit::Month.add(months, from_ms)? < to_ms {
            months += 1;
        }
        Ok(months / self.months())
    }
}

/// A field of a time on the wall.
pub(crate) fn field(name: &str, wall_ms: i64) -> Result<i64> {
    let time = wall(wall_ms)?;
    Ok(match name {
        "year" => i64::from(time.year()),
        "quarter" => i64::from(time.month0() / 3 + 1),
        "month" => i64::from(time.month()),
        "week" => i64::from(time.iso_week().week()),
        "year_of_week" => i64::from(time.iso_week().year()),
        "day" => i64::from(time.day()),
        "day_of_week" => i64::from(time.weekday().number_from_monday()),
        "day_of_year" => i64::from(time.ordinal()),
        "hour" => i64::from(time.hour()),
        "minute" => i64::from(time.minute()),
        "second" => i64::from(time.second()),
        "millisecond" => wall_ms.rem_euclid(1000),
        _ => return Err(invalid(format!("'{name}' is no field of a time"))),
    })
}
