//! Custom policies, and the system policies beside them.

use std::sync::Arc;

use openapi::clock::{format_utc, now_ms};
use openapi::{Answer, ApiError, Call};
use serde_json::{Value, json};

use super::{errors, page};
use crate::Identity;
use crate::limits::MAX_POLICIES;
use crate::policy::{PolicyKind, parse};
use crate::snapshot::{CustomPolicy, Snapshot};
use crate::system_policies::{self, SYSTEM_POLICIES, SystemPolicy};
use crate::write::sql;

fn render_custom(policy: &CustomPolicy) -> Value {
    json!({
        "PolicyName": policy.name,
        "PolicyType": "Custom",
        "Description": policy.description,
        "DefaultVersion": "v1",
        "CreateDate": format_utc(policy.created_at_ms.div_euclid(1_000)),
    })
}

fn render_system(policy: &SystemPolicy) -> Value {
    json!({"PolicyName": policy.name, "PolicyType": "System", "Description": policy.description, "DefaultVersion": "v1"})
}

/// A policy as lists show it.
pub(super) fn render(snapshot: &Snapshot, account_id: &str, policy_type: &str, name: &str) -> Option<Value> {
    match policy_type {
        "System" => system_policies::find(name).map(render_system),
        _ => snapshot.policies.get(&(account_id.to_owned(), name.to_owned())).map(render_custom),
    }
}

pub(super) async fn create(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let (account_id, name, document) =
        (&call.caller.account_id, call.required("PolicyName"), call.required("PolicyDocument"));
    if !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        return Err(errors::bad_characters("PolicyName", "letters, digits and '-'"));
    }
    let parsed =
        parse(document, PolicyKind::Identity).map_err(|error| errors::bad_document("PolicyDocument", &error))?;
    let mut write = identity.write().await?;
    let key = (account_id.clone(), name.to_owned());
    if write.snapshot.policies.contains_key(&key) || system_policies::find(name).is_some() {
        return Err(errors::exists("Policy", name));
    }
    if write.snapshot.policies.keys().filter(|(owner, _)| owner == account_id).count() >= MAX_POLICIES {
        return Err(errors::limit("Policy", MAX_POLICIES));
    }
    let policy = CustomPolicy {
        name: name.to_owned(),
        description: call.text("Description").unwrap_or_default().to_owned(),
        document: document.to_owned(),
        created_at_ms: now_ms(),
        parsed: Arc::new(parsed),
    };
    sqlx::query(
        "INSERT INTO ram_policies (account_id, name, description, document, created_at_ms) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(account_id)
    .bind(name)
    .bind(&policy.description)
    .bind(document)
    .bind(policy.created_at_ms)
    .execute(&mut *write.transaction)
    .await
    .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty().with("Policy", render_custom(&policy)))
}

pub(super) async fn get(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let (name, policy_type) = (call.required("PolicyName"), call.required("PolicyType"));
    let snapshot = identity.snapshot();
    let rendered =
        render(&snapshot, &call.caller.account_id, policy_type, name).ok_or_else(|| errors::no_policy(name))?;
    let document = match policy_type {
        "System" => system_policies::find(name).map(|policy| policy.document),
        _ => snapshot
            .policies
            .get(&(call.caller.account_id.clone(), name.to_owned()))
            .map(|policy| policy.document.as_str()),
    };
    let version = json!({"VersionId": "v1", "IsDefaultVersion": true, "PolicyDocument": document});
    Ok(Answer::empty().with("Policy", rendered).with("DefaultPolicyVersion", version))
}

pub(super) async fn list(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let wanted = |policy_type| call.text("PolicyType").is_none_or(|asked| asked == policy_type);
    let mut entries: Vec<(String, Value)> = Vec::new();
    if wanted("System") {
        entries.extend(SYSTEM_POLICIES.iter().map(|policy| (policy.name.to_owned(), render_system(policy))));
    }
    if wanted("Custom") {
        let own = snapshot.policies.iter().filter(|((owner, _), _)| *owner == call.caller.account_id);
        entries.extend(own.map(|((_, name), policy)| (name.clone(), render_custom(policy))));
    }
    Ok(page::answer(call, "Policies", "Policy", entries))
}

pub(super) async fn delete(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let (account_id, name) = (&call.caller.account_id, call.required("PolicyName"));
    let mut write = identity.write().await?;
    if !write.snapshot.policies.contains_key(&(account_id.clone(), name.to_owned())) {
        return Err(errors::no_policy(name));
    }
    let attached = write.snapshot.attachments.iter().any(|attachment| {
        attachment.account_id == *account_id && attachment.policy_type == "Custom" && attachment.policy_name == name
    });
    if attached {
        return Err(errors::conflict(
            "Policy.Attachment",
            "The policy is attached: detach it from users, groups and roles first.",
        ));
    }
    sqlx::query("DELETE FROM ram_policies WHERE account_id = $1 AND name = $2")
        .bind(account_id)
        .bind(name)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty())
}
