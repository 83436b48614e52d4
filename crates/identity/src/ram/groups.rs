//! Groups and their members.

use openapi::clock::{format_utc, now_ms};
use openapi::{Answer, ApiError, Call};
use serde_json::{Value, json};

use super::{errors, page, users};
use crate::limits::{MAX_GROUPS, MAX_GROUPS_OF_USER};
use crate::snapshot::{Group, Snapshot};
use crate::write::sql;
use crate::{Identity, ids};

fn render(group: &Group) -> Value {
    json!({
        "GroupName": group.name,
        "GroupId": group.group_id,
        "Comments": group.comments,
        "CreateDate": format_utc(group.created_at_ms.div_euclid(1_000)),
    })
}

pub(super) fn named<'a>(snapshot: &'a Snapshot, call: &Call) -> Result<&'a Group, ApiError> {
    let name = call.required("GroupName");
    snapshot.group(&call.caller.account_id, name).ok_or_else(|| errors::no_group(name))
}

pub(super) async fn create(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let (account_id, name) = (&call.caller.account_id, call.required("GroupName"));
    errors::check_name("GroupName", name)?;
    let mut write = identity.write().await?;
    if write.snapshot.group(account_id, name).is_some() {
        return Err(errors::exists("Group", name));
    }
    if write.snapshot.groups.values().filter(|group| group.account_id == *account_id).count() >= MAX_GROUPS {
        return Err(errors::limit("Group", MAX_GROUPS));
    }
    sqlx::query(
        "INSERT INTO ram_groups (group_id, account_id, name, comments, created_at_ms) VALUES ($1, $2, $3, $4, $5)",
    )
    .bind(ids::group_id())
    .bind(account_id)
    .bind(name)
    .bind(call.text("Comments").unwrap_or_default())
    .bind(now_ms())
    .execute(&mut *write.transaction)
    .await
    .map_err(sql)?;
    write.commit().await?;
    let snapshot = identity.snapshot();
    Ok(Answer::empty().with("Group", render(named(&snapshot, call)?)))
}

pub(super) async fn list(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let groups = snapshot.groups.values().filter(|group| group.account_id == call.caller.account_id);
    Ok(page::answer(call, "Groups", "Group", groups.map(|group| (group.name.clone(), render(group))).collect()))
}

pub(super) async fn list_for_user(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let user = users::named(&snapshot, call)?;
    let groups = user.groups.iter().filter_map(|id| snapshot.groups.get(id)).map(render).collect();
    Ok(Answer::empty().with_wrapped_list("Groups", "Group", groups))
}

pub(super) async fn delete(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let snapshot = write.snapshot.clone();
    let group = named(&snapshot, call)?;
    if snapshot.users.values().any(|user| user.groups.contains(&group.group_id)) {
        return Err(errors::conflict("Group.User", "The group has members: remove them first."));
    }
    if snapshot.attached_to(&group.group_id).next().is_some() {
        return Err(errors::conflict("Group.Policy", "The group has policies: detach them first."));
    }
    sqlx::query("DELETE FROM ram_groups WHERE group_id = $1")
        .bind(&group.group_id)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty())
}

pub(super) async fn add_user(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let snapshot = write.snapshot.clone();
    let (group, user) = (named(&snapshot, call)?, users::named(&snapshot, call)?);
    if user.groups.contains(&group.group_id) {
        return Err(errors::exists("User.Group", &user.name));
    }
    if user.groups.len() >= MAX_GROUPS_OF_USER {
        return Err(errors::limit("User.Group", MAX_GROUPS_OF_USER));
    }
    change_member(
        &mut write,
        "INSERT INTO ram_group_members (group_id, user_id) VALUES ($1, $2)",
        &group.group_id,
        &user.user_id,
    )
    .await?;
    write.commit().await?;
    Ok(Answer::empty().references("ACS::RAM::User", &user.name))
}

pub(super) async fn remove_user(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    let mut write = identity.write().await?;
    let snapshot = write.snapshot.clone();
    let (group, user) = (named(&snapshot, call)?, users::named(&snapshot, call)?);
    if !user.groups.contains(&group.group_id) {
        return Err(ApiError::not_found(
            "EntityNotExist.User.Group",
            format!("The user {} is not in the group.", user.name),
        ));
    }
    change_member(
        &mut write,
        "DELETE FROM ram_group_members WHERE group_id = $1 AND user_id = $2",
        &group.group_id,
        &user.user_id,
    )
    .await?;
    write.commit().await?;
    Ok(Answer::empty().references("ACS::RAM::User", &user.name))
}

async fn change_member(
    write: &mut crate::write::Write<'_>,
    statement: &'static str,
    group_id: &str,
    user_id: &str,
) -> Result<(), ApiError> {
    sqlx::query(statement).bind(group_id).bind(user_id).execute(&mut *write.transaction).await.map_err(sql)?;
    Ok(())
}
