//! Logs of a range of times. Public documents: Simple Log Service, "GetLogs" (GET), "GetLogsV2" (POST).

use std::time::Instant;

use openapi::clock::now_ms;
use serde_json::{Map, Value, json};
use store::Direction;

use super::Fields;
use super::page::{Ask, Search, shown, walk};
use crate::answer::{Answer, json_answer, put_header};
use crate::data::reader::ReadError;
use crate::fault::{Fault, codes};
use crate::limits::MAX_PAGE_LOGS;
use crate::request::not_a_number;
use crate::service::{LogService, Request};

/// A page of logs that is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
struct PageAsk {
    ask: Ask,
    line: usize,
    offset: usize,
    is_reverse: bool,
}

/// What was found.
pub(super) struct Page {
    pub(super) logs: Vec<Value>,
    /// The page is what there is; otherwise time was over, and the same question may find more.
    pub(super) is_complete: bool,
    /// Logs that were looked at.
    pub(super) processed: u64,
    /// Their bytes, where these were counted.
    pub(super) processed_bytes: u64,
    pub(super) search: Search,
    pub(super) elapsed_ms: u128,
    /// What SQL says of its rows.
    pub(super) analysis: Option<Analysis>,
}

/// What SQL says of its rows.
#[derive(Default)]
pub(super) struct Analysis {
    pub(super) text: String,
    /// Names and types, in order.
    pub(super) columns: Vec<(String, String)>,
    /// The bound that a missing LIMIT put on the rows.
    pub(super) limited: u64,
}

pub(crate) async fn get(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let fields = Fields::of_body(&request.head)?;
    let number = |name: &'static str| fields.number(name);
    let ask = PageAsk {
        ask: Ask {
            from_s: number("from")?.ok_or_else(|| not_a_number("from"))?,
            to_s: number("to")?.ok_or_else(|| not_a_number("to"))?,
            query: fields.text("query").unwrap_or_default(),
            topic: fields.text("topic").unwrap_or_default(),
        }
        .checked()?,
        line: line(number("line")?)?,
        offset: offset(number("offset")?)?,
        is_reverse: fields.flag("reverse").unwrap_or(false),
    };
    let page = find(service, request, ask).await?;
    Ok(json_answer(&json!({"meta": meta(&page), "data": page.logs})))
}

pub(crate) async fn get_v1(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let query = &request.query;
    let ask = PageAsk {
        ask: Ask {
            from_s: query.required_number("from")?,
            to_s: query.required_number("to")?,
            query: query.text("query").unwrap_or_default().to_owned(),
            topic: query.text("topic").unwrap_or_default().to_owned(),
        }
        .checked()?,
        line: line(query.number("line")?)?,
        offset: offset(query.number("offset")?)?,
        is_reverse: query.flag("reverse"),
    };
    Ok(v1_answer(&find(service, request, ask).await?))
}

/// The rows as the body, everything else in headers.
pub(super) fn v1_answer(page: &Page) -> Answer {
    let mut answer = json_answer(&Value::Array(page.logs.clone()));
    let none = Analysis::default();
    let analysis = page.analysis.as_ref().unwrap_or(&none);
    let info = json!({
        "keys": names(analysis),
        "columnTypes": types(analysis),
        "terms": page.search.terms(),
        "mode": page.search.mode(),
        "phraseQueryInfo": {},
        "limited": analysis.limited.to_string(),
        "marker": "",
    });
    for (name, value) in [
        ("x-log-progress", progress(page.is_complete).to_owned()),
        ("x-log-count", page.logs.len().to_string()),
        ("x-log-processed-rows", page.processed.to_string()),
        ("x-log-elapsed-millisecond", page.elapsed_ms.to_string()),
        ("x-log-has-sql", page.analysis.is_some().to_string()),
        ("x-log-where-query", page.search.text.clone()),
        ("x-log-agg-query", analysis.text.clone()),
        ("x-log-cpu-sec", "0".to_owned()),
        ("x-log-cpu-cores", "0".to_owned()),
        ("x-log-query-info", info.to_string()),
    ] {
        put_header(&mut answer, name, &value);
    }
    answer
}

fn names(analysis: &Analysis) -> Vec<&str> {
    analysis.columns.iter().map(|(name, _)| name.as_str()).collect()
}

fn types(analysis: &Analysis) -> Vec<&str> {
    analysis.columns.iter().map(|(_, type_name)| type_name.as_str()).collect()
}

/// As clients compare it.
pub(crate) fn progress(is_complete: bool) -> &'static str {
    if is_complete { "Complete" } else { "Incomplete" }
}

fn line(line: Option<i64>) -> Result<usize, Fault> {
    match line {
        None => Ok(MAX_PAGE_LOGS),
        Some(line) => usize::try_from(line).map(|line| line.min(MAX_PAGE_LOGS)).map_err(|_| limit_required()),
    }
}

fn offset(offset: Option<i64>) -> Result<usize, Fault> {
    usize::try_from(offset.unwrap_or_default()).map_err(|_| limit_required())
}

fn limit_required() -> Fault {
    codes::PARAMETER_INVALID.says("limit expression is required: line and offset must not be negative")
}

async fn find(service: &LogService, request: &Request, ask: PageAsk) -> Result<Page, Fault> {
    let started = Instant::now();
    let logstore = service.logstore(request).await?;
    let search = Search::parse(&ask.ask.query, logstore.index.as_ref())?;
    service.caught_up().await?;
    if search.sql.is_some() {
        return super::sql::of_search(service, request, &logstore, &ask.ask, search, ask.offset).await;
    }
    let direction = if ask.is_reverse { Direction::Backward } else { Direction::Forward };
    let mut walk = walk(service, &logstore, &ask.ask, &search, direction, now_ms())?;
    super::blocking(move || {
        let mut logs = Vec::new();
        let mut is_complete = true;
        let read = walk.skip(ask.offset).and_then(|()| {
            while logs.len() < ask.line
                && let Some(found) = walk.next()?
            {
                logs.push(Value::Object(shown(&found, search.with_pack_meta)?));
            }
            Ok(())
        });
        match read {
            Ok(()) => {}
            Err(ReadError::Late) => is_complete = false,
            Err(error) => return Err(error.into()),
        }
        let (processed, processed_bytes, elapsed_ms) = (walk.examined, walk.bytes_read, started.elapsed().as_millis());
        Ok(Page { logs, is_complete, processed, processed_bytes, search, elapsed_ms, analysis: None })
    })
    .await
}

fn meta(page: &Page) -> Map<String, Value> {
    let none = Analysis::default();
    let analysis = page.analysis.as_ref().unwrap_or(&none);
    let document = json!({
        "progress": progress(page.is_complete),
        "count": page.logs.len(),
        "processedRows": page.processed,
        "processedBytes": page.processed_bytes,
        "elapsedMillisecond": page.elapsed_ms as u64,
        "hasSQL": page.analysis.is_some(),
        "whereQuery": page.search.text,
        "aggQuery": analysis.text,
        "cpuSec": 0.0,
        "cpuCores": 0,
        "limited": analysis.limited,
        "mode": page.search.mode(),
        "phraseQueryInfo": {},
        "scanBytes": 0,
        "telementryType": "None",
        "powerSql": false,
        "insertedSQL": "",
        "keys": names(analysis),
        "terms": page.search.terms(),
        "marker": "",
        "isAccurate": true,
        "columnTypes": types(analysis),
        "highlights": [],
    });
    match document {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}
