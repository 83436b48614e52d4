//! Everything in memory, as it was at one moment.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use database::Database;
use openapi::SecretText;

use crate::error::IdentityError;
use crate::policy::{Policy, PolicyKind, parse};
use crate::system_policies;
use crate::vault::{Purpose, Vault};

#[derive(Default)]
pub(crate) struct Snapshot {
    /// The first one manages the others.
    pub accounts: Vec<Account>,
    pub users: HashMap<String, User>,
    pub groups: HashMap<String, Group>,
    pub roles: HashMap<String, Role>,
    /// By account and name.
    pub policies: BTreeMap<(String, String), CustomPolicy>,
    pub attachments: Vec<Attachment>,
    pub keys: HashMap<String, AccessKey>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub account_id: String,
    pub user_id: String,
    pub name: String,
    pub display_name: String,
    pub mobile_phone: String,
    pub email: String,
    pub comments: String,
    pub created_at_ms: i64,
    pub updated_at_ms: i64,
    /// Ids.
    pub groups: Vec<String>,
    /// Own policies and those of the groups.
    pub effective: Vec<Arc<Policy>>,
}

pub(crate) struct Group {
    pub account_id: String,
    pub group_id: String,
    pub name: String,
    pub comments: String,
    pub created_at_ms: i64,
}

pub(crate) struct Role {
    pub account_id: String,
    pub role_id: String,
    pub name: String,
    pub description: String,
    pub trust_text: String,
    pub trust: Policy,
    pub max_session_s: i64,
    pub created_at_ms: i64,
    pub effective: Vec<Arc<Policy>>,
}

pub(crate) struct CustomPolicy {
    pub name: String,
    pub description: String,
    pub document: String,
    pub created_at_ms: i64,
    pub parsed: Arc<Policy>,
}

pub(crate) struct Attachment {
    pub account_id: String,
    /// Id of a user, group or role.
    pub owner_id: String,
    pub policy_type: String,
    pub policy_name: String,
    pub attached_at_ms: i64,
}

pub(crate) struct Account {
    pub account_id: String,
    /// Empty when it has none.
    pub name: String,
    pub created_at_ms: i64,
}

#[derive(Clone)]
pub(crate) struct AccessKey {
    pub access_key_id: String,
    pub account_id: String,
    /// Nothing for keys of the account itself.
    pub user_id: Option<String>,
    pub secret: SecretText,
    pub active: bool,
    pub created_at_ms: i64,
}

