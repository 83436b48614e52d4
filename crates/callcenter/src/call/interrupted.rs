//! Calls that a former process left open. Their sides are gone with it, so they are ended before new ones begin.

use crate::activity::{Activity, Kind, ReleaseReason};
use crate::call::progress::{self, CallAgent, CallRecord};
use crate::call::rows::{self, OpenCall};
use crate::center::{CallCenterError, Store};
use crate::limits::MAX_CALL_S;

/// Ends them with the reason `system`. The end is now, but no call becomes longer than a call may be.
pub(crate) async fn end_open_calls(store: &Store, now_ms: i64) -> Result<(), CallCenterError> {
    let mut connection = store.acquire().await?;
    let open = rows::open_calls(&mut connection).await?;
    drop(connection);
    for call in &open {
        end(store, call, now_ms).await?;
    }
    if !open.is_empty() {
        tracing::info!(calls = open.len(), "calls that a former process left open were ended");
    }
    Ok(())
}

async fn end(store: &Store, call: &OpenCall, now_ms: i64) -> Result<(), CallCenterError> {
    let at_ms = now_ms.min(call.started_at_ms + i64::from(MAX_CALL_S) * 1_000).max(call.started_at_ms);
    let cause = "the server was started again".to_owned();
    let released = Kind::Released { reason: ReleaseReason::System, side: None, cause };
    let mut activities = vec![Activity::at(at_ms, released).of_contact(&call.contact_id)];
    let agent = call.agent_id.as_ref().map(|id| CallAgent { id: id.clone(), name: String::new() });
    if let Some(agent) = &agent {
        activities.push(Activity::at(at_ms, Kind::AgentCallEnded).of_contact(&call.contact_id).of_agent(&agent.id));
    }
    let record = CallRecord { instance_id: call.instance_id.clone(), contact_id: call.contact_id.clone(), agent };
    progress::append(store, &record, &activities, Some(at_ms)).await
}
