//! Tables of the service in the control database.

use database::{Database, DatabaseError, Migration};

const COMPONENT: &str = "bucket";

/// Keys are bytes, so that both databases order them as the service does.
const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "buckets, objects and uploads",
    sql: &[
        "CREATE TABLE bucket_buckets (
            name TEXT PRIMARY KEY,
            account_id TEXT NOT NULL,
            region TEXT NOT NULL,
            acl TEXT NOT NULL,
            storage_class TEXT NOT NULL,
            redundancy TEXT NOT NULL,
            created_ms BIGINT NOT NULL,
            encryption TEXT,
            lifecycle TEXT,
            worm TEXT
        )",
        "CREATE INDEX bucket_buckets_account ON bucket_buckets (account_id, name)",
        "CREATE TABLE bucket_objects (
            bucket TEXT NOT NULL REFERENCES bucket_buckets (name),
            key {blob} NOT NULL,
            pieces TEXT NOT NULL,
            size BIGINT NOT NULL,
            etag TEXT NOT NULL,
            crc64 BIGINT NOT NULL,
            kind TEXT NOT NULL,
            modified_ms BIGINT NOT NULL,
            attributes TEXT NOT NULL,
            PRIMARY KEY (bucket, key)
        )",
        "CREATE TABLE bucket_uploads (
            id TEXT PRIMARY KEY,
            bucket TEXT NOT NULL REFERENCES bucket_buckets (name),
            key {blob} NOT NULL,
            begun_ms BIGINT NOT NULL,
            attributes TEXT NOT NULL
        )",
        "CREATE INDEX bucket_uploads_key ON bucket_uploads (bucket, key, id)",
        "CREATE TABLE bucket_parts (
            upload_id TEXT NOT NULL REFERENCES bucket_uploads (id) ON DELETE CASCADE,
            number BIGINT NOT NULL,
            piece TEXT NOT NULL,
            size BIGINT NOT NULL,
            etag TEXT NOT NULL,
            crc64 BIGINT NOT NULL,
            modified_ms BIGINT NOT NULL,
            PRIMARY KEY (upload_id, number)
        )",
        // Files that no row names any more, until they are gone.
        "CREATE TABLE bucket_doomed (file TEXT PRIMARY KEY)",
        // The newest time that was ever seen: a clock that is set back must not end a protection later or earlier.
        "CREATE TABLE bucket_clock (id BIGINT PRIMARY KEY, newest_ms BIGINT NOT NULL)",
    ],
}];

/// Creates or updates the tables.
pub(crate) async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    database.migrate(COMPONENT, MIGRATIONS).await
}
