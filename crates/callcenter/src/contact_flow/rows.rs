//! Rows of contact flows and their versions.

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::{CallCenterError, new_id};
use crate::contact_flow::view::FlowHead;
use crate::day::compact_time;
use crate::limits::FIRST_ROUTE_POINT;

/// `Type` of flows that numbers can be bound to.
pub(super) const MAIN_FLOW: &str = "Mainflow";
/// `Type` of flows that belong to the call centre itself.
pub(super) const SYSTEM_FLOW: &str = "System";
/// `Status` of a version that was never published.
pub(super) const DRAFT: &str = "Draft";
/// `Status` of a version that was edited since it was published.
pub(super) const UPDATED: &str = "Updated";
/// `Status` of a version that runs as it is.
pub(super) const PUBLISHED: &str = "Published";

/// A contact flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ContactFlow {
    pub(crate) head: FlowHead,
    /// Name of the version that runs; empty before the first publishing.
    pub(crate) applied_version: String,
    /// Dialled inside the instance to reach the flow.
    pub(crate) route_point: i64,
}

impl ContactFlow {
    /// Whether calls to a number can be taken by it.
    pub(crate) fn takes_numbers(&self) -> bool {
        self.head.flow_type == MAIN_FLOW
    }
}

/// A version of a contact flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FlowVersion {
    pub(crate) id: String,
    pub(crate) contact_flow_id: String,
    pub(crate) version: String,
    pub(crate) description: String,
    pub(crate) status: String,
    pub(crate) canvas: String,
    pub(crate) content: String,
    pub(crate) last_modified_ms: i64,
    pub(crate) last_modified_by: String,
    /// Name of who holds the lock, and his principal id.
    pub(crate) lock: Option<(String, String)>,
    pub(crate) locked_until_ms: i64,
}

/// A flow to be added, with its first version.
pub(super) struct NewFlow<'a> {
    pub(super) instance_id: &'a str,
    pub(super) name: &'a str,
    pub(super) description: &'a str,
    pub(super) flow_type: &'a str,
    pub(super) canvas: &'a str,
    pub(super) content: &'a str,
    /// Published at once, as the flows are that an instance begins with.
    pub(super) published: bool,
    /// RAM user id, for `LastModifiedBy`.
    pub(super) made_by: &'a str,
    pub(super) now_ms: i64,
}

impl<'r> FromRow<'r, AnyRow> for ContactFlow {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let head = FlowHead {
            id: row.try_get("id")?,
            instance_id: row.try_get("instance_id")?,
            name: row.try_get("name")?,
            description: row.try_get("description")?,
            flow_type: row.try_get("type")?,
        };
        Ok(Self { head, applied_version: row.try_get("applied_version")?, route_point: row.try_get("route_point")? })
    }
}

impl<'r> FromRow<'r, AnyRow> for FlowVersion {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        let locked_by: Option<String> = row.try_get("locked_by")?;
        let locked_by_id: Option<String> = row.try_get("locked_by_id")?;
        Ok(Self {
            id: row.try_get("id")?,
            contact_flow_id: row.try_get("contact_flow_id")?,
            version: row.try_get("version")?,
            description: row.try_get("description")?,
            status: row.try_get("status")?,
            canvas: row.try_get("canvas")?,
            content: row.try_get("content")?,
            last_modified_ms: row.try_get("last_modified_ms")?,
            last_modified_by: row.try_get("last_modified_by")?,
            lock: locked_by.zip(locked_by_id),
            locked_until_ms: row.try_get("locked_until_ms")?,
        })
    }
}

/// Adds a flow; its id, or `None` if the instance has a flow with that name. The caller holds the instance's lock, so
/// that route points are given once.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    flow: &NewFlow<'_>,
) -> Result<Option<String>, CallCenterError> {
    let last: Option<i64> = sqlx::query_scalar("SELECT MAX(route_point) FROM ccc_contact_flows WHERE instance_id = $1")
        .bind(flow.instance_id)
        .fetch_one(&mut *connection)
        .await?;
    // Short opaque text, as the public ids are.
    let id: String = new_id().chars().filter(char::is_ascii_hexdigit).take(20).collect();
    let version = compact_time(flow.now_ms);
    let done = sqlx::query(
        "INSERT INTO ccc_contact_flows (id, instance_id, name, description, type, applied_version, route_point,
            created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (instance_id, name) DO NOTHING",
    )
    .bind(&id)
    .bind(flow.instance_id)
    .bind(flow.name)
    .bind(flow.description)
    .bind(flow.flow_type)
    .bind(if flow.published { version.as_str() } else { "" })
    .bind(last.map_or(FIRST_ROUTE_POINT, |last| last + 1))
    .bind(flow.now_ms)
    .execute(&mut *connection)
    .await?;
    if done.rows_affected() == 0 {
        return Ok(None);
    }
    insert_version(connection, flow, &id, &version).await?;
    Ok(Some(id))
}

