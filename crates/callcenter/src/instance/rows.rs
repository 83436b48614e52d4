//! Rows of instances.

use std::collections::HashSet;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::CallCenterError;

/// One instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Instance {
    pub(crate) id: String,
    pub(crate) account_id: String,
    pub(crate) name: String,
    pub(crate) domain_name: String,
    pub(crate) description: String,
    pub(crate) directory_id: String,
    pub(crate) tenant_id: String,
    pub(crate) status: String,
    pub(crate) max_online_agents: i64,
    pub(crate) storage_bucket: String,
    pub(crate) storage_max_days: i64,
    pub(crate) storage_max_size_gb: i64,
    pub(crate) created_at_ms: i64,
}

impl<'r> FromRow<'r, AnyRow> for Instance {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            account_id: row.try_get("account_id")?,
            name: row.try_get("name")?,
            domain_name: row.try_get("domain_name")?,
            description: row.try_get("description")?,
            directory_id: row.try_get("directory_id")?,
            tenant_id: row.try_get("tenant_id")?,
            status: row.try_get("status")?,
            max_online_agents: row.try_get("max_online_agents")?,
            storage_bucket: row.try_get("storage_bucket")?,
            storage_max_days: row.try_get("storage_max_days")?,
            storage_max_size_gb: row.try_get("storage_max_size_gb")?,
            created_at_ms: row.try_get("created_at_ms")?,
        })
    }
}

/// Which instances a query is about. The table is `i` in its text.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Scope<'a> {
    /// The one with this id.
    Instance(&'a str),
    /// All of this account.
    Account(&'a str),
}

impl<'a> Scope<'a> {
    /// The condition, with the value as `$1`.
    pub(crate) fn condition(self) -> &'static str {
        match self {
            Scope::Instance(_) => "i.id = $1",
            Scope::Account(_) => "i.account_id = $1",
        }
    }

    pub(crate) fn value(self) -> &'a str {
        match self {
            Scope::Instance(value) | Scope::Account(value) => value,
        }
    }
}

/// Which unique name of a new instance is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Taken {
    /// The name, in the account.
    Name,
    /// The domain name, anywhere.
    DomainName,
}

/// Adds an instance; `Some` if a name is taken.
pub(crate) async fn insert(
    connection: &mut AnyConnection,
    instance: &Instance,
) -> Result<Option<Taken>, CallCenterError> {
    let domain_key = instance.domain_name.to_ascii_lowercase();
    let done = sqlx::query(
        "INSERT INTO ccc_instances (id, account_id, name, domain_name, domain_key, description, directory_id, tenant_id,
            status, max_online_agents, storage_bucket, storage_max_days, storage_max_size_gb, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14) ON CONFLICT DO NOTHING",
    )
    .bind(&instance.id)
    .bind(&instance.account_id)
    .bind(&instance.name)
    .bind(&instance.domain_name)
    .bind(&domain_key)
    .bind(&instance.description)
    .bind(&instance.directory_id)
    .bind(&instance.tenant_id)
    .bind(&instance.status)
    .bind(instance.max_online_agents)
    .bind(&instance.storage_bucket)
    .bind(instance.storage_max_days)
    .bind(instance.storage_max_size_gb)
    .bind(instance.created_at_ms)
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 1 {
        return Ok(None);
    }
    let same_domain: Option<String> = sqlx::query_scalar("SELECT id FROM ccc_instances WHERE domain_key = $1")
        .bind(&domain_key)
        .fetch_optional(connection)
        .await?;
    Ok(Some(if same_domain.is_some() { Taken::DomainName } else { Taken::Name }))
}

/// Makes this transaction the only one that changes the instance until it ends; `false` if there is no such instance.
///
/// SQLite has one writer anyway; PostgreSQL locks the row that is written, and both understand this statement.
pub(crate) async fn lock(connection: &mut AnyConnection, instance_id: &str) -> Result<bool, CallCenterError> {
    let done = sqlx::query("UPDATE ccc_instances SET status = status WHERE id = $1")
        .bind(instance_id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many users an instance may have.
pub(crate) async fn max_users(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT max_users FROM ccc_instances WHERE id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// The account that owns an instance.
pub(crate) async fn owner(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Option<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT account_id FROM ccc_instances WHERE id = $1")
        .bind(instance_id)
        .fetch_optional(connection)
        .await?)
}

/// The instances, oldest first.
pub(crate) async fn find(connection: &mut AnyConnection, scope: Scope<'_>) -> Result<Vec<Instance>, CallCenterError> {
    let sql = format!("SELECT i.* FROM ccc_instances i WHERE {} ORDER BY i.created_at_ms, i.id", scope.condition());
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(scope.value()).fetch_all(connection).await?)
}

/// Ids of the instances that a RAM user is a user of.
pub(crate) async fn ids_of_member(
    connection: &mut AnyConnection,
    ram_user_id: &str,
) -> Result<HashSet<String>, CallCenterError> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT instance_id FROM ccc_users WHERE ram_user_id = $1")
        .bind(ram_user_id)
        .fetch_all(connection)
        .await?;
    Ok(ids.into_iter().collect())
}
