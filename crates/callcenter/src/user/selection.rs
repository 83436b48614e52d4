//! Which users a list shows: ids in the order of joining. An instance has few enough that a page is cut from all.

use sqlx::AnyConnection;

use crate::center::CallCenterError;

/// All users of an instance.
pub(crate) async fn all(connection: &mut AnyConnection, instance_id: &str) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT id FROM ccc_users WHERE instance_id = $1 ORDER BY ordinal, id")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}

/// The user with this id, if the instance has him.
pub(crate) async fn with_id(
    connection: &mut AnyConnection,
    instance_id: &str,
    user_id: &str,
) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT id FROM ccc_users WHERE instance_id = $1 AND id = $2")
        .bind(instance_id)
        .bind(user_id)
        .fetch_all(connection)
        .await?)
}

/// The user of a RAM user.
pub(crate) async fn with_ram_user_id(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_id: &str,
) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT id FROM ccc_users WHERE instance_id = $1 AND ram_user_id = $2")
        .bind(instance_id)
        .bind(ram_user_id)
        .fetch_all(connection)
        .await?)
}

/// The user with this extension, if the instance has him.
pub(crate) async fn with_extension(
    connection: &mut AnyConnection,
    instance_id: &str,
    extension: &str,
) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT id FROM ccc_users WHERE instance_id = $1 AND extension = $2")
        .bind(instance_id)
        .bind(extension)
        .fetch_all(connection)
        .await?)
}

/// The members of a skill group of the instance.
pub(crate) async fn of_skill_group(
    connection: &mut AnyConnection,
    skill_group_id: &str,
) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar(
        "SELECT u.id FROM ccc_users u JOIN ccc_skill_levels l ON l.user_id = u.id
         WHERE l.skill_group_id = $1 ORDER BY u.ordinal, u.id",
    )
    .bind(skill_group_id)
    .fetch_all(connection)
    .await?)
}

/// The users whose login or display name contains a text, in any letter case. Compared here and not by the databases,
/// which disagree about letter case beyond ASCII.
pub(crate) async fn matching(
    connection: &mut AnyConnection,
    instance_id: &str,
    criteria: &str,
) -> Result<Vec<String>, CallCenterError> {
    let names: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT id, login_name, display_name FROM ccc_users WHERE instance_id = $1 ORDER BY ordinal, id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let wanted = criteria.to_lowercase();
    let matches = |name: &str| name.to_lowercase().contains(&wanted);
    let found = names.into_iter().filter(|(_, login, display)| matches(login) || matches(display));
    Ok(found.map(|(id, _, _)| id).collect())
}
