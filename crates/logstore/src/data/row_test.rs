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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::MAX_AHEAD_S;
    use crate::wire::{LogGroup, PutLog};

    #[test]
    fn logs_that_came_before_the_horizon_are_not_meant() {
        let is_meant = |time_s: i64, received_ms: i64| {
            let log = PutLog { time: Some(time_s.try_into().unwrap()), contents: Vec::new(), time_ns: None };
            let row = LogRow::new(1, received_ms, &LogGroup::default(), &log).to_bytes().unwrap();
            LogTest { query: None, horizon_ms: 5_000 }.is_meant(&row).unwrap()
        };
        assert!(is_meant(1, 5_000) && !is_meant(1, 4_999) && !is_meant(MAX_AHEAD_S, 4_999));
        // No log is so far ahead of its group: it need not be asked.
        assert!(is_meant(6 + MAX_AHEAD_S, 0));
    }
}
