//! Roles.

use openapi::clock::{format_utc, now_ms};
use openapi::{Answer, ApiError, Call};
use serde_json::{Value, json};

use super::{errors, page};
use crate::limits::{DEFAULT_SESSION_S, MAX_ROLES};
use crate::policy::{PolicyKind, parse};
use crate::snapshot::{Role, Snapshot};
use crate::write::sql;
use crate::{Identity, ids};

fn render(role: &Role) -> Value {
    json!({
        "RoleId": role.role_id,
        "RoleName": role.name,
        "Arn": format!("acs:ram::{}:role/{}", role.account_id, role.name.to_lowercase()),
        "Description": role.description,
        "CreateDate": format_utc(role.created_at_ms.div_euclid(1_000)),
        "MaxSessionDuration": role.max_session_s,
        "AssumeRolePolicyDocument": role.trust_text,
    })
}

pub(super) fn named<'a>(snapshot: &'a Snapshot, call: &Call) -> Result<&'a Role, ApiError> {
    let name = call.required("RoleName");
    snapshot.role(&call.caller.account_id, name).ok_or_else(|| errors::no_role(name))
}

pub(super) async fn create(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let (account_id, name, trust) =
        (&call.caller.account_id, call.required("RoleName"), call.required("AssumeRolePolicyDocument"));
    errors::check_name("RoleName", name)?;
    parse(trust, PolicyKind::Trust).map_err(|error| errors::bad_document("AssumeRolePolicyDocument", &error))?;
    let mut write = identity.write().await?;
    if write.snapshot.role(account_id, name).is_some() {
        return Err(errors::exists("Role", name));
    }
    if write.snapshot.roles.values().filter(|role| role.account_id == *account_id).count() >= MAX_ROLES {
        return Err(errors::limit("Role", MAX_ROLES));
    }
    sqlx::query(
        "INSERT INTO ram_roles (role_id, account_id, name, name_folded, description, trust, max_session_s, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(ids::role_id())
    .bind(account_id)
    .bind(name)
    .bind(name.to_lowercase())
    .bind(call.text("Description").unwrap_or_default())
    .bind(trust)
    .bind(call.integer("MaxSessionDuration").unwrap_or(DEFAULT_SESSION_S))
    .bind(now_ms())
    .execute(&mut *write.transaction)
    .await
    .map_err(sql)?;
    write.commit().await?;
    get(identity, call).await
}

pub(super) async fn get(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    Ok(Answer::empty().with("Role", render(named(&snapshot, call)?)))
}

pub(super) async fn list(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let roles = snapshot.roles.values().filter(|role| role.account_id == call.caller.account_id);
    Ok(page::answer(call, "Roles", "Role", roles.map(|role| (role.name.clone(), render(role))).collect()))
}

/// Sessions of a deleted role may do nothing any more.
pub(super) async fn delete(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let snapshot = write.snapshot.clone();
    let role = named(&snapshot, call)?;
    if snapshot.attached_to(&role.role_id).next().is_some() {
        return Err(errors::conflict("Role.Policy", "The role has policies: detach them first."));
    }
    sqlx::query("DELETE FROM ram_roles WHERE role_id = $1")
        .bind(&role.role_id)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty())
}
