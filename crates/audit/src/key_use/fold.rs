//! Folds events into the newest use of each key, service, call, address and resource.

use std::collections::HashMap;

use bytes::Bytes;
use event::{Event, EventError, Facts};
use serde_json::Value as Json;

use crate::limits::{MAX_KEY_ID_BYTES, MAX_KEY_USE_NAME_BYTES, MAX_KEY_USE_VALUE_BYTES, MAX_KEY_USE_VALUES};

/// What values of a group are. The numbers are in the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Dimension {
    /// Services.
    Product = 1,
    /// Calls of a service.
    Event = 2,
    /// Addresses from where a service was called.
    Ip = 3,
    /// Resources of a service.
    Resource = 4,
}

/// Values that are listed together.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Group {
    pub(crate) account_id: String,
    pub(crate) access_key_id: String,
    pub(crate) dimension: Dimension,
    /// Empty for the list of services.
    pub(crate) service: String,
}

/// A service, a call, an address or a resource.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Value {
    /// Type of a resource, else empty.
    pub(crate) kind: String,
    pub(crate) name: String,
}

/// The newest use of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Use {
    pub(crate) used_s: i64,
    /// Which one it is among those of a second.
    pub(crate) position: u64,
    /// Who the key belongs to; only in the list of services.
    pub(crate) user_name: String,
    pub(crate) owner_id: String,
    /// The event as it was journaled.
    pub(crate) event: Bytes,
}

impl Use {
    /// Newer uses are greater.
    pub(crate) fn age(&self) -> (i64, u64) {
        (self.used_s, self.position)
    }
}

/// Uses since the last commit, of each group the newest.
#[derive(Debug, Default)]
pub(crate) struct Fold {
    pub(crate) groups: HashMap<Group, HashMap<Value, Use>>,
}

impl Fold {
    /// Values in all groups.
    pub(crate) fn len(&self) -> usize {
        self.groups.values().map(HashMap::len).sum()
    }

    /// Takes an event. What cannot be read is not an event of a key.
    pub(crate) fn take(&mut self, account_id: &str, position: u64, bytes: &Bytes) -> Result<(), EventError> {
        let facts = Facts::read(bytes)?;
        let Some(access_key_id) = facts.access_key_id.as_deref().filter(|id| is_lasting_key(id)) else {
            return Ok(());
        };
        let service = bounded(facts.service_name.as_deref().unwrap_or_default(), MAX_KEY_USE_NAME_BYTES);
        if service.is_empty() || facts.role_name.is_some() {
            return Ok(());
        }
        let of = |dimension, service: &str| Group {
            account_id: account_id.to_owned(),
            access_key_id: access_key_id.to_owned(),
            dimension,
            service: service.to_owned(),
        };
        let plain = Use {
            used_s: facts.event_time_s,
            position,
            user_name: String::new(),
            owner_id: String::new(),
            event: bytes.clone(),
        };
        let holder = Use {
            user_name: bounded(facts.user_name.as_deref().unwrap_or_default(), MAX_KEY_USE_NAME_BYTES),
            owner_id: bounded(facts.principal_id.as_deref().unwrap_or_default(), MAX_KEY_USE_NAME_BYTES),
            ..plain.clone()
        };
        self.put(of(Dimension::Product, ""), [value("", &service)], &holder);
        self.put(of(Dimension::Event, &service), facts.event_name.as_deref().map(|name| value("", name)), &plain);
        self.put(of(Dimension::Ip, &service), facts.source_ip_address.as_deref().map(|ip| value("", ip)), &plain);
        self.put(of(Dimension::Resource, &service), resources(&facts, bytes)?, &plain);
        Ok(())
    }

    fn put(&mut self, group: Group, values: impl IntoIterator<Item = Value>, newest: &Use) {
        let mut values = values.into_iter().filter(|value| !value.name.is_empty()).peekable();
        if values.peek().is_none() {
            return;
        }
        let uses = self.groups.entry(group).or_default();
        for value in values {
            match uses.get_mut(&value) {
                Some(known) if known.age() >= newest.age() => {}
                Some(known) => newest.clone_into(known),
                None => {
                    uses.insert(value, newest.clone());
                }
            }
        }
        if uses.len() > 2 * MAX_KEY_USE_VALUES {
            keep_newest(uses);
        }
    }

    /// The groups with no more values than a list has.
    pub(crate) fn finish(mut self) -> Vec<(Group, HashMap<Value, Use>)> {
        self.groups.values_mut().for_each(keep_newest);
        self.groups.into_iter().collect()
    }
}

/// Older values would not be listed, as there are enough newer ones.
fn keep_newest(uses: &mut HashMap<Value, Use>) {
    if uses.len() <= MAX_KEY_USE_VALUES {
        return;
    }
    let mut ordered: Vec<(Value, Use)> = uses.drain().collect();
    ordered.sort_unstable_by(|left, right| right.1.age().cmp(&left.1.age()).then_with(|| left.0.cmp(&right.0)));
    ordered.truncate(MAX_KEY_USE_VALUES);
    uses.extend(ordered);
}

fn is_lasting_key(id: &str) -> bool {
    !id.is_empty() && id.len() <= MAX_KEY_ID_BYTES && !id.starts_with("STS.") && !id.contains('\0')
}

fn value(kind: &str, name: &str) -> Value {
    Value { kind: bounded(kind, MAX_KEY_USE_NAME_BYTES), name: bounded(name, MAX_KEY_USE_VALUE_BYTES) }
}

/// As much of a text as the table's key takes. PostgreSQL has no NUL in texts.
fn bounded(text: &str, max_bytes: usize) -> String {
    text[..text.floor_char_boundary(max_bytes)].replace('\0', "\u{fffd}")
}

/// The resources with their types. With one type everything is of it; else the event says what belongs together.
fn resources(facts: &Facts<'_>, bytes: &[u8]) -> Result<Vec<Value>, EventError> {
    match facts.resource_types.as_slice() {
        [] => Ok(facts.resource_names.iter().map(|name| value("", name)).collect()),
        [only] => Ok(facts.resource_names.iter().map(|name| value(only, name)).collect()),
        _ => Ok(pairs(&Event::parse(bytes)?)),
    }
}

fn pairs(event: &Event) -> Vec<Value> {
    let referenced = event.get("referencedResources").and_then(|json| serde_json::from_str::<Json>(json).ok());
    if let Some(Json::Object(of_types)) = referenced {
        let names = |names: &Json| match names {
            Json::Array(names) => names.iter().filter_map(Json::as_str).map(str::to_owned).collect(),
            Json::String(name) => vec![name.clone()],
            _ => Vec::new(),
        };
        let pair = |(kind, list): (&String, &Json)| names(list).into_iter().map(|name| value(kind, &name)).collect();
        return of_types.iter().flat_map(|of_type| -> Vec<Value> { pair(of_type) }).collect();
    }
    let (types, names) = (event.text("resourceType"), event.text("resourceName"));
    let (types, names) = (types.unwrap_or_default(), names.unwrap_or_default());
    let both = types.split(';').zip(names.split(';'));
    both.flat_map(|(kind, names)| names.split(',').map(|name| value(kind, name)).collect::<Vec<_>>()).collect()
}
