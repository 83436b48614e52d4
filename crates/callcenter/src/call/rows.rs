//! Rows of rules and dialled calls, and what admission needs to know of numbers and users.

use std::collections::{HashMap, HashSet};

use sqlx::AnyConnection;

use crate::call::admission::{Line, Parties, Situation};
use crate::call::destination::normalise;
use crate::call::progress::CallAgent;
use crate::call::rules::DiallingRules;
use crate::center::CallCenterError;

/// The rules of an instance.
pub(crate) async fn rules(connection: &mut AnyConnection, instance_id: &str) -> Result<DiallingRules, CallCenterError> {
    let text: Option<String> = sqlx::query_scalar("SELECT rules FROM ccc_dialling_rules WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_optional(connection)
        .await?;
    let Some(text) = text else { return Ok(DiallingRules::default()) };
    serde_json::from_str(&text).map_err(|_| CallCenterError::UnreadableRow { table: "ccc_dialling_rules", value: text })
}

/// Replaces the rules of an instance.
pub(crate) async fn set_rules(
    connection: &mut AnyConnection,
    instance_id: &str,
    rules: &str,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_dialling_rules (instance_id, rules) VALUES ($1, $2)
         ON CONFLICT (instance_id) DO UPDATE SET rules = excluded.rules",
    )
    .bind(instance_id)
    .bind(rules)
    .execute(connection)
    .await?;
    Ok(())
}

/// Everything that admission asks about, at this moment.
pub(crate) async fn situation(
    connection: &mut AnyConnection,
    instance_id: &str,
    parties: &Parties,
    now_ms: i64,
) -> Result<Situation, CallCenterError> {
    let (own_inbound, lines) = numbers(connection, instance_id).await?;
    let callee = &parties.callee.number;
    let caller = parties.caller.as_ref().map(|caller| caller.number.as_str());
    Ok(Situation {
        now_ms,
        rules: rules(connection, instance_id).await?,
        own_inbound,
        lines,
        calls_of_last_second: calls_since(connection, instance_id, now_ms - 1_000).await?,
        open_calls: count_open(connection, Some(instance_id)).await?,
        open_calls_everywhere: count_open(connection, None).await?,
        last_call_to_callee_ms: last_call(connection, instance_id, callee, None).await?,
        last_call_of_pair_ms: match caller {
            Some(caller) => last_call(connection, instance_id, callee, Some(caller)).await?,
            None => None,
        },
    })
}

/// Numbers that take calls, in normal form, and lines for outbound calls, oldest first.
async fn numbers(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<(HashSet<String>, Vec<Line>), CallCenterError> {
    let busy: Vec<(String, i64)> = sqlx::query_as(
        "SELECT center_number, COUNT(*) FROM ccc_dialled_calls
         WHERE instance_id = $1 AND ended_at_ms IS NULL GROUP BY center_number",
    )
    .bind(instance_id)
    .fetch_all(&mut *connection)
    .await?;
    let busy: HashMap<String, i64> = busy.into_iter().collect();
    let rows: Vec<(String, String, i64, i64)> = sqlx::query_as(
        "SELECT number, usage, allow_outbound, trunks FROM ccc_phone_numbers
         WHERE instance_id = $1 ORDER BY created_at_ms, number",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let (mut own_inbound, mut lines) = (HashSet::new(), Vec::new());
    for (number, usage, allow_outbound, trunks) in rows {
        if usage != "Outbound" {
            own_inbound.insert(normalise(&number).map_or_else(|| number.clone(), |found| found.number));
        }
        if allow_outbound != 0 && usage != "Inbound" {
            let open_calls = busy.get(&number).copied().unwrap_or(0);
            lines.push(Line { number, trunks, open_calls });
        }
    }
    Ok((own_inbound, lines))
}

async fn calls_since(connection: &mut AnyConnection, instance_id: &str, after_ms: i64) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_dialled_calls WHERE instance_id = $1 AND started_at_ms > $2")
        .bind(instance_id)
        .bind(after_ms)
        .fetch_one(connection)
        .await?)
}

async fn count_open(connection: &mut AnyConnection, instance_id: Option<&str>) -> Result<i64, CallCenterError> {
    let query = match instance_id {
        Some(instance_id) => {
            sqlx::query_scalar("SELECT COUNT(*) FROM ccc_dialled_calls WHERE ended_at_ms IS NULL AND instance_id = $1")
                .bind(instance_id.to_owned())
        }
        None => sqlx::query_scalar("SELECT COUNT(*) FROM ccc_dialled_calls WHERE ended_at_ms IS NULL"),
    };
    Ok(query.fetch_one(connection).await?)
}

async fn last_call(
    connection: &mut AnyConnection,
    instance_id: &str,
    callee: &str,
    caller: Option<&str>,
) -> Result<Option<i64>, CallCenterError> {
    // Without a caller the second condition holds for every row.
    Ok(sqlx::query_scalar(
        "SELECT MAX(started_at_ms) FROM ccc_dialled_calls
         WHERE instance_id = $1 AND callee = $2 AND ($3 = '' OR caller = $3)",
    )
    .bind(instance_id)
    .bind(callee)
    .bind(caller.unwrap_or_default())
    .fetch_one(connection)
    .await?)
}

