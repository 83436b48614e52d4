//! Rows of users and roles.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::center::{CallCenterError, new_id};
use crate::instance::rows::Scope;
use crate::limits::EXTENSIONS;
use crate::ram_users::RamUser;
use crate::user::Role;
use crate::user::whole::RoleRow;

/// Gives a new instance its roles.
pub(crate) async fn insert_roles(connection: &mut AnyConnection, instance_id: &str) -> Result<(), CallCenterError> {
    for role in Role::ALL {
        sqlx::query("INSERT INTO ccc_roles (id, instance_id, name, description) VALUES ($1, $2, $3, $4)")
            .bind(new_id())
            .bind(instance_id)
            .bind(role.name())
            .bind(role.description())
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// A user to be added.
pub(crate) struct NewUser<'a> {
    pub(crate) instance_id: &'a str,
    pub(crate) ram_user: &'a RamUser,
    pub(crate) role: Role,
    /// The instance's owner.
    pub(crate) is_primary: bool,
    /// Place in the order of joining.
    pub(crate) ordinal: i64,
    pub(crate) created_at_ms: i64,
}

/// Adds a user with one role and answers his `UserId`.
pub(crate) async fn insert_user(connection: &mut AnyConnection, user: &NewUser<'_>) -> Result<String, CallCenterError> {
    let id = new_id();
    let extension = next_extension(connection).await?;
    sqlx::query(
        "INSERT INTO ccc_users (id, instance_id, ram_user_id, login_name, display_name, email, phone, department,
            is_primary, ordinal, created_at_ms, extension)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10, $11)",
    )
    .bind(&id)
    .bind(user.instance_id)
    .bind(&user.ram_user.user_id)
    .bind(&user.ram_user.user_name)
    .bind(&user.ram_user.display_name)
    .bind(&user.ram_user.email)
    .bind(&user.ram_user.phone)
    .bind(i64::from(user.is_primary))
    .bind(user.ordinal)
    .bind(user.created_at_ms)
    .bind(extension.to_string())
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "INSERT INTO ccc_user_roles (user_id, role_id)
         SELECT $1, id FROM ccc_roles WHERE instance_id = $2 AND name = $3",
    )
    .bind(&id)
    .bind(user.instance_id)
    .bind(user.role.name())
    .execute(connection)
    .await?;
    Ok(id)
}

/// The next extension. The counter's row is locked until the transaction ends: one that is undone gives it back.
async fn next_extension(connection: &mut AnyConnection) -> Result<i64, CallCenterError> {
    let extension: i64 =
        sqlx::query_scalar("UPDATE ccc_counters SET value = value + 1 WHERE name = 'extension' RETURNING value")
            .fetch_one(connection)
            .await?;
    if EXTENSIONS.contains(&extension) { Ok(extension) } else { Err(CallCenterError::NoExtensionLeft) }
}

/// What a change needs to know of a user before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct KnownUser {
    pub(crate) id: String,
    pub(crate) ram_user_id: String,
    pub(crate) is_primary: bool,
}

type KnownColumns = (String, String, i64);

fn known((id, ram_user_id, is_primary): KnownColumns) -> KnownUser {
    KnownUser { id, ram_user_id, is_primary: is_primary != 0 }
}

/// The user with this `UserId`.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
    user_id: &str,
) -> Result<Option<KnownUser>, CallCenterError> {
    let row: Option<KnownColumns> =
        sqlx::query_as("SELECT id, ram_user_id, is_primary FROM ccc_users WHERE instance_id = $1 AND id = $2")
            .bind(instance_id)
            .bind(user_id)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(known))
}

/// The user of a RAM user.
pub(crate) async fn find_by_ram_user(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_id: &str,
) -> Result<Option<KnownUser>, CallCenterError> {
    let row: Option<KnownColumns> =
        sqlx::query_as("SELECT id, ram_user_id, is_primary FROM ccc_users WHERE instance_id = $1 AND ram_user_id = $2")
            .bind(instance_id)
            .bind(ram_user_id)
            .fetch_optional(connection)
            .await?;
    Ok(row.map(known))
}

/// Place of the next user in the order of joining.
pub(crate) async fn next_ordinal(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(ordinal) FROM ccc_users WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?;
    Ok(last.map_or(0, |last| last + 1))
}

