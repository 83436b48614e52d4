//! Tables of the service in the control database. Logs are not in them.

use database::{Database, DatabaseError, Migration};

const COMPONENT: &str = "logstore";

const MIGRATIONS: &[Migration] = &[FIRST, DASHBOARDS];

const FIRST: Migration = Migration {
    version: 1,
    name: "projects, logstores, shards and consumer groups",
    sql: &[
        "CREATE TABLE log_projects (
            name TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            region TEXT NOT NULL,
            properties TEXT NOT NULL,
            created_s BIGINT NOT NULL,
            modified_s BIGINT NOT NULL
        )",
        "CREATE INDEX log_projects_account ON log_projects (account_id, name)",
        // The id is part of the names of streams, and never used again: a new logstore of an old name has none of its logs.
        "CREATE TABLE log_logstores (
            id TEXT PRIMARY KEY,
            project TEXT NOT NULL REFERENCES log_projects (name),
            name TEXT NOT NULL,
            properties TEXT NOT NULL,
            index_json TEXT,
            index_modified_s BIGINT NOT NULL,
            delivered_by TEXT NOT NULL,
            created_s BIGINT NOT NULL,
            modified_s BIGINT NOT NULL,
            UNIQUE (project, name)
        )",
        "CREATE TABLE log_shards (
            logstore_id TEXT NOT NULL REFERENCES log_logstores (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            is_open BIGINT NOT NULL,
            begin_key TEXT NOT NULL,
            end_key TEXT NOT NULL,
            parents TEXT NOT NULL,
            created_s BIGINT NOT NULL,
            PRIMARY KEY (logstore_id, number)
        )",
        "CREATE TABLE log_consumer_groups (
            logstore_id TEXT NOT NULL REFERENCES log_logstores (id) ON DELETE CASCADE,
            name TEXT NOT NULL,
            timeout_s BIGINT NOT NULL,
            is_ordered BIGINT NOT NULL,
            PRIMARY KEY (logstore_id, name)
        )",
        "CREATE TABLE log_checkpoints (
            logstore_id TEXT NOT NULL,
            consumer_group TEXT NOT NULL,
            shard BIGINT NOT NULL,
            checkpoint TEXT NOT NULL,
            consumer TEXT NOT NULL,
            updated_us BIGINT NOT NULL,
            PRIMARY KEY (logstore_id, consumer_group, shard),
            FOREIGN KEY (logstore_id, consumer_group)
                REFERENCES log_consumer_groups (logstore_id, name) ON DELETE CASCADE
        )",
    ],
};

const DASHBOARDS: Migration = Migration {
    version: 2,
    name: "dashboards",
    sql: &["CREATE TABLE log_dashboards (
            project TEXT NOT NULL REFERENCES log_projects (name) ON DELETE CASCADE,
            name TEXT NOT NULL,
            display_name TEXT NOT NULL,
            content TEXT NOT NULL,
            created_s BIGINT NOT NULL,
            modified_s BIGINT NOT NULL,
            PRIMARY KEY (project, name)
        )"],
};

/// Creates or updates the tables.
pub(crate) async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    database.migrate(COMPONENT, MIGRATIONS).await
}
