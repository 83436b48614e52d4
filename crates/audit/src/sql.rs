//! `ExecuteSql`: one SELECT over the caller's events. Not in the public API, where the log service does this.
//!
//! The engine is a seam, so that a server can be built without it. Whoever may call this sees all events of the account,
//! in every region; the column `region` tells them apart.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use openapi::{Answer, ApiError, Call};
use serde_json::{Value, json};
use store::Store;

use crate::limits::{DEFAULT_SQL_ROWS, HANG_UP_POLL_MS, MAX_SQL_ROWS};
use crate::operations::ActionTrail;
use crate::recorder::STREAM_PREFIX;

/// What an engine is asked.
#[derive(Debug, Clone, Copy)]
pub struct SqlQuestion<'a> {
    /// The stream whose rows are the table.
    pub stream: &'a str,
    /// When it is asked, Unix seconds: only what is kept then is seen.
    pub now_s: i64,
    /// One SELECT.
    pub text: &'a str,
    /// Most rows of the answer.
    pub max_rows: usize,
}

/// What an engine answers.
#[derive(Debug, Clone, PartialEq)]
pub struct SqlAnswer {
    /// Names and types of the columns.
    pub columns: Vec<(String, String)>,
    /// The rows.
    pub rows: Vec<Vec<Value>>,
    /// `Rows` or `Bytes` when that bound cut the answer.
    pub truncated_by: Option<&'static str>,
}

/// Why an engine has no answer; the text says what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SqlFailure {
    /// The text is not a query that is understood and allowed.
    Invalid(String),
    /// It needs more time, memory or disk than it may use.
    Limit(String),
    /// The history cannot be read completely.
    Unreadable(String),
    /// The engine is at fault.
    Internal(String),
}

/// An answer that is being computed. Dropping it ends the query.
pub type SqlAnswering<'a> = Pin<Box<dyn Future<Output = Result<SqlAnswer, SqlFailure>> + Send + 'a>>;

/// Answers SQL over a stream.
pub trait SqlEngine: Send + Sync {
    /// Answers one SELECT over what is kept of a stream.
    fn query<'a>(&'a self, store: Arc<Store>, question: SqlQuestion<'a>) -> SqlAnswering<'a>;
}

pub(crate) async fn execute_sql(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let Some(engine) = &trail.sql else {
        return Err(ApiError::bad_request(
            "UnsupportedOperation",
            "This server was built without SQL: build it with the feature \"sql\".",
        ));
    };
    trail.indexer.catch_up().await.map_err(|fault| ApiError::unavailable(fault.to_string()))?;
    let stream = format!("{STREAM_PREFIX}{}", call.caller.account_id);
    let max_rows = call.integer("MaxRows").unwrap_or(DEFAULT_SQL_ROWS).clamp(1, MAX_SQL_ROWS).unsigned_abs() as usize;
    let question = SqlQuestion {
        stream: &stream,
        now_s: call.arrived_at_ms.div_euclid(1_000),
        text: call.text("Sql").unwrap_or_default(),
        max_rows,
    };
    let answer = tokio::select! {
        answer = engine.query(trail.store.clone(), question) => answer.map_err(refused)?,
        () = client_gone(call) => {
            return Err(ApiError::new(499, "ClientClosedRequest", "The client hung up before the query was finished."));
        }
    };
    let columns = answer.columns.into_iter().map(|(name, kind)| json!({"Name": name, "Type": kind}));
    Ok(Answer::empty()
        .with("Columns", columns.collect::<Vec<Value>>())
        .with("RowCount", answer.rows.len())
        .with("Rows", answer.rows)
        .with("Complete", answer.truncated_by.is_none())
        .with_optional("TruncatedBy", answer.truncated_by))
}

/// Resolves when nobody waits for the answer any more.
async fn client_gone(call: &Call) {
    let is_gone = call.hang_up.flag();
    while !is_gone.load(Ordering::Acquire) {
        tokio::time::sleep(Duration::from_millis(HANG_UP_POLL_MS)).await;
    }
}

fn refused(failure: SqlFailure) -> ApiError {
    match failure {
        SqlFailure::Invalid(problem) => {
            ApiError::bad_request("InvalidSql", format!("The Sql is not valid: {problem}."))
        }
        SqlFailure::Limit(problem) => ApiError::bad_request("SqlLimitExceeded", format!("{problem}.")),
        SqlFailure::Unreadable(problem) => {
            tracing::error!(%problem, "a query could not be answered");
            ApiError::unavailable(problem)
        }
        SqlFailure::Internal(problem) => ApiError::internal(&problem),
    }
}
