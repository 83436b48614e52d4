//! The first start: an account, its root key, and an administrator. Later starts: the keys from outside fit.

use std::sync::Arc;

use openapi::SecretText;
use openapi::clock::now_ms;

use crate::error::IdentityError;
use crate::limits::MAX_KEYS;
use crate::vault::Purpose;
use crate::write::Write;
use crate::{Identity, ids};

/// Name of the RAM user that the first start creates.
const ADMINISTRATOR: &str = "administrator";

/// What an operator sets from outside, for automation.
#[derive(Debug, Clone, Default)]
pub struct FirstStart {
    /// Account id; a random one without it.
    pub account_id: Option<String>,
    /// Root key; a random one without it. On an existing account it is added, if there is room.
    pub root_access_key_id: Option<String>,
    /// Its secret.
    pub root_access_key_secret: Option<SecretText>,
}

/// Keys that are shown once.
#[derive(Debug, Clone)]
pub struct FirstCredentials {
    /// The account.
    pub account_id: String,
    /// Key id and secret of the account itself.
    pub root: (String, SecretText),
    /// User name, key id and secret.
    pub administrator: (String, String, SecretText),
}

/// What [`Identity::open`] answers.
pub struct Opened {
    /// Ready for calls.
    pub identity: Arc<Identity>,
    /// Set on the first start.
    pub created: Option<FirstCredentials>,
}

pub(crate) async fn run(
    identity: &Identity,
    first_start: FirstStart,
) -> Result<Option<FirstCredentials>, IdentityError> {
    let root = root_key(&first_start)?;
    let existing = identity.first_account_id();
    match existing {
        None => create(identity, identity.write().await?, first_start.account_id, "", root).await.map(Some),
        Some(account_id) => {
            refuse_other_account(&account_id, first_start.account_id)?;
            if let Some(root) = root {
                add_root_key(identity, &account_id, root).await?;
            }
            Ok(None)
        }
    }
}

fn root_key(first_start: &FirstStart) -> Result<Option<(String, SecretText)>, IdentityError> {
    match (&first_start.root_access_key_id, &first_start.root_access_key_secret) {
        (None, None) => Ok(None),
        (Some(id), Some(secret)) if is_key_id(id) && secret.expose().len() >= 16 => {
            Ok(Some((id.clone(), secret.clone())))
        }
        _ => Err(IdentityError::RootKeyIncomplete),
    }
}

fn is_key_id(text: &str) -> bool {
    (16..=64).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

fn refuse_other_account(found: &str, given: Option<String>) -> Result<(), IdentityError> {
    match given {
        Some(given) if given != found => Err(IdentityError::OtherAccount { found: found.to_owned(), given }),
        _ => Ok(()),
    }
}

/// Creates an account with its root key and its administrator.
pub(crate) async fn create(
    identity: &Identity,
    mut write: Write<'_>,
    account_id: Option<String>,
    name: &str,
    root: Option<(String, SecretText)>,
) -> Result<FirstCredentials, IdentityError> {
    let account_id = account_id.unwrap_or_else(ids::account_id);
    if !(1..=20).contains(&account_id.len()) || !account_id.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(IdentityError::AccountId(account_id));
    }
    let root = root.unwrap_or_else(|| (ids::access_key_id(), SecretText::new(ids::secret())));
    let administrator_key = (ids::access_key_id(), SecretText::new(ids::secret()));
    // The order of accounts is that of their making, whatever a clock says.
    let newest = write.snapshot.accounts.last().map_or(0, |account| account.created_at_ms);
    let (user_id, now) = (ids::user_id(), now_ms().max(newest + 1));
    sqlx::query("INSERT INTO ram_accounts (account_id, created_at_ms, name) VALUES ($1, $2, $3)")
        .bind(&account_id)
        .bind(now)
        .bind(name)
        .execute(&mut *write.transaction)
        .await?;
    sqlx::query(
        "INSERT INTO ram_users (user_id, account_id, name, display_name, mobile_phone, email, comments, created_at_ms, updated_at_ms)
         VALUES ($1, $2, $3, $3, '', '', 'created with the account', $4, $4)",
    )
    .bind(&user_id)
    .bind(&account_id)
    .bind(ADMINISTRATOR)
    .bind(now)
    .execute(&mut *write.transaction)
    .await?;
    sqlx::query(
        "INSERT INTO ram_attachments (account_id, owner_id, policy_type, policy_name, attached_at_ms) VALUES ($1, $2, 'System', 'AdministratorAccess', $3)",
    )
    .bind(&account_id)
    .bind(&user_id)
    .bind(now)
    .execute(&mut *write.transaction)
    .await?;
    insert_key(&mut write, &account_id, None, &root, identity).await?;
    insert_key(&mut write, &account_id, Some(&user_id), &administrator_key, identity).await?;
    write.commit().await?;
    let (id, secret) = administrator_key;
    Ok(FirstCredentials { account_id, root, administrator: (ADMINISTRATOR.to_owned(), id, secret) })
}

async fn add_root_key(identity: &Identity, account_id: &str, root: (String, SecretText)) -> Result<(), IdentityError> {
    let mut write = identity.write().await?;
    let conflict = || IdentityError::RootKeyConflict(root.0.clone());
    if let Some(key) = write.snapshot.keys.get(&root.0) {
        let same = key.account_id == account_id && key.user_id.is_none() && key.secret == root.1;
        return if same { Ok(()) } else { Err(conflict()) };
    }
    if write.snapshot.keys_of(account_id, None).len() >= MAX_KEYS {
        return Err(conflict());
    }
    insert_key(&mut write, account_id, None, &root, identity).await?;
    write.commit().await
}

/// Inserts an active key, its secret sealed.
pub(crate) async fn insert_key(
    write: &mut Write<'_>,
    account_id: &str,
    user_id: Option<&str>,
    (id, secret): &(String, SecretText),
    identity: &Identity,
) -> Result<(), IdentityError> {
    sqlx::query(
        "INSERT INTO ram_access_keys (access_key_id, account_id, user_id, sealed_secret, active, created_at_ms) VALUES ($1, $2, $3, $4, 1, $5)",
    )
    .bind(id)
    .bind(account_id)
    .bind(user_id.unwrap_or_default())
    .bind(identity.vault.seal(Purpose::AccessKey(id), secret.expose().as_bytes()))
    .bind(now_ms())
    .execute(&mut *write.transaction)
    .await?;
    Ok(())
}
