//! The door for telephony and routing: they move agents, and write the rows of their calls themselves.

use crate::activity;
use crate::agent::command::{Command, Identity, Refusal, decide};
use crate::agent::settle::settle;
use crate::agent::state::Agent;
use crate::agent::{people, rows};
use crate::center::{CallCenter, CallCenterError};
use crate::instance;

/// Why an agent was not moved.
#[derive(Debug, thiserror::Error)]
pub enum MoveError {
    /// His state does not allow it: choose another agent, or look at his state.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The call centre does not serve.
    #[error(transparent)]
    CallCenter(#[from] CallCenterError),
}

impl CallCenter {
    /// Does what a command asks, and answers what the agent does then. Two callers take turns: of two queues that want
    /// to reserve one agent, one is refused.
    ///
    /// # Errors
    /// When the command does not fit his state; nothing is appended then. When the instance is unknown or the database
    /// does not serve.
    pub async fn move_agent(
        &self,
        instance_id: &str,
        agent_id: &str,
        command: &Command,
        now_ms: i64,
    ) -> Result<Agent, MoveError> {
        let mut transaction = self.database.begin().await.map_err(CallCenterError::from)?;
        if !instance::rows::lock(&mut transaction, instance_id).await? {
            return Err(CallCenterError::UnknownInstance(instance_id.to_owned()).into());
        }
        let agent = settle(&mut transaction, instance_id, agent_id, now_ms).await?;
        let name = people::display_name(&mut transaction, instance_id, agent_id).await?.unwrap_or_default();
        let at_ms = now_ms.max(agent.last_at_ms);
        let own = decide(&agent, Identity { id: agent_id, name: &name }, command, at_ms)?;
        activity::rows::append(&mut transaction, instance_id, &own).await?;
        let after = rows::find(&mut transaction, instance_id, agent_id).await?.unwrap_or_default();
        self.commit(transaction, instance_id).await?;
        Ok(after)
    }
}
