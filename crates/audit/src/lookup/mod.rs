//! `LookupEvents`: pages of an account's management events.
//!
//! Public document: ActionTrail, "LookupEvents" (2020-07-06).

mod attributes;
mod range;
mod search;
pub mod token;

use std::sync::Arc;

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call};
use serde_json::Value;
use store::{Cursor, Direction, FieldId, FoundRow, Page, Query, Store, StoreError};

use crate::keys::LookupKey;
use crate::limits::DEFAULT_PAGE;
use crate::operations::ActionTrail;
use crate::recorder::STREAM_PREFIX;
use crate::retention::keeping;
use crate::schema::GLOBAL_SCOPE;
use range::{Kept, Range};
pub(crate) use search::search_events;
use token::{PageToken, filters_hash};

pub(crate) async fn lookup_events(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    lookup_by(trail, call, attributes::read(call, trail.settings.any_attributes)?).await
}

/// A page of the events that have all of these attributes.
pub(crate) async fn lookup_by(
    trail: &ActionTrail,
    call: &Call,
    attributes: Vec<(LookupKey, String)>,
) -> Result<Answer, ApiError> {
    let now_s = call.arrived_at_ms.div_euclid(1_000);
    let direction = direction(call);
    let asked: Vec<(&str, &str)> = attributes.iter().map(|(key, value)| (key.name(), value.as_str())).collect();
    let filters = filters_hash(call, direction == Direction::Forward, &asked);
    let Place { range, after } = place(trail, call, filters, range::read)?;
    trail.indexer.catch_up().await.map_err(|fault| ApiError::unavailable(fault.to_string()))?;

    let question = Question {
        stream: format!("{STREAM_PREFIX}{}", call.caller.account_id),
        region: call.region.clone(),
        all_of: attributes.iter().map(|(key, value)| (key.field(), value.clone())).collect(),
        range,
        direction,
        after,
        now_s,
        limit: call.integer("MaxResults").filter(|size| *size > 0).unwrap_or(DEFAULT_PAGE).unsigned_abs() as usize,
    };
    let page = ask(trail.store.clone(), question).await?;
    let next = page
        .rows
        .last()
        .filter(|_| page.more)
        .map(|row| trail.token_key.write(&PageToken::behind(range, row.cursor), filters));
    answer(range, next, &page.rows)
}

/// Where a page lies: its range and, behind the first page, the row before it.
struct Place {
    range: Range,
    after: Option<Cursor>,
}

/// From the page token, which pins the range so that later pages do not shift with the clock; else from the times of
/// the call, as the operation reads them.
fn place(
    trail: &ActionTrail,
    call: &Call,
    filters: [u8; 32],
    read: impl FnOnce(&Call, i64, Kept<'_>) -> Result<Range, ApiError>,
) -> Result<Place, ApiError> {
    if let Some(text) = call.text("NextToken") {
        let token = trail.token_key.read(text, filters).ok_or_else(invalid_token)?;
        return Ok(Place { range: Range { from_s: token.from_s, to_s: token.to_s }, after: Some(token.cursor()) });
    }
    let (rules, horizon_s) = keeping(trail, call);
    let now_s = call.arrived_at_ms.div_euclid(1_000);
    Ok(Place { range: read(call, now_s, Kept { horizon_s, rules: &rules })?, after: None })
}

fn direction(call: &Call) -> Direction {
    match call.text("Direction") {
        Some("FORWARD") => Direction::Forward,
        _ => Direction::Backward,
    }
}

fn answer(range: Range, next_token: Option<String>, rows: &[FoundRow]) -> Result<Answer, ApiError> {
    let events: Vec<Value> = rows
        .iter()
        .map(|row| serde_json::from_slice(&row.bytes).map_err(|error| ApiError::internal(&error)))
        .collect::<Result<_, _>>()?;
    Ok(Answer::empty()
        .with("StartTime", format_utc(range.from_s))
        .with("EndTime", format_utc(range.to_s))
        .with_optional("NextToken", next_token)
        .with("Events", events))
}

impl PageToken {
    fn behind(range: Range, cursor: Cursor) -> PageToken {
        PageToken { from_s: range.from_s, to_s: range.to_s, time_s: cursor.time_s, position: cursor.position }
    }

    fn cursor(&self) -> Cursor {
        Cursor { time_s: self.time_s, position: self.position }
    }
}

/// A query that owns its parts, so that it can go to another thread.
struct Question {
    stream: String,
    region: String,
    all_of: Vec<(FieldId, String)>,
    range: Range,
    direction: Direction,
    after: Option<Cursor>,
    limit: usize,
    now_s: i64,
}

/// Looks up on a thread that may wait for files. A segment that cannot be read is an error: an answer without its events
/// would look complete.
async fn ask(store: Arc<Store>, question: Question) -> Result<Page, ApiError> {
    let looked_up = tokio::task::spawn_blocking(move || {
        let all_of: Vec<_> = question.all_of.iter().map(|(field, value)| (*field, value.as_str())).collect();
        let query = Query {
            scopes: &[&question.region, GLOBAL_SCOPE],
            all_of: &all_of,
            from_s: question.range.from_s,
            to_s: question.range.to_s,
            direction: question.direction,
            after: question.after,
            limit: question.limit,
        };
        store.lookup_kept(&question.stream, &query, question.now_s)
    });
    let page = looked_up.await.map_err(|error| ApiError::internal(&error))?;
    page.map_err(|error| unreadable(&error))
}

fn unreadable(error: &StoreError) -> ApiError {
    tracing::error!(%error, "a lookup could not be answered");
    ApiError::unavailable(format!("the event history cannot be read completely: {error}"))
}

fn invalid_token() -> ApiError {
    ApiError::bad_request(
        "InvalidNextToken",
        "The specified NextToken is not valid: use the one of the page before, with all other parameters unchanged.",
    )
}
