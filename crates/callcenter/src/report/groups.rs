//! Reports by skill group: ListSkillGroupSummaryReports, …SinceMidnight, …ByInterval.

use std::collections::BTreeMap;

use openapi::{Answer, Call, HandlerResult, OperationSpec, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::center::CallCenter;
use crate::day::wire_time;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, NOT_EXIST_SKILL_GROUP, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM,
};
use crate::limits::DEFAULT_REPORT_PAGE_SIZE;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page};
use crate::report::book::{self, Period};
use crate::report::figures::{Fields, Form, add_queue, fields, inbound, outbound, overall};
use crate::report::intervals::spans;
use crate::report::names::Names;
use crate::report::request::{
    END_TIME, INTERVAL, Interval, PAGE_SIZE, START_TIME, id_list, ids, period, since_midnight,
};
use crate::report::sheet::Sheet;
use crate::report::tally::{Queue, Tally};
use crate::user::Role;

const ERRORS: &[&str] = &[
    NOT_EXIST_INSTANCE.code,
    NOT_EXIST_SKILL_GROUP.code,
    NO_PERMISSION_USER.code,
    PARAMETER_FORMAT.code,
    PARAMETER_INVALID.code,
    PARAMETER_MAXIMUM.code,
];

/// Figures of the groups on a page.
type ByGroup = BTreeMap<String, (Tally, Queue)>;

/// CCC 2017-07-05, "ListSkillGroupSummaryReports".
pub(crate) const LIST: OperationSpec = OperationSpec::read("ListSkillGroupSummaryReports")
    .takes(&[INSTANCE_ID, START_TIME, END_TIME, id_list("SkillGroupIds"), PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PagedSkillGroupSummaryReport"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "ListSkillGroupSummaryReportsSinceMidnight". The list is called `SkillGroups` there.
pub(crate) const SINCE_MIDNIGHT: OperationSpec = OperationSpec::read("ListSkillGroupSummaryReportsSinceMidnight")
    .takes(&[INSTANCE_ID, id_list("SkillGroups"), PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PagedSkillGroupSummaryReport"])
    .fails_with(ERRORS);

/// CCC 2017-07-05, "ListSkillGroupSummaryReportsByInterval".
pub(crate) const BY_INTERVAL: OperationSpec = OperationSpec::read("ListSkillGroupSummaryReportsByInterval")
    .takes(&[INSTANCE_ID, START_TIME, END_TIME, INTERVAL, id_list("SkillGroupIds"), PAGE_NUMBER, PAGE_SIZE])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["PagedSkillGroupSummaryReport"])
    .fails_with(ERRORS);

pub(crate) async fn list(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    totals(center, call, &facts.id, period(call)?, "SkillGroupIds", |_, _| {}).await
}

pub(crate) async fn since_midnight_list(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let timestamp = wire_time(call.arrived_at_ms);
    totals(center, call, &facts.id, since_midnight(call), "SkillGroups", move |row, queue| {
        row.insert("Timestamp".to_owned(), timestamp.as_str().into());
        if let Some(Value::Object(inbound)) = row.get_mut("Inbound") {
            inbound.insert("CallsServiceLevel20".to_owned(), queue.answered_within_20_s.into());
            inbound.insert("CallsServiceLevel30".to_owned(), queue.answered_within_30_s.into());
        }
    })
    .await
}

async fn totals(
    center: &CallCenter,
    call: &Call,
    instance_id: &str,
    period: Period,
    list: &str,
    finish: impl Fn(&mut Fields, &Queue) + Send,
) -> HandlerResult {
    let (asked, page) = (ids(call, list)?, Page::of(call, DEFAULT_REPORT_PAGE_SIZE));
    let sheet = book::merged(center, instance_id, period, call.arrived_at_ms).await?;
    let names = Names::read(center, instance_id).await?;
    let groups = names.groups(&asked, &sheet)?;
    let total = groups.len();
    let tallies = sheet.by_group();
    let rows = page.cut(groups).into_iter().map(|group| {
        let (tally, queue) = (tallies.get(group.as_str()).copied().unwrap_or_default(), sheet.queue_of(&group));
        let mut row = row(who(&names, &group, &sheet), &tally, &queue, Form::Text);
        finish(&mut row, &queue);
        Value::Object(row)
    });
    Ok(Answer::empty()
        .with("PagedSkillGroupSummaryReport", page.view(total, "SkillGroupSummaryReport", rows.collect())))
}

pub(crate) async fn by_interval(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let (period, page, asked) = (period(call)?, Page::of(call, DEFAULT_REPORT_PAGE_SIZE), ids(call, "SkillGroupIds")?);
    let whole = book::merged(center, &facts.id, period, call.arrived_at_ms).await?;
    let names = Names::read(center, &facts.id).await?;
    let groups = names.groups(&asked, &whole)?;
    let total = groups.len();
    let groups = page.cut(groups);
    let interval = Interval::of(call, period, groups.len() as i64)?;

    let wanted = groups.clone();
    let spans: Vec<(i64, ByGroup)> = spans(center, &facts.id, period, interval, call.arrived_at_ms, move |sheet| {
        let tallies = sheet.by_group();
        let figures =
            |group: &String| (tallies.get(group.as_str()).copied().unwrap_or_default(), sheet.queue_of(group));
        wanted.iter().map(|group| (group.clone(), figures(group))).collect()
    })
    .await?;
    let rows = groups.iter().map(|group| {
        let intervals = spans.iter().map(|(start_ms, figures)| {
            let (tally, queue) = figures.get(group).copied().unwrap_or_default();
            let mut row = row(who(&names, group, &whole), &tally, &queue, Form::Integer);
            row.insert("Timestamp".to_owned(), wire_time(*start_ms).into());
            Value::Object(row)
        });
        json!({"SkillGroupId": group, "IntervalList": wrapped_list("SkillGroupSummaryReport", intervals.collect())})
    });
    Ok(Answer::empty()
        .with("PagedSkillGroupSummaryReport", page.view(total, "SkillGroupTimeIntervalReport", rows.collect())))
}

fn who(names: &Names, group: &str, sheet: &Sheet) -> Fields {
    fields(json!({
        "InstanceId": names.instance_id,
        "SkillGroupId": group,
        "SkillGroupName": names.group_name(group, sheet),
    }))
}

fn row(mut row: Fields, tally: &Tally, queue: &Queue, max_talk: Form) -> Fields {
    let mut inbound = inbound(&tally.inbound, max_talk);
    add_queue(&mut inbound, queue);
    row.insert("Inbound".to_owned(), Value::Object(inbound));
    row.insert("Outbound".to_owned(), Value::Object(outbound(&tally.outbound, Form::Integer)));
    row.insert("Overall".to_owned(), Value::Object(overall(tally)));
    row
}
