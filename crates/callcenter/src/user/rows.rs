//! Rows of users and roles.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::center::{CallCenterError, new_id};
use crate::instance::rows::Scope;
use crate::ram_users::RamUser;
use crate::user::Role;

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
    sqlx::query(
        "INSERT INTO ccc_users (id, instance_id, ram_user_id, login_name, display_name, email, phone, department,
            is_primary, ordinal, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, '', $8, $9, $10)",
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