async fn insert_version(
    connection: &mut AnyConnection,
    flow: &NewFlow<'_>,
    flow_id: &str,
    version: &str,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_contact_flow_versions (id, contact_flow_id, version, description, status, canvas, content,
            live_content, last_modified_ms, last_modified_by, locked_by, locked_by_id, locked_until_ms)
         VALUES ($1, $2, $3, '', $4, $5, $6, $7, $8, $9, NULL, NULL, 0)",
    )
    .bind(new_id())
    .bind(flow_id)
    .bind(version)
    .bind(if flow.published { PUBLISHED } else { DRAFT })
    .bind(flow.canvas)
    .bind(flow.content)
    .bind(flow.published.then_some(flow.content))
    .bind(flow.now_ms)
    .bind(flow.made_by)
    .execute(connection)
    .await?;
    Ok(())
}

/// How many flows an instance has.
pub(super) async fn count(connection: &mut AnyConnection, instance_id: &str) -> Result<i64, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT COUNT(*) FROM ccc_contact_flows WHERE instance_id = $1")
        .bind(instance_id)
        .fetch_one(connection)
        .await?)
}

const FLOW_COLUMNS: &str = "id, instance_id, name, description, type, applied_version, route_point";

/// The flows of an instance, oldest first.
pub(super) async fn of_instance(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<ContactFlow>, CallCenterError> {
    let sql = format!(
        "SELECT {FLOW_COLUMNS} FROM ccc_contact_flows WHERE instance_id = $1 ORDER BY created_at_ms, route_point"
    );
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).fetch_all(connection).await?)
}

/// One flow of an instance.
pub(crate) async fn find(
    connection: &mut AnyConnection,
    instance_id: &str,
    flow_id: &str,
) -> Result<Option<ContactFlow>, CallCenterError> {
    let sql = format!("SELECT {FLOW_COLUMNS} FROM ccc_contact_flows WHERE instance_id = $1 AND id = $2");
    // The text is made of the program's own constants.
    let found = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).bind(flow_id);
    Ok(found.fetch_optional(connection).await?)
}

const VERSION_COLUMNS: &str = "v.id, v.contact_flow_id, v.version, v.description, v.status, v.canvas, v.content,
    v.last_modified_ms, v.last_modified_by, v.locked_by, v.locked_by_id, v.locked_until_ms";

/// The versions of all flows of an instance, oldest first.
pub(super) async fn versions(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<FlowVersion>, CallCenterError> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM ccc_contact_flow_versions v
         JOIN ccc_contact_flows f ON f.id = v.contact_flow_id WHERE f.instance_id = $1 ORDER BY v.version, v.id"
    );
    // The text is made of the program's own constants.
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).fetch_all(connection).await?)
}

/// One version of a flow of an instance.
pub(super) async fn find_version(
    connection: &mut AnyConnection,
    instance_id: &str,
    version_id: &str,
) -> Result<Option<FlowVersion>, CallCenterError> {
    let sql = format!(
        "SELECT {VERSION_COLUMNS} FROM ccc_contact_flow_versions v
         JOIN ccc_contact_flows f ON f.id = v.contact_flow_id WHERE f.instance_id = $1 AND v.id = $2"
    );
    // The text is made of the program's own constants.
    let found = sqlx::query_as(sqlx::AssertSqlSafe(sql)).bind(instance_id).bind(version_id);
    Ok(found.fetch_optional(connection).await?)
}

/// Writes an edited version back, with its lock.
pub(super) async fn save_version(connection: &mut AnyConnection, version: &FlowVersion) -> Result<(), CallCenterError> {
    let (locked_by, locked_by_id) = version.lock.clone().unzip();
    sqlx::query(
        "UPDATE ccc_contact_flow_versions SET status = $1, canvas = $2, content = $3, last_modified_ms = $4,
            last_modified_by = $5, locked_by = $6, locked_by_id = $7, locked_until_ms = $8 WHERE id = $9",
    )
    .bind(&version.status)
    .bind(&version.canvas)
    .bind(&version.content)
    .bind(version.last_modified_ms)
    .bind(&version.last_modified_by)
    .bind(locked_by)
    .bind(locked_by_id)
    .bind(version.locked_until_ms)
    .bind(&version.id)
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes a version the one that runs, as it is now, and frees its lock.
pub(super) async fn publish(connection: &mut AnyConnection, version: &FlowVersion) -> Result<(), CallCenterError> {
    sqlx::query(
        "UPDATE ccc_contact_flow_versions SET status = $1, live_content = content, locked_by = NULL,
            locked_by_id = NULL, locked_until_ms = 0 WHERE id = $2",
    )
    .bind(PUBLISHED)
    .bind(&version.id)
    .execute(&mut *connection)
    .await?;
    sqlx::query("UPDATE ccc_contact_flows SET applied_version = $1 WHERE id = $2")
        .bind(&version.version)
        .bind(&version.contact_flow_id)
        .execute(connection)
        .await?;
    Ok(())
}
