//! Which logs a search means, as the store asks for those that it cannot tell.

use std::sync::Arc;

use store::search::{Expr, RowTest, Search, SearchError};

use super::reader::{is_kept, sure_from_s};
use super::row::LogRow;
use super::schema::{ROW_RULES, log_schema};
use crate::query::Query;

/// Logs that are kept and that a query means.
#[derive(Debug)]
struct LogTest {
    /// Nothing when every log is meant.
    query: Option<Arc<Query>>,
    /// Logs whose groups were received before this, Unix milliseconds, are not shown.
    horizon_ms: i64,
}

impl RowTest for LogTest {
    fn is_meant(&self, row: &[u8]) -> Result<bool, String> {
        let row = LogRow::read(row)?;
        let is_kept = is_kept(row.time.into(), row.received_ms, self.horizon_ms);
        Ok(is_kept && self.query.as_ref().is_none_or(|query| query.matches_row(&row)))
    }
}

/// The store's search for all logs that are kept and meant, and for no others.
pub(crate) fn exact_search(query: Option<&Arc<Query>>, horizon_ms: i64) -> Result<Arc<Search>, SearchError> {
    let test = LogTest { query: query.cloned(), horizon_ms };
    Search::tested(condition(query, horizon_ms), log_schema().layout(), Arc::new(test))
}

/// The same with logs of which the store cannot tell, for those who read them anyway.
pub(crate) fn wide_search(query: Option<&Arc<Query>>, horizon_ms: i64) -> Result<Arc<Search>, SearchError> {
    Search::new(condition(query, horizon_ms), log_schema().layout())
}

fn condition(query: Option<&Arc<Query>>, horizon_ms: i64) -> Expr {
    let meant = query.map(|query| query.to_store_search(&ROW_RULES));
    // A log is at most so far ahead of its group that most need not be asked when they came.
    let kept = sure_from_s(horizon_ms).map(|sure_s| {
        let perhaps = Expr::AtMost(Box::new(Expr::ALL), None);
        Expr::Or(vec![Expr::Since(sure_s), perhaps])
    });
    Expr::And(meant.into_iter().chain(kept).collect())
}
