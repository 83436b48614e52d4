//! `LookupEvents`: pages of an account's management events.
//!
//! Public document: ActionTrail, "LookupEvents" (2020-07-06).

mod attributes;
mod range;
pub mod token;

use std::sync::Arc;

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call};
use serde_json::Value;
use store::{Cursor, Direction, FieldId, Page, Query, Store};

use crate::limits::DEFAULT_PAGE;
use crate::operations::ActionTrail;
use crate::recorder::STREAM_PREFIX;
use crate::schema::GLOBAL_SCOPE;
use range::Range;
use token::{PageToken, filters_hash};

pub(crate) async fn lookup_events(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let now_s = call.arrived_at_ms.div_euclid(1_000);
    let attributes = attributes::read(call, trail.settings.any_attributes)?;
    let direction = match call.text("Direction") {
        Some("FORWARD") => Direction::Forward,
        _ => Direction::Backward,
    };
    let filters = filters_hash(call, direction == Direction::Forward, &attributes);
    let before = match call.text("NextToken") {
        Some(text) => Some(trail.token_key.read(text, filters).ok_or_else(invalid_token)?),
        None => None,
    };
    let range = match &before {
        // A page token pins the range, so that later pages do not shift with the clock.
        Some(token) => Range { from_s: token.from_s, to_s: token.to_s },
        None => range::read(call, now_s, trail.settings.reach_s)?,
    };
    trail.indexer.catch_up().await.map_err(|fault| ApiError::unavailable(fault.to_string()))?;

    let question = Question {
        stream: format!("{STREAM_PREFIX}{}", call.caller.account_id),
        region: call.region.clone(),
        all_of: attributes.iter().map(|(key, value)| (key.field(), value.clone())).collect(),
        range,
        direction,
        after: before.map(|token| Cursor { time_s: token.time_s, position: token.position }),
        limit: call.integer("MaxResults").unwrap_or(DEFAULT_PAGE).unsigned_abs() as usize,
    };
    let page = ask(trail.store.clone(), question).await?;
    let next = page.rows.last().filter(|_| page.more).map(|row| {
        let token = PageToken {
            from_s: range.from_s,
            to_s: range.to_s,
            time_s: row.cursor.time_s,
            position: row.cursor.position,
        };
        trail.token_key.write(&token, filters)
    });
    let events: Vec<Value> = page
        .rows
        .iter()
        .map(|row| serde_json::from_slice(&row.bytes).map_err(|error| ApiError::internal(&error)))
        .collect::<Result<_, _>>()?;
    Ok(Answer::empty()
        .with("StartTime", format_utc(range.from_s))
        .with("EndTime", format_utc(range.to_s))
        .with_optional("NextToken", next)
        .with("Events", events))
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
        store.lookup(&question.stream, &query)
    });
    let page = looked_up.await.map_err(|error| ApiError::internal(&error))?;
    page.map_err(|error| {
        tracing::error!(%error, "a lookup could not be answered");
        ApiError::unavailable(format!("the event history cannot be read completely: {error}"))
    })
}

fn invalid_token() -> ApiError {
    ApiError::bad_request(
        "InvalidNextToken",
        "The specified NextToken is not valid: use the one of the page before, with all other parameters unchanged.",
    )
}
