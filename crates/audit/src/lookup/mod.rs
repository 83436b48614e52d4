//! `LookupEvents`: pages of an account's management events.
//!
//! Public document: ActionTrail, "LookupEvents" (2020-07-06).

mod attributes;
mod range;
pub mod token;

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call};
use serde_json::Value;
use store::{Cursor, Direction, Query};

use crate::indexer::GLOBAL_SCOPE;
use crate::limits::DEFAULT_PAGE;
use crate::operations::ActionTrail;
use crate::recorder::STREAM_PREFIX;
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

    let stream = format!("{STREAM_PREFIX}{}", call.caller.account_id);
    let all_of: Vec<_> = attributes.iter().map(|(key, value)| (key.field(), value.as_str())).collect();
    let page = trail.memory.lookup(
        &stream,
        &Query {
            scopes: &[&call.region, GLOBAL_SCOPE],
            all_of: &all_of,
            from_s: range.from_s,
            to_s: range.to_s,
            direction,
            after: before.map(|token| Cursor { time_s: token.time_s, position: token.position }),
            limit: call.integer("MaxResults").unwrap_or(DEFAULT_PAGE).unsigned_abs() as usize,
        },
    );
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

fn invalid_token() -> ApiError {
    ApiError::bad_request(
        "InvalidNextToken",
        "The specified NextToken is not valid: use the one of the page before, with all other parameters unchanged.",
    )
}
