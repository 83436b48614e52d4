//! DialEx: the platform calls a customer and connects him to a contact flow, an agent or a queue.

use openapi::{ApiError, Call, HandlerResult, OperationSpec, Parameter};
use sqlx::AnyConnection;

use crate::access;
use crate::activity::{ContactType, LegSide};
use crate::call::admission::{Parties, destination};
use crate::call::dialler::{Party, Then};
use crate::call::place::{Order, place};
use crate::call::progress::CallAgent;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW, NOT_EXIST_INSTANCE, NOT_EXIST_PHONE_NUMBER, NOT_EXIST_SKILL_GROUP,
    NOT_EXIST_USER, PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM, PERMISSION_COOL_DOWN,
    PERMISSION_DEMO_INSTANCE, PERMISSION_DESTINATION, PERMISSION_LOOP, PERMISSION_QUIET_HOURS, SERVICE_UNAVAILABLE,
    THROTTLING_USER,
};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;
use crate::{contact_flow, skill_group};

/// CCC 2017-07-05, "DialEx".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("DialEx")
    .data_event()
    .takes(&[
        INSTANCE_ID,
        Parameter::integer("AnswerMode", 0, 2).required(),
        Parameter::text("Caller").required(),
        Parameter::text("Callee").required(),
        Parameter::text("RoutPoint").required(),
        Parameter::text("Provider"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(super::TASK_FIELDS)
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
        NOT_EXIST_USER.code,
        NOT_EXIST_CONTACT_FLOW.code,
        NOT_EXIST_SKILL_GROUP.code,
        PERMISSION_LOOP.code,
        NOT_EXIST_PHONE_NUMBER.code,
        SERVICE_UNAVAILABLE.code,
        PERMISSION_DESTINATION.code,
        THROTTLING_USER.code,
        PERMISSION_COOL_DOWN.code,
        PERMISSION_QUIET_HOURS.code,
        PERMISSION_DEMO_INSTANCE.code,
    ]);

/// `Caller` is the number of the call centre that the customer sees.
pub(crate) async fn dial_ex(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Agent).await?;
    let callee = destination("Callee", call.required("Callee"))?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let (then, agent) = target(&mut connection, &facts.id, call).await?;
    drop(connection);
    let order = Order {
        center_number: call.text("Caller"),
        contact_type: if agent.is_some() { ContactType::Outbound } else { ContactType::PredictiveDial },
        first: Party { side: LegSide::Callee, number: callee.number.clone() },
        then,
        agent,
        parties: Parties { caller: None, callee },
    };
    place(center, call, &facts.id, order).await
}

/// `RoutPoint` by `AnswerMode`: 0 the id of a flow, 1 `<RAM user id>@<domain name>`, 2 a queue as ListSkillGroups names it.
async fn target(
    connection: &mut AnyConnection,
    instance_id: &str,
    call: &Call,
) -> Result<(Then, Option<CallAgent>), ApiError> {
    let route = call.required("RoutPoint");
    match call.integer("AnswerMode") {
        Some(1) => {
            let agent = agent_at(connection, instance_id, route).await?;
            let agent = agent.ok_or_else(|| {
                NOT_EXIST_USER.error("RoutPoint names no agent of this instance: give <RAM user id>@<DomainName>.")
            })?;
            Ok((Then::Agent(agent.id.clone()), Some(agent)))
        }
        Some(2) => {
            let groups = skill_group::rows::find(connection, instance_id).await?;
            let group = groups.into_iter().find(|group| format!("{}@{}", group.id, group.domain_name) == route);
            let group = group.ok_or_else(|| {
                NOT_EXIST_SKILL_GROUP.error(
                    "RoutPoint names no queue of this instance: take an AccQueueName that ListSkillGroups returns.",
                )
            })?;
            Ok((Then::Queue(group.id), None))
        }
        _ => {
            let flow = contact_flow::rows::find(connection, instance_id, route).await?;
            if flow.is_none_or(|flow| flow.applied_version.is_empty()) {
                return Err(NOT_EXIST_CONTACT_FLOW.error(
                    "RoutPoint names no published flow of this instance: take a ContactFlowId that ListContactFlows returns, and publish it.",
                ));
            }
            Ok((Then::Flow(route.to_owned()), None))
        }
    }
}

async fn agent_at(
    connection: &mut AnyConnection,
    instance_id: &str,
    route: &str,
) -> Result<Option<CallAgent>, CallCenterError> {
    let Some((ram_user_id, domain_name)) = route.split_once('@') else { return Ok(None) };
    let row: Option<(String, String, String)> = sqlx::query_as(
        "SELECT u.ram_user_id, u.display_name, u.login_name FROM ccc_users u
         JOIN ccc_instances i ON i.id = u.instance_id
         WHERE u.instance_id = $1 AND u.ram_user_id = $2 AND i.domain_name = $3",
    )
    .bind(instance_id)
    .bind(ram_user_id)
    .bind(domain_name)
    .fetch_optional(connection)
    .await?;
    let agent = |(id, display_name, login_name): (String, String, String)| CallAgent {
        id,
        name: if display_name.is_empty() { login_name } else { display_name },
    };
    Ok(row.map(agent))
}
