//! Rows of agent states, and the agent's own activity.

use std::collections::{BTreeMap, HashMap};

use sqlx::AnyConnection;

use crate::activity::{Activity, Appended};
use crate::agent::state::Agent;
use crate::center::CallCenterError;

const TABLE: &str = "ccc_agent_states";
const COLUMNS: &str = "sequence, at_ms, kind, contact_id, agent_id, skill_group_id, detail";

/// Conditions on the rows of one agent; a test asks SQLite how it finds each. They keep SQLite from the indexes that
/// begin with the instance: without statistics it may take the one by time, and walk the rows of all agents.
#[cfg(test)]
pub(crate) const CONDITIONS: [&str; 4] = [LAST_CHECK_OUT, ROWS_FROM, ROWS_BETWEEN, LAST_CHECK_IN];
const LAST_CHECK_OUT: &str = "agent_id = $2 AND instance_id || '' = $1 AND kind = 'agent_checked_out'
    ORDER BY at_ms DESC, sequence DESC LIMIT 1";
const ROWS_FROM: &str = "agent_id = $2 AND instance_id || '' = $1
    AND (at_ms > $3 OR (at_ms = $3 AND sequence >= $4)) ORDER BY at_ms, sequence";
const ROWS_BETWEEN: &str = "agent_id = $2 AND instance_id || '' = $1 AND at_ms >= $3 AND at_ms <= $4
    ORDER BY at_ms, sequence";
const LAST_CHECK_IN: &str = "agent_id = $2 AND instance_id || '' = $1 AND at_ms < $3 AND kind = 'agent_checked_in'
    ORDER BY at_ms DESC, sequence DESC LIMIT 1";

/// Brings the states of the agents of these rows up to date; the rows are appended already.
pub(crate) async fn advance(
    connection: &mut AnyConnection,
    instance_id: &str,
    activities: &[Activity],
) -> Result<(), CallCenterError> {
    for (agent_id, mut rows) in by_agent(activities) {
        let before = find(connection, instance_id, agent_id).await?.unwrap_or_default();
        rows.sort_by_key(|row| row.at_ms);
        let mut after = before.clone();
        if rows.first().is_some_and(|first| first.at_ms < before.last_at_ms) {
            // What happened earlier became known later: the state is folded anew.
            after = folded(connection, instance_id, agent_id).await?;
        } else {
            rows.into_iter().for_each(|row| after.take_in(row));
        }
        if after != before {
            store(connection, instance_id, agent_id, &after).await?;
        }
    }
    Ok(())
}

fn by_agent(activities: &[Activity]) -> HashMap<&str, Vec<&Activity>> {
    let mut agents: HashMap<&str, Vec<&Activity>> = HashMap::new();
    for activity in activities {
        if let Some(agent_id) = activity.agent_id.as_deref() {
            agents.entry(agent_id).or_default().push(activity);
        }
    }
    agents
}

/// The state out of the rows alone. A check-out clears everything, so what was before the last one does not matter.
async fn folded(connection: &mut AnyConnection, instance_id: &str, agent_id: &str) -> Result<Agent, CallCenterError> {
    let sql = format!("SELECT at_ms, sequence FROM ccc_activity WHERE {LAST_CHECK_OUT}");
    // The text is made of the program's own constants; so are those below.
    let last_check_out: Option<(i64, i64)> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(agent_id)
        .fetch_optional(&mut *connection)
        .await?;
    let (at_ms, sequence) = last_check_out.unwrap_or((i64::MIN, 0));
    let sql = format!("SELECT {COLUMNS} FROM ccc_activity WHERE {ROWS_FROM}");
    let rows: Vec<Appended> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(agent_id)
        .bind(at_ms)
        .bind(sequence)
        .fetch_all(connection)
        .await?;
    let mut agent = Agent::default();
    rows.iter().for_each(|row| agent.take_in(&row.activity));
    Ok(agent)
}

async fn store(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
    agent: &Agent,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_agent_states (instance_id, agent_id, state, since_ms, detail) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (instance_id, agent_id) DO UPDATE SET state = excluded.state, since_ms = excluded.since_ms,
            detail = excluded.detail",
    )
    .bind(instance_id)
    .bind(agent_id)
    .bind(agent.state.name())
    .bind(agent.since_ms)
    .bind(serde_json::to_string(agent).map_err(|error| sqlx::Error::Encode(Box::new(error)))?)
    .execute(connection)
    .await?;
    Ok(())
}

/// The state of one agent; `None` if he never worked here.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
) -> Result<Option<Agent>, CallCenterError> {
    let detail: Option<String> =
        sqlx::query_scalar("SELECT detail FROM ccc_agent_states WHERE instance_id = $1 AND agent_id = $2")
            .bind(instance_id)
            .bind(agent_id)
            .fetch_optional(connection)
            .await?;
    detail.as_deref().map(readable).transpose()
}

/// The states of all agents who ever worked in an instance, by RAM user id.
pub(crate) async fn all(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<BTreeMap<String, Agent>, CallCenterError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT agent_id, detail FROM ccc_agent_states WHERE instance_id = $1")
            .bind(instance_id)
            .fetch_all(connection)
            .await?;
    rows.into_iter().map(|(agent_id, detail)| Ok((agent_id, readable(&detail)?))).collect()
}

/// Instances with an agent whose state has a deadline.
pub(crate) async fn instances_with_deadlines(connection: &mut AnyConnection) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar(
        "SELECT DISTINCT instance_id FROM ccc_agent_states WHERE state NOT IN ('LoggedOut', 'Break', 'Ready')",
    )
    .fetch_all(connection)
    .await?)
}

/// How many agents of an instance are at work.
pub(crate) async fn count_at_work(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_agent_states WHERE instance_id = $1 AND state <> 'LoggedOut'")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// An agent's rows from one moment to another, both included, in the order of folding.
pub(crate) async fn activity_between(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
    from_ms: i64,
    to_ms: i64,
) -> Result<Vec<Appended>, CallCenterError> {
    let sql = format!("SELECT {COLUMNS} FROM ccc_activity WHERE {ROWS_BETWEEN}");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(agent_id)
        .bind(from_ms)
        .bind(to_ms)
        .fetch_all(connection)
        .await?)
}

/// The agent's last check-in before a moment.
pub(crate) async fn last_check_in(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
    before_ms: i64,
) -> Result<Option<Appended>, CallCenterError> {
    let sql = format!("SELECT {COLUMNS} FROM ccc_activity WHERE {LAST_CHECK_IN}");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(agent_id)
        .bind(before_ms)
        .fetch_optional(connection)
        .await?)
}

fn readable(detail: &str) -> Result<Agent, CallCenterError> {
    serde_json::from_str(detail).map_err(|_| CallCenterError::UnreadableRow { table: TABLE, value: detail.to_owned() })
}
