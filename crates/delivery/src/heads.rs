//! How far the event streams are.

use audit::EventSource;
use tokio::sync::watch;

use crate::limits::WATCH_EVERY;

/// Says whenever event streams have grown, until nobody listens. Only a number is looked at while nothing happens.
pub(crate) async fn watch(source: EventSource, heads: watch::Sender<Vec<(String, u64)>>) {
    let mut known = 0;
    let mut ticks = tokio::time::interval(WATCH_EVERY);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while !heads.is_closed() {
        ticks.tick().await;
        let count = source.durable_count();
        if count != known {
            known = count;
            let streams = source.event_streams();
            heads.send_if_modified(|heads| {
                let is_new = *heads != streams;
                *heads = streams;
                is_new
            });
        }
    }
}
