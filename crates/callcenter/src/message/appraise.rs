//! LaunchShortMessageAppraise: the survey by short message, counted as offered.

use openapi::{ApiError, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::Map;

use crate::access;
use crate::activity::{self, Activity, Appended, Kind, SurveyMedium};
use crate::center::{CallCenter, CallCenterError, new_id};
use crate::errors::{
    INTERNAL_SERVICE_COMMON, NO_PERMISSION_USER, NOT_EXIST_CONTACT, NOT_EXIST_INSTANCE, NOT_EXIST_SMS_CONFIG,
    PARAMETER_FORMAT, PARAMETER_MAXIMUM,
};
use crate::limits::MAX_ID_CHARS;
use crate::message::batch::Batch;
use crate::message::rows::{self, SmsConfig};
use crate::message::send::{self, PHONE_NUMBERS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// Scenario of the survey's SMS config.
const SURVEY_SCENARIO: i64 = 1;
/// Type of the finer resource: the call.
const CONTACT_RESOURCE: &str = "ACS::CCC::Contact";

/// CCC 2017-07-05, "LaunchShortMessageAppraise".
pub(super) const SPEC: OperationSpec = OperationSpec::write("LaunchShortMessageAppraise")
    .data_event()
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("Acid", 1, MAX_ID_CHARS).required(),
        Parameter::integer("ContactType", 0, 1).required(),
        PHONE_NUMBERS,
        Parameter::text_of("SkillGroupId", 1, MAX_ID_CHARS),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONTACT.code,
        NOT_EXIST_SMS_CONFIG.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        INTERNAL_SERVICE_COMMON.code,
    ]);

/// The direction is the call's own; `ContactType` is only checked. A second survey for a call sends and counts nothing.
pub(super) async fn launch_short_message_appraise(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let numbers = send::numbers(call)?;
    let contact_id = call.required("Acid");
    let (happened, config) = {
        let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
        let happened = activity::rows::of_contact(&mut connection, &facts.id, contact_id).await?;
        let configs = rows::configs(&mut connection, &facts.id).await?;
        (happened, configs.into_iter().find(|config| config.scenario == SURVEY_SCENARIO))
    };
    if happened.is_empty() {
        return Err(NOT_EXIST_CONTACT.error(format!(
            "call '{contact_id}' does not exist in this instance: take the contactId of the soft phone's events."
        )));
    }
    let config = config.ok_or_else(no_survey_config)?;
    let batch = survey(&config, numbers, contact_id)?;
    let Some(sent) = send::send(center, &facts.id, &batch, call.arrived_at_ms).await? else {
        return Ok(openapi::Answer::empty().references(CONTACT_RESOURCE, contact_id));
    };
    if sent.taken == 0 {
        let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
        rows::release_survey(&mut connection, &batch.id).await?;
    }
    let sent = send::refuse_if_none_was_taken(sent)?;
    center.record(&facts.id, &[offered(call, contact_id, &happened)]).await?;
    Ok(send::answer(&batch, &sent).references(CONTACT_RESOURCE, contact_id))
}

fn survey<'a>(config: &'a SmsConfig, numbers: Vec<String>, contact_id: &'a str) -> Result<Batch<'a>, ApiError> {
    let text = send::text(config, &Map::new())?;
    Ok(Batch { id: new_id(), config, numbers, parameters: Map::new(), text, survey_of: Some(contact_id) })
}

fn no_survey_config() -> ApiError {
    NOT_EXIST_SMS_CONFIG
        .error("the instance has no SMS config of scenario 1 (survey): create one with CreateSmsConfig.")
}

/// Agent and skill group are those of the call's last row that has them; the call may name another group.
fn offered(call: &Call, contact_id: &str, happened: &[Appended]) -> Activity {
    let last = |field: fn(&Activity) -> Option<&str>| happened.iter().rev().find_map(|row| field(&row.activity));
    let mut offered = Activity::at(call.arrived_at_ms, Kind::SurveyOffered { medium: SurveyMedium::ShortMessage })
        .of_contact(contact_id);
    if let Some(agent_id) = last(|activity| activity.agent_id.as_deref()) {
        offered = offered.of_agent(agent_id);
    }
    if let Some(group_id) = call.text("SkillGroupId").or(last(|activity| activity.skill_group_id.as_deref())) {
        offered = offered.in_group(group_id);
    }
    offered
}
