//! How long an account's events are kept, and its legal holds: what the public API leaves to trails, and a server that is
//! its own trail must offer. Console operations in the product's table; each is an event like any other.

mod holds;
mod period;
mod report;

pub(crate) use holds::{LIST_SPEC, PLACE_SPEC, RELEASE_SPEC};
pub(crate) use holds::{list_legal_holds, place_legal_hold, release_legal_hold};
pub(crate) use period::{GET_SPEC, SET_SPEC};
pub(crate) use period::{get_event_retention, set_event_retention};
pub use report::ExpiryReporter;

use std::sync::Arc;

use openapi::clock::{format_utc, parse_utc};
use openapi::{ApiError, Call};
use serde_json::Value;
use store::retention::{ChangeRefused, Changed, RetentionChange, StreamRules};
use store::{Store, StoreError};

use crate::data_events;
use crate::operations::ActionTrail;
use crate::recorder::STREAM_PREFIX;

/// Type of a hold in events.
pub(crate) const LEGAL_HOLD: &str = "ACS::ActionTrail::LegalHold";

/// What the caller's events are kept by.
pub(crate) fn keeping(trail: &ActionTrail, call: &Call) -> (Arc<StreamRules>, i64) {
    let rules = trail.store.rules(&stream(call));
    let horizon_s = rules.horizon_s(trail.store.default_period(), call.arrived_at_ms.div_euclid(1_000));
    (rules, horizon_s)
}

fn stream(call: &Call) -> String {
    format!("{STREAM_PREFIX}{}", call.caller.account_id)
}

/// Changes the rules of the caller's events, data events among them, on a thread that may wait for the database.
async fn change(trail: &ActionTrail, call: &Call, change: RetentionChange) -> Result<Changed, ApiError> {
    let (store, stream) = (trail.store.clone(), stream(call));
    let of_data = format!("{}{}", data_events::STREAM_PREFIX, call.caller.account_id);
    let changed = tokio::task::spawn_blocking(move || change_both(&store, &stream, &of_data, &change)).await;
    changed
        .map_err(|error| ApiError::internal(&error))?
        .map_err(|error| ApiError::internal(&error))?
        .map_err(holds::refused)
}

/// The rules of data events are those of the events. They change first where something is to be kept and last where it may
/// go, so that an end in between lets nothing go; when the call is repeated, what was changed is no obstacle.
fn change_both(
    store: &Store,
    stream: &str,
    of_data: &str,
    change: &RetentionChange,
) -> Result<Result<Changed, ChangeRefused>, StoreError> {
    if let RetentionChange::Place(hold) = change {
        let events = store.rules(stream);
        let is_new = events.holds.iter().all(|known| known.name != hold.name);
        if is_new && store.change_rules(of_data, change)? == Err(ChangeRefused::HoldExists) {
            let _ = store.change_rules(of_data, &RetentionChange::Release(hold.name.clone()))?;
            let _ = store.change_rules(of_data, change)?;
        }
        return store.change_rules(stream, change);
    }
    let changed = store.change_rules(stream, change)?;
    // What is not there need not be released.
    let _ = store.change_rules(of_data, change)?;
    Ok(changed)
}

/// A time for people; nothing for the ends of time.
fn time(time_s: i64) -> Option<Value> {
    (time_s != i64::MIN && time_s != i64::MAX).then(|| format_utc(time_s).into())
}

/// A time that may be left out.
fn optional_time(call: &Call, name: &str, code: &'static str) -> Result<Option<i64>, ApiError> {
    let Some(text) = call.text(name) else {
        return Ok(None);
    };
    let time_s = parse_utc(text).ok_or_else(|| {
        ApiError::bad_request(code, format!("{name} is not a time: use UTC as yyyy-MM-ddTHH:mm:ssZ."))
    })?;
    Ok(Some(time_s))
}

fn invalid(parameter: &str, expected: &str) -> ApiError {
    ApiError::bad_request(
        "InvalidQueryParameter",
        format!("The specified parameter \"{parameter}\" is not valid: {expected}."),
    )
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use database::Database;
    use store::write::{LocalFolder, SqlCatalogue, migrate_catalogue};
    use store::{Hold, Period, StoreOptions};

    use super::*;

    const EVENTS: &str = "events/1";
    const DATA: &str = "data/1";

    async fn open_store(folder: &std::path::Path) -> Store {
        let url = format!("sqlite://{}", folder.join("control.db").display());
        let database = Database::open(&url).await.expect("a database");
        migrate_catalogue(&database).await.expect("tables");
        let catalogue = Arc::new(SqlCatalogue::new(database, tokio::runtime::Handle::current()));
        let storage = Arc::new(LocalFolder::new(&folder.join("segments")));
        let (schemas, options) = (crate::event_schemas(), StoreOptions::default());
        let open = move || Store::open(schemas, storage, catalogue, &[], Box::new(|_, _| Ok(())), options);
        tokio::task::spawn_blocking(open).await.expect("no panic").expect("a store")
    }

    fn hold(name: &str, to_s: i64) -> Hold {
        let text = String::new;
        Hold { name: name.to_owned(), from_s: 0, to_s, reason: text(), placed_by: text(), placed_at_ms: 0 }
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn data_events_are_kept_by_the_rules_of_the_events() {
        let folder = tempfile::tempdir().expect("temporary folder");
        let store = open_store(folder.path()).await;
        tokio::task::spawn_blocking(move || {
            let change = |change: &RetentionChange| change_both(&store, EVENTS, DATA, change).expect("changed");
            let rules = |stream| StreamRules::clone(&store.rules(stream));
            let is_same = || rules(EVENTS).holds == rules(DATA).holds && rules(EVENTS).period == rules(DATA).period;
            change(&RetentionChange::Place(hold("case", 10))).expect("placed");
            // What a call that broke off left behind.
            let left = RetentionChange::Place(hold("other", 20));
            store.change_rules(DATA, &left).expect("changed").expect("placed");
            change(&RetentionChange::Place(hold("other", 30))).expect("placed");
            assert!(is_same() && rules(DATA).holds.len() == 2, "{:?}", rules(DATA));
            let again = change(&RetentionChange::Place(hold("other", 40)));
            assert_eq!(again, Err(ChangeRefused::HoldExists));
            assert!(is_same() && rules(DATA).holds[1].to_s == 30);
            change(&RetentionChange::SetPeriod(Period::of_days(7).ok())).expect("set");
            change(&RetentionChange::Release("case".to_owned())).expect("released");
            assert!(is_same() && rules(DATA).holds.len() == 1 && rules(DATA).period.is_some());
            assert_eq!(change(&RetentionChange::Release("case".to_owned())), Err(ChangeRefused::NoSuchHold));
        })
        .await
        .expect("no panic");
    }
}
