//! Which instances hold demo data.

use std::collections::BTreeMap;

use sqlx::AnyConnection;

use crate::center::CallCenterError;
use crate::day::Day;
use crate::demo_day::plan::{PlanAgent, PlanGroup};
use crate::limits::MAX_DEMO_AGENTS;

/// `ContactFlowId` that generated calls pass; no real flow has it.
pub(crate) const DEMO_FLOW_ID: &str = "demo-flow";
/// Begins the description of an instance that holds demo data.
const DEMO_MARK: &str = "[demo data] ";

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
    .execute(&mut *connection)
    .await?;
    sqlx::query(
        "UPDATE ccc_instances SET description = $2 || description
         WHERE id = $1 AND SUBSTR(description, 1, $3) <> $2",
    )
    .bind(instance_id)
    .bind(DEMO_MARK)
    .bind(DEMO_MARK.len() as i32)
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

/// The skill groups that have agents, and the agents, longest in the instance first.
pub(crate) async fn groups_and_agents(
    connection: &mut AnyConnection,
    instance_id: &str,
) -> Result<(Vec<PlanGroup>, Vec<PlanAgent>), CallCenterError> {
    let rows: Vec<(String, String, String, String, String)> = sqlx::query_as(
        "SELECT u.ram_user_id, u.display_name, u.login_name, g.id, g.name
         FROM ccc_users u JOIN ccc_skill_levels l ON l.user_id = u.id JOIN ccc_skill_groups g ON g.id = l.skill_group_id
         WHERE u.instance_id = $1 ORDER BY u.ordinal, u.id, g.created_at_ms, g.id",
    )
    .bind(instance_id)
    .fetch_all(connection)
    .await?;
    let (mut groups, mut agents): (Vec<PlanGroup>, Vec<PlanAgent>) = (Vec::new(), Vec::new());
    let mut agent_at: BTreeMap<String, usize> = BTreeMap::new();
    for (id, display_name, login_name, group_id, group_name) in rows {
        if !agent_at.contains_key(&id) && agents.len() >= MAX_DEMO_AGENTS {
            continue;
        }
        let group = groups.iter().position(|group| group.id == group_id).unwrap_or_else(|| {
            groups.push(PlanGroup { id: group_id, name: group_name });
            groups.len() - 1
        });
        let place = *agent_at.entry(id.clone()).or_insert_with(|| {
            let name = if display_name.is_empty() { login_name } else { display_name };
            agents.push(PlanAgent { id, name, groups: Vec::new() });
            agents.len() - 1
        });
        agents[place].groups.push(group);
    }
    Ok((groups, agents))
}

/// The numbers of the instance, oldest first.
pub(crate) async fn numbers(connection: &mut AnyConnection, instance_id: &str) -> Result<Vec<String>, CallCenterError> {
    Ok(sqlx::query_scalar("SELECT number FROM ccc_phone_numbers WHERE instance_id = $1 ORDER BY created_at_ms, number")
        .bind(instance_id)
        .fetch_all(connection)
        .await?)
}
