//! The messages whose receipts are asked for.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use openapi::clock::now_ms;
use parking_lot::Mutex;
use time::{OffsetDateTime, UtcOffset};
use tokio::sync::mpsc;

use super::{Api, Called, answer};
use crate::limits::{MAX_WATCHED, WATCH_TIME};
use crate::provider::{Report, Watched};

/// Oldest first.
#[derive(Debug, Default)]
pub(super) struct Watch(Mutex<VecDeque<Watched>>);

impl Watch {
    pub(super) fn add(&self, message: Watched) {
        let mut messages = self.0.lock();
        if messages.iter().any(|known| known.id == message.id) {
            return;
        }
        if messages.len() >= MAX_WATCHED {
            messages.pop_front();
            tracing::warn!(
                limit = MAX_WATCHED,
                "too many messages without a receipt: the oldest is no longer asked for"
            );
        }
        messages.push_back(message);
    }

    fn remove(&self, id: &str) {
        self.0.lock().retain(|message| message.id != id);
    }

    fn due(&self, now_ms: i64) -> Vec<Watched> {
        let oldest_ms = now_ms.saturating_sub(i64::try_from(WATCH_TIME.as_millis()).unwrap_or(i64::MAX));
        let mut messages = self.0.lock();
        messages.retain(|message| message.submitted_at_ms >= oldest_ms);
        messages.iter().cloned().collect()
    }
}

/// Ends when the driver is dropped or nobody reads the reports any more.
pub(super) async fn ask_for_receipts(
    api: Arc<Api>,
    watch: Arc<Watch>,
    interval: Duration,
    reports: mpsc::Sender<Report>,
) {
    loop {
        tokio::time::sleep(interval).await;
        for message in watch.due(now_ms()) {
            match api.call("QuerySendDetails", query_parameters(&message)).await {
                Called::Answered(200, body) => {
                    let Some(receipt) = answer::receipt(&body, &message) else { continue };
                    watch.remove(&message.id);
                    if reports.send(Report::Receipt(receipt)).await.is_err() {
                        return;
                    }
                }
                Called::Answered(status, _) => tracing::warn!(status, "the service does not tell receipts"),
                Called::NotSent(cause) | Called::Lost(cause) => {
                    // The others would wait for the same time-out.
                    tracing::warn!(cause, "the service could not be asked for receipts");
                    break;
                }
            }
        }
    }
}

fn query_parameters(message: &Watched) -> Vec<(&'static str, String)> {
    let mut parameters = vec![
        ("PhoneNumber", message.number.clone()),
        ("SendDate", day(message.submitted_at_ms)),
        ("PageSize", "50".to_owned()),
        ("CurrentPage", "1".to_owned()),
    ];
    parameters.extend(message.reference.clone().map(|reference| ("BizId", reference)));
    parameters
}

/// `yyyyMMdd` in the service's own zone, UTC+8.
fn day(at_ms: i64) -> String {
    let zone = UtcOffset::from_hms(8, 0, 0).unwrap_or(UtcOffset::UTC);
    let at = OffsetDateTime::from_unix_timestamp(at_ms.div_euclid(1_000)).unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let date = at.to_offset(zone).date();
    format!("{:04}{:02}{:02}", date.year(), u8::from(date.month()), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_the_services_own() {
        assert_eq!(day(1_772_294_399_000), "20260228");
        assert_eq!(day(1_772_294_400_000), "20260301");
    }

    #[test]
    fn a_message_is_watched_once_and_not_for_ever() {
        let watch = Watch::default();
        let message =
            |id: &str, at| Watched { id: id.to_owned(), number: String::new(), reference: None, submitted_at_ms: at };
        watch.add(message("a", 0));
        watch.add(message("a", 0));
        watch.add(message("b", 1_000));
        assert_eq!(watch.due(1_000).len(), 2);
        let three_days_ms = 72 * 3_600_000;
        assert_eq!(watch.due(three_days_ms + 500).len(), 1);
        watch.remove("b");
        assert!(watch.due(1_000).is_empty());
    }
}