/// How many users an instance has.
pub(crate) async fn count(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_users WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

/// The roles of an instance, strongest first.
pub(crate) async fn roles(connection: &mut AnyConnection, instance_id: &str) -> Result<Vec<RoleRow>, CallCenterError> {
    let mut roles: Vec<RoleRow> = sqlx::query_as(
        "SELECT r.id, r.instance_id, r.name, r.description,
            (SELECT COUNT(*) FROM ccc_user_roles ur WHERE ur.role_id = r.id) AS user_count
         FROM ccc_roles r WHERE r.instance_id = $1 ORDER BY r.name",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    roles.sort_by_key(|role| std::cmp::Reverse(Role::of_name(&role.name)));
    Ok(roles)
}

/// Ids of an instance's roles.
pub(crate) async fn role_ids(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashSet<String>, CallCenterError> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM ccc_roles WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_all(connection)
        .await?;
    Ok(ids.into_iter().collect())
}

/// Takes a user out of his instance, with his roles and memberships.
pub(crate) async fn delete(connection: &mut AnyConnection, user_id: &str) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_users WHERE id = $1").bind(user_id).execute(connection).await?;
    Ok(())
}

/// Details of a user, as ModifyUser replaces them.
pub(crate) struct Details<'a> {
    pub(crate) display_name: &'a str,
    pub(crate) email: &'a str,
    pub(crate) phone: &'a str,
    pub(crate) private_outbound_number_id: Option<&'a str>,
}

/// Replaces a user's details.
pub(crate) async fn set_details(
    connection: &mut AnyConnection,
    user_id: &str,
    details: &Details<'_>,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "UPDATE ccc_users SET display_name = $1, email = $2, phone = $3, private_outbound_number_id = $4 WHERE id = $5",
    )
    .bind(details.display_name)
    .bind(details.email)
    .bind(details.phone)
    .bind(details.private_outbound_number_id)
    .bind(user_id)
    .execute(connection)
    .await?;
    Ok(())
}

/// The strongest role of every user of an instance, by RAM user id.
pub(crate) async fn strongest_roles(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Role>, CallCenterError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT u.ram_user_id, r.name FROM ccc_users u
         JOIN ccc_user_roles ur ON ur.user_id = u.id JOIN ccc_roles r ON r.id = ur.role_id
         WHERE u.instance_id = $1",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let mut roles: HashMap<String, Role> = HashMap::with_capacity(rows.len());
    for (ram_user_id, name) in rows {
        let role =
            Role::of_name(&name).ok_or(CallCenterError::UnreadableRow { table: "ccc_roles", value: name.clone() })?;
        let strongest = roles.entry(ram_user_id).or_insert(role);
        *strongest = role.max(*strongest);
    }
    Ok(roles)
}

/// The `UserId`s of an instance.
pub(crate) async fn user_ids(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashSet<String>, CallCenterError> {
    let ids: Vec<String> = sqlx::query_scalar("SELECT id FROM ccc_users WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_all(connection)
        .await?;
    Ok(ids.into_iter().collect())
}

/// The RAM user ids of an instance's users.
pub(crate) async fn ram_user_ids(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT ram_user_id FROM ccc_users WHERE instance_id = $1 ORDER BY ordinal, id")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}

/// The administrators as `Admin.User[]` shows them, by instance, in the order of joining.
pub(crate) async fn administrators(
    connection: &mut AnyConnection,
    scope: Scope<'_>,
) -> Result<HashMap<String, Vec<Value>>, CallCenterError> {
    let sql = format!(
        "SELECT u.id, u.instance_id, u.ram_user_id, u.login_name, u.display_name, u.email, u.phone, u.department
         FROM ccc_users u JOIN ccc_instances i ON i.id = u.instance_id
         JOIN ccc_user_roles ur ON ur.user_id = u.id JOIN ccc_roles r ON r.id = ur.role_id
         WHERE {} AND r.name = 'Admin' ORDER BY u.ordinal, u.id",
        scope.condition()
    );
    // The text is made of the program's own constants.
    let rows = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(scope.value()).fetch_all(connection).await?;
    let mut by_instance: HashMap<String, Vec<Value>> = HashMap::new();
    for row in &rows {
        by_instance.entry(row.try_get("instance_id")?).or_default().push(administrator(row)?);
    }
    Ok(by_instance)
}

fn administrator(row: &AnyRow) -> Result<Value, CallCenterError> {
    let text = |column| row.try_get::<String, _>(column);
    Ok(json!({
        "InstanceId": text("instance_id")?,
        "RamId": text("ram_user_id")?,
        "UserId": text("id")?,
        "Detail": {
            "Department": text("department")?,
            "DisplayName": text("display_name")?,
            "Email": text("email")?,
            "LoginName": text("login_name")?,
            "Phone": text("phone")?,
        },
    }))
}
