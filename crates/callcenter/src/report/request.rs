//! What reports are asked for: days, ids, intervals.

use openapi::{ApiError, Call, Parameter, ValueFault};

use crate::center::without_repetitions;
use crate::day::Day;
use crate::errors::PARAMETER_INVALID;
use crate::limits::{MAX_ID_CHARS, MAX_REPORT_IDS, MAX_REPORT_INTERVALS, MAX_REPORT_PAGE_SIZE, REPORT_HISTORY_MONTHS};
use crate::page::page_size;
use crate::product::unfit;
use crate::report::book::Period;
use crate::report::moment::{day_of_date, day_of_time, months_before_day};

pub(super) const START_TIME: Parameter = Parameter::text("StartTime").required();
pub(super) const END_TIME: Parameter = Parameter::text("EndTime").required();
pub(super) const PAGE_SIZE: Parameter = page_size(MAX_REPORT_PAGE_SIZE);
pub(super) const AGENT_IDS: Parameter = id_list("AgentIds");
pub(super) const INTERVAL: Parameter = Parameter::one_of("Interval", &["Daily", "Minute5"]);

/// Ids with commas between them in one text. Longer than any honest one, so that 51 ids are too many, not too long.
pub(super) const fn id_list(name: &'static str) -> Parameter {
    Parameter::text_of(name, 0, 4 * MAX_REPORT_IDS * (MAX_ID_CHARS + 1))
}

/// `StartTime` and `EndTime`: whole days, the last one included; the time of day does not count.
///
/// # Errors
/// `Parameter.Format`, `Parameter.Invalid`.
pub(super) fn period(call: &Call) -> Result<Period, ApiError> {
    let read = |name| {
        day_of_time(call.required(name))
            .ok_or_else(|| unfit(ValueFault::Format, name, "it must have the form yyyy-MM-dd HH:mm:ss, in UTC+8"))
    };
    within_history(call, ("StartTime", read("StartTime")?), ("EndTime", read("EndTime")?))
}

/// A period of two dates, `yyyy-MM-dd`.
///
/// # Errors
/// `Parameter.Format`, `Parameter.Invalid`.
pub(super) fn period_of_dates(call: &Call, first: &str, last: &str) -> Result<Period, ApiError> {
    let read = |name| {
        day_of_date(call.required(name))
            .ok_or_else(|| unfit(ValueFault::Format, name, "it must have the form yyyy-MM-dd"))
    };
    within_history(call, (first, read(first)?), (last, read(last)?))
}

fn within_history(call: &Call, first: (&str, Day), last: (&str, Day)) -> Result<Period, ApiError> {
    let today = Day::of_ms(call.arrived_at_ms);
    if first.1 > last.1 {
        return Err(PARAMETER_INVALID.error(format!(
            "{} is after {}: ask for a range of whole days that ends with its last.",
            first.0, last.0
        )));
    }
    if first.1 < months_before_day(today, REPORT_HISTORY_MONTHS) {
        return Err(PARAMETER_INVALID
            .error(format!("{} is more than {REPORT_HISTORY_MONTHS} months ago: ask for a later one.", first.0)));
    }
    // Days to come have nothing to report.
    Ok(Period { first: first.1, last: last.1.min(today.max(first.1)) })
}

/// Today.
pub(super) fn since_midnight(call: &Call) -> Period {
    let today = Day::of_ms(call.arrived_at_ms);
    Period { first: today, last: today }
}

/// Ids of a list with commas, each once.
///
/// # Errors
/// `Parameter.Maximum` with more than 50.
pub(super) fn ids<'c>(call: &'c Call, name: &str) -> Result<Vec<&'c str>, ApiError> {
    let ids: Vec<&str> = call.required(name).split(',').map(str::trim).filter(|id| !id.is_empty()).collect();
    let ids = without_repetitions(ids);
    if ids.len() > MAX_REPORT_IDS {
        let expected = format!("it has {} ids, at most {MAX_REPORT_IDS} are allowed", ids.len());
        return Err(unfit(ValueFault::Maximum, name, expected));
    }
    Ok(ids)
}

/// How finely a report is cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interval {
    Daily,
    Minute5,
}

/// Five-minute spans of a day.
const SPANS_OF_DAY: i64 = 288;

impl Interval {
    /// `Interval`, days when absent.
    ///
    /// # Errors
    /// `Parameter.Invalid` when so many rows of so many intervals are more than one answer may hold.
    pub(super) fn of(call: &Call, period: Period, rows: i64) -> Result<Self, ApiError> {
        let interval = match call.text("Interval") {
            Some("Minute5") => Interval::Minute5,
            _ => Interval::Daily,
        };
        let days = period.last.number() - period.first.number() + 1;
        let spans = match interval {
            Interval::Daily => days,
            Interval::Minute5 => days.saturating_mul(SPANS_OF_DAY),
        };
        if spans.saturating_mul(rows) > MAX_REPORT_INTERVALS {
            return Err(PARAMETER_INVALID.error(format!(
                "the answer would have {spans} intervals for each of {rows} rows, at most {MAX_REPORT_INTERVALS} in all \
                 are allowed: ask for fewer days, a coarser Interval or a smaller PageSize."
            )));
        }
        Ok(interval)
    }
}
