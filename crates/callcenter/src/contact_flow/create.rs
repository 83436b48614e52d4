//! CreateContactFlow: a new contact flow with a draft version.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::Value;

use crate::center::{CallCenter, CallCenterError};
use crate::contact_flow::rows::{self, NewFlow};
use crate::contact_flow::{no_such_flow, view};
use crate::errors::{
    EXISTS_CONTACT_FLOW_NAME, LIMIT_EXCEEDED_CONTACT_FLOW, NO_PERMISSION_USER, NOT_EXIST_INSTANCE,
    PARAMETER_ENUMERATION, PARAMETER_FORMAT, PARAMETER_MAXIMUM, no_such_instance,
};
use crate::limits::{
    MAX_CONTACT_FLOW_NAME_WIDTH, MAX_CONTACT_FLOWS_PER_INSTANCE, MAX_DESCRIPTION_WIDTH, MAX_FLOW_TEXT_CHARS,
};
use crate::operations::{CONTACT_FLOW_RESOURCE, INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::text::{check_name, check_text};
use crate::user::Role;
use crate::{access, instance};

/// `Type` on the wire.
const TYPES: &[&str] = &["Mainflow", "Subflow", "System", "Reserved", "Navigator"];

/// CCC 2017-07-05, "CreateContactFlow".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("CreateContactFlow")
    .takes(&[
        INSTANCE_ID,
        Parameter::text("Name").required(),
        Parameter::one_of("Type", TYPES).required(),
        Parameter::text("Description"),
        Parameter::text_of("Canvas", 1, MAX_FLOW_TEXT_CHARS).required(),
        Parameter::text_of("Content", 1, MAX_FLOW_TEXT_CHARS).required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ContactFlow"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        EXISTS_CONTACT_FLOW_NAME.code,
        LIMIT_EXCEEDED_CONTACT_FLOW.code,
        PARAMETER_ENUMERATION.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn create_contact_flow(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let made_by = call.caller.principal_id();
    let flow = NewFlow {
        instance_id: &facts.id,
        name: call.required("Name"),
        description: call.text("Description").unwrap_or_default(),
        flow_type: call.required("Type"),
        canvas: call.required("Canvas"),
        content: call.required("Content"),
        published: false,
        made_by: &made_by,
        now_ms: call.arrived_at_ms,
    };
    check_name("Name", flow.name, MAX_CONTACT_FLOW_NAME_WIDTH)?;
    check_text("Description", flow.description, MAX_DESCRIPTION_WIDTH)?;

    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let id = rows::insert(&mut transaction, &flow).await?.ok_or_else(|| {
        EXISTS_CONTACT_FLOW_NAME
            .error(format!("contact flow name '{}' exists already in this instance: choose another Name.", flow.name))
    })?;
    if rows::count(&mut transaction, &facts.id).await? > MAX_CONTACT_FLOWS_PER_INSTANCE {
        return Err(LIMIT_EXCEEDED_CONTACT_FLOW.error(format!(
            "the instance has {MAX_CONTACT_FLOWS_PER_INSTANCE} contact flows, as many as it may have: edit one of them."
        )));
    }
    let created = rows::find(&mut transaction, &facts.id, &id).await?.ok_or_else(|| no_such_flow(&id))?;
    let mut versions = rows::versions(&mut transaction, &facts.id).await?;
    center.commit(transaction, &facts.id).await?;

    versions.retain(|version| version.contact_flow_id == id);
    let versions = versions.iter().map(|version| Value::Object(view::whole_version(version, call.arrived_at_ms)));
    let view = view::flow(&created, Vec::new(), versions.collect());
    Ok(Answer::empty().with("ContactFlow", view).references(CONTACT_FLOW_RESOURCE, id))
}
