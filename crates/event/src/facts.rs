//! What an event is found by, read without building the event.
//!
//! Every event is read twice on its way into a segment, so this is what ingest costs. Events as this server writes them
//! are read in one pass that checks the grammar and keeps a few spans. Whatever is unusual there (white space, escaped,
//! dotted or repeated names, escapes outside the basic plane, anything not valid) is left to [`Event::parse`], whose
//! answer counts; so both give the same facts and the same errors.

use std::borrow::Cow;

use crate::error::EventError;
use crate::event::{Event, without_doubles};
use crate::quick::Quick;

/// What an event is found by.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts<'a> {
    /// `eventTime`, Unix seconds.
    pub event_time_s: i64,
    /// `isGlobal`, false when absent.
    pub is_global: bool,
    /// `acsRegion`
    pub acs_region: Option<Cow<'a, str>>,
    /// `serviceName`
    pub service_name: Option<Cow<'a, str>>,
    /// `eventName`
    pub event_name: Option<Cow<'a, str>>,
    /// `eventId`
    pub event_id: Option<Cow<'a, str>>,
    /// `eventRW`
    pub event_rw: Option<Cow<'a, str>>,
    /// `eventType`
    pub event_type: Option<Cow<'a, str>>,
    /// `sourceIpAddress`
    pub source_ip_address: Option<Cow<'a, str>>,
    /// `userIdentity.userName`
    pub user_name: Option<Cow<'a, str>>,
    /// `userIdentity.accessKeyId`
    pub access_key_id: Option<Cow<'a, str>>,
    /// `userIdentity.principalId`
    pub principal_id: Option<Cow<'a, str>>,
    /// Name of the role, for an assumed role.
    pub role_name: Option<Cow<'a, str>>,
    /// `eventAttributes.SensitiveAction`
    pub sensitive_action: Option<Cow<'a, str>>,
    /// Types of the resources that the event names, without doubles.
    pub resource_types: Vec<Cow<'a, str>>,
    /// Names of the resources that the event names, without doubles.
    pub resource_names: Vec<Cow<'a, str>>,
}

impl<'a> Facts<'a> {
    /// Reads the facts of an event.
    ///
    /// # Errors
    ///
    /// Exactly when and as [`Event::parse`] refuses the bytes.
    pub fn read(bytes: &'a [u8]) -> Result<Facts<'a>, EventError> {
        match Quick::read(bytes).and_then(Facts::of_quick) {
            Some(facts) => Ok(facts),
            None => Ok(Facts::of(&Event::parse(bytes)?)),
        }
    }

    /// The facts of an event that was read whole.
    pub fn of(event: &Event) -> Facts<'static> {
        let owned = |text: Option<Cow<'_, str>>| text.map(|text| Cow::Owned(text.into_owned()));
        Facts {
            event_time_s: event.event_time_s(),
            is_global: event.is_global(),
            acs_region: owned(event.acs_region()),
            service_name: owned(event.service_name()),
            event_name: owned(event.event_name()),
            event_id: owned(event.event_id()),
            event_rw: owned(event.event_rw()),
            event_type: owned(event.event_type()),
            source_ip_address: owned(event.source_ip_address()),
            user_name: owned(event.user_name()),
            access_key_id: owned(event.access_key_id()),
            principal_id: owned(event.principal_id()),
            role_name: owned(event.role_name()),
            sensitive_action: owned(event.sensitive_action()),
            resource_types: event.resource_types().into_iter().map(Cow::Owned).collect(),
            resource_names: event.resource_names().into_iter().map(Cow::Owned).collect(),
        }
    }

    fn of_quick(quick: Quick<'a>) -> Option<Facts<'a>> {
        let is_role = quick.identity_type.as_deref() == Some("assumed-role");
        let role_of = |name: &Cow<'a, str>| match name {
            Cow::Borrowed(name) => Cow::Borrowed(name.split(':').next().unwrap_or_default()),
            Cow::Owned(name) => Cow::Owned(name.split(':').next().unwrap_or_default().to_owned()),
        };
        let mut resource_types = Vec::new();
        let mut resource_names = Vec::new();
        push_parts(&mut resource_types, quick.resource_type, &[';'])?;
        push_parts(&mut resource_names, quick.resource_name, &[';', ','])?;
        for (resource_type, names) in quick.referenced {
            resource_types.push(resource_type);
            resource_names.extend(names);
        }
        Some(Facts {
            event_time_s: quick.event_time_s,
            is_global: quick.is_global,
            acs_region: quick.acs_region,
            service_name: quick.service_name,
            event_name: quick.event_name,
            event_id: quick.event_id,
            event_rw: quick.event_rw,
            event_type: quick.event_type,
            source_ip_address: quick.source_ip_address,
            role_name: quick.user_name.as_ref().filter(|_| is_role).map(role_of),
            user_name: quick.user_name,
            access_key_id: quick.access_key_id,
            principal_id: quick.principal_id,
            sensitive_action: quick.sensitive_action,
            resource_types: without_doubles(resource_types),
            resource_names: without_doubles(resource_names),
        })
    }
}

/// The parts of a joined text; `None` when it has escapes, because parts could not be borrowed then.
fn push_parts<'a>(parts: &mut Vec<Cow<'a, str>>, joined: Option<Cow<'a, str>>, separators: &[char]) -> Option<()> {
    match joined {
        None => {}
        Some(Cow::Borrowed(text)) => {
            parts.extend(text.split(separators).filter(|part| !part.is_empty()).map(Cow::Borrowed));
        }
        Some(Cow::Owned(_)) => return None,
    }
    Some(())
}