/// A call to be dialled.
pub(crate) struct NewCall<'a> {
    pub(crate) instance_id: &'a str,
    pub(crate) contact_id: &'a str,
    pub(crate) task_id: &'a str,
    /// In normal form.
    pub(crate) caller: &'a str,
    /// In normal form.
    pub(crate) callee: &'a str,
    /// As bound to the instance.
    pub(crate) center_number: &'a str,
    /// RAM user id.
    pub(crate) agent_id: Option<&'a str>,
    pub(crate) started_at_ms: i64,
}

/// Registers a call.
pub(crate) async fn insert_call(connection: &mut AnyConnection, call: &NewCall<'_>) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_dialled_calls
            (instance_id, contact_id, task_id, caller, callee, center_number, agent_id, started_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(call.instance_id)
    .bind(call.contact_id)
    .bind(call.task_id)
    .bind(call.caller)
    .bind(call.callee)
    .bind(call.center_number)
    .bind(call.agent_id)
    .bind(call.started_at_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// The call is over.
pub(crate) async fn end_call(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
    ended_at_ms: i64,
) -> Result<(), CallCenterError> {
    sqlx::query("UPDATE ccc_dialled_calls SET ended_at_ms = $3 WHERE instance_id = $1 AND contact_id = $2")
        .bind(instance_id)
        .bind(contact_id)
        .bind(ended_at_ms)
        .execute(connection)
        .await?;
    Ok(())
}

/// A call that is not over.
pub(crate) struct OpenCall {
    pub(crate) instance_id: String,
    pub(crate) contact_id: String,
    pub(crate) agent_id: Option<String>,
    pub(crate) started_at_ms: i64,
}

/// The calls of all instances that are not over.
pub(crate) async fn open_calls(connection: &mut AnyConnection) -> Result<Vec<OpenCall>, CallCenterError> {
    let rows: Vec<(String, String, Option<String>, i64)> = sqlx::query_as(
        "SELECT instance_id, contact_id, agent_id, started_at_ms FROM ccc_dialled_calls WHERE ended_at_ms IS NULL",
    )
    .fetch_all(connection)
    .await?;
    let call = |(instance_id, contact_id, agent_id, started_at_ms)| OpenCall {
        instance_id,
        contact_id,
        agent_id,
        started_at_ms,
    };
    Ok(rows.into_iter().map(call).collect())
}

/// Whether an instance knows a contact with this id, from whatever source.
pub(crate) async fn contact_exists(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
) -> Result<bool, CallCenterError> {
    let found: Option<i64> =
        sqlx::query_scalar("SELECT sequence FROM ccc_activity WHERE instance_id = $1 AND contact_id = $2 LIMIT 1")
            .bind(instance_id)
            .bind(contact_id)
            .fetch_optional(connection)
            .await?;
    Ok(found.is_some())
}

/// Whether a dialler makes the call, or made it; its rows are the dialler's then.
pub(crate) async fn is_dialled(
    connection: &mut AnyConnection,
    instance_id: &str,
    contact_id: &str,
) -> Result<bool, CallCenterError> {
    let found: Option<String> = sqlx::query_scalar(
        "SELECT contact_id FROM ccc_dialled_calls WHERE instance_id = $1 AND contact_id = $2 LIMIT 1",
    )
    .bind(instance_id)
    .bind(contact_id)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}

/// The contact of a task, if the instance has the task.
pub(crate) async fn contact_of_task(
    connection: &mut AnyConnection,
    instance_id: &str,
    task_id: &str,
) -> Result<Option<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT contact_id FROM ccc_dialled_calls WHERE instance_id = $1 AND task_id = $2")
        .bind(instance_id)
        .bind(task_id)
        .fetch_optional(connection)
        .await?)
}

/// Which telephone of a user a number is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Telephone {
    /// `Detail.Phone`
    Own,
    /// His extension in the instance.
    Extension,
}

/// The user whose own telephone or extension a number in normal form is. If several share it, the one who makes the call; nobody if
/// that is none of them: a call is not put on a guess into somebody's figures.
pub(crate) async fn agent_with_phone(
    connection: &mut AnyConnection,
    instance_id: &str,
    number: &str,
    calling_user_id: Option<&str>,
) -> Result<Option<(CallAgent, Telephone)>, CallCenterError> {
    let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT ram_user_id, display_name, login_name, phone, extension FROM ccc_users
         WHERE instance_id = $1 ORDER BY ordinal, id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let telephone = |phone: &str, extension: &str| {
        if extension == number {
            Some(Telephone::Extension)
        } else {
            normalise(phone).filter(|found| found.number == number).map(|_| Telephone::Own)
        }
    };
    let mut owners: Vec<(CallAgent, Telephone)> = rows
        .into_iter()
        .filter_map(|(id, display_name, login_name, phone, extension)| {
            let name = if display_name.is_empty() { login_name } else { display_name };
            Some((CallAgent { id, name }, telephone(&phone, &extension)?))
        })
        .collect();
    if owners.len() > 1 {
        owners.retain(|(owner, _)| Some(owner.id.as_str()) == calling_user_id);
    }
    Ok(owners.pop())
}
