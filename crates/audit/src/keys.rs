//! The attributes that events are looked up by: one row each.
//!
//! Public document: ActionTrail, "LookupEvents" (2020-07-06), parameter `LookupAttribute`.

use std::borrow::Cow;

use event::Facts;
use store::FieldId;

/// An attribute key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LookupKey {
    /// `serviceName`
    ServiceName,
    /// `eventName`
    EventName,
    /// `userIdentity.userName`
    User,
    /// `eventId`
    EventId,
    /// Any part of `resourceType`, any key of `referencedResources`.
    ResourceType,
    /// Any single name in `resourceName` or `referencedResources`.
    ResourceName,
    /// `eventRW`
    EventRw,
    /// `userIdentity.accessKeyId`
    EventAccessKeyId,
    /// `eventAttributes.SensitiveAction`
    SensitiveAction,
    /// `sourceIpAddress`
    SourceIpAddress,
    /// `eventType`
    EventType,
    /// Role name of an assumed role.
    RoleName,
    /// `userIdentity.principalId`
    PrincipalId,
}

use LookupKey::*;

/// All keys with their names on the wire, their columns in Parquet files, and whether an event may have several values.
/// The order numbers the index fields, also in files: add at the end, never change.
const TABLE: [(LookupKey, &str, &str, bool); 13] = [
    (ServiceName, "ServiceName", "service_name", false),
    (EventName, "EventName", "event_name", false),
    (User, "User", "user_name", false),
    (EventId, "EventId", "event_id", false),
    (ResourceType, "ResourceType", "resource_types", true),
    (ResourceName, "ResourceName", "resource_names", true),
    (EventRw, "EventRW", "event_rw", false),
    (EventAccessKeyId, "EventAccessKeyId", "access_key_id", false),
    (SensitiveAction, "SensitiveAction", "sensitive_action", false),
    (SourceIpAddress, "SourceIpAddress", "source_ip_address", false),
    (EventType, "EventType", "event_type", false),
    (RoleName, "RoleName", "role_name", false),
    (PrincipalId, "PrincipalId", "principal_id", false),
];

/// Pairs that may be combined, in either order.
const PAIRS: [(LookupKey, &[LookupKey]); 3] = [
    (ServiceName, &[EventName, User, PrincipalId, RoleName, ResourceName, EventRw, SensitiveAction, EventType]),
    (ResourceName, &[ResourceType, EventName, User, RoleName, ServiceName]),
    (EventType, &[EventName]),
];

impl LookupKey {
    /// All keys.
    pub fn all() -> impl Iterator<Item = LookupKey> {
        TABLE.iter().map(|(key, ..)| *key)
    }

    /// Name on the wire.
    pub fn name(self) -> &'static str {
        TABLE[usize::from(self.field().0)].1
    }

    /// Finds a key by its exact name.
    pub fn from_name(name: &str) -> Option<LookupKey> {
        TABLE.iter().find(|(_, known, ..)| *known == name).map(|(key, ..)| *key)
    }

    /// Column in Parquet files, and whether an event may have several values.
    pub(crate) fn column(self) -> (&'static str, bool) {
        let (_, _, column, many) = TABLE[usize::from(self.field().0)];
        (column, many)
    }

    /// The index field.
    pub(crate) fn field(self) -> FieldId {
        FieldId(self as u8)
    }

    /// The two may be combined in one lookup.
    pub(crate) fn pairs_with(self, other: LookupKey) -> bool {
        let listed = |first, second| PAIRS.iter().any(|(key, partners)| *key == first && partners.contains(&second));
        listed(self, other) || listed(other, self)
    }
}

/// What an event is found by.
pub(crate) fn terms(facts: Facts<'_>) -> Vec<(FieldId, Cow<'_, str>)> {
    let single = [
        (ServiceName, facts.service_name),
        (EventName, facts.event_name),
        (User, facts.user_name),
        (EventId, facts.event_id),
        (EventRw, facts.event_rw),
        (EventAccessKeyId, facts.access_key_id),
        (SensitiveAction, facts.sensitive_action),
        (SourceIpAddress, facts.source_ip_address),
        (EventType, facts.event_type),
        (RoleName, facts.role_name),
        (PrincipalId, facts.principal_id),
    ];
    let types = facts.resource_types.into_iter().map(|name| (ResourceType.field(), name));
    let names = facts.resource_names.into_iter().map(|name| (ResourceName.field(), name));
    let mut terms = Vec::with_capacity(single.len() + types.len() + names.len());
    let present = single.into_iter().filter_map(|(key, value)| Some((key.field(), value?)));
    terms.extend(present.filter(|(_, value)| !value.is_empty()));
    terms.extend(types.chain(names));
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_numbered_as_the_keys_are() {
        for (index, (key, name, ..)) in TABLE.iter().enumerate() {
            assert_eq!(usize::from(key.field().0), index);
            assert_eq!(LookupKey::from_name(name), Some(*key));
            assert_eq!(key.name(), *name);
        }
        assert_eq!(LookupKey::from_name("eventname"), None);
    }

    #[test]
    fn pairs_hold_in_either_order() {
        assert!(ServiceName.pairs_with(EventName) && EventName.pairs_with(ServiceName));
        assert!(ResourceType.pairs_with(ResourceName));
        assert!(!User.pairs_with(EventName));
        assert!(!EventId.pairs_with(ServiceName));
    }
}
