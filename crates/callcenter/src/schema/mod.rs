//! The tables in the control database, one file a migration. All names begin with `ccc_`: other components have tables
//! beside them.
//!
//! Unique indexes decide who wins when two callers want the same name or number; the code only words the refusal.

mod activity;
mod agents;
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
    Migration { version: 8, name: "an agent's activity apart from the instance's", sql: agents::SQL },
];

#[cfg(test)]
mod tests {
    use database::Database;
    use sqlx::Row;

    use super::{COMPONENT, MIGRATIONS};
    use crate::contact::recent::NEXT_STEP;
    use crate::{activity, agent, user};

    /// The rows of a call, and those of an agent, are found by an index of their own, however many rows there are.
    #[tokio::test]
    async fn rows_of_a_call_and_of_an_agent_are_not_searched_by_time() {
        let folder = tempfile::tempdir().expect("a folder");
        let url = format!("sqlite://{}", folder.path().join("control.db").display());
        let database = Database::open(&url).await.expect("a database");
        database.migrate(COMPONENT, MIGRATIONS).await.expect("migrated");
        // EXPLAIN alone does not notice what another connection of the pool did to the schema.
        database.close().await;
        let database = Database::open(&url).await.expect("the same");
        let of_agent = agent::rows::CONDITIONS.into_iter().chain(user::presence::CONDITIONS).chain([NEXT_STEP]);
        let of_agent = of_agent.map(|condition| (condition, "ccc_activity_by_agent (agent_id=?"));
        let of_contact = [(activity::rows::OF_CONTACT, "ccc_activity_by_contact (instance_id=? AND contact_id=?")];
        for (condition, index) in of_agent.chain(of_contact) {
            let steps = plan(&database, condition).await;
            // One step: found by the index and in its order, so that nothing is sorted.
            assert!(steps.len() == 1 && steps[0].contains(index), "{condition}: {steps:?}");
        }
    }

    async fn plan(database: &Database, condition: &str) -> Vec<String> {
        let sql = format!("EXPLAIN QUERY PLAN SELECT at_ms, detail FROM ccc_activity WHERE {condition}");
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind("instance")
            .bind("agent or contact")
            .bind(1_i64)
            .bind(2_i64)
            .fetch_all(database.pool())
            .await
            .expect("a plan");
        rows.iter().map(|row| row.try_get("detail").expect("a text")).collect()
    }
}
