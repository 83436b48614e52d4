//! LaunchAppraise: a voice survey has been offered for a call. It moves nothing; the soft phone does.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};

use crate::access;
use crate::activity::{self, Activity, Appended, Kind, SurveyMedium};
use crate::call::place::CONTACT_RESOURCE;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_CONTACT, NOT_EXIST_INSTANCE, no_such_instance};
use crate::instance;
use crate::limits::MAX_ID_CHARS;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// CCC 2017-07-05, "LaunchAppraise".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("LaunchAppraise")
    .data_event()
    .takes(&[INSTANCE_ID, Parameter::text_of("Acid", 1, MAX_ID_CHARS).required()])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code, NOT_EXIST_CONTACT.code]);

/// A second call for one contact succeeds and changes nothing.
pub(crate) async fn launch_appraise(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let contact_id = call.required("Acid");
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let rows = activity::rows::of_contact(&mut transaction, &facts.id, contact_id).await?;
    if rows.is_empty() {
        return Err(no_such_contact(contact_id));
    }
    if !rows.iter().any(|row| matches!(row.activity.kind, Kind::SurveyOffered { .. })) {
        let offered = offered(&rows, contact_id, call.arrived_at_ms);
        activity::rows::append(&mut transaction, &facts.id, &[offered]).await?;
        center.commit(transaction, &facts.id).await?;
    }
    Ok(Answer::empty().references(CONTACT_RESOURCE, contact_id))
}

/// With the agent who talked last, else the one who took part last, and the group of his part. Not before the call's
/// last row, so that the order of rows is the order of what happened even if two clocks differ.
fn offered(rows: &[Appended], contact_id: &str, now_ms: i64) -> Activity {
    let activities = || rows.iter().rev().map(|row| &row.activity);
    let talked = activities().find(|row| matches!(row.kind, Kind::AgentTalking { .. }));
    let part = talked.or_else(|| activities().find(|row| row.agent_id.is_some()));
    let at_ms = activities().next().map_or(now_ms, |last| last.at_ms.max(now_ms));
    Activity {
        at_ms,
        contact_id: Some(contact_id.to_owned()),
        agent_id: part.and_then(|row| row.agent_id.clone()),
        skill_group_id: part
            .and_then(|row| row.skill_group_id.clone())
            .or_else(|| activities().find_map(|row| row.skill_group_id.clone())),
        kind: Kind::SurveyOffered { medium: SurveyMedium::Voice },
    }
}

/// The one answer for an unknown call and for another instance's.
pub(crate) fn no_such_contact(contact_id: &str) -> ApiError {
    NOT_EXIST_CONTACT.error(format!(
        "call '{contact_id}' does not exist in this instance: take a ContactId of the soft phone's events or of ListCallDetailRecords."
    ))
}
