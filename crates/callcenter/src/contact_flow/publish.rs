//! PublishContactFlowVersion: makes a version the one that runs and frees its lock.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};

use crate::center::{CallCenter, CallCenterError};
use crate::contact_flow::commit::{no_such_version, refuse_other_editor};
use crate::contact_flow::rows;
use crate::errors::{
    IN_USE_CONTACT_FLOW_VERSION, NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW_VERSION, NOT_EXIST_INSTANCE,
    no_such_instance,
};
use crate::limits::MAX_ID_CHARS;
use crate::operations::{CONTACT_FLOW_RESOURCE, INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;
use crate::{access, instance};

/// CCC 2017-07-05, "PublishContactFlowVersion".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("PublishContactFlowVersion")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("ContactFlowVersionId", 1, MAX_ID_CHARS).required(),
        // Chooses an engine of the cloud; here is one engine.
        Parameter::boolean("UseTianGong"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONTACT_FLOW_VERSION.code,
        IN_USE_CONTACT_FLOW_VERSION.code,
    ]);

pub(crate) async fn publish_version(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let id = call.required("ContactFlowVersionId");
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let version = rows::find_version(&mut transaction, &facts.id, id).await?;
    let version = version.ok_or_else(|| no_such_version(id))?;
    refuse_other_editor(&version, call)?;
    rows::publish(&mut transaction, &version).await?;
    center.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().references(CONTACT_FLOW_RESOURCE, version.contact_flow_id))
}
