//! Rows of routing tags.

use std::collections::HashMap;

use sqlx::any::AnyRow;
use sqlx::{AnyConnection, FromRow, Row};

use crate::center::CallCenterError;

/// A tag to be put on a number.
pub(super) struct NewTag<'a> {
    pub(super) service_tag: &'a str,
    pub(super) provider: &'a str,
    pub(super) province: &'a str,
    pub(super) city: &'a str,
    pub(super) sip_tag: &'a str,
    pub(super) concurrency: Option<i64>,
    pub(super) tag_type: i64,
    pub(super) now_ms: i64,
}

/// A number with its tag.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TaggedNumber {
    pub(super) phone_number_id: String,
    pub(super) instance_id: String,
    pub(super) number: String,
    pub(super) description: String,
    pub(super) usage: String,
    pub(super) allow_outbound: bool,
    pub(super) contact_flow_id: Option<String>,
    pub(super) service_tag: String,
    pub(super) provider: String,
    pub(super) province: String,
    pub(super) city: String,
    pub(super) concurrency: Option<i64>,
    pub(super) tag_type: i64,
    pub(super) created_at_ms: i64,
}

impl<'r> FromRow<'r, AnyRow> for TaggedNumber {
    fn from_row(row: &'r AnyRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            phone_number_id: row.try_get("phone_number_id")?,
            instance_id: row.try_get("instance_id")?,
            number: row.try_get("number")?,
            description: row.try_get("description")?,
            usage: row.try_get("usage")?,
            allow_outbound: row.try_get::<i64, _>("allow_outbound")? != 0,
            contact_flow_id: row.try_get("contact_flow_id")?,
            service_tag: row.try_get("service_tag")?,
            provider: row.try_get("provider")?,
            province: row.try_get("province")?,
            city: row.try_get("city")?,
            concurrency: row.try_get("concurrency")?,
            tag_type: row.try_get("type")?,
            created_at_ms: row.try_get("created_at_ms")?,
        })
    }
}

/// Puts a tag on a number, in place of the one it had.
pub(super) async fn set(
    connection: &mut AnyConnection,
    phone_number_id: &str,
    tag: &NewTag<'_>,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_phone_tags (phone_number_id, service_tag, provider, province, city, sip_tag, concurrency,
            type, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
         ON CONFLICT (phone_number_id) DO UPDATE SET service_tag = excluded.service_tag,
            provider = excluded.provider, province = excluded.province, city = excluded.city,
            sip_tag = excluded.sip_tag, concurrency = excluded.concurrency, type = excluded.type,
            created_at_ms = excluded.created_at_ms",
    )
    .bind(phone_number_id)
    .bind(tag.service_tag)
    .bind(tag.provider)
    .bind(tag.province)
    .bind(tag.city)
    .bind(tag.sip_tag)
    .bind(tag.concurrency)
    .bind(tag.tag_type)
    .bind(tag.now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Takes the tag off a number.
pub(super) async fn remove(connection: &mut AnyConnection, phone_number_id: &str) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_phone_tags WHERE phone_number_id = $1")
        .bind(phone_number_id)
        .execute(connection)
        .await?;
    Ok(())
}

/// Whether a number of the instance has the tag.
pub(super) async fn is_known(
    connection: &mut AnyConnection,
    instance_id: &str,
    service_tag: &str,
) -> Result<bool, CallCenterError> {
    let count: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM ccc_phone_tags t JOIN ccc_phone_numbers p ON p.id = t.phone_number_id
         WHERE p.instance_id = $1 AND t.service_tag = $2",
    )
    .bind(instance_id)
    .bind(service_tag)
    .fetch_one(connection)
    .await?;
    Ok(count > 0)
}

/// Binds a tag to exactly these skill groups.
pub(super) async fn bind_to_groups(
    connection: &mut AnyConnection,
    instance_id: &str,
    service_tag: &str,
    skill_group_ids: &[&str],
) -> Result<(), CallCenterError> {
    sqlx::query("DELETE FROM ccc_service_tag_groups WHERE instance_id = $1 AND service_tag = $2")
        .bind(instance_id)
        .bind(service_tag)
        .execute(&mut *connection)
        .await?;
    for skill_group_id in skill_group_ids {
        sqlx::query(
            "INSERT INTO ccc_service_tag_groups (instance_id, service_tag, skill_group_id) VALUES ($1, $2, $3)",
        )
        .bind(instance_id)
        .bind(service_tag)
        .bind(*skill_group_id)
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// The tagged numbers of an instance, in the order of tagging.
pub(super) async fn of_instance(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<Vec<TaggedNumber>, CallCenterError> {
    Ok(sqlx::query_as(
        "SELECT t.phone_number_id, p.instance_id, p.number, p.description, p.usage, p.allow_outbound,
            p.contact_flow_id, t.service_tag, t.provider, t.province, t.city, t.concurrency, t.type, t.created_at_ms
         FROM ccc_phone_tags t JOIN ccc_phone_numbers p ON p.id = t.phone_number_id
         WHERE p.instance_id = $1 ORDER BY t.created_at_ms, p.number",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?)
}

/// The skill groups of each tag of an instance.
pub(super) async fn groups_of_tags(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<HashMap<String, Vec<String>>, CallCenterError> {
    let rows: Vec<(String, String)> = sqlx::query_as(
        "SELECT service_tag, skill_group_id FROM ccc_service_tag_groups WHERE instance_id = $1
         ORDER BY service_tag, skill_group_id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let mut by_tag: HashMap<String, Vec<String>> = HashMap::new();
    for (service_tag, skill_group_id) in rows {
        by_tag.entry(service_tag).or_default().push(skill_group_id);
    }
    Ok(by_tag)
}
