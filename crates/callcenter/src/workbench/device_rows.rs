//! Rows of notes of sign-ins.

use serde_json::{Value, json};
use sqlx::any::AnyRow;
use sqlx::{AnyConnection, Row};

use crate::center::CallCenterError;
use crate::limits::{MAX_DEVICES_LISTED, MAX_DEVICES_PER_USER};

/// A sign-in to be noted.
pub(crate) struct NewDevice<'a> {
    pub(crate) instance_id: &'a str,
    pub(crate) ram_user_id: &'a str,
    pub(crate) browser_version: &'a str,
    pub(crate) client_ip: &'a str,
    pub(crate) client_port: &'a str,
    pub(crate) remark: &'a str,
    pub(crate) login_at_ms: i64,
}

/// Notes a sign-in and forgets the user's oldest notes beyond the bound; the new id. The caller holds the instance's lock.
pub(crate) async fn insert(connection: &mut AnyConnection, device: &NewDevice<'_>) -> Result<i64, CallCenterError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(id) FROM ccc_agent_devices WHERE instance_id = $1")
        .bind(device.instance_id)
        .fetch_one(&mut *connection)
        .await?;
    let id = last.unwrap_or(0) + 1;
    sqlx::query(
        "INSERT INTO ccc_agent_devices (instance_id, id, ram_user_id, browser_version, client_ip, client_port, remark,
            login_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    )
    .bind(device.instance_id)
    .bind(id)
    .bind(device.ram_user_id)
    .bind(device.browser_version)
    .bind(device.client_ip)
    .bind(device.client_port)
    .bind(device.remark)
    .bind(device.login_at_ms)
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "DELETE FROM ccc_agent_devices WHERE instance_id = $1 AND ram_user_id = $2 AND id NOT IN (
            SELECT id FROM ccc_agent_devices WHERE instance_id = $1 AND ram_user_id = $2 ORDER BY id DESC LIMIT $3)",
    )
    .bind(device.instance_id)
    .bind(device.ram_user_id)
    .bind(MAX_DEVICES_PER_USER)
    .execute(connection)
    .await?;
    Ok(id)
}

/// Notes how a sign-in went: the user's one with this id, else his last. `false` if there is none.
pub(crate) async fn set_is_login(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_id: &str,
    id: Option<i64>,
    is_login: i64,
) -> Result<bool, CallCenterError> {
    let id = match id {
        Some(id) => Some(id),
        None => {
            sqlx::query_scalar("SELECT MAX(id) FROM ccc_agent_devices WHERE instance_id = $1 AND ram_user_id = $2")
                .bind(instance_id)
                .bind(ram_user_id)
                .fetch_one(&mut *connection)
                .await?
        }
    };
    let done = sqlx::query(
        "UPDATE ccc_agent_devices SET is_login = $1 WHERE instance_id = $2 AND ram_user_id = $3 AND id = $4",
    )
    .bind(is_login)
    .bind(instance_id)
    .bind(ram_user_id)
    .bind(id)
    .execute(connection)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// The newest notes of a span of time, newest first, of these RAM users or of all.
pub(crate) async fn list(
    connection: &mut AnyConnection,
    instance_id: &str,
    ram_user_ids: &[&str],
    from_ms: i64,
    until_ms: i64,
) -> Result<Vec<Value>, CallCenterError> {
    let places: Vec<String> = (5..5 + ram_user_ids.len()).map(|place| format!("${place}")).collect();
    let of_users = match places.is_empty() {
        true => String::new(),
        false => format!("AND ram_user_id IN ({})", places.join(", ")),
    };
    let sql = format!(
        "SELECT * FROM ccc_agent_devices
         WHERE instance_id = $1 AND login_at_ms >= $2 AND login_at_ms <= $3 {of_users} ORDER BY id DESC LIMIT $4"
    );
    // The text is made of the program's own constants. Its length differs from call to call: not worth keeping prepared.
    let query = sqlx::query(sqlx::AssertSqlSafe(sql)).persistent(false);
    let query = query.bind(instance_id).bind(from_ms).bind(until_ms).bind(MAX_DEVICES_LISTED);
    let query = ram_user_ids.iter().fold(query, |query, id| query.bind(*id));
    query.fetch_all(connection).await?.iter().map(view).collect()
}

fn view(row: &AnyRow) -> Result<Value, CallCenterError> {
    let text = |column| row.try_get::<String, _>(column);
    let mut view = json!({
        "InstanceId": text("instance_id")?,
        "RamId": ram_id(text("ram_user_id")?),
        "BrowserVersion": text("browser_version")?,
        "ClientIp": text("client_ip")?,
        "ClientPort": text("client_port")?,
        "Remark": text("remark")?,
        "LoginTime": row.try_get::<i64, _>("login_at_ms")?,
    });
    if let Some(is_login) = row.try_get::<Option<i64>, _>("is_login")? {
        view["IsLogin"] = is_login.into();
    }
    Ok(view)
}

/// `RamId` is a number here: the full digits, which may exceed what a float holds.
fn ram_id(text: String) -> Value {
    text.parse::<u64>().map_or(Value::String(text), Value::from)
}
