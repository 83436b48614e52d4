//! What the ways to search have in common: what is asked, which logs that is, and how a log looks in an answer.
//!
//! Public document: Simple Log Service, "GetLogs".

use std::sync::Arc;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use store::search::{Search as StoreSearch, SearchError};
use store::{Direction, FieldId};

use crate::data::reader::{Found, Range, ReadError, Walk};
use crate::data::row::{LogRow, place_of};
use crate::data::row_test::{exact_search, wide_search};
use crate::data::schema::TOPIC;
use crate::fault::{Fault, codes};
use crate::index::IndexConfig;
use crate::limits::SEARCH_PATIENCE_MS;
use crate::logstores::Logstore;
use crate::query::{self, Query};
use crate::service::LogService;

/// What a client asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ask {
    /// Unix seconds, inclusive.
    pub(crate) from_s: i64,
    /// Unix seconds, exclusive.
    pub(crate) to_s: i64,
    pub(crate) query: String,
    /// Empty for every topic.
    pub(crate) topic: String,
}

impl Ask {
    /// Checks the times. No log has a time that 32 bits do not hold, so later ones are as good as that.
    pub(crate) fn checked(self) -> Result<Ask, Fault> {
        for (name, time_s) in [("from", self.from_s), ("to", self.to_s)] {
            if time_s < 0 {
                return Err(crate::request::not_a_number(name));
            }
        }
        if self.from_s >= self.to_s {
            return Err(codes::PARAMETER_INVALID.says("The parameter from must be less than to"));
        }
        let to_s = self.to_s.min(i64::from(u32::MAX) + 1);
        Ok(Ask { from_s: self.from_s.min(to_s - 1), to_s, ..self })
    }
}

/// A search that can be run.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    /// The text before the bar.
    pub(crate) text: String,
    /// Nothing when every log is wanted.
    query: Option<Arc<Query>>,
    /// Rows tell where they are, for a look at their neighbours.
    pub(crate) with_pack_meta: bool,
    /// SQL behind the bar.
    pub(crate) sql: Option<String>,
}

impl Search {
    /// Reads the text of a query by an index.
    pub(crate) fn parse(text: &str, index: Option<&IndexConfig>) -> Result<Search, Fault> {
        let index = index.ok_or_else(|| codes::NO_INDEX_TO_SEARCH.fault())?;
        let statement = query::split(text);
        let (with_pack_meta, sql) = match statement.analysis {
            None | Some("") => (false, None),
            Some("with_pack_meta") => (true, None),
            Some(text) if is_scan(text) => {
                return Err(codes::PARAMETER_INVALID
                    .says("This server does not have the scan mode: write | SELECT … WHERE … over indexed keys."));
            }
            Some(sql) => (false, Some(sql.to_owned())),
        };
        let parsed = query::parse(statement.search, index);
        let parsed = parsed.map_err(|fault| codes::PARAMETER_INVALID.says(fault.to_string()))?;
        let query = Some(Arc::new(parsed)).filter(|parsed| !parsed.is_all());
        Ok(Search { text: statement.search.trim_start().to_owned(), query, with_pack_meta, sql })
    }

    /// The search that wants every log.
    pub(crate) fn all() -> Search {
        Search { text: String::new(), query: None, with_pack_meta: false, sql: None }
    }

    /// Whether every log is wanted.
    pub(crate) fn is_all(&self) -> bool {
        self.query.is_none()
    }

    /// Whether a log is wanted, of those that a [wide](Self::wide) search gives.
    pub(crate) fn wants_row(&self, row: &LogRow<'_>) -> bool {
        self.query.as_ref().is_none_or(|query| query.matches_row(row))
    }

    /// What is looked for, as answers list it.
    pub(crate) fn terms(&self) -> Vec<Value> {
        let terms = self.query.iter().flat_map(|query| query.terms());
        terms.map(|term| json!({"key": term.key, "term": term.term})).collect()
    }

    /// 1 for a phrase, 0 otherwise.
    pub(crate) fn mode(&self) -> u8 {
        u8::from(self.query.as_ref().is_some_and(|query| query.has_phrase()))
    }

    /// For the store: all logs that are wanted and were received since then, Unix milliseconds, and no others.
    pub(crate) fn exact(&self, horizon_ms: i64) -> Result<Arc<StoreSearch>, Fault> {
        exact_search(self.query.as_ref(), horizon_ms).map_err(too_much)
    }