impl Snapshot {
    pub(crate) async fn load(database: &Database, vault: &Vault) -> Result<Self, IdentityError> {
        let pool = database.pool();
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT account_id, name, created_at_ms FROM ram_accounts ORDER BY created_at_ms, account_id",
        )
        .fetch_all(pool)
        .await?;
        let account = |(account_id, name, created_at_ms)| Account { account_id, name, created_at_ms };
        let mut snapshot = Snapshot { accounts: rows.into_iter().map(account).collect(), ..Snapshot::default() };
        snapshot.load_policies(database).await?;
        snapshot.load_groups(database).await?;
        snapshot.load_users(database).await?;
        snapshot.load_roles(database).await?;
        snapshot.load_keys(database, vault).await?;
        Ok(snapshot)
    }

    async fn load_policies(&mut self, database: &Database) -> Result<(), IdentityError> {
        type Row = (String, String, String, String, i64);
        let rows: Vec<Row> =
            sqlx::query_as("SELECT account_id, name, description, document, created_at_ms FROM ram_policies")
                .fetch_all(database.pool())
                .await?;
        for (account_id, name, description, document, created_at_ms) in rows {
            let parsed = parse(&document, PolicyKind::Identity)
                .map_err(|cause| IdentityError::PolicyDamaged { name: name.clone(), cause })?;
            let policy =
                CustomPolicy { name: name.clone(), description, document, created_at_ms, parsed: Arc::new(parsed) };
            self.policies.insert((account_id, name), policy);
        }
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT account_id, owner_id, policy_type, policy_name, attached_at_ms FROM ram_attachments ORDER BY attached_at_ms, policy_name",
        )
        .fetch_all(database.pool())
        .await?;
        self.attachments = rows
            .into_iter()
            .map(|(account_id, owner_id, policy_type, policy_name, attached_at_ms)| Attachment {
                account_id,
                owner_id,
                policy_type,
                policy_name,
                attached_at_ms,
            })
            .collect();
        Ok(())
    }

    async fn load_groups(&mut self, database: &Database) -> Result<(), IdentityError> {
        type Row = (String, String, String, String, i64);
        let rows: Vec<Row> =
            sqlx::query_as("SELECT group_id, account_id, name, comments, created_at_ms FROM ram_groups")
                .fetch_all(database.pool())
                .await?;
        for (group_id, account_id, name, comments, created_at_ms) in rows {
            self.groups.insert(group_id.clone(), Group { account_id, group_id, name, comments, created_at_ms });
        }
        Ok(())
    }

    async fn load_users(&mut self, database: &Database) -> Result<(), IdentityError> {
        let members: Vec<(String, String)> =
            sqlx::query_as("SELECT user_id, group_id FROM ram_group_members ORDER BY group_id")
                .fetch_all(database.pool())
                .await?;
        let mut groups_of: HashMap<String, Vec<String>> = HashMap::new();
        for (user_id, group_id) in members {
            groups_of.entry(user_id).or_default().push(group_id);
        }
        type Row = (String, String, String, String, String, String, String, i64, i64);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT user_id, account_id, name, display_name, mobile_phone, email, comments, created_at_ms, updated_at_ms FROM ram_users",
        )
        .fetch_all(database.pool())
        .await?;
        for (user_id, account_id, name, display_name, mobile_phone, email, comments, created_at_ms, updated_at_ms) in
            rows
        {
            let groups = groups_of.remove(&user_id).unwrap_or_default();
            let owners = std::iter::once(user_id.as_str()).chain(groups.iter().map(String::as_str));
            let effective = owners.flat_map(|owner| self.policies_of(owner)).collect();
            let user = User {
                account_id,
                user_id: user_id.clone(),
                name,
                display_name,
                mobile_phone,
                email,
                comments,
                created_at_ms,
                updated_at_ms,
                groups,
                effective,
            };
            self.users.insert(user_id, user);
        }
        Ok(())
    }

    async fn load_roles(&mut self, database: &Database) -> Result<(), IdentityError> {
        type Row = (String, String, String, String, String, i64, i64);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT role_id, account_id, name, description, trust, max_session_s, created_at_ms FROM ram_roles",
        )
        .fetch_all(database.pool())
        .await?;
        for (role_id, account_id, name, description, trust_text, max_session_s, created_at_ms) in rows {
            let trust = parse(&trust_text, PolicyKind::Trust)
                .map_err(|cause| IdentityError::PolicyDamaged { name: name.clone(), cause })?;
            let effective = self.policies_of(&role_id);
            let role = Role {
                account_id,
                role_id: role_id.clone(),
                name,
                description,
                trust_text,
                trust,
                max_session_s,
                created_at_ms,
                effective,
            };
            self.roles.insert(role_id, role);
        }
        Ok(())
    }

    async fn load_keys(&mut self, database: &Database, vault: &Vault) -> Result<(), IdentityError> {
        type Row = (String, String, String, Vec<u8>, i64, i64);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT access_key_id, account_id, user_id, sealed_secret, active, created_at_ms FROM ram_access_keys",
        )
        .fetch_all(database.pool())
        .await?;
        for (access_key_id, account_id, user_id, sealed, active, created_at_ms) in rows {
            let secret = vault
                .unseal(Purpose::AccessKey(&access_key_id), &sealed)
                .and_then(|bytes| String::from_utf8(bytes).ok())
                .ok_or_else(|| IdentityError::SecretDamaged(access_key_id.clone()))?;
            let key = AccessKey {
                access_key_id: access_key_id.clone(),
                account_id,
                user_id: Some(user_id).filter(|user_id| !user_id.is_empty()),
                secret: SecretText::new(secret),
                active: active != 0,
                created_at_ms,
            };
            self.keys.insert(access_key_id, key);
        }
        Ok(())
    }

    /// Parsed policies that are attached to a user, group or role.
    fn policies_of(&self, owner_id: &str) -> Vec<Arc<Policy>> {
        self.attachments
            .iter()
            .filter(|attachment| attachment.owner_id == owner_id)
            .filter_map(|attachment| match attachment.policy_type.as_str() {
                "System" => system_policies::parsed(&attachment.policy_name),
                _ => {
                    let key = (attachment.account_id.clone(), attachment.policy_name.clone());
                    self.policies.get(&key).map(|policy| policy.parsed.clone())
                }
            })
            .collect()
    }

    pub(crate) fn user(&self, account_id: &str, name: &str) -> Option<&User> {
        self.users.values().find(|user| user.account_id == account_id && user.name == name)
    }

    pub(crate) fn group(&self, account_id: &str, name: &str) -> Option<&Group> {
        self.groups.values().find(|group| group.account_id == account_id && group.name == name)
    }

    /// Role names are compared without letter case.
    pub(crate) fn role(&self, account_id: &str, name: &str) -> Option<&Role> {
        self.roles.values().find(|role| role.account_id == account_id && role.name.eq_ignore_ascii_case(name))
    }

    /// Keys of a user, or of the account itself, by age.
    pub(crate) fn keys_of(&self, account_id: &str, user_id: Option<&str>) -> Vec<&AccessKey> {
        let mut keys: Vec<&AccessKey> = self
            .keys
            .values()
            .filter(|key| key.account_id == account_id && key.user_id.as_deref() == user_id)
            .collect();
        keys.sort_by(|a, b| (a.created_at_ms, &a.access_key_id).cmp(&(b.created_at_ms, &b.access_key_id)));
        keys
    }

    pub(crate) fn attached_to(&self, owner_id: &str) -> impl Iterator<Item = &Attachment> {
        self.attachments.iter().filter(move |attachment| attachment.owner_id == owner_id)
    }
}
