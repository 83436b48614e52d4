//! Rows of quality samples.

use sqlx::{AnyConnection, Row};

use crate::center::{CallCenterError, new_id};
use crate::quality::Figures;

/// One sample with the call it belongs to.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Sample {
    pub(super) call_id: String,
    pub(super) agent_id: String,
    pub(super) caller_number: String,
    pub(super) callee_number: String,
    pub(super) call_started_at_ms: i64,
    pub(super) recorded_at_ms: i64,
    pub(super) figures: Figures,
}

/// Adds a sample.
pub(super) async fn insert(
    connection: &mut AnyConnection,
    instance_id: &str,
    sample: &Sample,
) -> Result<(), CallCenterError> {
    let figures = serde_json::to_string(&sample.figures).map_err(|error| sqlx::Error::Encode(Box::new(error)))?;
    sqlx::query(
        "INSERT INTO ccc_quality_samples (instance_id, id, call_id, agent_id, caller_number, callee_number,
            call_started_at_ms, recorded_at_ms, figures)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind(instance_id)
    .bind(new_id())
    .bind(&sample.call_id)
    .bind(&sample.agent_id)
    .bind(&sample.caller_number)
    .bind(&sample.callee_number)
    .bind(sample.call_started_at_ms)
    .bind(sample.recorded_at_ms)
    .bind(figures)
    .execute(connection)
    .await?;
    Ok(())
}

/// A page of a call's samples, in their order, and how many there are in all.
pub(super) async fn of_call(
    connection: &mut AnyConnection,
    instance_id: &str,
    call_id: &str,
    size: i64,
    offset: i64,
) -> Result<(Vec<Sample>, i64), CallCenterError> {
    let total = sqlx::query_scalar("SELECT COUNT(*) FROM ccc_quality_samples WHERE instance_id = $1 AND call_id = $2")
        .bind(instance_id)
        .bind(call_id)
        .fetch_one(&mut *connection)
        .await?;
    let rows = sqlx::query(
        "SELECT * FROM ccc_quality_samples WHERE instance_id = $1 AND call_id = $2
         ORDER BY recorded_at_ms, id LIMIT $3 OFFSET $4",
    )
    .bind(instance_id)
    .bind(call_id)
    .bind(size)
    .bind(offset)
    .fetch_all(connection)
    .await?;
    let samples = rows
        .iter()
        .map(|row| {
            let figures: String = row.try_get("figures")?;
            Ok(Sample {
                call_id: row.try_get("call_id")?,
                agent_id: row.try_get("agent_id")?,
                caller_number: row.try_get("caller_number")?,
                callee_number: row.try_get("callee_number")?,
                call_started_at_ms: row.try_get("call_started_at_ms")?,
                recorded_at_ms: row.try_get("recorded_at_ms")?,
                figures: serde_json::from_str(&figures).map_err(|error| sqlx::Error::Decode(Box::new(error)))?,
            })
        })
        .collect::<Result<_, sqlx::Error>>()?;
    Ok((samples, total))
}
