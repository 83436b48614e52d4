//! Rows of the numbers that are bound to instances.

use std::collections::{BTreeMap, HashMap};

use serde_json::Value;
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::{CallCenterError, new_id};
use crate::contact_flow::FlowHead;
use crate::instance::rows::Scope;
use crate::limits::DEFAULT_TRUNKS;
use crate::phone_number::owned::{self, Owned};
use crate::phone_number::{PhoneNumber, Usage, view};

/// A bound number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct BoundNumber {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) number: String,
    pub(crate) description: String,
    pub(crate) usage: String,
    pub(crate) allow_outbound: bool,
    pub(crate) test_only: bool,
    pub(crate) remaining_minutes: i64,
    pub(crate) trunks: i64,
    /// The flow that takes its calls.
    pub(crate) contact_flow: Option<FlowHead>,
}

const COLUMNS: &str = "p.id, p.instance_id, p.number, p.description, p.usage, p.allow_outbound, p.test_only,
    p.remaining_minutes, p.trunks, f.id AS flow_id, f.name AS flow_name, f.description AS flow_description,
    f.type AS flow_type";
const TABLES: &str = "ccc_phone_numbers p LEFT JOIN ccc_contact_flows f ON f.id = p.contact_flow_id";

impl<'r> FromRow<'r, AnyRow> for BoundNumber {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let flag = |column| row.try_get::<i64, _>(column).map(|value| value != 0);
        let instance_id: String = row.try_get("instance_id")?;
        let contact_flow = match row.try_get::<Option<String>, _>("flow_id")? {
            None => None,
            Some(id) => Some(FlowHead {
                id,
                instance_id: instance_id.clone(),
                name: row.try_get("flow_name")?,
                description: row.try_get("flow_description")?,
                flow_type: row.try_get("flow_type")?,
            }),
        };
        Ok(Self {
            id: row.try_get("id")?,
            instance_id,
            number: row.try_get("number")?,
            description: row.try_get("description")?,
            usage: row.try_get("usage")?,
            allow_outbound: flag("allow_outbound")?,
            test_only: flag("test_only")?,
            remaining_minutes: row.try_get("remaining_minutes")?,
            trunks: row.try_get("trunks")?,
            contact_flow,
        })
    }
}

/// How an attempt to bind a number ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Binding {
    /// Bound; its `PhoneNumberId`.
    Bound(String),
    /// One of the account's instances has it already.
    Used,
    /// Fees are owed for it.
    InArrears,
    /// It is not the account's.
    NotOwned,
}

/// What a number is bound with.
pub(crate) struct NewBinding<'a> {
    pub(crate) account_id: &'a str,
    pub(crate) instance_id: &'a str,
    pub(crate) usage: Usage,
    pub(crate) contact_flow_id: Option<&'a str>,
    pub(crate) now_ms: i64,
}

/// Binds a number to an instance, if the account owns it and nothing is against it.
pub(crate) async fn bind(
    connection: &mut AnyConnection,
    number: &PhoneNumber,
    binding: &NewBinding<'_>,
) -> Result<Binding, CallCenterError> {
    match owned::lock(connection, binding.account_id, number).await? {
        None => return Ok(Binding::NotOwned),
        Some(Owned { instance_id: Some(_), .. }) => return Ok(Binding::Used),
        Some(Owned { in_arrears: true, .. }) => return Ok(Binding::InArrears),
        Some(_) => {}
    }
    let id = new_id();
    let done = sqlx::query(
        "INSERT INTO ccc_phone_numbers (id, instance_id, number, description, usage, allow_outbound, test_only,
            remaining_minutes, trunks, contact_flow_id, created_at_ms)
         VALUES ($1, $2, $3, '', $4, $5, 0, 0, $6, $7, $8) ON CONFLICT (number) DO NOTHING",
    )
    .bind(&id)
    .bind(binding.instance_id)
    .bind(number.as_str())
    .bind(binding.usage.name())
    .bind(i64::from(binding.usage.makes_calls()))
    .bind(DEFAULT_TRUNKS)
    .bind(binding.contact_flow_id)
    .bind(binding.now_ms)
    .execute(connection)
    .await?;
    Ok(if done.rows_affected() == 1 { Binding::Bound(id) } else { Binding::Used })
}

/// Changes usage and flow.
pub(crate) async fn update(
    connection: &mut AnyConnection,
    phone_number_id: &str,
    usage: Usage,
    contact_flow_id: Option<&str>,
) -> Result<(), CallCenterError> {
    sqlx::query("UPDATE ccc_phone_numbers SET usage = $1, allow_outbound = $2, contact_flow_id = $3 WHERE id = $4")
        .bind(usage.name())
        .bind(i64::from(usage.makes_calls()))
        .bind(contact_flow_id)
        .bind(phone_number_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Unbinds a number; its flow, groups and tags go with it, its owner stays. `false` if the instance does not have it.
pub(crate) async fn unbind(
    connection: &mut AnyConnection,
    instance_id: &str,
    phone_number_id: &str,
) -> Result<bool, CallCenterError> {
    let done = sqlx::query("DELETE FROM ccc_phone_numbers WHERE id = $1 AND instance_id = $2")
        .bind(phone_number_id)
        .bind(instance_id)
        .execute(connection)
        .await?;
    Ok(done.rows_affected() == 1)
}

/// How many numbers an instance has.
pub(crate) async fn count(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_phone_numbers WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// The numbers of an instance, oldest first.
pub(crate) async fn of_instance(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<BoundNumber>, CallCenterError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.instance_id = $1 ORDER BY p.created_at_ms, p.number");
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).fetch_all(connection).await?)
}

/// One number of an instance.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
    phone_number_id: &str,
) -> Result<Option<BoundNumber>, CallCenterError> {
    let sql = format!("SELECT {COLUMNS} FROM {TABLES} WHERE p.instance_id = $1 AND p.id = $2");
    // The text is made of the program's own constants.
    let found = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).bind(phone_number_id);
    Ok(found.fetch_optional(connection).await?)
}

