//! Calls and minutes of the account's numbers: GetCallMeasureSummaryReport, ListCallMeasureSummaryReports.
//!
//! These two name no instance: they count all instances of the account in which the caller may see reports. A call
//! counts when it ends, with its connected time in minutes begun.

use std::collections::BTreeMap;

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use serde_json::{Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::day::Day;
use crate::errors::{NO_PERMISSION_USER, PARAMETER_ENUMERATION, PARAMETER_INVALID};
use crate::limits::{DEFAULT_REPORT_PAGE_SIZE, LISTED_MEASURE_DAYS, LISTED_MEASURE_MONTHS, MEASURE_HISTORY_MONTHS};
use crate::operations::ACCOUNT_ARN;
use crate::page::{PAGE_NUMBER, Page};
use crate::product::{missing, unfit};
use crate::report::book::{self, Period};
use crate::report::figures::{Fields, fields};
use crate::report::moment::{day_of_parts, days_of_month, months_before, months_before_day, parts_of};
use crate::report::request::PAGE_SIZE;
use crate::report::sheet::entry;
use crate::report::tally::Traffic;

const INTERVAL_TYPE: Parameter = Parameter::text("IntervalType").required();

/// CCC 2017-07-05, "GetCallMeasureSummaryReport".
pub(crate) const GET: OperationSpec = OperationSpec::read("GetCallMeasureSummaryReport")
    .takes(&[
        INTERVAL_TYPE,
        Parameter::integer("Year", 1, 9999).required(),
        Parameter::integer("Month", 1, 12).required(),
        Parameter::integer("Day", 1, 31),
        PAGE_NUMBER,
        PAGE_SIZE,
    ])
    .permission_on(ACCOUNT_ARN)
    .answers(&["NumberReports", "SummaryReport"])
    .fails_with(&[NO_PERMISSION_USER.code, PARAMETER_ENUMERATION.code, PARAMETER_INVALID.code]);

/// CCC 2017-07-05, "ListCallMeasureSummaryReports".
pub(crate) const LIST: OperationSpec = OperationSpec::read("ListCallMeasureSummaryReports")
    .takes(&[INTERVAL_TYPE])
    .permission_on(ACCOUNT_ARN)
    .answers(&["CallMeasureSummaryReportList"])
    .fails_with(&[NO_PERMISSION_USER.code, PARAMETER_ENUMERATION.code]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum IntervalType {
    Month,
    Day,
}

/// The public documents do not say how the two are spelled; any letter case and both usual words are taken.
fn interval_type(call: &Call) -> Result<IntervalType, ApiError> {
    match call.required("IntervalType").to_ascii_lowercase().as_str() {
        "month" | "monthly" => Ok(IntervalType::Month),
        "day" | "daily" => Ok(IntervalType::Day),
        _ => Err(unfit(ValueFault::Enumeration, "IntervalType", "it must be one of Month, Day")),
    }
}

type ByNumber = BTreeMap<String, Traffic>;

pub(crate) async fn get(center: &CallCenter, call: &Call) -> HandlerResult {
    let interval = interval_type(call)?;
    let period = asked_period(call, interval)?;
    let mut numbers = ByNumber::new();
    for day in by_day(center, call, period).await?.into_values() {
        for (number, traffic) in &day {
            entry(&mut numbers, number).merge(traffic);
        }
    }
    let date = |mut fields: Fields| {
        let (year, month, day) = parts_of(period.first);
        fields.insert("Year".to_owned(), year.into());
        fields.insert("Month".to_owned(), month.into());
        if interval == IntervalType::Day {
            fields.insert("Day".to_owned(), day.into());
        }
        fields
    };
    let summary = date(figures(&total(&numbers)));
    let (page, count) = (Page::of(call, DEFAULT_REPORT_PAGE_SIZE), numbers.len());
    let rows = page.cut(numbers).into_iter().map(|(number, traffic)| {
        let mut row = date(figures(&traffic));
        row.insert("Number".to_owned(), number.into());
        Value::Object(row)
    });
    let reports = page.view(count, "NumberReport", rows.collect());
    Ok(Answer::empty().with("NumberReports", reports).with("SummaryReport", summary))
}

/// The month or the day that is asked for.
fn asked_period(call: &Call, interval: IntervalType) -> Result<Period, ApiError> {
    let (year, month) = (call.integer("Year").unwrap_or(0), call.integer("Month").unwrap_or(0));
    let period = match interval {
        IntervalType::Month => days_of_month(year, month).map(|(first, last)| Period { first, last }),
        IntervalType::Day => {
            let day = call.integer("Day").ok_or_else(|| missing("Day"))?;
            day_of_parts(year, month, day).map(|day| Period { first: day, last: day })
        }
    };
    let no_such_day =
        || PARAMETER_INVALID.error("there is no such day: Year, Month and Day must be one of the calendar.");
    let period = period.ok_or_else(no_such_day)?;
    let today = Day::of_ms(call.arrived_at_ms);
    if period.last < months_before_day(today, MEASURE_HISTORY_MONTHS) {
        return Err(PARAMETER_INVALID
            .error(format!("Year and Month are more than {MEASURE_HISTORY_MONTHS} months ago: ask for later ones.")));
    }
    // Days to come have nothing to report.
    Ok(Period { last: period.last.min(today.max(period.first)), ..period })
}

pub(crate) async fn list(center: &CallCenter, call: &Call) -> HandlerResult {
    let interval = interval_type(call)?;
    let today = Day::of_ms(call.arrived_at_ms);
    let (year, month, _) = parts_of(today);
    let rows: Vec<(i64, i64, Option<i64>, Period)> = match interval {
        IntervalType::Month => (0..LISTED_MEASURE_MONTHS)
            .rev()
            .filter_map(|back| {
                let (year, month) = months_before(year, month, back);
                let (first, last) = days_of_month(year, month)?;
                Some((year, month, None, Period { first, last: last.min(today) }))
            })
            .collect(),
        IntervalType::Day => (0..LISTED_MEASURE_DAYS)
            .rev()
            .map(|back| {
                let day = Day::of_number(today.number() - back);
                let (year, month, date) = parts_of(day);
                (year, month, Some(date), Period { first: day, last: day })
            })
            .collect(),
    };
    let first = rows.first().map_or(today, |(.., period)| period.first);
    let days = by_day(center, call, Period { first, last: today }).await?;
    let rows = rows.into_iter().map(|(year, month, date, period)| {
        let mut sum = Traffic::default();
        for numbers in days.range(period.first..=period.last).map(|(_, numbers)| numbers) {
            sum.merge(&total(numbers));
        }
        let mut row = figures(&sum);
        row.insert("Year".to_owned(), year.to_string().into());
        row.insert("Month".to_owned(), month.to_string().into());
        if let Some(date) = date {
            row.insert("Day".to_owned(), date.to_string().into());
        }
        Value::Object(row)
    });
    let list = rows.collect();
    Ok(Answer::empty().with_wrapped_list("CallMeasureSummaryReportList", "CallMeasureSummaryReport", list))
}

/// What each day had, over all instances that the caller may see.
async fn by_day(center: &CallCenter, call: &Call, period: Period) -> Result<BTreeMap<Day, ByNumber>, ApiError> {
    let mut days: BTreeMap<Day, ByNumber> = BTreeMap::new();
    for instance_id in access::led_instances(center, &call.caller).await? {
        for (day, sheet) in book::days(center, &instance_id, period, call.arrived_at_ms).await? {
            let numbers = days.entry(day).or_default();
            for (number, traffic) in &sheet.numbers {
                entry(numbers, number).merge(traffic);
            }
        }
    }
    Ok(days)
}

fn total(numbers: &ByNumber) -> Traffic {
    let mut total = Traffic::default();
    for traffic in numbers.values() {
        total.merge(traffic);
    }
    total
}

fn figures(traffic: &Traffic) -> Fields {
    fields(json!({
        "InboundCount": traffic.inbound_calls,
        "InboundDurationByMinute": traffic.inbound_minutes,
        "OutboundCount": traffic.outbound_calls,
        "OutboundDurationByMinute": traffic.outbound_minutes,
    }))
}
