//! Contact flows: what happens to a call that comes in. Created as a draft, edited by one user at a time, published.
//!
//! **One editor at a time.** Committing a version takes its lock for the caller, or renews it; while somebody else holds
//! it, committing and publishing are refused with `InUse.ContactFlowVersion`. Publishing frees it. A lock that was not
//! renewed for [`crate::limits::FLOW_LOCK_MS`] is free: an editor who went home stops nobody.
//!
//! A flow has one version, whose edited text and published text are kept apart: what runs is what was published last.

mod commit;
mod create;
mod list;
mod publish;
mod route_point;
pub(crate) mod rows;
mod survey;
mod system_flows;
mod view;

use openapi::{ApiError, Operation};

use crate::center::CallCenter;
use crate::errors::NOT_EXIST_CONTACT_FLOW;

pub(crate) use system_flows::{give_to_all_instances, give_to_instance};
pub(crate) use view::FlowHead;

/// The family's part of the table.
pub(crate) const OPERATIONS: &[Operation<CallCenter>] = &[
    Operation { spec: list::SPEC, handler: |center, call| Box::pin(list::list_contact_flows(center, call)) },
    Operation { spec: create::SPEC, handler: |center, call| Box::pin(create::create_contact_flow(center, call)) },
    Operation { spec: commit::SPEC, handler: |center, call| Box::pin(commit::commit_modification(center, call)) },
    Operation { spec: publish::SPEC, handler: |center, call| Box::pin(publish::publish_version(center, call)) },
    Operation { spec: route_point::SPEC, handler: |center, call| Box::pin(route_point::get_route_point(center, call)) },
    Operation {
        spec: survey::EXTENSIONS_SPEC,
        handler: |center, call| Box::pin(survey::get_service_extensions(center, call)),
    },
    Operation {
        spec: survey::CREATE_SPEC,
        handler: |center, call| Box::pin(survey::create_voice_appraise(center, call)),
    },
    Operation { spec: survey::LIST_SPEC, handler: |center, call| Box::pin(survey::list_voice_appraise(center, call)) },
];

/// The one answer for an unknown flow and for another instance's.
pub(crate) fn no_such_flow(flow_id: &str) -> ApiError {
    NOT_EXIST_CONTACT_FLOW.error(format!(
        "contact flow '{flow_id}' does not exist in this instance: take a ContactFlowId that ListContactFlows returns."
    ))
}
