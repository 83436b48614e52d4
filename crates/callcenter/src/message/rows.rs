//! Rows of SMS configs, messages and their parts.

use sms::State;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::CallCenterError;

/// An SMS config: what a message is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct SmsConfig {
    pub(super) id: i64,
    pub(super) name: String,
    pub(super) sign_name: String,
    pub(super) template_code: String,
    /// The template's text.
    pub(super) description: String,
    pub(super) extra: String,
    pub(super) scenario: i64,
    pub(super) created_at_ms: i64,
    pub(super) modified_at_ms: i64,
}

impl<'r> FromRow<'r, AnyRow> for SmsConfig {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            name: row.try_get("name")?,
            sign_name: row.try_get("sign_name")?,
            template_code: row.try_get("template_code")?,
            description: row.try_get("description")?,
            extra: row.try_get("extra")?,
            scenario: row.try_get("scenario")?,
            created_at_ms: row.try_get("created_at_ms")?,
            modified_at_ms: row.try_get("modified_at_ms")?,
        })
    }
}

/// The configs of an instance, oldest first.
pub(super) async fn configs(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<SmsConfig>, CallCenterError> {
    Ok(sqlx::query_as("SELECT * FROM ccc_sms_configs WHERE instance_id = $1 AND deleted = 0 ORDER BY id")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}

/// The id that a new config gets. The caller holds the instance's lock.
pub(super) async fn next_config_id(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(id) FROM ccc_sms_configs WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?;
    Ok(last.unwrap_or(0) + 1)
}

/// Adds a config, or writes it anew.
pub(super) async fn put_config(
    connection: &mut AnyConnection,
    instance_id: &str,
    config: &SmsConfig,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_sms_configs (instance_id, id, name, sign_name, template_code, description, extra, scenario,
            created_at_ms, modified_at_ms, deleted)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 0)
         ON CONFLICT (instance_id, id) DO UPDATE SET name = excluded.name, sign_name = excluded.sign_name,
            template_code = excluded.template_code, description = excluded.description, extra = excluded.extra,
            scenario = excluded.scenario, modified_at_ms = excluded.modified_at_ms",
    )
    .bind(instance_id)
    .bind(config.id)
    .bind(&config.name)
    .bind(&config.sign_name)
    .bind(&config.template_code)
    .bind(&config.description)
    .bind(&config.extra)
    .bind(config.scenario)
    .bind(config.created_at_ms)
    .bind(config.modified_at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Deletes a config; `false` if there is none.
pub(super) async fn delete_config(
    connection: &mut AnyConnection,
    instance_id: &str,
    id: i64,
) -> Result<bool, CallCenterError> {
    let done = sqlx::query("UPDATE ccc_sms_configs SET deleted = 1 WHERE instance_id = $1 AND id = $2 AND deleted = 0")
        .bind(instance_id)
        .bind(id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// A message to one number, as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct StoredMessage {
    pub(super) id: String,
    pub(super) batch_id: String,
    pub(super) config_id: i64,
    pub(super) phone_number: String,
    pub(super) sign_name: String,
    pub(super) text: String,
    pub(super) provider: String,
    pub(super) biz_id: String,
    pub(super) state: String,
    pub(super) code: String,
    pub(super) cause: String,
    pub(super) created_at_ms: i64,
    pub(super) changed_at_ms: i64,
}

impl<'r> FromRow<'r, AnyRow> for StoredMessage {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            batch_id: row.try_get("batch_id")?,
            config_id: row.try_get("config_id")?,
            phone_number: row.try_get("phone_number")?,
            sign_name: row.try_get("sign_name")?,
            text: row.try_get("text")?,
            provider: row.try_get("provider")?,
            biz_id: row.try_get("biz_id")?,
            state: row.try_get("state")?,
            code: row.try_get("code")?,
            cause: row.try_get("cause")?,
            created_at_ms: row.try_get("created_at_ms")?,
            changed_at_ms: row.try_get("changed_at_ms")?,
        })
    }
}

/// Stores a message before anybody sends it.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    instance_id: &str,
    message: &StoredMessage,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_short_messages (id, instance_id, batch_id, config_id, phone_number, sign_name, text, provider,
            biz_id, state, code, cause, created_at_ms, changed_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $13)",
    )
    .bind(&message.id)
    .bind(instance_id)
    .bind(&message.batch_id)
    .bind(message.config_id)
    .bind(&message.phone_number)
    .bind(&message.sign_name)
    .bind(&message.text)
    .bind(&message.provider)
    .bind(&message.biz_id)
    .bind(&message.state)
    .bind(&message.code)
    .bind(&message.cause)
    .bind(message.created_at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// What changes in a message. An end is never changed again.
pub(super) struct Change<'a> {
    pub(super) state: State,
    /// The provider's reference for people and clients; `None` leaves the one that is there.
    pub(super) biz_id: Option<&'a str>,
    pub(super) code: &'a str,
    pub(super) cause: &'a str,
    pub(super) now_ms: i64,
}

