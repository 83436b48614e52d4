//! Contact flows as answers show them (CCC 2017-07-05, "ListContactFlows").

use openapi::wrapped_list;
use serde_json::{Map, Value, json};

use crate::contact_flow::rows::{ContactFlow, FlowVersion};
use crate::day::wire_time;

/// What the answers about numbers show of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlowHead {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// `Type` on the wire.
    pub(crate) flow_type: String,
}

impl FlowHead {
    /// The object `ContactFlow` of a number.
    pub(crate) fn view(&self) -> Value {
        json!({
            "ContactFlowDescription": self.description,
            "ContactFlowId": self.id,
            "ContactFlowName": self.name,
            "InstanceId": self.instance_id,
            "Type": self.flow_type,
        })
    }
}

/// A flow with its numbers and versions; `AppliedVersion` is left out before the first publishing.
pub(super) fn flow(flow: &ContactFlow, numbers: Vec<Value>, versions: Vec<Value>) -> Map<String, Value> {
    let mut fields = Map::new();
    if !flow.applied_version.is_empty() {
        fields.insert("AppliedVersion".to_owned(), flow.applied_version.as_str().into());
    }
    if let Value::Object(head) = flow.head.view() {
        fields.extend(head);
    }
    fields.insert("PhoneNumbers".to_owned(), wrapped_list("PhoneNumber", numbers));
    fields.insert("Versions".to_owned(), wrapped_list("ContactFlowVersion", versions));
    fields
}

/// A version without its texts; `LockedBy` is left out if nobody edits it now.
pub(super) fn version(version: &FlowVersion, now_ms: i64) -> Map<String, Value> {
    let mut fields = Map::new();
    let mut add = |name: &str, value: &str| fields.insert(name.to_owned(), value.into());
    add("ContactFlowVersionDescription", &version.description);
    add("ContactFlowVersionId", &version.id);
    add("LastModified", &wire_time(version.last_modified_ms));
    add("LastModifiedBy", &version.last_modified_by);
    if let Some((name, _)) = version.lock.as_ref().filter(|_| version.locked_until_ms > now_ms) {
        add("LockedBy", name);
    }
    add("Status", &version.status);
    add("Version", &version.version);
    fields
}

/// A version with canvas and content.
pub(super) fn whole_version(of: &FlowVersion, now_ms: i64) -> Map<String, Value> {
    let mut fields = version(of, now_ms);
    fields.insert("Canvas".to_owned(), of.canvas.as_str().into());
    fields.insert("Content".to_owned(), of.content.as_str().into());
    fields
}
