//! One agent's figures day by day: GenerateAgentStatisticReport, and the older GetAgentData.
//!
//! Here rates are in percent, and holding is shown. An agent may see his own; another's needs a leader.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, Principal};
use serde_json::{Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::day::Day;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_INVALID, PARAMETER_MAXIMUM,
};
use crate::limits::{DEFAULT_REPORT_PAGE_SIZE, MAX_ID_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page};
use crate::product::missing;
use crate::report::book::{self, Period};
use crate::report::figures::{Fields, average, fields, percent};
use crate::report::moment::date_text;
use crate::report::names::{Names, no_such_agent};
use crate::report::request::{PAGE_SIZE, period_of_dates};
use crate::report::sheet::Sheet;
use crate::report::tally::{Calls, Tally};
use crate::user::Role;

const ERRORS: &[&str] = &[
    NOT_EXIST_INSTANCE.code,
    NOT_EXIST_USER.code,
    NO_PERMISSION_USER.code,
    PARAMETER_FORMAT.code,
    PARAMETER_INVALID.code,
    PARAMETER_MAXIMUM.code,
];

/// CCC 2017-07-05, "GenerateAgentStatisticReport".
pub(crate) const GENERATE: OperationSpec = OperationSpec::read("GenerateAgentStatisticReport")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("StartDate").required(),
        Parameter::text("EndDate").required(),
        Parameter::text_of("AgentId", 0, MAX_ID_CHARS),
        PAGE_NUMBER.required(),
        PAGE_SIZE.required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DataList"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "GetAgentData". `UserId` is a login name.
pub(crate) const GET_AGENT_DATA: OperationSpec = OperationSpec::read("GetAgentData")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("StartDay").required(),
        Parameter::text("EndDay").required(),
        Parameter::text("UserId"),
        PAGE_NUMBER.required(),
        PAGE_SIZE.required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DataList"])
    .fails_with(ERRORS);

pub(crate) async fn generate(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let names = Names::read(center, &facts.id).await?;
    let agent = match call.text("AgentId") {
        Some(agent) => agent.to_owned(),
        None => caller_as_agent(call, "AgentId")?,
    };
    let period = period_of_dates(call, "StartDate", "EndDate")?;
    let (page, total, rows) = rows(center, call, &names, &agent, period).await?;
    Ok(Answer::empty().with("DataList", page.view(total, "GenerateAgentStatistic", rows)))
}

/// Its list has no wrapper.
pub(crate) async fn get_agent_data(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let names = Names::read(center, &facts.id).await?;
    let agent = match call.text("UserId") {
        Some(login_name) => names.id_of_login(login_name).ok_or_else(|| no_such_agent(login_name))?,
        None => caller_as_agent(call, "UserId")?,
    };
    let period = period_of_dates(call, "StartDay", "EndDay")?;
    let (page, total, rows) = rows(center, call, &names, &agent, period).await?;
    Ok(Answer::empty().with("DataList", page.bare_view(total, rows)))
}

/// Without a name the caller is meant; a session of a role is nobody's.
fn caller_as_agent(call: &Call, parameter: &str) -> Result<String, ApiError> {
    match &call.caller.principal {
        Principal::User { user_id, .. } => Ok(user_id.clone()),
        Principal::Root => Ok(call.caller.account_id.clone()),
        Principal::RoleSession { .. } => Err(missing(parameter)),
    }
}

/// A page of the agent's days, oldest first.
async fn rows(
    center: &CallCenter,
    call: &Call,
    names: &Names,
    agent: &str,
    period: Period,
) -> Result<(Page, usize, Vec<Value>), ApiError> {
    let own = matches!(&call.caller.principal, Principal::User { user_id, .. } if user_id == agent);
    if !own {
        access::enter(center, call, Role::Manager).await?;
    }
    let page = Page::of(call, DEFAULT_REPORT_PAGE_SIZE);
    let days = book::days(center, &names.instance_id, period, call.arrived_at_ms).await?;
    let known = names.has_person(agent) || days.values().any(|sheet| sheet.agents.contains_key(agent));
    if !known || agent.is_empty() {
        return Err(no_such_agent(agent));
    }
    let total = days.len();
    let rows = page.cut(days).into_iter();
    Ok((page, total, rows.map(|(day, sheet)| Value::Object(row(names, agent, day, &sheet))).collect()))
}

fn row(names: &Names, agent: &str, day: Day, sheet: &Sheet) -> Fields {
    let tally = sheet.of_agent(agent, None).copied().unwrap_or_default();
    let Tally { inbound, outbound, shift } = &tally;
    let both = tally.both();
    let mut row = names.agent(agent, sheet);
    let mut overall = shared(&both);
    overall.insert("TotalCalls".to_owned(), both.answered.into());
    let mut incoming = shared(inbound);
    incoming.extend(fields(json!({
        "AverageRingTime": average(inbound.waiting_s, inbound.begun),
        "CallsHandled": inbound.answered,
        "CallsOffered": inbound.begun,
        "HandleRate": percent(inbound.answered, inbound.begun),
        "MaxRingTime": inbound.waiting_max_s,
        "TotalRingTime": inbound.waiting_s,
    })));
    let mut outgoing = shared(outbound);
    outgoing.extend(fields(json!({
        "AnswerRate": percent(outbound.answered, outbound.begun),
        "AverageDialingTime": average(outbound.waiting_s, outbound.begun),
        "CallsAnswered": outbound.answered,
        "CallsDialed": outbound.begun,
        "MaxDialingTime": outbound.waiting_max_s,
        "TotalDialingTime": outbound.waiting_s,
    })));
    row.extend(fields(json!({
        "AverageReadyTime": average(shift.ready_s, shift.ready_stretches),
        "Inbound": incoming,
        "MaxReadyTime": shift.ready_max_s,
        "OccupancyRate": percent(both.talk_s.saturating_add(both.work_s), tally.logged_in_s()),
        "Outbound": outgoing,
        "Overall": overall,
        "RecordDate": date_text(day),
        "TotalBreakTime": shift.break_s,
        "TotalLoggedInTime": tally.logged_in_s(),
        "TotalReadyTime": shift.ready_s,
    })));
    row
}

/// What `Inbound`, `Outbound` and `Overall` share.
fn shared(calls: &Calls) -> Fields {
    fields(json!({
        "AverageHoldTime": average(calls.hold_s, calls.holds),
        "AverageTalkTime": average(calls.talk_s, calls.answered),
        "AverageWorkTime": average(calls.work_s, calls.answered),
        "MaxHoldTime": calls.hold_max_s,
        "MaxTalkTime": calls.talk_max_s,
        "MaxWorkTime": calls.work_max_s,
        "SatisfactionIndex": percent(calls.surveys_satisfied, calls.surveys_answered),
        "SatisfactionSurveysOffered": calls.surveys_offered,
        "SatisfactionSurveysResponded": calls.surveys_answered,
        "TotalHoldTime": calls.hold_s,
        "TotalTalkTime": calls.talk_s,
        "TotalWorkTime": calls.work_s,
    }))
}
