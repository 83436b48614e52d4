//! The events of expiries: the server acts by itself, so it says so itself.
//!
//! The store remembers an expiry until it is reported. Its event has an id that follows from the expiry, and is looked up
//! before it is written: an end of the process between the event and the store's forgetting doubles nothing.
//!
//! Public document: ActionTrail, "Management event structure", events of type `AliyunServiceEvent`.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use event::{Event, EventBuilder, Masking};
use journal::{Journal, StreamName};
use openapi::clock::format_utc;
use serde_json::json;
use sha2::{Digest, Sha256};
use store::retention::Expiry;
use store::{Direction, Query, Store};

use crate::indexer::Indexer;
use crate::keys::LookupKey;
use crate::limits::{MAX_EVENT_BYTES, REPORT_RETRY_PAUSE_MS};
use crate::recorder::STREAM_PREFIX;
use crate::schema::GLOBAL_SCOPE;

/// Who acts, as system events name a service.
const SERVICE_HOST: &str = "actiontrail.aliyuncs.com";

/// Writes the events of expiries.
pub struct ExpiryReporter {
    store: Arc<Store>,
    indexer: Arc<Indexer>,
    journal: Arc<dyn Journal>,
    region: String,
}

type Fault = Box<dyn std::error::Error + Send + Sync>;

impl ExpiryReporter {
    /// Joins the parts. The region is the one of services without regions: a stream has the events of all of them.
    pub fn new(store: Arc<Store>, indexer: Arc<Indexer>, journal: Arc<dyn Journal>, region: String) -> Self {
        Self { store, indexer, journal, region }
    }

    /// Reports what waits, and then what comes. Never ends; may be dropped at any point.
    pub async fn run(self) {
        loop {
            match self.report_all().await {
                Ok(()) => self.store.expired().await,
                Err(error) => {
                    tracing::error!(%error, "an expiry of events could not be recorded; it will be");
                    tokio::time::sleep(Duration::from_millis(REPORT_RETRY_PAUSE_MS)).await;
                }
            }
        }
    }

    async fn report_all(&self) -> Result<(), Fault> {
        let store = self.store.clone();
        let waiting = tokio::task::spawn_blocking(move || store.unreported_expiries()).await??;
        for expiry in waiting {
            let stream = StreamName::new(&stream_of(&expiry))?;
            let event = event_of(&expiry, &self.region)?;
            if !self.is_recorded(&expiry).await? {
                self.journal.append(&stream, Bytes::from(event.into_json())).await?;
            }
            let store = self.store.clone();
            tokio::task::spawn_blocking(move || store.forget_expiry(&expiry)).await??;
        }
        Ok(())
    }

    async fn is_recorded(&self, expiry: &Expiry) -> Result<bool, Fault> {
        self.indexer.catch_up().await?;
        let (store, stream) = (self.store.clone(), stream_of(expiry));
        let (id, time_s) = (event_id(expiry), expiry.expired_at_s);
        let page = tokio::task::spawn_blocking(move || {
            let all_of = [(LookupKey::EventId.field(), id.as_str())];
            let query = Query {
                scopes: &[GLOBAL_SCOPE],
                all_of: &all_of,
                from_s: time_s,
                to_s: time_s,
                direction: Direction::Forward,
                after: None,
                limit: 1,
            };
            store.lookup(&stream, &query)
        });
        Ok(!page.await??.rows.is_empty())
    }
}

/// The account whose rows left: the second part of the name of every stream.
fn account_of(expiry: &Expiry) -> &str {
    expiry.stream.split('/').nth(1).unwrap_or_default()
}

/// The stream of the events of that account.
fn stream_of(expiry: &Expiry) -> String {
    format!("{STREAM_PREFIX}{}", account_of(expiry))
}

/// An upper-case UUID that follows from the expiry.
fn event_id(expiry: &Expiry) -> String {
    let mut hash = Sha256::new();
    for number in [expiry.number, expiry.expired_at_s.cast_unsigned(), expiry.last_time_s.cast_unsigned(), expiry.rows]
    {
        hash.update(number.to_be_bytes());
    }
    hash.update(&expiry.stream);
    let mut digest: [u8; 32] = hash.finalize().into();
    // Version 8, "custom", and the usual variant.
    digest[6] = (digest[6] & 0x0f) | 0x80;
    digest[8] = (digest[8] & 0x3f) | 0x80;
    let group =
        |range: std::ops::Range<usize>| digest[range].iter().map(|byte| format!("{byte:02X}")).collect::<String>();
    [group(0..4), group(4..6), group(6..8), group(8..10), group(10..16)].join("-")
}

fn event_of(expiry: &Expiry, region: &str) -> Result<Event, event::EventError> {
    let id = event_id(expiry);
    let data = json!({
        "Stream": expiry.stream,
        "FirstEventTime": format_utc(expiry.first_time_s),
        "LastEventTime": format_utc(expiry.last_time_s),
        "Events": expiry.rows,
        "Segments": expiry.segments,
        "RetentionDays": expiry.period.to_string(),
    });
    EventBuilder::new()
        .field("eventId", id.as_str())
        .field("eventVersion", 1)
        .field("eventCategory", "Management")
        .field("eventType", "AliyunServiceEvent")
        .field("eventName", "ExpireEvents")
        .field("eventRW", "Write")
        .field("eventTime", format_utc(expiry.expired_at_s))
        .field("eventSource", SERVICE_HOST)
        .field("serviceName", crate::PRODUCT.service_name)
        .field("requestId", id.as_str())
        .field("acsRegion", region)
        .field("isGlobal", true)
        .field("sourceIpAddress", SERVICE_HOST)
        .field("userAgent", SERVICE_HOST)
        .field("userIdentity", json!({"type": "system", "userName": SERVICE_HOST}))
        .field("additionalEventData", data)
        .field("recipientAccountId", account_of(expiry))
        .finish(&Masking::default(), MAX_EVENT_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use store::Period;

    #[test]
    fn an_expiry_has_one_event_that_says_what_left() {
        let expiry = Expiry {
            stream: "events/1059804828509".to_owned(),
            number: 3,
            segments: 2,
            rows: 70,
            first_time_s: 1_772_352_000,
            last_time_s: 1_772_352_100,
            period: Period::of_days(90).unwrap(),
            expired_at_s: 1_780_200_000,
        };
        let event = event_of(&expiry, "cn-hangzhou").unwrap();
        assert_eq!((event.event_name().as_deref(), event.event_time_s()), (Some("ExpireEvents"), 1_780_200_000));
        let json: serde_json::Value = serde_json::from_str(&event.into_json()).unwrap();
        assert_eq!(json["additionalEventData"]["FirstEventTime"], "2026-03-01T08:00:00Z");
        assert_eq!(json["additionalEventData"]["Events"], 70);
        assert_eq!(json["recipientAccountId"], "1059804828509");
        let id = event_id(&expiry);
        assert_eq!((id.len(), json["eventId"].as_str()), (36, Some(id.as_str())));
        assert_ne!(event_id(&Expiry { number: 4, ..expiry.clone() }), id);
        let of_logs = Expiry { stream: "logs/1059804828509/5f3a/0".to_owned(), ..expiry.clone() };
        assert_eq!(stream_of(&of_logs), "events/1059804828509");
        assert_ne!(event_id(&Expiry { stream: "events/2".to_owned(), ..expiry }), id);
    }
}
