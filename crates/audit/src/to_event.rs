//! From what the gateway tells of a call to its event.
//!
//! Public document: ActionTrail, "Management event structure".

use event::{Event, EventBuilder, Masking, PersonalData, mask_phone_number};
use openapi::clock::format_utc;
use openapi::{CallRecord, Caller, Principal};
use serde_json::{Map, Value, json};

use crate::limits::MAX_EVENT_BYTES;

/// Builds the event: masked, within the size cap, fields in the order of the published samples.
pub fn to_event(record: CallRecord, masking: &Masking) -> Result<Event, event::EventError> {
    let account_id = record.caller.account_id.clone();
    let mut additional = Map::new();
    additional.insert("Scheme".to_owned(), record.scheme.into());
    additional.extend(record.event_data);
    let structure = serde_json::to_string(&record.request_structure).unwrap_or_default();
    let resources = masked(record.resources, &record.personal_resources, masking);
    let (types, names) = joined(&resources);
    let (error_code, error_message) = record.error.unzip();
    EventBuilder::new()
        .field("eventId", record.event_id)
        .field("eventVersion", 1)
        .field("eventCategory", record.category.as_str())
        .field("eventType", record.event_type)
        .field("eventName", record.operation)
        .field("eventRW", record.event_rw)
        .field("eventTime", format_utc(record.arrived_at_ms.div_euclid(1_000)))
        .field("eventSource", record.host)
        .field("serviceName", record.service_name)
        .field("apiVersion", record.version)
        .field("requestId", record.request_id)
        .field("acsRegion", record.region)
        .field("isGlobal", record.is_global)
        .field("sourceIpAddress", record.source_ip.to_canonical().to_string())
        .field("userAgent", record.user_agent)
        .field("userIdentity", user_identity(&record.caller))
        .field("requestParameters", record.request_parameters)
        .field("requestParameterJson", structure)
        .optional("responseElements", record.response)
        .optional("referencedResources", referenced(resources))
        .optional("resourceType", types)
        .optional("resourceName", names)
        .optional("errorCode", error_code)
        .optional("errorMessage", error_message)
        .field("additionalEventData", additional)
        .field("recipientAccountId", account_id)
        .finish(masking, MAX_EVENT_BYTES)
}

fn user_identity(caller: &Caller) -> Value {
    let attributes = match &caller.principal {
        Principal::Root | Principal::User { .. } => json!({"mfaAuthenticated": "false"}),
        Principal::RoleSession { created_at_s, mfa_present, .. } => {
            json!({"mfaAuthenticated": mfa_present.to_string(), "creationDate": format_utc(*created_at_s)})
        }
    };
    json!({
        "type": caller.identity_type(),
        "principalId": caller.principal_id(),
        "accountId": caller.account_id,
        "accessKeyId": caller.access_key_id,
        "userName": caller.display_name(),
        "sessionContext": {"attributes": attributes},
    })
}

/// The resources with the names that are telephone numbers masked, if personal data is.
fn masked(
    mut resources: Vec<(&'static str, Vec<String>)>,
    numbers: &[String],
    masking: &Masking,
) -> Vec<(&'static str, Vec<String>)> {
    if masking.personal == PersonalData::Mask {
        for name in resources.iter_mut().flat_map(|(_, names)| names).filter(|name| numbers.contains(name)) {
            *name = mask_phone_number(name);
        }
    }
    resources
}

/// `resourceType` and `resourceName`: types joined with `;`, the names of one type with `,`, matched by position.
fn joined(resources: &[(&'static str, Vec<String>)]) -> (Option<String>, Option<String>) {
    if resources.is_empty() {
        return (None, None);
    }
    let types: Vec<&str> = resources.iter().map(|(resource_type, _)| *resource_type).collect();
    let names: Vec<String> = resources.iter().map(|(_, names)| names.join(",")).collect();
    (Some(types.join(";")), Some(names.join(";")))
}

fn referenced(resources: Vec<(&'static str, Vec<String>)>) -> Option<Map<String, Value>> {
    let map: Map<String, Value> =
        resources.into_iter().map(|(resource_type, names)| (resource_type.to_owned(), Value::from(names))).collect();
    Some(map).filter(|map| !map.is_empty())
}
