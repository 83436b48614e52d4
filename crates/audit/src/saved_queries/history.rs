//! `CreateAdvancedQueryHistory` and its family: the last queries of each caller.

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value, json};
use sqlx::Row;

use super::{SIMPLE_QUERY, failed, new_id};
use crate::limits::{MAX_QUERY_CHARS, MAX_QUERY_HISTORY};
use crate::operations::ActionTrail;
use crate::tables;
use crate::trail::database;

/// The operations.
///
/// Public documents: ActionTrail, "CreateAdvancedQueryHistory", "DescribeAdvancedQueryHistory",
/// "DeleteAdvancedQueryHistory" (2020-07-06).
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::write("CreateAdvancedQueryHistory")
            .takes(&[Parameter::text_of("QuerySql", 0, MAX_QUERY_CHARS), SIMPLE_QUERY])
            .answers(&["QueryId", "QuerySql", "SimpleQuery"])
            .fails_with(&["InvalidQueryParameter"]),
        handler: |audit, call| Box::pin(create(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("DescribeAdvancedQueryHistory").answers(&["QueryHistoryList"]),
        handler: |audit, call| Box::pin(describe(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("DeleteAdvancedQueryHistory").takes(&[Parameter::text("QueryId").required()]),
        handler: |audit, call| Box::pin(delete(audit, call)),
    },
];

/// The newest are kept, for each caller.
async fn create(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let (account_id, principal_id) = (&call.caller.account_id, call.caller.principal_id());
    let text = call.text("QuerySql").unwrap_or_default();
    let is_simple = call.boolean("SimpleQuery").unwrap_or(false);
    let id = new_id("query");
    let mut transaction = audit.database().begin().await.map_err(database)?;
    tables::lock(&mut transaction, account_id).await.map_err(failed)?;
    let number = tables::next_number(&mut transaction, "query-history").await.map_err(failed)?;
    sqlx::query(
        "INSERT INTO audit_query_history (id, account_id, principal_id, number, query, is_simple, created_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    )
    .bind(id.as_str())
    .bind(account_id.as_str())
    .bind(principal_id.as_str())
    .bind(number)
    .bind(text)
    .bind(i64::from(is_simple))
    .bind(call.arrived_at_ms)
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    sqlx::query(
        "DELETE FROM audit_query_history WHERE account_id = $1 AND principal_id = $2 AND number NOT IN (
             SELECT number FROM audit_query_history WHERE account_id = $1 AND principal_id = $2
             ORDER BY number DESC LIMIT $3)",
    )
    .bind(account_id.as_str())
    .bind(principal_id.as_str())
    .bind(MAX_QUERY_HISTORY)
    .execute(&mut *transaction)
    .await
    .map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    Ok(Answer::empty().with("QueryId", id).with("QuerySql", text).with("SimpleQuery", is_simple))
}

/// Newest first.
async fn describe(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let rows = sqlx::query(
        "SELECT id, query, is_simple, created_ms FROM audit_query_history
         WHERE account_id = $1 AND principal_id = $2 ORDER BY number DESC",
    )
    .bind(call.caller.account_id.as_str())
    .bind(call.caller.principal_id())
    .fetch_all(audit.database().pool())
    .await
    .map_err(failed)?;
    let list: Result<Vec<Value>, sqlx::Error> = rows
        .iter()
        .map(|row| {
            Ok(json!({
                "QueryId": row.try_get::<String, _>(0)?,
                "QuerySql": row.try_get::<String, _>(1)?,
                "SimpleQuery": row.try_get::<i64, _>(2)? != 0,
                "TimeStamp": row.try_get::<i64, _>(3)?.to_string(),
            }))
        })
        .collect();
    Ok(Answer::empty().with("QueryHistoryList", list.map_err(failed)?))
}

/// One that is not there is as good as deleted.
async fn delete(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    sqlx::query("DELETE FROM audit_query_history WHERE account_id = $1 AND principal_id = $2 AND id = $3")
        .bind(call.caller.account_id.as_str())
        .bind(call.caller.principal_id())
        .bind(call.required("QueryId"))
        .execute(audit.database().pool())
        .await
        .map_err(failed)?;
    Ok(Answer::empty())
}