/// Changes a message unless it has ended; `false` if it has, or is not there.
pub(super) async fn change(
    connection: &mut AnyConnection,
    message_id: &str,
    change: &Change<'_>,
) -> Result<bool, CallCenterError> {
    let done = sqlx::query(
        "UPDATE ccc_short_messages SET state = $2, biz_id = COALESCE($3, biz_id), code = $4, cause = $5,
            changed_at_ms = $6
         WHERE id = $1 AND state NOT IN ('Delivered', 'Failed')",
    )
    .bind(message_id)
    .bind(change.state.name())
    .bind(change.biz_id)
    .bind(change.code)
    .bind(change.cause)
    .bind(change.now_ms)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Notes what the provider calls a part.
pub(super) async fn insert_part(
    connection: &mut AnyConnection,
    message_id: &str,
    reference: &str,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_short_message_parts (message_id, reference, state) VALUES ($1, $2, 'Submitted')
         ON CONFLICT DO NOTHING",
    )
    .bind(message_id)
    .bind(reference)
    .execute(connection)
    .await?;
    Ok(())
}

/// The newest message that has a part of this name: providers begin their numbers anew some day.
pub(super) async fn message_of_part(
    connection: &mut AnyConnection,
    provider: &str,
    reference: &str,
) -> Result<Option<String>, CallCenterError> {
    Ok(sqlx::query_scalar(
        "SELECT m.id FROM ccc_short_message_parts p JOIN ccc_short_messages m ON m.id = p.message_id
         WHERE p.reference = $1 AND m.provider = $2 ORDER BY m.created_at_ms DESC LIMIT 1",
    )
    .bind(reference)
    .bind(provider)
    .fetch_optional(connection)
    .await?)
}

/// Sets the state of one part and gives the states of all.
pub(super) async fn change_part(
    connection: &mut AnyConnection,
    message_id: &str,
    reference: &str,
    state: State,
) -> Result<Vec<State>, CallCenterError> {
    sqlx::query("UPDATE ccc_short_message_parts SET state = $3 WHERE message_id = $1 AND reference = $2")
        .bind(message_id)
        .bind(reference)
        .bind(state.name())
        .execute(&mut *connection)
        .await?;
    let names: Vec<String> = sqlx::query_scalar("SELECT state FROM ccc_short_message_parts WHERE message_id = $1")
        .bind(message_id)
        .fetch_all(connection)
        .await?;
    Ok(names.iter().filter_map(|name| State::of_name(name)).collect())
}

/// The messages of an earlier run whose end is open, newest first, after those that a stop caught between storing and
/// answering became `Unknown`: nobody knows whether the provider has them.
pub(super) async fn take_up_open(
    connection: &mut AnyConnection,
    provider: &str,
    limit: i64,
) -> Result<Vec<StoredMessage>, CallCenterError> {
    sqlx::query(
        "UPDATE ccc_short_messages SET state = 'Unknown', cause = 'the server stopped while it was sent'
         WHERE state = 'Queued'",
    )
    .execute(&mut *connection)
    .await?;
    Ok(sqlx::query_as(
        "SELECT * FROM ccc_short_messages WHERE state IN ('Submitted', 'Unknown') AND provider = $1
         ORDER BY created_at_ms DESC LIMIT $2",
    )
    .bind(provider)
    .bind(limit)
    .fetch_all(connection)
    .await?)
}

/// Claims the survey of a contact for a batch; `false` if it was offered before.
pub(super) async fn claim_survey(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
    batch_id: &str,
) -> Result<bool, CallCenterError> {
    let done = sqlx::query(
        "INSERT INTO ccc_short_message_surveys (instance_id, contact_id, batch_id) VALUES ($1, $2, $3)
         ON CONFLICT DO NOTHING",
    )
    .bind(instance_id)
    .bind(contact_id)
    .bind(batch_id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Gives the claim back: no message of the batch was taken.
pub(super) async fn release_survey(connection: &mut AnyConnection, batch_id: &str) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_short_message_surveys WHERE batch_id = $1").bind(batch_id).execute(connection).await?;
    Ok(())
}
