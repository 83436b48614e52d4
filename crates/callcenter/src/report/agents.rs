//! Reports by agent: ListAgentSummaryReports, …SinceMidnight, …ByInterval.

use std::collections::BTreeMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::day::wire_time;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP, NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM,
};
use crate::limits::{DEFAULT_REPORT_PAGE_SIZE, MAX_ID_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page};
use crate::report::book::{self, Period};
use crate::report::figures::{Fields, Form, inbound, outbound, overall};
use crate::report::intervals::spans;
use crate::report::names::Names;
use crate::report::request::{
    AGENT_IDS, END_TIME, INTERVAL, Interval, PAGE_SIZE, START_TIME, ids, period, since_midnight,
};
use crate::report::tally::Tally;
use crate::user::Role;

const SKILL_GROUP_ID: Parameter = Parameter::text_of("SkillGroupId", 0, MAX_ID_CHARS);
const ERRORS: &[&str] = &[
    NOT_EXIST_INSTANCE.code,
    NOT_EXIST_USER.code,
    NOT_EXIST_SKILL_GROUP.code,
    NO_PERMISSION_USER.code,
    PARAMETER_FORMAT.code,
    PARAMETER_INVALID.code,
    PARAMETER_MAXIMUM.code,
];

/// CCC 2017-07-05, "ListAgentSummaryReports".
pub(crate) const LIST: OperationSpec = OperationSpec::read("ListAgentSummaryReports")
    .takes(&[INSTANCE_ID, START_TIME, END_TIME, AGENT_IDS, SKILL_GROUP_ID, PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PagedAgentSummaryReport"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "ListAgentSummaryReportsSinceMidnight".
pub(crate) const SINCE_MIDNIGHT: OperationSpec = OperationSpec::read("ListAgentSummaryReportsSinceMidnight")
    .takes(&[INSTANCE_ID, AGENT_IDS, SKILL_GROUP_ID, PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PagedAgentSummaryReport"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "ListAgentSummaryReportsByInterval".
pub(crate) const BY_INTERVAL: OperationSpec = OperationSpec::read("ListAgentSummaryReportsByInterval")
    .takes(&[INSTANCE_ID, START_TIME, END_TIME, INTERVAL, AGENT_IDS, SKILL_GROUP_ID, PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PagedAgentSummaryReport"])
    .fails_with(ERRORS);

/// Figures whose shape differs between the three operations.
struct Shape {
    /// `Outbound.MaxWorkTime`
    max_work: Form,
    /// `Overall.FirstLogInTime` and `LastLogOutTime` are there.
    shift_times: bool,
}

pub(crate) async fn list(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let shape = Shape { max_work: Form::Text, shift_times: true };
    totals(center, call, &facts.id, period(call)?, &shape, None).await
}

pub(crate) async fn since_midnight_list(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let shape = Shape { max_work: Form::Text, shift_times: false };
    totals(center, call, &facts.id, since_midnight(call), &shape, Some(wire_time(call.arrived_at_ms))).await
}

async fn totals(
    center: &CallCenter,
    call: &Call,
    instance_id: &str,
    period: Period,
    shape: &Shape,
    timestamp: Option<String>,
) -> HandlerResult {
    let (asked, group, page) =
        (ids(call, "AgentIds")?, call.text("SkillGroupId"), Page::of(call, DEFAULT_REPORT_PAGE_SIZE));
    let sheet = book::merged(center, instance_id, period, call.arrived_at_ms).await?;
    let names = Names::read(center, instance_id).await?;
    group.map_or(Ok(()), |group| names.known_group(group, &sheet))?;
    let agents = names.agents(&asked, group, &sheet)?;
    let total = agents.len();
    let rows = page.cut(agents).into_iter().map(|agent| {
        let tally = sheet.of_agent(&agent, group).copied().unwrap_or_default();
        let mut row = row(names.agent(&agent, &sheet), &tally, shape);
        if let Some(timestamp) = &timestamp {
            row.insert("Timestamp".to_owned(), timestamp.as_str().into());
        }
        Value::Object(row)
    });
    Ok(Answer::empty().with("PagedAgentSummaryReport", page.view(total, "AgentSummaryReport", rows.collect())))
}

pub(crate) async fn by_interval(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let (period, page) = (period(call)?, Page::of(call, DEFAULT_REPORT_PAGE_SIZE));
    let (asked, group) = (ids(call, "AgentIds")?, call.text("SkillGroupId"));
    let whole = book::merged(center, &facts.id, period, call.arrived_at_ms).await?;
    let names = Names::read(center, &facts.id).await?;
    group.map_or(Ok(()), |group| names.known_group(group, &whole))?;
    let agents = names.agents(&asked, group, &whole)?;
    let total = agents.len();
    let agents = page.cut(agents);
    let interval = Interval::of(call, period, agents.len() as i64)?;

    let (wanted, of_group) = (agents.clone(), group.map(str::to_owned));
    let spans: Vec<(i64, BTreeMap<String, Tally>)> =
        spans(center, &facts.id, period, interval, call.arrived_at_ms, move |sheet| {
            let tallies = wanted
                .iter()
                .filter_map(|agent| sheet.of_agent(agent, of_group.as_deref()).map(|tally| (agent.clone(), *tally)));
            tallies.collect()
        })
        .await?;
    let shape = Shape { max_work: Form::Integer, shift_times: true };
    let rows = agents.iter().map(|agent| {
        let person = names.agent(agent, &whole);
        let intervals = spans.iter().map(|(start_ms, tallies)| {
            let tally = tallies.get(agent).copied().unwrap_or_default();
            let mut row = row(person.clone(), &tally, &shape);
            row.insert("Timestamp".to_owned(), wire_time(*start_ms).into());
            Value::Object(row)
        });
        json!({"AgentId": agent, "IntervalList": wrapped_list("AgentSummaryReport", intervals.collect())})
    });
    Ok(Answer::empty().with("PagedAgentSummaryReport", page.view(total, "AgentTimeIntervalReport", rows.collect())))
}

fn row(mut row: Fields, tally: &Tally, shape: &Shape) -> Fields {
    let mut overall = overall(tally);
    overall.insert("OneTransferCalls".to_owned(), tally.shift.blind_transfers.into());
    if shape.shift_times {
        for (name, at_ms) in
            [("FirstLogInTime", tally.shift.first_check_in_ms), ("LastLogOutTime", tally.shift.last_check_out_ms)]
        {
            if at_ms != 0 {
                overall.insert(name.to_owned(), wire_time(at_ms).into());
            }
        }
    }
    row.insert("Inbound".to_owned(), Value::Object(inbound(&tally.inbound, Form::Integer)));
    row.insert("Outbound".to_owned(), Value::Object(outbound(&tally.outbound, shape.max_work)));
    row.insert("Overall".to_owned(), Value::Object(overall));
    row
}
