//! ListShortMessages: what was sent, and what became of it. In the cloud the short message service's console shows it.

use openapi::{Answer, Call, HandlerResult, OperationSpec, Parameter};
use serde_json::{Value, json};

use crate::access;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::limits::{DEFAULT_PAGE_SIZE, MAX_ID_CHARS};
use crate::message::rows::StoredMessage;
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::page::{PAGE_NUMBER, PAGE_SIZE, Page};
use crate::user::Role;

/// Filters must all match; newest first.
pub(super) const SPEC: OperationSpec = OperationSpec::read("ListShortMessages")
    .console_operation()
    .takes(&[
        INSTANCE_ID,
        Parameter::text_of("BizId", 1, MAX_ID_CHARS),
        Parameter::text_of("PhoneNumber", 1, MAX_ID_CHARS),
        Parameter::one_of("State", sms::State::NAMES),
        Parameter::integer("StartTime", 0, i64::MAX),
        Parameter::integer("StopTime", 0, i64::MAX),
        PAGE_NUMBER,
        PAGE_SIZE,
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["ShortMessages"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code]);

const CONDITION: &str = "instance_id = $1 AND ($2 = '' OR biz_id = $2 OR batch_id = $2)
    AND ($3 = '' OR phone_number = $3) AND ($4 = '' OR state = $4) AND created_at_ms >= $5 AND created_at_ms <= $6";

pub(super) async fn list_short_messages(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let page = Page::of(call, DEFAULT_PAGE_SIZE);
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let total: i64 =
        filled(call, &facts.id, format!("SELECT COUNT(*) AS total FROM ccc_short_messages WHERE {CONDITION}"))
            .fetch_one(&mut *connection)
            .await
            .and_then(|row| sqlx::Row::try_get(&row, "total"))
            .map_err(CallCenterError::from)?;
    let sql = format!(
        "SELECT * FROM ccc_short_messages WHERE {CONDITION} ORDER BY created_at_ms DESC, id LIMIT $7 OFFSET $8"
    );
    let rows = filled(call, &facts.id, sql)
        .bind(page.size)
        .bind(page.offset())
        .fetch_all(&mut *connection)
        .await
        .map_err(CallCenterError::from)?;
    let messages: Vec<StoredMessage> =
        rows.iter().map(sqlx::FromRow::from_row).collect::<Result<_, sqlx::Error>>().map_err(CallCenterError::from)?;
    let views = messages.into_iter().map(view).collect();
    Ok(Answer::empty().with("ShortMessages", page.view(total, "ShortMessage", views)))
}

fn filled<'q>(
    call: &'q Call,
    instance_id: &'q str,
    sql: String,
) -> sqlx::query::Query<'q, sqlx::Any, sqlx::any::AnyArguments> {
    // The text is made of the program's own constants.
    sqlx::query(sqlx::AssertSqlSafe(sql))
        .bind(instance_id)
        .bind(call.required("BizId"))
        .bind(call.required("PhoneNumber"))
        .bind(call.required("State"))
        .bind(call.integer("StartTime").unwrap_or(0))
        .bind(call.integer("StopTime").unwrap_or(i64::MAX))
}

fn view(message: StoredMessage) -> Value {
    json!({
        "MessageId": message.id,
        "BatchId": message.batch_id,
        "BizId": message.biz_id,
        "ConfigId": message.config_id,
        "PhoneNumber": message.phone_number,
        "SignName": message.sign_name,
        "Text": message.text,
        "Provider": message.provider,
        "State": message.state,
        "Code": message.code,
        "Cause": message.cause,
        "CreateTime": message.created_at_ms,
        "ChangeTime": message.changed_at_ms,
    })
}
