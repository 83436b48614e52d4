//! CommitContactFlowVersionModification: saves an edited version and takes, or renews, its lock.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter};

use crate::center::{CallCenter, CallCenterError};
use crate::contact_flow::rows::{self, DRAFT, FlowVersion, UPDATED};
use crate::contact_flow::view;
use crate::day::wire_time;
use crate::errors::{
    IN_USE_CONTACT_FLOW_VERSION, NO_PERMISSION_USER, NOT_EXIST_CONTACT_FLOW_VERSION, NOT_EXIST_INSTANCE,
    PARAMETER_MAXIMUM, no_such_instance,
};
use crate::limits::{FLOW_LOCK_MS, MAX_FLOW_TEXT_CHARS, MAX_ID_CHARS};
use crate::operations::{CONTACT_FLOW_RESOURCE, INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;
use crate::{access, instance};

/// CCC 2017-07-05, "CommitContactFlowVersionModification".
pub(crate) const SPEC: OperationSpec = OperationSpec::write("CommitContactFlowVersionModification")
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("ContactFlowVersionId", 1, MAX_ID_CHARS).required(),
        Parameter::text_of("Canvas", 1, MAX_FLOW_TEXT_CHARS).required(),
        Parameter::text_of("Content", 1, MAX_FLOW_TEXT_CHARS).required(),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ContactFlowVersion"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        NOT_EXIST_CONTACT_FLOW_VERSION.code,
        IN_USE_CONTACT_FLOW_VERSION.code,
        PARAMETER_MAXIMUM.code,
    ]);

pub(crate) async fn commit_modification(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let id = call.required("ContactFlowVersionId");
    let mut transaction = center.database.begin().await.map_err(CallCenterError::from)?;
    if !instance::rows::lock(&mut transaction, &facts.id).await? {
        return Err(no_such_instance(&facts.id));
    }
    let version = rows::find_version(&mut transaction, &facts.id, id).await?;
    let mut version = version.ok_or_else(|| no_such_version(id))?;
    refuse_other_editor(&version, call)?;
    edit(&mut version, call);
    rows::save_version(&mut transaction, &version).await?;
    center.commit(transaction, &facts.id).await?;
    let view = view::whole_version(&version, call.arrived_at_ms);
    Ok(Answer::empty().with("ContactFlowVersion", view).references(CONTACT_FLOW_RESOURCE, version.contact_flow_id))
}

fn edit(version: &mut FlowVersion, call: &Call) {
    version.canvas = call.required("Canvas").to_owned();
    version.content = call.required("Content").to_owned();
    if version.status != DRAFT {
        version.status = UPDATED.to_owned();
    }
    version.last_modified_ms = call.arrived_at_ms;
    version.last_modified_by = call.caller.principal_id();
    version.lock = Some((call.caller.display_name(), call.caller.principal_id()));
    version.locked_until_ms = call.arrived_at_ms.saturating_add(FLOW_LOCK_MS);
}

/// Refuses while somebody else holds the version's lock.
pub(super) fn refuse_other_editor(version: &FlowVersion, call: &Call) -> Result<(), ApiError> {
    let Some((name, id)) = &version.lock else { return Ok(()) };
    if *id == call.caller.principal_id() || version.locked_until_ms <= call.arrived_at_ms {
        return Ok(());
    }
    Err(IN_USE_CONTACT_FLOW_VERSION.error(format!(
        "'{name}' is editing the version until {} (UTC+8) unless he publishes it earlier: wait, or ask him to publish.",
        wire_time(version.locked_until_ms)
    )))
}

/// The one answer for an unknown version and for another instance's.
pub(super) fn no_such_version(id: &str) -> ApiError {
    NOT_EXIST_CONTACT_FLOW_VERSION.error(format!(
        "contact flow version '{id}' does not exist in this instance: take a ContactFlowVersionId that ListContactFlows returns."
    ))
}
