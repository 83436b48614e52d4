//! The topics of a logstore. Public document: Simple Log Service, "ListTopics".
//!
//! One way through the rows of each shard: what was found is left out of what is looked for next, so that rows of known
//! topics are passed over in the store's index.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use openapi::clock::now_ms;
use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};
use serde_json::json;
use store::search::{Budget, Expr, PageEnd, Search};
use store::{Direction, Query, Store};

use super::page::streams;
use crate::answer::{Answer, json_answer, put_header};
use crate::data::log_schema;
use crate::data::reader::{ReadError, is_shown};
use crate::data::row::LogRow;
use crate::data::schema::TOPIC;
use crate::fault::{Fault, codes};
use crate::limits::{MAX_DIFFERENT_TOPICS, MAX_TOPICS, SEARCH_PATIENCE_MS, TOPICS_LEFT_OUT, WALK_FIRST_ROWS};
use crate::service::{LogService, Request};

/// What a header cannot hold as it is.
const IN_HEADER: &AsciiSet = &CONTROLS.add(b'%').add(b' ');

pub(crate) async fn list(service: &LogService, request: &Request) -> Result<Answer, Fault> {
    let line = match request.query.number("line")? {
        None => MAX_TOPICS,
        Some(line @ 1..=100) => line as usize,
        Some(_) => return Err(codes::PARAMETER_INVALID.says("line must be 1 to 100")),
    };
    let from = percent_decode_str(request.query.text("token").unwrap_or_default()).decode_utf8_lossy().into_owned();
    let logstore = service.logstore(request).await?;
    let (store, streams) = (service.store.clone(), streams(&logstore)?);
    let horizon_ms = logstore.horizon_ms(now_ms());
    service.caught_up().await?;
    let topics = super::blocking(move || {
        let mut topics = BTreeSet::new();
        let deadline = Instant::now() + Duration::from_millis(SEARCH_PATIENCE_MS);
        for (_, stream) in &streams {
            collect(&store, stream, horizon_ms, deadline, &mut topics)?;
        }
        Ok(topics)
    })
    .await?;
    let mut page: Vec<&String> = topics.range(from..).take(line + 1).collect();
    let next = if page.len() > line { page.pop() } else { None };
    let mut answer = json_answer(&json!(page));
    put_header(&mut answer, "x-log-count", &page.len().to_string());
    let next = next.map(|topic| utf8_percent_encode(topic, IN_HEADER).to_string());
    // One official client needs the header even where there is nothing more.
    put_header(&mut answer, "x-log-nexttoken", &next.unwrap_or_default());
    Ok(answer)
}

fn collect(
    store: &Store,
    stream: &str,
    horizon_ms: i64,
    deadline: Instant,
    topics: &mut BTreeSet<String>,
) -> Result<(), Fault> {
    let budget = Budget::unlimited().until(deadline);
    let mut after = None;
    loop {
        let query = Query {
            scopes: &[""],
            all_of: &[],
            from_s: i64::MIN,
            to_s: i64::MAX,
            direction: Direction::Forward,
            after,
            limit: WALK_FIRST_ROWS,
        };
        let search = Search::new(others(topics), log_schema().layout()).map_err(|error| Fault::internal(&error))?;
        let page = store.search(stream, &query, &search, &budget).map_err(ReadError::Store)?;
        for row in &page.rows {
            after = Some(row.cursor);
            if is_shown(row, horizon_ms)? {
                let topic = LogRow::read(&row.bytes).map_err(ReadError::Row)?.topic;
                topics.extend(topic.map(|topic| topic.into_owned()));
            }
        }
        match page.end {
            PageEnd::Last => return Ok(()),
            PageEnd::Full if topics.len() <= MAX_DIFFERENT_TOPICS => {}
            PageEnd::Full | PageEnd::Stopped { .. } => {
                return Err(codes::PARAMETER_INVALID
                    .says("The logstore has too many logs or topics to list them; ask SQL for those of a time."));
            }
        }
    }
}

/// Rows with a topic that is none of these, as far as the store can leave out so many.
fn others(topics: &BTreeSet<String>) -> Expr {
    let known = topics.iter().take(TOPICS_LEFT_OUT).map(|topic| Expr::Is(TOPIC, topic.clone()));
    Expr::And(vec![Expr::Exists(TOPIC), Expr::Not(Box::new(Expr::Or(known.collect())))])
}
