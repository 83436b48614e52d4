//! The neighbours of a log: what its writer wrote before and after it. Public document: Simple Log Service,
//! "GetContextLogs".

use openapi::clock::now_ms;
use serde_json::{Value, json};
use store::{Cursor, Direction, FieldId, FoundRow, Query, Store};

use super::cursor::open;
use super::page::{parse_pack_meta, shown};
use crate::answer::{Answer, json_answer};
use crate::data::reader::{Found, ReadError};
use crate::data::row::{LogRow, group_of};
use crate::data::schema::{PACK_ID, WRITER, writer};
use crate::fault::{Fault, codes};
use crate::limits::{CONTEXT_REACH_S, MAX_CONTEXT_LINES};
use crate::request::Query as Parameters;
use crate::service::{LogService, Request};

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.query;
    let (back, forward) = (lines(query, "back_lines")?, lines(query, "forward_lines")?);
    if back + forward == 0 {
        return Err(codes::PARAMETER_INVALID.says("back_lines or forward_lines must be 1 to 100"));
    }
    let pack_id = query.text("pack_id").unwrap_or_default().to_owned();
    let place = parse_pack_meta(query.text("pack_meta").unwrap_or_default());
    let (shard, position) = place.ok_or_else(|| {
        codes::PARAMETER_INVALID
            .says("pack_id and pack_meta must be those of a log that a search with |with_pack_meta found")
    })?;
    let logstore = service.logstore(request).await?;
    let shard = logstore.shard(shard)?.number;
    let reader = open(service, &logstore, shard)?;
    service.caught_up().await?;
    let horizon_ms = logstore.horizon_ms(now_ms());
    let logs = super::blocking(move || {
        let rows = reader.group(group_of(position))?;
        let anchor = rows.into_iter().find(|row| row.cursor.position == position);
        let anchor = anchor.filter(|row| is_of(row, &pack_id)).ok_or_else(|| {
            codes::PARAMETER_INVALID.says("no log is at pack_id and pack_meta; it may not be kept any more")
        })?;
        let field = match writer(&pack_id) {
            Some(writer) => (WRITER, writer.to_owned()),
            None => (PACK_ID, pack_id.clone()),
        };
        let around =
            |direction, limit| neighbours(&reader.store, &reader.stream, anchor.cursor, &field, direction, limit);
        let before = kept(around(Direction::Backward, back)?, horizon_ms)?;
        let after = kept(around(Direction::Forward, forward)?, horizon_ms)?;
        let numbers = -(before.len() as i64)..;
        let rows = before.into_iter().rev().chain([anchor.clone()]).chain(after);
        let logs = rows.zip(numbers).map(|(row, number)| {
            let mut members = shown(&Found { shard, row }, true)?;
            members.insert("__index_number__".to_owned(), Value::String(number.to_string()));
            Ok((number, Value::Object(members)))
        });
        Ok(logs.collect::<Result<Vec<_>, ReadError>>()?)
    })
    .await?;
    let back_lines = logs.iter().filter(|(number, _)| *number < 0).count();
    let forward_lines = logs.iter().filter(|(number, _)| *number > 0).count();
    let logs: Vec<Value> = logs.into_iter().map(|(_, log)| log).collect();
    Ok(json_answer(&json!({
        "total_lines": logs.len(),
        "back_lines": back_lines,
        "forward_lines": forward_lines,
        "progress": "Complete",
        "logs": logs,
    })))
}

fn lines(query: &Parameters, name: &'static str) -> Result<usize, Fault> {
    match query.number(name)? {
        None => Ok(0),
        Some(lines) => usize::try_from(lines)
            .ok()
            .filter(|lines| *lines <= MAX_CONTEXT_LINES)
            .ok_or_else(|| codes::PARAMETER_INVALID.says(format!("{name} must be 0 to {MAX_CONTEXT_LINES}"))),
    }
}

fn is_of(row: &FoundRow, pack_id: &str) -> bool {
    LogRow::read(&row.bytes).is_ok_and(|row| row.tags.get(crate::data::schema::PACK_ID_TAG) == Some(pack_id))
}

fn neighbours(
    store: &Store,
    stream: &str,
    of: Cursor,
    (field, value): &(FieldId, String),
    direction: Direction,
    limit: usize,
) -> Result<Vec<FoundRow>, ReadError> {
    if limit == 0 {
        return Ok(Vec::new());
    }
    let query = Query {
        scopes: &[""],
        all_of: &[(*field, value)],
        from_s: of.time_s - CONTEXT_REACH_S,
        to_s: of.time_s + CONTEXT_REACH_S,
        direction,
        after: Some(of),
        limit,
    };
    Ok(store.lookup(stream, &query)?.rows)
}

fn kept(rows: Vec<FoundRow>, horizon_ms: i64) -> Result<Vec<FoundRow>, ReadError> {
    let mut kept = Vec::with_capacity(rows.len());
    for row in rows {
        if LogRow::read(&row.bytes).map_err(ReadError::Row)?.received_ms >= horizon_ms {
            kept.push(row);
        }
    }
    Ok(kept)
}
