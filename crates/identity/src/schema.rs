//! The tables.

use database::Migration;

/// All steps. Earlier ones are never changed.
pub(crate) const MIGRATIONS: &[Migration] = &[FIRST, NAMES];

const FIRST: Migration = Migration {
    version: 1,
    name: "accounts, users, keys, groups, roles, policies",
    sql: &[
        "CREATE TABLE ram_accounts (account_id TEXT PRIMARY KEY, created_at_ms BIGINT NOT NULL)",
        "CREATE TABLE ram_users (user_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, display_name TEXT NOT NULL,
         mobile_phone TEXT NOT NULL, email TEXT NOT NULL, comments TEXT NOT NULL, created_at_ms BIGINT NOT NULL,
         updated_at_ms BIGINT NOT NULL, UNIQUE (account_id, name))",
        "CREATE TABLE ram_groups (group_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, comments TEXT NOT NULL,
         created_at_ms BIGINT NOT NULL, UNIQUE (account_id, name))",
        "CREATE TABLE ram_group_members (group_id TEXT NOT NULL, user_id TEXT NOT NULL, PRIMARY KEY (group_id, user_id))",
        "CREATE TABLE ram_roles (role_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, name TEXT NOT NULL, name_folded TEXT NOT NULL,
         description TEXT NOT NULL, trust TEXT NOT NULL, max_session_s BIGINT NOT NULL, created_at_ms BIGINT NOT NULL,
         UNIQUE (account_id, name_folded))",
        "CREATE TABLE ram_policies (account_id TEXT NOT NULL, name TEXT NOT NULL, description TEXT NOT NULL, document TEXT NOT NULL,
         created_at_ms BIGINT NOT NULL, PRIMARY KEY (account_id, name))",
        // owner_id is the id of a user, group or role; their digits begin differently.
        "CREATE TABLE ram_attachments (account_id TEXT NOT NULL, owner_id TEXT NOT NULL, policy_type TEXT NOT NULL, policy_name TEXT NOT NULL,
         attached_at_ms BIGINT NOT NULL, PRIMARY KEY (account_id, owner_id, policy_type, policy_name))",
        // user_id is empty for keys of the account itself.
        "CREATE TABLE ram_access_keys (access_key_id TEXT PRIMARY KEY, account_id TEXT NOT NULL, user_id TEXT NOT NULL,
         sealed_secret {blob} NOT NULL, active BIGINT NOT NULL, created_at_ms BIGINT NOT NULL)",
        "CREATE TABLE ram_vault_check (id BIGINT PRIMARY KEY, sealed {blob} NOT NULL)",
    ],
};

const NAMES: Migration = Migration {
    version: 2,
    name: "names of accounts",
    sql: &["ALTER TABLE ram_accounts ADD COLUMN name TEXT NOT NULL DEFAULT ''"],
};
