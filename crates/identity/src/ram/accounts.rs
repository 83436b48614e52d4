//! Accounts of this server. The first one manages the others; each has users, resources, events and trails of its own.
//!
//! Console operations: the cloud opens accounts elsewhere.

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, SecretText};
use serde_json::{Value, json};

use super::errors;
use crate::Identity;
use crate::first_start;
use crate::limits::MAX_ACCOUNTS;
use crate::snapshot::Account;

/// Only the first account sees and makes others.
fn check_manages(identity: &Identity, call: &Call) -> Result<(), ApiError> {
    if identity.first_account_id().as_ref() == Some(&call.caller.account_id) {
        return Ok(());
    }
    Err(ApiError::new(403, "NoPermission", "Only the account that the server began with manages its accounts."))
}

/// Keys are in the answer and nowhere else.
pub(super) async fn create(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    check_manages(identity, call)?;
    let write = identity.write().await?;
    if write.snapshot.accounts.len() >= MAX_ACCOUNTS {
        return Err(errors::limit("Account", MAX_ACCOUNTS));
    }
    let name = call.text("AccountName").unwrap_or_default();
    let created = first_start::create(identity, write, None, name, None).await;
    let created = created.map_err(|error| ApiError::internal(&error))?;
    let key = |id: &str, secret: &SecretText| json!({"AccessKeyId": id, "AccessKeySecret": secret.expose()});
    let (root_id, root_secret) = &created.root;
    let (user_name, id, secret) = &created.administrator;
    Ok(Answer::empty()
        .with("AccountId", created.account_id.as_str())
        .with("RootAccessKey", key(root_id, root_secret))
        .with("AdministratorName", user_name.as_str())
        .with("AdministratorAccessKey", key(id, secret))
        .references("ACS::RAM::Account", created.account_id))
}

pub(super) async fn list(identity: &Identity, call: &Call) -> Result<Answer, ApiError> {
    check_manages(identity, call)?;
    let accounts = identity.snapshot().accounts.iter().map(render).collect();
    Ok(Answer::empty().with_wrapped_list("Accounts", "Account", accounts))
}

fn render(account: &Account) -> Value {
    json!({
        "AccountId": account.account_id,
        "AccountName": account.name,
        "CreateDate": format_utc(account.created_at_ms.div_euclid(1_000)),
    })
}
