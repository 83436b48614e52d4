//! `SearchEvents`: pages of an account's events by any condition. Not in the public API, where the log service does this.
//!
//! The answer is that of `LookupEvents` and `Complete`. A search that would take too long answers what it has: `Complete` is
//! false, `StoppedBy` says why, everything up to `SearchedUntil` is there, and `NextToken` goes on from it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, Category};
use store::search::{Budget, Cancel, PageEnd, Search, SearchPage, Stopped, parse_search};
use store::{Cursor, Direction, Query, Store, StoreError};
use tokio::sync::OwnedSemaphorePermit;

use super::range::{self, Range};
use super::token::{PageToken, filters_hash};
use super::{Place, answer, direction, place, unreadable};
use crate::data_events;
use crate::limits::{DEFAULT_PAGE, MAX_SEARCH_EVENTS, MAX_SEARCH_MS, MAX_SEARCH_READ_BYTES};
use crate::operations::ActionTrail;
use crate::recorder::STREAM_PREFIX;
use crate::schema::{GLOBAL_SCOPE, event_layout, event_names};

pub(crate) async fn search_events(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let now_s = call.arrived_at_ms.div_euclid(1_000);
    let text = call.text("Query").unwrap_or_default();
    let search = read_query(text)?;
    let direction = direction(call);
    let is_data = call.text("EventCategory") == Some(Category::Data.as_str());
    let mut asked = vec![("Query", text)];
    asked.extend(is_data.then_some(("EventCategory", Category::Data.as_str())));
    let filters = filters_hash(call, direction == Direction::Forward, &asked);
    let Place { range, after } = place(trail, call, filters, range::read_any)?;
    trail.indexer.catch_up().await.map_err(|fault| ApiError::unavailable(fault.to_string()))?;
    let question = Question {
        stream: format!(
            "{}{}",
            if is_data { data_events::STREAM_PREFIX } else { STREAM_PREFIX },
            call.caller.account_id
        ),
        region: call.region.clone(),
        search,
        range,
        direction,
        after,
        now_s,
        limit: call.integer("MaxResults").unwrap_or(DEFAULT_PAGE).unsigned_abs() as usize,
        cancel: Cancel::from(call.hang_up.flag()),
    };
    let permit = wait_for_turn(trail).await?;
    let page = ask(trail.store.clone(), question, permit).await?;
    let next = page.next().map(|cursor| trail.token_key.write(&PageToken::behind(range, cursor), filters));
    let answer = answer(range, next, &page.rows)?;
    match page.end {
        PageEnd::Last | PageEnd::Full => Ok(answer.with("Complete", true)),
        PageEnd::Stopped { reason: Stopped::Cancelled, .. } => Err(client_gone()),
        PageEnd::Stopped { reason, resume } => {
            let until_s = resume.map(|cursor| cursor.time_s.clamp(range.from_s, range.to_s));
            Ok(answer
                .with("Complete", false)
                .with("StoppedBy", reason_name(reason))
                .with_optional("SearchedUntil", until_s.map(format_utc)))
        }
    }
}

fn read_query(text: &str) -> Result<Arc<Search>, ApiError> {
    let invalid =
        |problem: String| ApiError::bad_request("InvalidQuery", format!("The Query is not valid: {problem}."));
    let expr = parse_search(text, &event_names()).map_err(|error| invalid(error.to_string()))?;
    Search::new(expr, &event_layout()).map_err(|error| invalid(error.to_string()))
}

/// Waits until few enough searches run.
async fn wait_for_turn(trail: &ActionTrail) -> Result<OwnedSemaphorePermit, ApiError> {
    let turn = trail.searches.clone().acquire_owned();
    match tokio::time::timeout(Duration::from_millis(MAX_SEARCH_MS), turn).await {
        Ok(Ok(permit)) => Ok(permit),
        _ => Err(ApiError::unavailable("too many searches are running; try again in a moment")),
    }
}

/// A search that owns its parts, so that it can go to another thread.
struct Question {
    stream: String,
    region: String,
    search: Arc<Search>,
    range: Range,
    direction: Direction,
    after: Option<Cursor>,
    limit: usize,
    now_s: i64,
    cancel: Cancel,
}

impl Question {
    fn ask(&self, store: &Store) -> Result<SearchPage, StoreError> {
        let query = Query {
            scopes: &[&self.region, GLOBAL_SCOPE],
            all_of: &[],
            from_s: self.range.from_s,
            to_s: self.range.to_s,
            direction: self.direction,
            after: self.after,
            limit: self.limit,
        };
        let budget = Budget::unlimited()
            .rows(MAX_SEARCH_EVENTS)
            .bytes(MAX_SEARCH_READ_BYTES)
            .until(Instant::now() + Duration::from_millis(MAX_SEARCH_MS))
            .cancelled_by(&self.cancel);
        store.search_kept(&self.stream, &query, &self.search, &budget, self.now_s)
    }
}

async fn ask(store: Arc<Store>, question: Question, permit: OwnedSemaphorePermit) -> Result<SearchPage, ApiError> {
    let searched = tokio::task::spawn_blocking(move || {
        let page = question.ask(&store);
        drop(permit);
        page
    });
    let page = searched.await.map_err(|error| ApiError::internal(&error))?;
    page.map_err(|error| unreadable(&error))
}

fn reason_name(reason: Stopped) -> &'static str {
    match reason {
        Stopped::Rows => "Events",
        Stopped::Bytes => "Bytes",
        Stopped::Deadline => "Time",
        Stopped::Cancelled => "Client",
    }
}

/// Hardly anybody reads this answer; it says in the event why the search has no end.
fn client_gone() -> ApiError {
    ApiError::new(499, "ClientClosedRequest", "The client hung up before the search was finished.")
}
