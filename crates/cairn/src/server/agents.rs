//! Agents' states with a deadline (ringing, dialling, after-call work) end when it is over, whether anybody asks or not.

use std::sync::Arc;
use std::time::Duration;

use callcenter::CallCenter;
use openapi::clock::now_ms;
use tokio::time::MissedTickBehavior;

/// How often deadlines are looked at. Rows carry the time of the deadline, so it shows in no report.
const INTERVAL: Duration = Duration::from_secs(1);

/// Runs until it is aborted.
pub(super) async fn settle_regularly(call_center: Arc<CallCenter>) {
    let mut interval = tokio::time::interval(INTERVAL);
    interval.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        interval.tick().await;
        if let Err(error) = call_center.settle_agents(now_ms()).await {
            tracing::error!(%error, "agents' deadlines were not looked at; trying again");
        }
    }
}
