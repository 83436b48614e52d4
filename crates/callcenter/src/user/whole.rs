//! Users with their roles and skill levels, as answers show them: three queries for a page, however long it is.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::CallCenterError;

/// A user of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct User {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) ram_user_id: String,
    pub(crate) login_name: String,
    pub(crate) display_name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) department: String,
    pub(crate) extension: String,
    pub(crate) is_primary: bool,
    pub(crate) private_outbound_number_id: Option<String>,
    /// In the order of their names.
    pub(crate) roles: Vec<RoleRow>,
    /// In the order of the skill groups.
    pub(crate) skill_levels: Vec<SkillLevel>,
}

/// A role of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RoleRow {
    pub(crate) id: String,
    pub(crate) instance_id: String,
    pub(crate) name: String,
    pub(crate) description: String,
    /// Users that have it.
    pub(crate) user_count: i64,
}

/// A membership in a skill group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SkillLevel {
    pub(crate) id: String,
    pub(crate) level: i64,
    pub(crate) skill_group_id: String,
    pub(crate) skill_group_name: String,
    pub(crate) skill_group_description: String,
    pub(crate) routing_strategy: String,
}

impl<'r> FromRow<'r, AnyRow> for User {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            instance_id: row.try_get("instance_id")?,
            ram_user_id: row.try_get("ram_user_id")?,
            login_name: row.try_get("login_name")?,
            display_name: row.try_get("display_name")?,
            email: row.try_get("email")?,
            phone: row.try_get("phone")?,
            department: row.try_get("department")?,
            extension: row.try_get("extension")?,
            is_primary: row.try_get::<i64, _>("is_primary")? != 0,
            private_outbound_number_id: row.try_get("private_outbound_number_id")?,
            roles: Vec::new(),
            skill_levels: Vec::new(),
        })
    }
}

impl<'r> FromRow<'r, AnyRow> for RoleRow {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            instance_id: row.try_get("instance_id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            user_count: row.try_get("user_count")?,
        })
    }
}

impl<'r> FromRow<'r, AnyRow> for SkillLevel {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            level: row.try_get("level")?,
            skill_group_id: row.try_get("skill_group_id")?,
            skill_group_name: row.try_get("skill_group_name")?,
            skill_group_description: row.try_get("skill_group_description")?,
            routing_strategy: row.try_get("routing_strategy")?,
        })
    }
}

/// The users with these ids, in their order; what is not there is left out.
pub(crate) async fn load(connection: &mut AnyConnection, ids: &[String]) -> Result<Vec<User>, CallCenterError> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let mut roles = roles_of(connection, ids).await?;
    let mut skill_levels = skill_levels_of(connection, ids).await?;
    let users: Vec<User> = rows(
        connection,
        "SELECT id, instance_id, ram_user_id, login_name, display_name, email, phone, department, extension, is_primary,
            private_outbound_number_id
         FROM ccc_users WHERE id IN",
        ids,
        "",
    )
    .await?
    .iter()
    .map(User::from_row)
    .collect::<Result<_, _>>()?;
    let mut by_id: HashMap<String, User> = users.into_iter().map(|user| (user.id.clone(), user)).collect();
    let ordered = ids.iter().filter_map(|id| by_id.remove(id)).map(|mut user| {
        user.roles = roles.remove(&user.id).unwrap_or_default();
        user.skill_levels = skill_levels.remove(&user.id).unwrap_or_default();
        user
    });
    Ok(ordered.collect())
}

async fn roles_of(
    connection: &mut AnyConnection,
    ids: &[String],
) -> Result<HashMap<String, Vec<RoleRow>>, CallCenterError> {
    let rows = rows(
        connection,
        "SELECT ur.user_id, r.id, r.instance_id, r.name, r.description,
            (SELECT COUNT(*) FROM ccc_user_roles other WHERE other.role_id = r.id) AS user_count
         FROM ccc_user_roles ur JOIN ccc_roles r ON r.id = ur.role_id WHERE ur.user_id IN",
        ids,
        "ORDER BY r.name",
    )
    .await?;
    by_user(&rows)
}

async fn skill_levels_of(
    connection: &mut AnyConnection,
    ids: &[String],
) -> Result<HashMap<String, Vec<SkillLevel>>, CallCenterError> {
    let rows = rows(
        connection,
        "SELECT l.user_id, l.id, l.level, l.skill_group_id, g.name AS skill_group_name,
            g.description AS skill_group_description, g.routing_strategy
         FROM ccc_skill_levels l JOIN ccc_skill_groups g ON g.id = l.skill_group_id WHERE l.user_id IN",
        ids,
        "ORDER BY g.created_at_ms, g.id",
    )
    .await?;
    by_user(&rows)
}

fn by_user<T: for<'r> FromRow<'r, AnyRow>>(rows: &[AnyRow]) -> Result<HashMap<String, Vec<T>>, CallCenterError> {
    let mut found: HashMap<String, Vec<T>> = HashMap::new();
    for row in rows {
        found.entry(row.try_get("user_id")?).or_default().push(T::from_row(row)?);
    }
    Ok(found)
}

/// Runs `<head> ($1, $2, …) <tail>`.
async fn rows(
    connection: &mut AnyConnection,
    head: &str,
    ids: &[String],
    tail: &str,
) -> Result<Vec<AnyRow>, CallCenterError> {
    let places: Vec<String> = (1..=ids.len()).map(|place| format!("${place}")).collect();
    let sql = format!("{head} ({}) {tail}", places.join(", "));
    // The text is made of the program's own constants. Its length differs from page to page: not worth keeping prepared.
    let query = ids.iter().fold(sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false), |query, id| query.bind(id));
    Ok(query.fetch_all(connection).await?)
}
