//! How long the rows of a stream are kept.

use std::fmt;
use std::str::FromStr;

use crate::limits::MAX_RETENTION_DAYS;

const SECONDS_OF_A_DAY: i64 = 86_400;
const UNLIMITED: &str = "unlimited";

/// A number of days, or for ever. As text: `90`, `unlimited`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Period(Option<u32>);

/// A text that is no period.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a retention is a number of days from 1 to {MAX_RETENTION_DAYS}, or \"unlimited\"")]
pub struct PeriodError;

impl Period {
    /// Rows are kept for ever.
    pub const UNLIMITED: Period = Period(None);

    /// Rows are kept for so many days, at least one.
    pub fn of_days(days: u32) -> Result<Period, PeriodError> {
        if (1..=MAX_RETENTION_DAYS).contains(&days) { Ok(Period(Some(days))) } else { Err(PeriodError) }
    }

    /// The days, when they are limited.
    pub fn days(self) -> Option<u32> {
        self.0
    }

    /// Rows before this time, Unix seconds, are out of retention.
    pub fn horizon_s(self, now_s: i64) -> i64 {
        self.0.map_or(i64::MIN, |days| now_s.saturating_sub(i64::from(days) * SECONDS_OF_A_DAY))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(days) => days.fmt(out),
            None => out.write_str(UNLIMITED),
        }
    }
}

impl FromStr for Period {
    type Err = PeriodError;

    fn from_str(text: &str) -> Result<Period, PeriodError> {
        // No sign, no blanks, no leading zeros: one text for each period.
        match text {
            UNLIMITED => Ok(Period::UNLIMITED),
            _ if !text.starts_with(|first: char| first.is_ascii_digit() && first != '0') => Err(PeriodError),
            _ => Period::of_days(text.parse().map_err(|_| PeriodError)?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn periods_are_texts_both_ways() {
        for text in ["1", "90", "36500", "unlimited"] {
            assert_eq!(text.parse::<Period>().map(|period| period.to_string()).as_deref(), Ok(text));
        }
        for text in ["", "0", "-1", "+1", "01", " 1", "1 ", "36501", "4294967297", "Unlimited", "none", "9九"] {
            assert_eq!(text.parse::<Period>(), Err(PeriodError), "{text:?}");
        }
        assert_eq!(Period::of_days(0), Err(PeriodError));
    }

    #[test]
    fn the_horizon_lies_behind_now() {
        let days = Period::of_days(2).unwrap();
        assert_eq!(days.horizon_s(200_000), 27_200);
        assert_eq!(days.horizon_s(i64::MIN), i64::MIN);
        assert_eq!(Period::UNLIMITED.horizon_s(200_000), i64::MIN);
    }
}
