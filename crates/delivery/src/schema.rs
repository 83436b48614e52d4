//! Tables of the deliveries in the control database.

use database::{Database, DatabaseError, Migration};

const COMPONENT: &str = "delivery";

const MIGRATIONS: &[Migration] = &[Migration {
    version: 1,
    name: "deliveries, their cursors and batches",
    sql: &[
        "CREATE TABLE delivery_states (
            id TEXT PRIMARY KEY,
            trail_id TEXT NOT NULL,
            target TEXT NOT NULL,
            job_id BIGINT NOT NULL,
            delivered_ms BIGINT NOT NULL,
            error TEXT NOT NULL,
            expired BIGINT NOT NULL
        )",
        "CREATE INDEX delivery_states_trail ON delivery_states (trail_id)",
        // A piece: positions of a stream that a delivery delivers by one selection, and how far it is.
        "CREATE TABLE delivery_pieces (
            delivery_id TEXT NOT NULL REFERENCES delivery_states (id) ON DELETE CASCADE,
            stream TEXT NOT NULL,
            first_position BIGINT NOT NULL,
            last_position BIGINT,
            next_position BIGINT NOT NULL,
            span BIGINT NOT NULL,
            is_tail_done BIGINT NOT NULL,
            selection TEXT NOT NULL,
            PRIMARY KEY (delivery_id, stream, first_position)
        )",
        // The batch that a delivery is writing: what it contains and how it is called is here before it is anywhere else.
        "CREATE TABLE delivery_batches (
            delivery_id TEXT PRIMARY KEY REFERENCES delivery_states (id) ON DELETE CASCADE,
            batch TEXT NOT NULL
        )",
    ],
}];

/// Creates or updates the tables.
pub(crate) async fn migrate(database: &Database) -> Result<(), DatabaseError> {
    database.migrate(COMPONENT, MIGRATIONS).await
}
