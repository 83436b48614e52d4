//! Access keys: of the named user, else of the caller.

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, Principal, SecretText};
use serde_json::{Value, json};

use super::{errors, users};
use crate::first_start::insert_key;
use crate::limits::MAX_KEYS;
use crate::snapshot::{AccessKey, Snapshot};
use crate::write::sql;
use crate::{Identity, ids};

/// User id of the owner; nothing is the account itself.
fn owner(snapshot: &Snapshot, call: &Call) -> Result<Option<String>, ApiError> {
    if call.text("UserName").is_some() {
        return users::named(snapshot, call).map(|user| Some(user.user_id.clone()));
    }
    match &call.caller.principal {
        Principal::Root => Ok(None),
        Principal::User { user_id, .. } => Ok(Some(user_id.clone())),
        Principal::RoleSession { .. } => Err(openapi::missing_parameter("UserName")),
    }
}

fn render(key: &AccessKey) -> Value {
    json!({
        "AccessKeyId": key.access_key_id,
        "Status": if key.active { "Active" } else { "Inactive" },
        "CreateDate": format_utc(key.created_at_ms.div_euclid(1_000)),
    })
}

pub(super) async fn create(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let account_id = &call.caller.account_id;
    let mut write = identity.write().await?;
    let owner = owner(&write.snapshot, call)?;
    if write.snapshot.keys_of(account_id, owner.as_deref()).len() >= MAX_KEYS {
        return Err(errors::limit("User.AccessKey", MAX_KEYS));
    }
    let key = (ids::access_key_id(), SecretText::new(ids::secret()));
    insert_key(&mut write, account_id, owner.as_deref(), &key, identity).await?;
    write.commit().await?;
    let snapshot = identity.snapshot();
    let mut rendered = snapshot.keys.get(&key.0).map(render).ok_or_else(|| errors::no_key(&key.0))?;
    rendered["AccessKeySecret"] = key.1.expose().into();
    Ok(Answer::empty().with("AccessKey", rendered).references("ACS::RAM::AccessKey", key.0))
}

pub(super) async fn list(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let owner = owner(&snapshot, call)?;
    let keys = snapshot.keys_of(&call.caller.account_id, owner.as_deref());
    Ok(Answer::empty().with_wrapped_list("AccessKeys", "AccessKey", keys.into_iter().map(render).collect()))
}

/// The key that is named, if the owner has it.
fn named<'a>(snapshot: &'a Snapshot, call: &Call) -> Result<&'a AccessKey, ApiError> {
    let (owner, id) = (owner(snapshot, call)?, call.required("UserAccessKeyId"));
    let keys = snapshot.keys_of(&call.caller.account_id, owner.as_deref());
    keys.into_iter().find(|key| key.access_key_id == id).ok_or_else(|| errors::no_key(id))
}

pub(super) async fn update(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let id = named(&write.snapshot, call)?.access_key_id.clone();
    sqlx::query("UPDATE ram_access_keys SET active = $1 WHERE access_key_id = $2")
        .bind(i64::from(call.text("Status") == Some("Active")))
        .bind(&id)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty().references("ACS::RAM::AccessKey", id))
}

pub(super) async fn delete(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let id = named(&write.snapshot, call)?.access_key_id.clone();
    sqlx::query("DELETE FROM ram_access_keys WHERE access_key_id = $1")
        .bind(&id)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty().references("ACS::RAM::AccessKey", id))
}
