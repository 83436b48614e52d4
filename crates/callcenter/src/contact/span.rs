//! Spans of time that lists are asked for, and times as their answers write them (UTC+8).

use openapi::{ApiError, Call, Parameter};
use time::format_description::FormatItem;
use time::macros::{format_description, offset};
use time::{OffsetDateTime, UtcOffset};

use crate::errors::PARAMETER_INVALID;

/// Last moment that a parameter may name, Unix milliseconds: the end of the year 9999 in UTC+8, what the texts of time
/// can show.
pub(crate) const MAX_TIME_MS: i64 = 253_402_271_999_999;

/// Offset of the call centre's texts of time.
const OFFSET: UtcOffset = offset!(+8);
const TEXT: &[FormatItem<'_>] = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
const COMPACT: &[FormatItem<'_>] = format_description!("[year][month][day][hour][minute][second]");

/// `yyyy-MM-dd HH:mm:ss`
pub(crate) fn time_text(at_ms: i64) -> String {
    formatted(at_ms, TEXT)
}

/// `yyyyMMddHHmmss`
pub(super) fn compact_time_text(at_ms: i64) -> String {
    formatted(at_ms, COMPACT)
}

fn formatted(at_ms: i64, form: &[FormatItem<'_>]) -> String {
    let seconds = at_ms.clamp(0, MAX_TIME_MS) / 1_000;
    let local = OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(OffsetDateTime::UNIX_EPOCH).to_offset(OFFSET);
    local.format(form).unwrap_or_default()
}

/// A moment in Unix milliseconds.
pub(crate) const fn moment(name: &'static str) -> Parameter {
    Parameter::integer(name, 0, MAX_TIME_MS)
}

/// From one moment to another, both included, Unix milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from_ms: i64,
    pub(crate) to_ms: i64,
}

impl Span {
    /// The span between two parameters. Zero counts as absent.
    ///
    /// # Errors
    /// `Parameter.Invalid` when it ends before it begins or is longer than allowed.
    pub(crate) fn asked(
        call: &Call,
        (start, default_start_ms): (&str, i64),
        (stop, default_stop_ms): (&str, i64),
        longest_ms: i64,
    ) -> Result<Self, ApiError> {
        let given = |name| call.integer(name).filter(|at_ms| *at_ms != 0);
        let span =
            Self { from_ms: given(start).unwrap_or(default_start_ms), to_ms: given(stop).unwrap_or(default_stop_ms) };
        if span.from_ms > span.to_ms {
            return Err(PARAMETER_INVALID.error(format!(
                "{start} {} is after {stop} {}: swap them, both are Unix milliseconds.",
                span.from_ms, span.to_ms
            )));
        }
        if span.to_ms - span.from_ms > longest_ms {
            return Err(PARAMETER_INVALID.error(format!(
                "{start} and {stop} are more than {} hours apart: ask for shorter spans one after another.",
                longest_ms / 3_600_000
            )));
        }
        Ok(span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_in_utc_plus_8() {
        assert_eq!(time_text(1_772_294_400_000), "2026-03-01 00:00:00");
        assert_eq!(compact_time_text(1_772_294_399_999), "20260228235959");
        assert_eq!(time_text(MAX_TIME_MS), "9999-12-31 23:59:59");
        assert_eq!(time_text(-5), "1970-01-01 08:00:00");
    }
}