/// The numbers that a user may dial out with, his own and those of his groups, oldest first, none twice.
pub(crate) async fn outbound_of_user(
    connection: &mut AnyConnection,
    instance_id: &str,
    user_id: &str,
) -> Result<Vec<BoundNumber>, CallCenterError> {
    let sql = format!(
        "SELECT {COLUMNS} FROM {TABLES} WHERE p.instance_id = $1 AND p.allow_outbound = 1 AND (p.id IN
            (SELECT g.phone_number_id FROM ccc_skill_group_numbers g
             JOIN ccc_skill_levels l ON l.skill_group_id = g.skill_group_id WHERE l.user_id = $2)
            OR p.id IN (SELECT private_outbound_number_id FROM ccc_users WHERE id = $2))
         ORDER BY p.created_at_ms, p.number"
    );
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).bind(user_id).fetch_all(connection).await?)
}

/// `PhoneNumberId` of a user's own number, if he has one.
pub(crate) async fn private_of_user(
    connection: &mut AnyConnection,
    user_id: &str,
) -> Result<Option<String>, CallCenterError> {
    let found: Option<Option<String>> =
        sqlx::query_scalar("SELECT private_outbound_number_id FROM ccc_users WHERE id = $1")
            .bind(user_id)
            .fetch_optional(connection)
            .await?;
    Ok(found.flatten())
}

/// The skill groups of each number of an instance, by `PhoneNumberId`: id and name, oldest group first.
pub(crate) async fn skill_groups_of_numbers(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Vec<(String, String)>>, CallCenterError> {
    let rows: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT n.phone_number_id, g.id, g.name FROM ccc_skill_group_numbers n
         JOIN ccc_skill_groups g ON g.id = n.skill_group_id
         WHERE g.instance_id = $1 ORDER BY g.created_at_ms, g.id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let mut by_number: HashMap<String, Vec<(String, String)>> = HashMap::new();
    for (phone_number_id, group_id, group_name) in rows {
        by_number.entry(phone_number_id).or_default().push((group_id, group_name));
    }
    Ok(by_number)
}

/// Takes a number away from all skill groups.
pub(crate) async fn leave_skill_groups(
    connection: &mut AnyConnection,
    phone_number_id: &str,
) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_skill_group_numbers WHERE phone_number_id = $1")
        .bind(phone_number_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// The numbers as `PhoneNumbers.PhoneNumber[]` shows them, by instance, oldest first.
pub(crate) async fn numbers_of_instances(
    connection: &mut AnyConnection,
    scope: Scope<'_>,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let sql = format!(
        "SELECT {COLUMNS}, p.instance_id AS owner_id FROM {TABLES} JOIN ccc_instances i ON i.id = p.instance_id
         WHERE {} ORDER BY p.created_at_ms, p.number",
        scope.condition()
    );
    grouped(connection, sql, scope.value()).await
}

/// The outbound numbers of an instance's skill groups, by skill group, oldest first.
pub(crate) async fn numbers_of_skill_groups(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let sql = format!(
        "SELECT {COLUMNS}, g.skill_group_id AS owner_id FROM {TABLES}
         JOIN ccc_skill_group_numbers g ON g.phone_number_id = p.id
         WHERE p.instance_id = $1 ORDER BY p.created_at_ms, p.number"
    );
    grouped(connection, sql, instance_id).await
}

/// The numbers of an instance's contact flows, by `ContactFlowId`, oldest first.
pub(crate) async fn numbers_of_flows(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let sql = format!(
        "SELECT {COLUMNS}, p.contact_flow_id AS owner_id FROM {TABLES}
         WHERE p.instance_id = $1 AND p.contact_flow_id IS NOT NULL ORDER BY p.created_at_ms, p.number"
    );
    grouped(connection, sql, instance_id).await
}

/// Which numbers an instance has, by `PhoneNumberId`, and whether each may dial out.
pub(crate) async fn outbound_by_id(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, bool>, CallCenterError> {
    let rows: Vec<(String, i64)> =
        sqlx::query_as("SELECT id, allow_outbound FROM ccc_phone_numbers WHERE instance_id = $1")
            .bind(instance_id)
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(id, allowed)| (id, allowed != 0)).collect())
}

/// The numbers of an instance by their one form, with their ids.
pub(crate) async fn ids_by_number(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<BTreeMap<String, String>, CallCenterError> {
    let rows: Vec<(String, String)> = sqlx::query_as("SELECT number, id FROM ccc_phone_numbers WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
}

async fn grouped(
    connection: &mut AnyConnection,
    sql: String,
    value: &str,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let mut by_owner: HashMap<String, Vec<Value>> = HashMap::new();
    // The text is made of the program's own constants.
    for row in &sqlx::query(sqlx::AssertSqlSafe(sql)).bind(value).fetch_all(connection).await? {
        let number = BoundNumber::from_row(row)?;
        by_owner.entry(row.try_get("owner_id")?).or_default().push(Value::Object(view::plain(&number)));
    }
    Ok(by_owner)
}
