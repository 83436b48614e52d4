//! Policies of users, groups and roles.

use openapi::clock::{format_utc, now_ms};
use openapi::{Answer, ApiError, Call};
use serde_json::Value;

use super::{errors, groups, policies, roles, users};
use crate::Identity;
use crate::limits::{MAX_CUSTOM_POLICIES_OF_OTHERS, MAX_CUSTOM_POLICIES_OF_USER, MAX_SYSTEM_POLICIES_ATTACHED};
use crate::snapshot::Snapshot;
use crate::write::sql;

/// The kinds of owner.
pub(super) struct Owner {
    /// Word in error codes.
    word: &'static str,
    max_custom: usize,
    /// Id of the owner that the call names.
    id: fn(&Snapshot, &Call) -> Result<String, ApiError>,
}

pub(super) static USER: Owner = Owner {
    word: "User.Policy",
    max_custom: MAX_CUSTOM_POLICIES_OF_USER,
    id: |snapshot, call| users::named(snapshot, call).map(|user| user.user_id.clone()),
};

pub(super) static GROUP: Owner = Owner {
    word: "Group.Policy",
    max_custom: MAX_CUSTOM_POLICIES_OF_OTHERS,
    id: |snapshot, call| groups::named(snapshot, call).map(|group| group.group_id.clone()),
};

pub(super) static ROLE: Owner = Owner {
    word: "Role.Policy",
    max_custom: MAX_CUSTOM_POLICIES_OF_OTHERS,
    id: |snapshot, call| roles::named(snapshot, call).map(|role| role.role_id.clone()),
};

fn is_attached(snapshot: &Snapshot, owner_id: &str, policy_type: &str, name: &str) -> bool {
    snapshot
        .attached_to(owner_id)
        .any(|attachment| attachment.policy_type == policy_type && attachment.policy_name == name)
}

pub(super) async fn attach(identity: &Identity, call: &Call, owner: &Owner) -> Result<Answer, ApiError> {
    let (account_id, name, policy_type) =
        (&call.caller.account_id, call.required("PolicyName"), call.required("PolicyType"));
    let mut write = identity.write().await?;
    let owner_id = (owner.id)(&write.snapshot, call)?;
    if policies::render(&write.snapshot, account_id, policy_type, name).is_none() {
        return Err(errors::no_policy(name));
    }
    if is_attached(&write.snapshot, &owner_id, policy_type, name) {
        return Err(errors::exists(owner.word, name));
    }
    let most = if policy_type == "System" { MAX_SYSTEM_POLICIES_ATTACHED } else { owner.max_custom };
    if write.snapshot.attached_to(&owner_id).filter(|attachment| attachment.policy_type == policy_type).count() >= most
    {
        return Err(errors::limit(owner.word, most));
    }
    sqlx::query("INSERT INTO ram_attachments (account_id, owner_id, policy_type, policy_name, attached_at_ms) VALUES ($1, $2, $3, $4, $5)")
        .bind(account_id)
        .bind(&owner_id)
        .bind(policy_type)
        .bind(name)
        .bind(now_ms())
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty().references("ACS::RAM::Policy", name))
}

pub(super) async fn detach(identity: &Identity, call: &Call, owner: &Owner) -> Result<Answer, ApiError> {
    let (name, policy_type) = (call.required("PolicyName"), call.required("PolicyType"));
    let mut write = identity.write().await?;
    let owner_id = (owner.id)(&write.snapshot, call)?;
    if !is_attached(&write.snapshot, &owner_id, policy_type, name) {
        return Err(ApiError::not_found(
            format!("EntityNotExist.{}", owner.word),
            format!("The policy is not attached: {name}."),
        ));
    }
    sqlx::query("DELETE FROM ram_attachments WHERE owner_id = $1 AND policy_type = $2 AND policy_name = $3")
        .bind(&owner_id)
        .bind(policy_type)
        .bind(name)
        .execute(&mut *write.transaction)
        .await
        .map_err(sql)?;
    write.commit().await?;
    Ok(Answer::empty().references("ACS::RAM::Policy", name))
}

pub(super) async fn list(identity: &Identity, call: &Call, owner: &Owner) -> Result<Answer, ApiError> {
    let snapshot = identity.snapshot();
    let owner_id = (owner.id)(&snapshot, call)?;
    let attached: Vec<Value> = snapshot
        .attached_to(&owner_id)
        .filter_map(|attachment| {
            let mut policy =
                policies::render(&snapshot, &attachment.account_id, &attachment.policy_type, &attachment.policy_name)?;
            policy["AttachDate"] = format_utc(attachment.attached_at_ms.div_euclid(1_000)).into();
            Some(policy)
        })
        .collect();
    Ok(Answer::empty().with_wrapped_list("Policies", "Policy", attached))
}
