//! GetDiallingRules: what the instance may dial. The public API has no such operation.

use openapi::{Answer, Call, HandlerResult, OperationSpec, wrapped_list};
use serde_json::{Value, json};

use crate::access;
use crate::call::rows;
use crate::call::rules::DiallingRules;
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{NO_PERMISSION_USER, NOT_EXIST_INSTANCE};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::user::Role;

/// A console operation of Cairn.
pub(crate) const SPEC: OperationSpec = OperationSpec::read("GetDiallingRules")
    .takes(&[INSTANCE_ID])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DiallingRules"])
    .fails_with(&[NOT_EXIST_INSTANCE.code, NO_PERMISSION_USER.code])
    .console_operation();

pub(crate) async fn get_dialling_rules(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Manager).await?;
    let mut connection = center.database.pool().acquire().await.map_err(CallCenterError::from)?;
    let rules = rows::rules(&mut connection, &facts.id).await?;
    Ok(Answer::empty().with("DiallingRules", view(&rules)))
}

/// The rules as both operations answer them.
pub(super) fn view(rules: &DiallingRules) -> Value {
    let prefixes = |element, list: &[String]| {
        wrapped_list(element, list.iter().map(|prefix| Value::from(prefix.as_str())).collect())
    };
    json!({
        "AllowInternational": rules.allow_international,
        "AllowPremium": rules.allow_premium,
        "AllowEmergency": rules.allow_emergency,
        "AllowShort": rules.allow_short,
        "AllowedPrefixes": prefixes("AllowedPrefix", &rules.allowed_prefixes),
        "RefusedPrefixes": prefixes("RefusedPrefix", &rules.refused_prefixes),
        "CallsPerSecond": rules.calls_per_second,
        "ConcurrentCalls": rules.concurrent_calls,
        "CalleeCoolDown": rules.callee_cool_down_s,
        "PairCoolDown": rules.pair_cool_down_s,
        "QuietHours": rules.quiet_hours.map(String::from).unwrap_or_default(),
    })
}
