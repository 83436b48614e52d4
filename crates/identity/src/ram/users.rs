//! RAM users.

use openapi::clock::{format_utc, now_ms};
use openapi::{Answer, ApiError, Call};
use serde_json::{Value, json};

use super::{errors, page};
use crate::limits::MAX_USERS;
use crate::snapshot::{Snapshot, User};
use crate::write::{Write, sql};
use crate::{Identity, UserDetails, ids};

fn render(user: &User) -> Value {
    json!({
        "UserId": user.user_id,
        "UserName": user.name,
        "DisplayName": user.display_name,
        "MobilePhone": user.mobile_phone,
        "Email": user.email,
        "Comments": user.comments,
        "CreateDate": format_utc(user.created_at_ms.div_euclid(1_000)),
        "UpdateDate": format_utc(user.updated_at_ms.div_euclid(1_000)),
    })
}

pub(super) fn named<'a>(snapshot: &'a Snapshot, call: &Call) -> Result<&'a User, ApiError> {
    let name = call.required("UserName");
    snapshot.user(&call.caller.account_id, name).ok_or_else(|| errors::no_user(name))
}

pub(super) async fn create(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let name = call.required("UserName");
    let details = UserDetails {
        user_name: name.to_owned(),
        display_name: call.text("DisplayName").unwrap_or(name).to_owned(),
        email: call.text("Email").unwrap_or_default().to_owned(),
        mobile_phone: call.text("MobilePhone").unwrap_or_default().to_owned(),
    };
    let user_id =
        insert(identity, &call.caller.account_id, &details, call.text("Comments").unwrap_or_default()).await?;
    answer(identity, &user_id)
}

/// Adds a user without keys and policies; his id.
pub(crate) async fn insert(
    identity: &Identity,
    account_id: &str,
    details: &UserDetails,
    comments: &str,
) -> Result<String, ApiError> {
    let name = &details.user_name;
    errors::check_name("UserName", name)?;
    let mut write = identity.write().await?;
    if write.snapshot.user(account_id, name).is_some() {
        return Err(errors::exists("User", name));
    }
    if write.snapshot.users.values().filter(|user| user.account_id == account_id).count() >= MAX_USERS {
        return Err(errors::limit("User", MAX_USERS));
    }
    let user_id = ids::user_id();
    sqlx::query(
        "INSERT INTO ram_users (user_id, account_id, name, display_name, mobile_phone, email, comments, created_at_ms, updated_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)",
    )
    .bind(&user_id)
    .bind(account_id)
    .bind(name)
    .bind(&details.display_name)
    .bind(&details.mobile_phone)
    .bind(&details.email)
    .bind(comments)
    .bind(now_ms())
    .execute(&mut *write.transaction)
    .await
    .map_err(sql)?;
    write.commit().await?;
    Ok(user_id)
}

fn answer(identity: &Identity, user_id: &str) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let user = snapshot.users.get(user_id).ok_or_else(|| errors::no_user(user_id))?;
    Ok(Answer::empty().with("User", render(user)))
}

pub(super) async fn get(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    Ok(Answer::empty().with("User", render(named(&snapshot, call)?)))
}

pub(super) async fn list(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let users = snapshot.users.values().filter(|user| user.account_id == call.caller.account_id);
    Ok(page::answer(call, "Users", "User", users.map(|user| (user.name.clone(), render(user))).collect()))
}

pub(super) async fn update(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let snapshot = write.snapshot.clone();
    let user = named(&snapshot, call)?;
    let name = call.text("NewUserName").unwrap_or(&user.name);
    errors::check_name("NewUserName", name)?;
    if name != user.name && snapshot.user(&user.account_id, name).is_some() {
        return Err(errors::exists("User", name));
    }
    sqlx::query(
        "UPDATE ram_users SET name = $1, display_name = $2, mobile_phone = $3, email = $4, comments = $5, updated_at_ms = $6 WHERE user_id = $7",
    )
    .bind(name)
    .bind(call.text("NewDisplayName").unwrap_or(&user.display_name))
    .bind(call.text("NewMobilePhone").unwrap_or(&user.mobile_phone))
    .bind(call.text("NewEmail").unwrap_or(&user.email))
    .bind(call.text("NewComments").unwrap_or(&user.comments))
    .bind(now_ms())
    .bind(&user.user_id)
    .execute(&mut *write.transaction)
    .await
    .map_err(sql)?;
    write.commit().await?;
    answer(identity, &user.user_id)
}

pub(super) async fn delete(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let write = identity.write().await?;
    let user_id = named(&write.snapshot, call)?.user_id.clone();
    remove(write, &user_id).await?;
    Ok(Answer::empty())
}

/// Removes the user with this id, as DeleteUser does.
pub(crate) async fn remove_by_id(identity: &Identity, account_id: &str, user_id: &str) -> Result<(), ApiError> {
    let write = identity.write().await?;
    let is_known = write.snapshot.users.get(user_id).is_some_and(|user| user.account_id == account_id);
    if is_known { remove(write, user_id).await } else { Err(errors::no_user(user_id)) }
}

/// A user with keys, groups or policies is not deleted: what he could do must be taken from him knowingly.
async fn remove(mut write: Write<'_>, user_id: &str) -> Result<(), ApiError> {
    let snapshot = write.snapshot.clone();
    let user = snapshot.users.get(user_id).ok_or_else(|| errors::no_user(user_id))?;
    if !snapshot.keys_of(&user.account_id, Some(&user.user_id)).is_empty() {
        return Err(errors::conflict("User.AccessKey", "The user has access keys: delete them first."));
    }
    if !user.groups.is_empty() {
        return Err(errors::conflict("User.Group", "The user is in groups: remove him from them first."));
    }
    if snapshot.attached_to(&user.user_id).next().is_some() {
        return Err(errors::conflict("User.Policy", "The user has policies: detach them first."));
    }
    sqlx::query("DELETE FROM ram_users WHERE user_id = $1")
        .bind(&user.user_id)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(())
}
