//! Runs tables of expressions.

use std::sync::Arc;

use datafusion::error::{DataFusionError, Result};
use datafusion::prelude::{SessionConfig, SessionContext};
use presto::format::Texts;
use presto::{FunctionSettings, Geography, register};

/// An expression, and what a result's cell shows for it.
pub(crate) type Row = (&'static str, &'static str);

/// 2026-11-22 00:01:01.234 UTC; 08:01 in the zone of the session, which is Asia/Shanghai.
const NOW_MS: i64 = 1_795_305_661_234;

/// Texts, numbers and keys, with NULLs and letters of several bytes.
const LOGS: &str = "(VALUES ('a', 1, 1.5), ('b', 2, 2.5), ('b', 3, CAST(NULL AS DOUBLE)), ('é', 4, -1.0), \
                    (CAST(NULL AS VARCHAR), 5, 4.0)) AS log(k, n, d)";

fn context(dialect: &str, geography: Option<Arc<dyn Geography>>) -> Result<SessionContext> {
    let config = SessionConfig::new()
        .with_target_partitions(3)
        .set_str("datafusion.sql_parser.dialect", dialect)
        .set_str("datafusion.sql_parser.default_null_ordering", "nulls_last")
        .set_bool("datafusion.sql_parser.map_string_types_to_utf8view", false);
    let context = SessionContext::new_with_config(config);
    let settings = FunctionSettings { time_zone: "Asia/Shanghai".to_owned(), now_ms: NOW_MS, geography };
    register(&context, settings)?;
    Ok(context)
}

async fn cell(context: &SessionContext, statement: &str) -> Result<String> {
    let batches = context.sql(statement).await?.collect().await?;
    let batch = batches.iter().find(|batch| batch.num_rows() > 0);
    let batch = batch.ok_or_else(|| DataFusionError::Execution("no rows".to_owned()))?;
    Texts::new(batch.column(0), batch.schema().field(0))?.cell(0)
}

fn run(
    context: Result<SessionContext>,
    rows: &[Row],
    statement: impl Fn(&str) -> String,
    is_right: impl Fn(&Result<String>, &str) -> bool,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let context = context.expect("the functions are registered");
    let mut wrong = Vec::new();
    for (expression, expected) in rows {
        let found = runtime.block_on(cell(&context, &statement(expression)));
        if !is_right(&found, expected) {
            wrong.push(format!("{expression}\n    expected {expected}\n    found    {found:?}"));
        }
    }
    assert!(wrong.is_empty(), "{} of {} are wrong:\n{}", wrong.len(), rows.len(), wrong.join("\n"));
}

fn is_equal(found: &Result<String>, expected: &str) -> bool {
    found.as_ref().is_ok_and(|found| found == expected)
}

/// Expressions without a table.
pub(crate) fn check(rows: &[Row]) {
    run(context("generic", None), rows, |expression| format!("SELECT {expression}"), is_equal);
}

/// Expressions without a table, where addresses have places.
pub(crate) fn check_with(geography: Arc<dyn Geography>, rows: &[Row]) {
    run(context("generic", Some(geography)), rows, |expression| format!("SELECT {expression}"), is_equal);
}

/// Expressions over [`LOGS`].
pub(crate) fn check_over_logs(rows: &[Row]) {
    run(context("generic", None), rows, |expression| format!("SELECT {expression} FROM {LOGS}"), is_equal);
}

/// Expressions with lambdas over [`LOGS`], in a dialect that has them.
pub(crate) fn check_lambdas(rows: &[Row]) {
    run(context("databricks", None), rows, |expression| format!("SELECT {expression} FROM {LOGS}"), is_equal);
}

/// Expressions that are refused with an error that has a text.
pub(crate) fn check_refused(rows: &[Row]) {
    let is_told =
        |found: &Result<String>, part: &str| found.as_ref().is_err_and(|error| error.to_string().contains(part));
    run(context("generic", None), rows, |expression| format!("SELECT {expression}"), is_told);
}
