//! The index of a logstore. Public documents: Simple Log Service, "CreateIndex", "GetIndex", "UpdateIndex", "DeleteIndex".

use std::collections::BTreeMap;

use openapi::clock::now_ms;
use serde_json::{Map, Value, json};

use crate::answer::{Answer, empty_answer, json_answer};
use crate::fault::{Fault, codes};
use crate::index::{IndexConfig, KeyKind};
use crate::rows::logstore;
use crate::service::{LogService, Request};

pub(crate) async fn create(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    set(service, request, |exists| if exists { Err(codes::INDEX_EXISTS.fault()) } else { Ok(()) }).await
}

pub(crate) async fn update(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let missing = || codes::PARAMETER_INVALID.says("log store index is not created; create it first");
    set(service, request, |exists| if exists { Ok(()) } else { Err(missing()) }).await
}

async fn set(
    service: &LogService,
    request: &Request,
    may: impl FnOnce(bool) -> Result<(), Fault>,
) -> Result<Answer, Fault> {
    let document: Map<String, Value> = request.head.json()?;
    let index_json = Value::Object(checked(document)?).to_string();
    let known = service.logstore(request).await?;
    let mut transaction = service.database.begin().await?;
    logstore::lock(&mut transaction, &known.row.id).await?;
    let now = logstore::find(&mut transaction, &request.project, &request.target.logstore).await?;
    may(now.is_some_and(|row| row.index_json.is_some()))?;
    let now_s = now_ms().div_euclid(1_000);
    logstore::set_index(&mut transaction, &known.row.id, Some(&index_json), now_s).await?;
    transaction.commit().await?;
    service.logstores.forget();
    Ok(empty_answer())
}

/// The configuration as it is kept: what was sent, with the members that clients look for when they read it.
pub(crate) fn checked(mut document: Map<String, Value>) -> Result<Map<String, Value>, Fault> {
    let invalid = |text: String| codes::INDEX_INVALID.says(text);
    let config: IndexConfig = serde_json::from_value(Value::Object(document.clone()))
        .map_err(|error| invalid(format!("The index configuration is not valid: {error}.")))?;
    if config.line.is_none() && config.keys.is_empty() {
        return Err(invalid("The index needs line, keys or both.".to_owned()));
    }
    let is_both = config.line.as_ref().is_some_and(|line| line.include_keys.is_some() && line.exclude_keys.is_some());
    if is_both {
        return Err(invalid("line has include_keys and exclude_keys; give one of them.".to_owned()));
    }
    let line_tokens = config.line.iter().flat_map(|line| &line.token);
    let key_tokens = config.keys.values().flat_map(|key| &key.token);
    if let Some(token) = line_tokens.chain(key_tokens).find(|token| token.chars().count() != 1) {
        return Err(invalid(format!("The delimiter {token:?} must be one character.")));
    }
    for (name, key) in &config.keys {
        if name.is_empty() || key.json_keys.values().any(|leaf| leaf.kind == KeyKind::Json) {
            return Err(invalid(format!(
                "The key {name:?} must have a name, and its json_keys must not be of type json."
            )));
        }
    }
    fill(&mut document, &config.keys.iter().map(|(name, key)| (name.as_str(), key.kind)).collect());
    Ok(document)
}

fn fill(document: &mut Map<String, Value>, kinds: &BTreeMap<&str, KeyKind>) {
    let text = [("token", json!([])), ("caseSensitive", json!(false)), ("chn", json!(false))];
    let any = [("alias", json!("")), ("doc_value", json!(false))];
    let json = [("index_all", json!(true)), ("max_depth", json!(-1))];
    if let Some(Value::Object(line)) = document.get_mut("line") {
        default(line, &text);
    }
    if let Some(Value::Object(keys)) = document.get_mut("keys") {
        for (name, key) in keys {
            if let Value::Object(key) = key {
                default(key, &any);
                match kinds.get(name.as_str()) {
                    Some(KeyKind::Text) => default(key, &text),
                    Some(KeyKind::Json) => {
                        default(key, &text);
                        default(key, &json);
                    }
                    _ => default(key, &text[1..]),
                }
            }
        }
    }
    default(document, &[("max_text_len", json!(2048)), ("log_reduce", json!(false))]);
}

fn default(members: &mut Map<String, Value>, defaults: &[(&str, Value)]) {
    for (name, value) in defaults {
        members.entry((*name).to_owned()).or_insert_with(|| value.clone());
    }
}

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let logstore = service.logstore(request).await?;
    let index_json = logstore.row.index_json.as_deref().ok_or_else(|| codes::NO_INDEX.fault())?;
    let mut document: Map<String, Value> = serde_json::from_str(index_json).map_err(|error| Fault::internal(&error))?;
    for (name, value) in [
        ("lastModifyTime", json!(logstore.row.index_modified_s)),
        ("storage", json!("pg")),
        ("ttl", json!(logstore.row.properties.ttl)),
        ("index_mode", json!("v2")),
    ] {
        document.insert(name.to_owned(), value);
    }
    Ok(json_answer(&Value::Object(document)))
}

pub(crate) async fn delete(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let known = service.logstore(request).await?;
    let mut transaction = service.database.begin().await?;
    logstore::lock(&mut transaction, &known.row.id).await?;
    let now = logstore::find(&mut transaction, &request.project, &request.target.logstore).await?;
    if now.is_none_or(|row| row.index_json.is_none()) {
        return Err(codes::NO_INDEX.fault());
    }
    logstore::set_index(&mut transaction, &known.row.id, None, now_ms().div_euclid(1_000)).await?;
    transaction.commit().await?;
    service.logstores.forget();
    Ok(empty_answer())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(document: Value) -> Result<Value, Fault> {
        let Value::Object(document) = document else { unreachable!() };
        checked(document).map(Value::Object)
    }

    #[test]
    fn what_was_sent_is_kept_and_filled() {
        let kept = check(
            json!({"line": {"token": [",", "\n"]}, "keys": {"n": {"type": "long"}, "e": {"type": "json"}}, "x": 1}),
        );
        let kept = kept.unwrap();
        assert_eq!(
            (&kept["line"]["chn"], &kept["line"]["token"][1], &kept["x"]),
            (&json!(false), &json!("\n"), &json!(1))
        );
        assert_eq!((&kept["keys"]["n"]["doc_value"], kept["keys"]["n"].get("token")), (&json!(false), None));
        assert_eq!((&kept["keys"]["e"]["index_all"], &kept["keys"]["e"]["token"]), (&json!(true), &json!([])));
    }

    #[test]
    fn what_cannot_be_an_index_is_refused() {
        for refused in [
            json!({}),
            json!({"line": {"token": ["ab"]}}),
            json!({"line": {"token": [], "include_keys": [], "exclude_keys": []}}),
            json!({"keys": {"a": {"type": "blob"}}}),
            json!({"keys": {"a": {"type": "json", "json_keys": {"b": {"type": "json"}}}}}),
        ] {
            assert_eq!(check(refused.clone()).unwrap_err().code.name, "IndexInfoInvalid", "{refused}");
        }
    }
}
