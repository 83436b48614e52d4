//! The grammar of a policy document. Whatever it does not know is refused when the policy is stored.

use serde_json::{Map, Value};

use super::condition::{self, Condition};
use crate::limits::MAX_POLICY_CHARS;

/// What a document is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKind {
    /// Attached to a user, group or role: no principal.
    Identity,
    /// The trust policy of a role: with principals, without resources.
    Trust,
}

/// A parsed document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(super) statements: Vec<Statement>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub allow: bool,
    pub actions: Actions,
    pub resources: Vec<String>,
    pub principals: Vec<Principal>,
    pub conditions: Vec<Condition>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Actions {
    These(Vec<String>),
    AllBut(Vec<String>),
}

/// Who may assume a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Principal {
    /// An ARN of an account, user or role; or `*`.
    Ram(String),
    /// A service host.
    Service(String),
    /// An identity provider.
    Federated(String),
}

/// Where a document is wrong, and what is expected there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{place}: {expected}")]
pub struct PolicyError {
    /// `Statement[0].Action`
    pub place: String,
    /// What must stand there.
    pub expected: String,
}

impl PolicyError {
    pub(super) fn new(place: impl Into<String>, expected: impl Into<String>) -> Self {
        Self { place: place.into(), expected: expected.into() }
    }
}

/// Reads a document.
pub fn parse(text: &str, kind: PolicyKind) -> Result<Policy, PolicyError> {
    if text.chars().count() > MAX_POLICY_CHARS {
        return Err(PolicyError::new("document", format!("at most {MAX_POLICY_CHARS} characters are allowed")));
    }
    let value: Value = serde_json::from_str(text)
        .map_err(|error| PolicyError::new("document", format!("it must be JSON ({error})")))?;
    let document = object(&value, "document")?;
    refuse_unknown(document, "document", &["Version", "Statement"])?;
    if document.get("Version").and_then(Value::as_str) != Some("1") {
        return Err(PolicyError::new("Version", "it must be the text \"1\""));
    }
    let statements = match document.get("Statement") {
        Some(Value::Array(list)) if !list.is_empty() => list.as_slice(),
        Some(single @ Value::Object(_)) => std::slice::from_ref(single),
        _ => return Err(PolicyError::new("Statement", "it must be a list of at least one statement")),
    };
    let statements = statements
        .iter()
        .enumerate()
        .map(|(index, statement)| parse_statement(statement, &format!("Statement[{index}]"), kind));
    Ok(Policy { statements: statements.collect::<Result<_, _>>()? })
}

fn parse_statement(value: &Value, place: &str, kind: PolicyKind) -> Result<Statement, PolicyError> {
    let fields = object(value, place)?;
    refuse_unknown(fields, place, &["Sid", "Effect", "Action", "NotAction", "Resource", "Principal", "Condition"])?;
    let at = |name: &str| format!("{place}.{name}");
    let allow = match fields.get("Effect").and_then(Value::as_str) {
        Some("Allow") => true,
        Some("Deny") => false,
        _ => return Err(PolicyError::new(at("Effect"), "it must be Allow or Deny")),
    };
    let actions = match (fields.get("Action"), fields.get("NotAction")) {
        (Some(these), None) => Actions::These(action_list(these, &at("Action"))?),
        (None, Some(others)) => Actions::AllBut(action_list(others, &at("NotAction"))?),
        _ => return Err(PolicyError::new(place, "exactly one of Action and NotAction must be there")),
    };
    let resources = match (fields.get("Resource"), kind) {
        (Some(resources), PolicyKind::Identity) => texts(resources, &at("Resource"))?,
        (None, PolicyKind::Identity) => {
            return Err(PolicyError::new(at("Resource"), "it must name resources, or \"*\""));
        }
        (None, PolicyKind::Trust) => vec!["*".to_owned()],
        (Some(_), PolicyKind::Trust) => {
            return Err(PolicyError::new(at("Resource"), "a trust policy has no resources"));
        }
    };
    let principals = match (fields.get("Principal"), kind) {
        (None, PolicyKind::Identity) => Vec::new(),
        (Some(_), PolicyKind::Identity) => {
            return Err(PolicyError::new(at("Principal"), "only trust policies have principals"));
        }
        (Some(principal), PolicyKind::Trust) => parse_principals(principal, &at("Principal"))?,
        (None, PolicyKind::Trust) => {
            return Err(PolicyError::new(at("Principal"), "a trust policy must name who may assume the role"));
        }
    };
    let conditions = match fields.get("Condition") {
        Some(condition) => condition::parse(condition, &at("Condition"))?,
        None => Vec::new(),
    };
    Ok(Statement { allow, actions, resources, principals, conditions })
}

fn action_list(value: &Value, place: &str) -> Result<Vec<String>, PolicyError> {
    let actions = texts(value, place)?;
    match actions.iter().find(|action| *action != "*" && !action.contains(':')) {
        Some(action) => {
            Err(PolicyError::new(place, format!("{action:?} must have the form \"service:Operation\", or be \"*\"")))
        }
        None => Ok(actions),
    }
}

fn parse_principals(value: &Value, place: &str) -> Result<Vec<Principal>, PolicyError> {
    let fields = object(value, place)?;
    let mut principals = Vec::new();
    for (name, value) in fields {
        let wrap: fn(String) -> Principal = match name.as_str() {
            "RAM" => Principal::Ram,
            "Service" => Principal::Service,
            "Federated" => Principal::Federated,
            _ => return Err(PolicyError::new(place, format!("{name:?} is not known: use RAM, Service or Federated"))),
        };
        principals.extend(texts(value, &format!("{place}.{name}"))?.into_iter().map(wrap));
    }
    if principals.is_empty() {
        return Err(PolicyError::new(place, "it must name at least one principal"));
    }
    Ok(principals)
}

pub(super) fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, PolicyError> {
    value.as_object().ok_or_else(|| PolicyError::new(place, "it must be an object"))
}

/// One text or a list of at least one.
pub(super) fn texts(value: &Value, place: &str) -> Result<Vec<String>, PolicyError> {
    let list: Option<Vec<String>> = match value {
        Value::String(text) => Some(vec![text.clone()]),
        Value::Array(list) => list.iter().map(|item| item.as_str().map(str::to_owned)).collect(),
        _ => None,
    };
    list.filter(|list| !list.is_empty()).ok_or_else(|| PolicyError::new(place, "it must be a text or a list of texts"))
}

fn refuse_unknown(fields: &Map<String, Value>, place: &str, known: &[&str]) -> Result<(), PolicyError> {
    match fields.keys().find(|name| !known.contains(&name.as_str())) {
        Some(name) => {
            Err(PolicyError::new(place, format!("the element {name:?} is not known: use {}", known.join(", "))))
        }
        None => Ok(()),
    }
}
