//! SetDiallingRules: changes what the instance may dial. The public API has no such operation.

use openapi::{Answer, ApiError, Call, HandlerResult, OperationSpec, Parameter, ValueFault};

use crate::access;
use crate::call::get_rules::view;
use crate::call::rows;
use crate::call::rules::{DiallingRules, QuietHours};
use crate::center::{CallCenter, CallCenterError};
use crate::errors::{
    NO_PERMISSION_USER, NOT_EXIST_INSTANCE, PARAMETER_FORMAT, PARAMETER_MAXIMUM, PARAMETER_MINIMUM, no_such_instance,
};
use crate::limits::{MAX_CALLS_PER_SECOND, MAX_COOL_DOWN_S, MAX_DIALLING_PREFIXES, MAX_OPEN_CALLS, MAX_PREFIX_DIGITS};
use crate::operations::{INSTANCE_ARN, INSTANCE_ID, INSTANCE_RESOURCE};
use crate::product::unfit;
use crate::user::Role;

/// Characters of a comma list of prefixes.
const MAX_PREFIX_LIST_CHARS: usize = MAX_DIALLING_PREFIXES * (MAX_PREFIX_DIGITS + 1);
/// Takes a list or the quiet hours away: an empty value counts as absent.
const NONE: &str = "none";

/// A console operation of Cairn. What is not given stays as it is.
pub(crate) const SPEC: OperationSpec = OperationSpec::write("SetDiallingRules")
    .takes(&[
        INSTANCE_ID,
        Parameter::boolean("AllowInternational"),
        Parameter::boolean("AllowPremium"),
        Parameter::boolean("AllowEmergency"),
        Parameter::boolean("AllowShort"),
        Parameter::text_of("AllowedPrefixes", 1, MAX_PREFIX_LIST_CHARS),
        Parameter::text_of("RefusedPrefixes", 1, MAX_PREFIX_LIST_CHARS),
        Parameter::integer("CallsPerSecond", 1, MAX_CALLS_PER_SECOND),
        Parameter::integer("ConcurrentCalls", 0, MAX_OPEN_CALLS),
        Parameter::integer("CalleeCoolDown", 0, MAX_COOL_DOWN_S),
        Parameter::integer("PairCoolDown", 0, MAX_COOL_DOWN_S),
        Parameter::text("QuietHours"),
    ])
    .permission_on(INSTANCE_ARN)
    .touches(INSTANCE_RESOURCE, "InstanceId")
    .answers(&["DiallingRules"])
    .fails_with(&[
        NOT_EXIST_INSTANCE.code,
        NO_PERMISSION_USER.code,
        PARAMETER_FORMAT.code,
        PARAMETER_MAXIMUM.code,
        PARAMETER_MINIMUM.code,
    ])
    .console_operation();

pub(crate) async fn set_dialling_rules(center: &CallCenter, call: &Call) -> HandlerResult {
    let facts = access::enter(center, call, Role::Admin).await?;
    let store = center.store();
    let mut transaction = store.begin(&facts.id).await.map_err(|error| match error {
        CallCenterError::UnknownInstance(_) => no_such_instance(&facts.id),
        error => error.into(),
    })?;
    let rules = changed(rows::rules(&mut transaction, &facts.id).await?, call)?;
    let text = serde_json::to_string(&rules).map_err(|error| ApiError::internal(&error))?;
    rows::set_rules(&mut transaction, &facts.id, &text).await?;
    store.commit(transaction, &facts.id).await?;
    Ok(Answer::empty().with("DiallingRules", view(&rules)))
}

fn changed(mut rules: DiallingRules, call: &Call) -> Result<DiallingRules, ApiError> {
    for (name, rule) in [
        ("AllowInternational", &mut rules.allow_international),
        ("AllowPremium", &mut rules.allow_premium),
        ("AllowEmergency", &mut rules.allow_emergency),
        ("AllowShort", &mut rules.allow_short),
    ] {
        *rule = call.boolean(name).unwrap_or(*rule);
    }
    for (name, rule) in [
        ("CallsPerSecond", &mut rules.calls_per_second),
        ("ConcurrentCalls", &mut rules.concurrent_calls),
        ("CalleeCoolDown", &mut rules.callee_cool_down_s),
        ("PairCoolDown", &mut rules.pair_cool_down_s),
    ] {
        *rule = call.integer(name).unwrap_or(*rule);
    }
    for (name, rule) in
        [("AllowedPrefixes", &mut rules.allowed_prefixes), ("RefusedPrefixes", &mut rules.refused_prefixes)]
    {
        if let Some(text) = call.text(name) {
            *rule = prefixes(name, text)?;
        }
    }
    match call.text("QuietHours") {
        None => {}
        Some(NONE) => rules.quiet_hours = None,
        Some(text) => {
            let hours = QuietHours::parse(text).ok_or_else(|| {
                unfit(ValueFault::Format, "QuietHours", "it must be of the form 21:00-08:00 (UTC+8), or none")
            })?;
            rules.quiet_hours = Some(hours);
        }
    }
    Ok(rules)
}

fn prefixes(name: &str, text: &str) -> Result<Vec<String>, ApiError> {
    if text == NONE {
        return Ok(Vec::new());
    }
    let found: Vec<String> = text.split(',').map(|prefix| prefix.trim().to_owned()).collect();
    if found.len() > MAX_DIALLING_PREFIXES {
        return Err(unfit(ValueFault::Maximum, name, format!("at most {MAX_DIALLING_PREFIXES} prefixes are allowed")));
    }
    let plausible = |prefix: &String| {
        (1..=MAX_PREFIX_DIGITS).contains(&prefix.len()) && prefix.bytes().all(|byte| byte.is_ascii_digit())
    };
    if found.iter().all(plausible) {
        return Ok(found);
    }
    let expected = "it must be digits as dialled inside China (021, 138, 00852), joined with commas, or none";
    Err(unfit(ValueFault::Format, name, expected))
}
