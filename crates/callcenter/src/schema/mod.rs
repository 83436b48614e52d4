//! The tables in the control database, one file a migration. All names begin with `ccc_`: other components have tables
//! beside them.
//!
//! Unique indexes decide who wins when two callers want the same name or number; the code only words the refusal.

mod activity;
mod calls;
mod instances;
mod messages;
mod numbers;
mod orders;
mod people;

use database::Migration;

/// Component name under which the migrations are remembered.
pub(crate) const COMPONENT: &str = "callcenter";

pub(crate) const MIGRATIONS: &[Migration] = &[
    Migration { version: 1, name: "instances, users, skill groups, numbers, settings", sql: instances::SQL },
    Migration { version: 2, name: "extensions, private numbers", sql: people::SQL },
    Migration { version: 3, name: "owned numbers, contact flows, media", sql: numbers::SQL },
    Migration { version: 4, name: "activity, call detail records", sql: activity::SQL },
    Migration { version: 5, name: "messages, recordings, quality samples", sql: messages::SQL },
    Migration { version: 6, name: "dialling rules", sql: calls::SQL },
    Migration { version: 7, name: "order of an agent's activity", sql: orders::SQL },
];

#[cfg(test)]
mod tests {
    use database::Database;
    use sqlx::Row;

    use super::{COMPONENT, MIGRATIONS};

    /// The rows of a call, and those of an agent since a moment, are found by an index of their own, however many rows the
    /// instance has.
    #[tokio::test]
    async fn rows_of_a_call_and_of_an_agent_are_not_searched_by_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        let database = Database::open(&url).await.expect("a database");
        database.migrate(COMPONENT, MIGRATIONS).await.expect("migrated");
        for (condition, index) in [
            ("contact_id = 'c'", "ccc_activity_by_contact"),
            (
                "agent_id = 'a' AND (at_ms > 1 OR (at_ms = 1 AND sequence >= 2)) ORDER BY at_ms, sequence",
                "ccc_activity_by_agent",
            ),
        ] {
            let sql =
                format!("EXPLAIN QUERY PLAN SELECT detail FROM ccc_activity WHERE instance_id = 'i' AND {condition}");
            let plan = sqlx::query(sqlx::AssertSqlSafe(sql)).fetch_one(database.pool()).await.expect("a plan");
            let step: String = plan.try_get("detail").expect("a text");
            assert!(step.contains(index), "{condition}: {step}");
        }
    }
}
