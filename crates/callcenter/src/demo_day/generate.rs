//! GenerateDemoDay: a working day for demonstrations, through the door that telephony uses. The public API has no such
//! operation.
//!
//! Generated and real data never meet: an instance takes demo days only while nothing real happened in it, and from then
//! on it makes no real calls. It is marked before the first row comes.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};
use serde_json::json;
use sqlx::AnyConnection;

use crate::access;
use crate::activity::Kind;
use crate::center::{CallCenter, CallCenterError};
use crate::day::Day;
use crate::demo_day::plan::Plan;
use crate::demo_day::rows;
use crate::demo_day::simulation::simulate;
use crate::errors::{
    EXISTS_DEMO_DAY, NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_INVALID,
    PERMISSION_REAL_INSTANCE, no_such_instance,
};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::unfit;
use crate::user::Role;

/// A console operation of Cairn.
pub(crate) const SPEC: OperationSpec = OperationSpec::write("GenerateDemoDay")
    .takes(&[INSTANCE_ID, Parameter::text("Date").required(), Parameter::integer("Seed", 0, i32::MAX as i64)])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DemoDay"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_INVALID.code,
        PERMISSION_REAL_INSTANCE.code,
        EXISTS_DEMO_DAY.code,
    ])
    .console_operation();

pub(crate) async fn generate_demo_day(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let day = day_of(call.required("Date"), center.desk.now_ms())?;
    let seed = call.integer("Seed").unwrap_or(1);
    let store = center.store();
    let mut transaction = store.begin(&facts.id).await.map_err(|error| match error {
        CallCenterError::UnknownInstance(_) => no_such_instance(&facts.id),
        error => error.into(),
    })?;
    check_instance(&mut transaction, &facts.id, day).await?;
    let plan = plan(&mut transaction, &facts.id, day, seed).await?;
    rows::mark(&mut transaction, &facts.id, day, seed, center.desk.now_ms()).await?;
    store.commit(transaction, &facts.id).await?;

    let activities =
        tokio::task::spawn_blocking(move || simulate(&plan)).await.map_err(|error| ApiError::internal(&error))?;
    let contacts = activities.iter().filter(|row| matches!(row.kind, Kind::ContactStarted { .. })).count();
    let count = activities.len();
    center.record(&facts.id, &activities).await?;
    let demo_day = json!({"Date": call.required("Date"), "Seed": seed, "Contacts": contacts, "Activities": count});
    Ok(Answer::empty().with("DemoDay", demo_day).event_data("DemoData", true))
}

/// A day that is over: nothing is generated that lies in the future.
fn day_of(date: &str, now_ms: i64) -> Result<Day, ApiError> {
    let is_date = date.len() == "yyyy-MM-dd".len();
    let midnight_s = openapi::clock::parse_utc(&format!("{date}T00:00:00+08:00")).filter(|_| is_date);
    let midnight_s =
        midnight_s.ok_or_else(|| unfit(ValueFault::Format, "Date", "it must be of the form yyyy-MM-dd"))?;
    let day = Day::of_ms(midnight_s.saturating_mul(1_000));
    // Contact ids have five digits for the day: the years 1970 to 2243.
    if !(0..100_000).contains(&day.number()) || day >= Day::of_ms(now_ms) {
        return Err(
            PARAMETER_INVALID.error("Date must be a day that is over (UTC+8): take yesterday or an earlier day.")
        );
    }
    Ok(day)
}

async fn check_instance(connection: &mut AnyConnection, instance_id: &str, day: Day) -> Result<(), ApiError> {
    if !rows::is_demo(connection, instance_id).await? {
        if rows::has_activity(connection, instance_id, None).await? {
            return Err(PERMISSION_REAL_INSTANCE.error(
                "the instance has real activity, which must not be mixed with demo data: generate the day in a new instance.",
            ));
        }
        return Ok(());
    }
    if rows::has_activity(connection, instance_id, Some(day)).await? {
        return Err(EXISTS_DEMO_DAY.error("the instance has demo data of this day: choose another Date."));
    }
    Ok(())
}

async fn plan(connection: &mut AnyConnection, instance_id: &str, day: Day, seed: i64) -> Result<Plan, ApiError> {
    let (groups, agents) = rows::groups_and_agents(connection, instance_id).await?;
    let numbers = rows::numbers(connection, instance_id).await?;
    if agents.is_empty() || numbers.is_empty() {
        return Err(PARAMETER_INVALID.error(
            "a working day needs a telephone number and an agent in a skill group: add both to the instance first.",
        ));
    }
    let seed = u64::try_from(seed).unwrap_or_default();
    Ok(Plan { day, seed, flow_id: rows::DEMO_FLOW_ID.to_owned(), groups, agents, numbers })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_days_that_are_over() {
        // 2026-03-01 00:00:00 UTC+8.
        let midnight_ms = 1_772_294_400_000;
        let refusal = |date| day_of(date, midnight_ms).map(Day::start_ms).map_err(|error| error.code.into_owned());
        assert_eq!(refusal("2026-02-28"), Ok(midnight_ms - 86_400_000));
        assert_eq!(refusal("2026-03-01"), Err("Parameter.Invalid".to_owned()));
        assert_eq!(refusal("1969-12-31"), Err("Parameter.Invalid".to_owned()));
        for unfit in ["", "yesterday", "2026-2-28", "2026-02-30", "20260228", "2026-02-28T"] {
            assert_eq!(refusal(unfit), Err("Parameter.Format".to_owned()), "{unfit}");
        }
    }
}
