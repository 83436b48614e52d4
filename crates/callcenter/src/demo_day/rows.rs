//! Which instances hold demo data.

use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::day::Day;

/// Whether the instance holds generated days.
pub(crate) async fn is_demo(connection: &mut AnyConnection, instance_id: &str) -> Result<bool, CallCenterError> {
    let found: Option<i64> = sqlx::query_scalar("SELECT day FROM ccc_demo_days WHERE instance_id = $1 LIMIT 1")
        .bind(instance_id)
        .fetch_optional(connection)
        .await?;
    Ok(found.is_some())
}

/// Marks the instance as one that holds demo data, before the data comes.
pub(crate) async fn mark(
    connection: &mut AnyConnection,
    instance_id: &str,
    day: Day,
    seed: i64,
    now_ms: i64,
) -> Result<(), CallCenterError> {
    sqlx::query(
        "INSERT INTO ccc_demo_days (instance_id, day, seed, generated_at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (instance_id, day) DO UPDATE SET seed = excluded.seed, generated_at_ms = excluded.generated_at_ms",
    )
    .bind(instance_id)
    .bind(day.number())
    .bind(seed)
    .bind(now_ms)
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether anything happened in the instance, on this day or at all.
pub(crate) async fn has_activity(
    connection: &mut AnyConnection,
    instance_id: &str,
    day: Option<Day>,
) -> Result<bool, CallCenterError> {
    let (from_ms, until_ms) = day.map_or((i64::MIN, i64::MAX), |day| (day.start_ms(), day.end_ms()));
    let found: Option<i64> = sqlx::query_scalar(
        "SELECT sequence FROM ccc_activity WHERE instance_id = $1 AND at_ms >= $2 AND at_ms < $3 LIMIT 1",
    )
    .bind(instance_id)
    .bind(from_ms)
    .bind(until_ms)
    .fetch_optional(connection)
    .await?;
    Ok(found.is_some())
}
