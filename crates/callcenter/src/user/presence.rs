//! What an agent is doing right now, as far as changes of users and groups depend on it.
//!
//! It is read from the appended activity, not kept beside it. Appending takes the instance's lock, as every change
//! does: no call can begin between the question and the change that depends on its answer.

use sqlx::AnyConnection;

use crate::activity::{Activity, Kind};
use crate::center::CallCenterError;

/// Conditions on the rows of one agent, of the kind of [`crate::agent::rows::CONDITIONS`].
#[cfg(test)]
pub(crate) const CONDITIONS: [&str; 2] = [LAST_OF_CALLS, LAST_OF_SHIFTS];
/// Of the kinds that begin or end an agent's part in a call, by their names in the database.
const LAST_OF_CALLS: &str = "agent_id = $2 AND instance_id || '' = $1 AND kind IN ('agent_ringing',
    'agent_dialing', 'agent_talking', 'agent_call_ended', 'agent_gave_up', 'agent_wrap_up', 'agent_ready',
    'agent_on_break', 'agent_checked_in', 'agent_checked_out') ORDER BY at_ms DESC, sequence DESC LIMIT 1";
const LAST_OF_SHIFTS: &str = "agent_id = $2 AND instance_id || '' = $1
    AND kind IN ('agent_checked_in', 'agent_checked_out') ORDER BY at_ms DESC, sequence DESC LIMIT 1";
/// Kinds after which the agent is in a call.
const IN_CALL: [&str; 3] = ["agent_ringing", "agent_dialing", "agent_talking"];

/// Whether a call rings at the agent, or he dials or talks.
pub(crate) async fn is_in_call(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_id: &str,
) -> Result<bool, CallCenterError> {
    let sql = format!("SELECT kind FROM ccc_activity WHERE {LAST_OF_CALLS}");
    // The text is made of the program's own constants.
    let last: Option<String> = sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(ram_user_id)
        .fetch_optional(connection)
        .await?;
    Ok(last.is_some_and(|kind| IN_CALL.contains(&kind.as_str())))
}

/// The skill groups that the agent is checked in to; none when he is not at work.
pub(crate) async fn checked_in_groups(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_id: &str,
) -> Result<Option<Vec<String>>, CallCenterError> {
    let sql = format!("SELECT kind, detail FROM ccc_activity WHERE {LAST_OF_SHIFTS}");
    // The text is made of the program's own constants.
    let last: Option<(String, String)> =
        sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).bind(ram_user_id).fetch_optional(connection).await?;
    let Some((_, detail)) = last.filter(|(kind, _)| kind == "agent_checked_in") else { return Ok(None) };
    let unreadable = |_| CallCenterError::UnreadableRow { table: "ccc_activity", value: detail.clone() };
    let fields: CheckedIn = serde_json::from_str(&detail).map_err(unreadable)?;
    Ok(Some(fields.skill_group_ids))
}

#[derive(serde::Deserialize)]
struct CheckedIn {
    skill_group_ids: Vec<String>,
}

/// What is appended when a user who is at work is taken out of the instance: his working time ends there.
pub(crate) fn checked_out(ram_user_id: &str, now_ms: i64) -> Activity {
    Activity::at(now_ms, Kind::AgentCheckedOut).of_agent(ram_user_id)
}
