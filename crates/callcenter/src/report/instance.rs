//! Reports of the instance: GetInstanceSummaryReport, …SinceMidnight, …ByInterval.

use openapi::{Answer, Call, HandlerResult, OperationSpec, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::day::wire_time;
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_INVALID};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::PAGE_NUMBER;
use crate::report::book;
use crate::report::figures::{Fields, Form, add_line, fields, inbound, outbound, overall};
use crate::report::intervals::spans;
use crate::report::request::{END_TIME, INTERVAL, Interval, PAGE_SIZE, START_TIME, period, since_midnight};
use crate::report::sheet::Sheet;
use crate::report::tally::{Line, Queue, Tally};
use crate::user::Role;

const ERRORS: &[&str] =
    &[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, PARAMETER_FORMAT.code, PARAMETER_INVALID.code];

/// CCC 2017-07-05, "GetInstanceSummaryReport". There is one row, so the page is not looked at.
pub(crate) const GET: OperationSpec = OperationSpec::read("GetInstanceSummaryReport")
    .takes(&[INSTANCE_ID, START_TIME, END_TIME, PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["InstanceSummaryReport"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "GetInstanceSummaryReportSinceMidnight".
pub(crate) const SINCE_MIDNIGHT: OperationSpec = OperationSpec::read("GetInstanceSummaryReportSinceMidnight")
    .takes(&[INSTANCE_ID, PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["InstanceSummaryReport"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "GetInstanceSummaryReportByInterval". The answer has no place for a page's number.
pub(crate) const BY_INTERVAL: OperationSpec = OperationSpec::read("GetInstanceSummaryReportByInterval")
    .takes(&[INSTANCE_ID, START_TIME, END_TIME, INTERVAL, PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["InstanceTimeIntervalReport"])
    .fails_with(ERRORS);

type Figures = (Tally, Queue, Line);

pub(crate) async fn get(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let sheet = book::merged(center, &facts.id, period(call)?, call.arrived_at_ms).await?;
    Ok(Answer::empty().with("InstanceSummaryReport", row(&facts.id, &figures(&sheet))))
}

pub(crate) async fn get_since_midnight(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let sheet = book::merged(center, &facts.id, since_midnight(call), call.arrived_at_ms).await?;
    let mut row = row(&facts.id, &figures(&sheet));
    row.insert("Timestamp".to_owned(), wire_time(call.arrived_at_ms).into());
    Ok(Answer::empty().with("InstanceSummaryReport", row))
}

pub(crate) async fn get_by_interval(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let period = period(call)?;
    let interval = Interval::of(call, period, 1)?;
    let spans = spans(center, &facts.id, period, interval, call.arrived_at_ms, figures).await?;
    let rows = spans.iter().map(|(start_ms, figures)| {
        let mut row = row(&facts.id, figures);
        row.insert("Timestamp".to_owned(), wire_time(*start_ms).into());
        Value::Object(row)
    });
    let report = json!({
        "InstanceId": facts.id,
        "IntervalList": wrapped_list("InstanceSummaryReport", rows.collect()),
    });
    Ok(Answer::empty().with("InstanceTimeIntervalReport", report))
}

fn figures(sheet: &Sheet) -> Figures {
    (sheet.of_instance(), sheet.all_queues(), sheet.line)
}

fn row(instance_id: &str, (tally, queue, line): &Figures) -> Fields {
    let mut inbound = inbound(&tally.inbound, Form::Text);
    add_line(&mut inbound, line, queue);
    fields(json!({
        "InstanceId": instance_id,
        "Inbound": inbound,
        "Outbound": outbound(&tally.outbound, Form::Integer),
        "Overall": overall(tally),
    }))
}
