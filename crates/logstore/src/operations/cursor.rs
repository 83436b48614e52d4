//! Cursors: places between the groups of a shard. Public documents: Simple Log Service, "GetCursor", "GetCursorTime".
//!
//! A cursor is the number of the group that comes next, as decimal digits in Base64: one official client decodes it and
//! subtracts one.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openapi::clock::now_ms;
use serde_json::json;

use crate::answer::{Answer, json_answer};
use crate::data::reader::ShardReader;
use crate::fault::{Fault, codes};
use crate::logstores::Logstore;
use crate::service::{LogService, Request};

/// The text of a cursor.
pub(crate) fn written(group: u64) -> String {
    STANDARD.encode(group.to_string())
}

/// The group in the text of a cursor.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let digits = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    digits.parse().ok()
}

/// The group in a cursor of a shard, which is one that exists or the next one to come. A cursor may be older than what is
/// kept.
pub(crate) fn checked(text: &str, reader: &ShardReader) -> Result<u64, Fault> {
    let group = parse(text).filter(|group| *group <= reader.last + 1);
    group.ok_or_else(|| codes::INVALID_CURSOR.says(format!("The cursor {:?} is not one of this shard.", short(text))))
}

fn short(text: &str) -> String {
    text.chars().take(64).collect()
}

/// Reads the groups of the shard of a request, all that are durable now.
pub(crate) async fn reader(service: &LogService, request: &Request) -> Result<ShardReader, Fault> {
    let logstore = service.logstore(request).await?;
    let shard = logstore.shard(&request.target.shard)?.number;
    let reader = open(service, &logstore, shard)?;
    service.caught_up().await?;
    Ok(reader)
}

/// A reader of a shard; to be used after the store has caught up.
pub(crate) fn open(service: &LogService, logstore: &Logstore, shard: i64) -> Result<ShardReader, Fault> {
    let stream = logstore.stream(shard).map_err(|error| Fault::internal(&error))?;
    let last = service.journal.streams().into_iter().find(|(name, ..)| *name == stream).map_or(0, |(.., last)| last);
    let horizon_ms = logstore.horizon_ms(now_ms());
    Ok(ShardReader { store: Arc::clone(&service.store), stream: stream.to_string(), last, horizon_ms })
}

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let from = request.query.text("from").unwrap_or_default().to_owned();
    let since_ms = match from.as_str() {
        "begin" | "end" => None,
        text => Some(text.parse::<i64>().ok().filter(|from_s| *from_s >= 0).ok_or_else(|| {
            codes::PARAMETER_INVALID.says("The parameter from must be begin, end or a time in Unix seconds")
        })?),
    }
    .map(|from_s| from_s.saturating_mul(1_000));
    let reader = reader(service, request).await?;
    let group = super::blocking(move || {
        Ok(match since_ms {
            Some(since_ms) => reader.first_since(since_ms)?,
            None if from == "begin" => reader.begin()?,
            None => reader.last + 1,
        })
    })
    .await?;
    Ok(json_answer(&json!({"cursor": written(group)})))
}

pub(crate) async fn time(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let reader = reader(service, request).await?;
    let group = checked(request.query.text("cursor").unwrap_or_default(), &reader)?;
    let received_ms = super::blocking(move || {
        if group > reader.last {
            return Ok(Some(now_ms()));
        }
        Ok(reader.received_ms(group)?)
    })
    .await?;
    let received_ms =
        received_ms.ok_or_else(|| codes::INVALID_CURSOR.says("What the cursor points to is not kept any more."))?;
    Ok(json_answer(&json!({"cursor_time": received_ms.div_euclid(1_000)})))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cursors_are_decimal_digits_in_base64() {
        assert_eq!((written(1).as_str(), parse("MQ==")), ("MQ==", Some(1)));
        assert_eq!(parse(&written(u64::MAX)), Some(u64::MAX));
        for text in ["", "1", "MQ", "LTE=", "eA==", "/w=="] {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