    /// The same with logs that the store cannot tell from these.
    pub(crate) fn wide(&self, horizon_ms: i64) -> Result<Arc<StoreSearch>, Fault> {
        wide_search(self.query.as_ref(), horizon_ms).map_err(too_much)
    }
}

fn too_much(error: SearchError) -> Fault {
    codes::PARAMETER_INVALID.says(error.to_string())
}

/// `where …` behind the bar: predicates on what is not indexed.
fn is_scan(text: &str) -> bool {
    text.split_whitespace().next().is_some_and(|word| word.eq_ignore_ascii_case("where"))
}

/// The walk over everything that is wanted.
pub(crate) fn walk(
    service: &LogService,
    logstore: &Logstore,
    ask: &Ask,
    search: &Search,
    direction: Direction,
    now_ms: i64,
) -> Result<Walk, Fault> {
    let range = range(logstore, ask, search, direction, now_ms)?;
    Ok(Walk::new(Arc::clone(&service.store), streams(logstore)?, range))
}

/// Everything that is wanted, as long as there is time.
pub(crate) fn range(
    logstore: &Logstore,
    ask: &Ask,
    search: &Search,
    direction: Direction,
    now_ms: i64,
) -> Result<Range, Fault> {
    let mut all_of: Vec<(FieldId, String)> = Vec::new();
    if !ask.topic.is_empty() {
        all_of.push((TOPIC, ask.topic.clone()));
    }
    Ok(Range {
        from_s: ask.from_s,
        to_s: ask.to_s - 1,
        all_of,
        direction,
        search: search.exact(logstore.horizon_ms(now_ms))?,
        deadline: Instant::now() + Duration::from_millis(SEARCH_PATIENCE_MS),
    })
}

/// Every shard with its stream.
pub(crate) fn streams(logstore: &Logstore) -> Result<Vec<(i64, String)>, Fault> {
    let stream = |number| Ok((number, logstore.stream(number)?.to_string()));
    let streams: Result<_, journal::JournalError> = logstore.shards.iter().map(|shard| stream(shard.number)).collect();
    streams.map_err(|error| Fault::internal(&error))
}

/// A log as an answer shows it: every value is a text.
pub(crate) fn shown(found: &Found, with_pack_meta: bool) -> Result<Map<String, Value>, ReadError> {
    let row = LogRow::read(&found.row.bytes).map_err(ReadError::Row)?;
    let mut members = Map::new();
    let mut put = |name: String, value: String| members.insert(name, Value::String(value));
    put("__time__".to_owned(), row.time.to_string());
    if let Some(ns) = row.ns {
        put("__time_ns_part__".to_owned(), ns.to_string());
    }
    put("__source__".to_owned(), row.source.as_deref().unwrap_or_default().to_owned());
    put("__topic__".to_owned(), row.topic.as_deref().unwrap_or_default().to_owned());
    for (key, value) in &row.tags.0 {
        put(format!("__tag__:{key}"), value.to_string());
    }
    for (key, value) in &row.contents.0 {
        put(key.to_string(), value.to_string());
    }
    if with_pack_meta {
        put("__pack_meta__".to_owned(), pack_meta(found.shard, found.row.cursor.position));
    }
    Ok(members)
}

/// Where a log is, for a later look at its neighbours; opaque to clients.
pub(crate) fn pack_meta(shard: i64, position: u64) -> String {
    format!("{shard}|{}|1|{}", STANDARD.encode(position.to_string()), place_of(position))
}

/// The shard and the position in a `pack_meta`.
pub(crate) fn parse_pack_meta(text: &str) -> Option<(&str, u64)> {
    let mut parts = text.split('|');
    let (shard, position) = (parts.next()?, parts.next()?);
    let position = String::from_utf8(STANDARD.decode(position).ok()?).ok()?;
    Some((shard, position.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_go_both_ways() {
        let text = pack_meta(3, (5 << 20) | 7);
        assert!(text.starts_with("3|") && text.ends_with("|1|7"), "{text}");
        assert_eq!(parse_pack_meta(&text), Some(("3", (5 << 20) | 7)));
        assert!(["", "3", "3|x|1|1", "3|eA==|1|1"].iter().all(|text| parse_pack_meta(text).is_none()));
    }
}
