//! `GetEventRetention`, `SetEventRetention`.

use openapi::{Answer, ApiError, Call, OperationSpec, Parameter};
use store::Period;
use store::retention::{RetentionChange, StreamRules};

use super::{change, invalid, stream, time};
use crate::operations::ActionTrail;

/// The text for the server's own period.
const DEFAULT: &str = "default";

const FIELDS: &[&str] = &["RetentionDays", "IsDefault", "EventsFrom", "ExpiredEvents", "ExpiredUntil"];

/// No public document: ActionTrail keeps events for 90 days.
pub(crate) const GET_SPEC: OperationSpec = OperationSpec::read("GetEventRetention").console_operation().answers(FIELDS);

/// No public document, see [`GET_SPEC`].
pub(crate) const SET_SPEC: OperationSpec = OperationSpec::write("SetEventRetention")
    .console_operation()
    .takes(&[Parameter::text_of("RetentionDays", 1, 16).required()])
    .answers(FIELDS)
    .fails_with(&["InvalidQueryParameter"]);

pub(crate) async fn get_event_retention(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    Ok(view(trail, call, &trail.store.rules(&stream(call))))
}

/// A longer period does not bring back what has left; a shorter one hides events at once and removes them later.
pub(crate) async fn set_event_retention(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let period = match call.text("RetentionDays").unwrap_or_default() {
        DEFAULT => None,
        text => Some(text.parse::<Period>().map_err(|error| {
            invalid(
                "RetentionDays",
                &format!("{error}, or \"{DEFAULT}\" for the one that the server is configured with"),
            )
        })?),
    };
    let changed = change(trail, call, RetentionChange::SetPeriod(period)).await?;
    let before = changed.before.period.unwrap_or(trail.store.default_period());
    Ok(view(trail, call, &changed.after).event_data("PreviousRetentionDays", before.to_string()))
}

/// `RetentionDays` is text, as `unlimited` is none.
fn view(trail: &ActionTrail, call: &Call, rules: &StreamRules) -> Answer {
    let default = trail.store.default_period();
    let now_s = call.arrived_at_ms.div_euclid(1_000);
    Answer::empty()
        .with("RetentionDays", rules.period.unwrap_or(default).to_string())
        .with("IsDefault", rules.period.is_none())
        .with_optional("EventsFrom", time(rules.horizon_s(default, now_s)))
        .with("ExpiredEvents", rules.expired_rows)
        .with_optional("ExpiredUntil", rules.expired_until_s.and_then(time))
}
