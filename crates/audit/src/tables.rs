//! The audit's tables in the control database. Events are not in them.

use database::{Database, DatabaseError, Migration};
use sqlx::AnyConnection;

use crate::key_use;

const COMPONENT: &str = "audit";

const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "trails",
        sql: &[
            // The id is part of what deliveries remember, and never used again.
            "CREATE TABLE audit_trails (
                id TEXT PRIMARY KEY,
                account_id TEXT NOT NULL,
                name TEXT NOT NULL,
                home_region TEXT NOT NULL,
                is_organization_trail BIGINT NOT NULL,
                properties TEXT NOT NULL,
                UNIQUE (account_id, name)
            )",
            "CREATE TABLE audit_history_jobs (
                id BIGINT PRIMARY KEY,
                account_id TEXT NOT NULL,
                trail_id TEXT NOT NULL,
                trail_name TEXT NOT NULL,
                home_region TEXT NOT NULL,
                client_token TEXT NOT NULL,
                status BIGINT NOT NULL,
                regions TEXT NOT NULL,
                problem TEXT NOT NULL,
                from_s BIGINT NOT NULL,
                to_s BIGINT NOT NULL,
                created_ms BIGINT NOT NULL,
                updated_ms BIGINT NOT NULL
            )",
            "CREATE INDEX audit_history_jobs_account ON audit_history_jobs (account_id, id)",
            // Ids that are numbers: the last one of each kind.
            "CREATE TABLE audit_numbers (kind TEXT PRIMARY KEY, last BIGINT NOT NULL)",
            // What an account has set, as JSON. Its row is also what writers of an account take turns by.
            "CREATE TABLE audit_accounts (account_id TEXT PRIMARY KEY, settings TEXT NOT NULL)",
        ],
    },
    Migration {
        version: 2,
        name: "saved queries",
        sql: &[
            "CREATE TABLE audit_query_history (
                id TEXT PRIMARY KEY,
                account_id TEXT NOT NULL,
                principal_id TEXT NOT NULL,
                number BIGINT NOT NULL,
                query TEXT NOT NULL,
                is_simple BIGINT NOT NULL,
                created_ms BIGINT NOT NULL
            )",
            "CREATE INDEX audit_query_history_owner ON audit_query_history (account_id, principal_id, number)",
            "CREATE TABLE audit_query_templates (
                id TEXT PRIMARY KEY,
                account_id TEXT NOT NULL,
                number BIGINT NOT NULL,
                name TEXT NOT NULL,
                query TEXT NOT NULL,
                is_simple BIGINT NOT NULL
            )",
            "CREATE INDEX audit_query_templates_account ON audit_query_templates (account_id, number)",
        ],
    },
    key_use::MIGRATION,
];

/// Creates or updates the tables.
pub(crate) async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    database.migrate(COMPONENT, MIGRATIONS).await
}

/// From here to the end of the transaction, writers of an account take turns.
pub(crate) async fn lock(connection: &mut AnyConnection, account_id: &str) -> Result<(), sqlx::Error> {
    let sql = "INSERT INTO audit_accounts (account_id, settings) VALUES ($1, '{}')
               ON CONFLICT (account_id) DO UPDATE SET account_id = excluded.account_id";
    sqlx::query(sql).bind(account_id).execute(connection).await?;
    Ok(())
}

/// The next id of a kind.
pub(crate) async fn next_number(connection: &mut AnyConnection, kind: &str) -> Result<i64, sqlx::Error> {
    let sql = "INSERT INTO audit_numbers (kind, last) VALUES ($1, 1)
               ON CONFLICT (kind) DO UPDATE SET last = audit_numbers.last + 1 RETURNING last";
    sqlx::query_scalar(sql).bind(kind).fetch_one(connection).await
}
