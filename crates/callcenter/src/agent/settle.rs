//! States with a deadline end by themselves: ringing, dialling, talk that is forgotten, after-call work.
//!
//! The rows have the time of the deadline, so it does not matter for any report when this was looked at. It is looked at
//! before each command of an agent, before states are shown, and regularly by the server.

use sqlx::AnyConnection;

use crate::activity::{self, Activity};
use crate::agent::command::{Command, Identity, decide, due};
use crate::agent::contact::{OpenCall, rows_of_step};
use crate::agent::people;
use crate::agent::rows;
use crate::agent::state::Agent;
use crate::call;
use crate::center::{CallCenter, CallCenterError};
use crate::instance;

/// Steps that one agent can take without anybody asking: ringing ends, the call ends, work after it ends; and some more
/// for states that were told by others.
const MAX_STEPS: usize = 8;

impl CallCenter {
    /// Ends the agents' states whose deadline is over, in all instances; answers how many agents moved. The server calls
    /// it about once a second.
    ///
    /// # Errors
    /// When the database does not serve.
    pub async fn settle_agents(&self, now_ms: i64) -> Result<usize, CallCenterError> {
        let instances = {
            let mut connection = self.database.pool().acquire().await?;
            rows::instances_with_deadlines(&mut connection).await?
        };
        let mut moved = 0;
        for instance_id in instances {
            moved += settle_instance(self, &instance_id, now_ms).await?;
        }
        Ok(moved)
    }
}

/// [`CallCenter::settle_agents`] for one instance; writes only if there is something to end.
pub(crate) async fn settle_instance(
    center: &CallCenter,
    instance_id: &str,
    now_ms: i64,
) -> Result<usize, CallCenterError> {
    let is_over = |agent: &Agent| due(agent).is_some_and(|(at_ms, _)| at_ms <= now_ms);
    let overdue = {
        let mut connection = center.database.pool().acquire().await?;
        rows::all(&mut connection, instance_id).await?.values().any(is_over)
    };
    if !overdue {
        return Ok(0);
    }
    let mut transaction = center.database.begin().await?;
    if !instance::rows::lock(&mut transaction, instance_id).await? {
        return Ok(0);
    }
    let mut moved = 0;
    for (agent_id, agent) in rows::all(&mut transaction, instance_id).await? {
        if is_over(&agent) {
            settle(&mut transaction, instance_id, &agent_id, now_ms).await?;
            moved += 1;
        }
    }
    center.commit(transaction, instance_id).await?;
    Ok(moved)
}

/// Ends what is over for one agent and answers what he does now. The caller holds the instance's lock and commits.
pub(crate) async fn settle(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent_id: &str,
    now_ms: i64,
) -> Result<Agent, CallCenterError> {
    for _ in 0..MAX_STEPS {
        let agent = rows::find(connection, instance_id, agent_id).await?.unwrap_or_default();
        let Some((at_ms, command)) = due(&agent).filter(|(at_ms, _)| *at_ms <= now_ms) else { return Ok(agent) };
        let name = people::display_name(connection, instance_id, agent_id).await?.unwrap_or_default();
        // His own later row cannot be overtaken: the order of rows is the order of what happened.
        let at_ms = at_ms.max(agent.last_at_ms);
        let who = Identity { id: agent_id, name: &name };
        let Ok(own) = decide(&agent, who, &command, at_ms) else { return Ok(agent) };
        let of_call = rows_of_call(connection, instance_id, &agent, &command, at_ms).await?;
        activity::rows::append(connection, instance_id, &[of_call, own].concat()).await?;
    }
    Ok(rows::find(connection, instance_id, agent_id).await?.unwrap_or_default())
}

/// Contact and leg rows of a step, unless a dialler writes them.
pub(super) async fn rows_of_call(
    connection: &mut AnyConnection,
    instance_id: &str,
    agent: &Agent,
    command: &Command,
    at_ms: i64,
) -> Result<Vec<Activity>, CallCenterError> {
    let Some(own) = agent.call.as_ref().filter(|call| !call.contact_id.is_empty()) else { return Ok(Vec::new()) };
    if call::rows::is_dialled(connection, instance_id, &own.contact_id).await? {
        return Ok(Vec::new());
    }
    let rows = activity::rows::of_contact(connection, instance_id, &own.contact_id).await?;
    Ok(rows_of_step(agent, command, &OpenCall::of(&rows), at_ms))
}
