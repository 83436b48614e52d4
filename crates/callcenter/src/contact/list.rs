//! ListCallDetailRecords: the call history of an instance.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::center::CallCenter;
use crate::contact::detail::{CONTACT_TYPES, CallDetail, Disposition, contact_type_name};
use crate::contact::rows::{self, Filter, Search};
use crate::contact::span::{Span, moment};
use crate::contact::view::call_detail_record;
use crate::day::Day;
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_INVALID,
    PARAMETER_MAXIMUM, PARAMETER_MINIMUM,
};
use crate::limits::{MAX_CALL_RECORD_PAGE_SIZE, MAX_CALL_RECORD_SPAN_MS, MAX_ID_CHARS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, Page, page_size};
use crate::product::unfit;
use crate::user::Role;

pub(super) const PAGE_SIZE: Parameter = page_size(MAX_CALL_RECORD_PAGE_SIZE).required();

/// CCC 2017-07-05, "ListCallDetailRecords".
pub(crate) const SPEC: OperationSpec = OperationSpec::read("ListCallDetailRecords")
    .takes(&[
        INSTANCE_ID,
        PAGE_NUMBER.required(),
        PAGE_SIZE,
        moment("StartTime"),
        moment("StopTime"),
        Parameter::text("PhoneNumber"),
        Parameter::text("Criteria"),
        Parameter::text("ContactType"),
        Parameter::text("ContactDisposition"),
        Parameter::boolean("WithRecording"),
        Parameter::text_of("ContactId", 1, MAX_ID_CHARS),
        Parameter::one_of("OrderBy", &["ASC", "DESC", "asc", "desc"]),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["CallDetailRecords"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_INVALID.code,
        PARAMETER_FORMAT.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ]);

/// `TotalCount` is counted for the first page only. A `ContactId` makes the other filters void.
pub(crate) async fn list_call_detail_records(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let page = Page::of(call, MAX_CALL_RECORD_PAGE_SIZE);
    let filter = asked_filter(call, &facts.id)?;
    // Counting and reading see the same moment.
    let mut reading = center.begin_read().await?;
    let (total, found) = match call.text("ContactId") {
        Some(contact_id) => {
            let found = rows::find(&mut reading, &facts.id, contact_id).await?;
            (i64::from(found.is_some()), found.into_iter().filter(|_| page.number == 1).collect())
        }
        None => rows::page(&mut reading, &filter, part(call, page)).await?,
    };
    drop(reading);
    let with_recording = call.boolean("WithRecording").unwrap_or(true);
    let records = found.iter().map(|detail: &CallDetail| call_detail_record(&facts.id, detail, with_recording));
    let total = if page.number == 1 { total } else { 0 };
    Ok(Answer::empty().with("CallDetailRecords", page.view(total, "CallDetailRecord", records.collect())))
}

fn part(call: &Call, page: Page) -> rows::Page {
    let newest_first = call.text("OrderBy").is_some_and(|order| order.eq_ignore_ascii_case("DESC"));
    rows::Page { newest_first, offset: page.offset(), limit: page.size }
}

fn asked_filter<'a>(call: &'a Call, instance_id: &'a str) -> Result<Filter<'a>, ApiError> {
    let now_ms = call.arrived_at_ms;
    let today_ms = Day::of_ms(now_ms).start_ms();
    let span = match call.text("ContactId") {
        // It voids the other filters, so the span is not looked at.
        Some(_) => Span { from_ms: today_ms, to_ms: now_ms },
        None => Span::asked(call, ("StartTime", today_ms), ("StopTime", now_ms), MAX_CALL_RECORD_SPAN_MS)?,
    };
    Ok(Filter {
        instance_id,
        span,
        center_number: call.text("PhoneNumber"),
        search: call.text("Criteria").map(Search::Criteria),
        contact_types: names_of(call, "ContactType", &CONTACT_TYPES.map(contact_type_name))?,
        dispositions: names_of(call, "ContactDisposition", &Disposition::ALL.map(Disposition::name))?,
    })
}

/// A list with commas, each of which must be one of these names.
fn names_of(call: &Call, parameter: &str, allowed: &[&'static str]) -> Result<Vec<&'static str>, ApiError> {
    let given = call.text(parameter).unwrap_or_default().split(',').map(str::trim).filter(|name| !name.is_empty());
    let known = |name: &str| allowed.iter().copied().find(|allowed| *allowed == name);
    given
        .map(|name| {
            let expected = || format!("each must be one of {}", allowed.join(", "));
            known(name).ok_or_else(|| unfit(ValueFault::Enumeration, parameter, expected()))
        })
        .collect()
}
