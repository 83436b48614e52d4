//! `PlaceLegalHold`, `ReleaseLegalHold`, `ListLegalHolds`.

use openapi::{Answer, ApiError, Call, OperationSpec, Parameter};
use serde_json::{Map, Value};
use store::Hold;
use store::retention::{ChangeRefused, RetentionChange, StreamRules};

use super::{LEGAL_HOLD, change, invalid, optional_time, stream, time};
use crate::limits::{MAX_HOLD_NAME_CHARS, MAX_HOLD_REASON_CHARS};
use crate::operations::ActionTrail;

const EXISTS: &str = "LegalHoldAlreadyExistsException";
const NOT_FOUND: &str = "LegalHoldNotFoundException";
const TOO_MANY: &str = "MaximumNumberOfLegalHoldsExceededException";
const START_TIME: &str = "InvalidParameterStartTime";
const END_TIME: &str = "InvalidParameterEndTime";
const COMBINATION: &str = "InvalidParameterCombination";

const NAME: Parameter = Parameter::text_of("Name", 1, MAX_HOLD_NAME_CHARS).required();

/// No public document: ActionTrail keeps no event longer than 90 days without a trail.
pub(crate) const PLACE_SPEC: OperationSpec = OperationSpec::write("PlaceLegalHold")
    .console_operation()
    .takes(&[
        NAME,
        Parameter::text("StartTime"),
        Parameter::text("EndTime"),
        Parameter::text_of("Reason", 0, MAX_HOLD_REASON_CHARS),
    ])
    .touches(LEGAL_HOLD, "Name")
    .answers(&["LegalHold", "ExpiredUntil"])
    .fails_with(&["InvalidQueryParameter", START_TIME, END_TIME, COMBINATION, EXISTS, TOO_MANY]);

/// No public document, see [`PLACE_SPEC`].
pub(crate) const RELEASE_SPEC: OperationSpec = OperationSpec::write("ReleaseLegalHold")
    .console_operation()
    .takes(&[NAME])
    .touches(LEGAL_HOLD, "Name")
    .answers(&["LegalHold"])
    .fails_with(&["InvalidQueryParameter", NOT_FOUND]);

/// No public document, see [`PLACE_SPEC`].
pub(crate) const LIST_SPEC: OperationSpec =
    OperationSpec::read("ListLegalHolds").console_operation().answers(&["LegalHolds"]);

/// Keeps the account's events of a range of times until the hold is released. A time that is left out leaves that end
/// open.
pub(crate) async fn place_legal_hold(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let hold = Hold {
        name: name(call)?,
        from_s: optional_time(call, "StartTime", START_TIME)?.unwrap_or(i64::MIN),
        to_s: optional_time(call, "EndTime", END_TIME)?.unwrap_or(i64::MAX),
        reason: reason(call)?,
        placed_by: call.caller.display_name(),
        placed_at_ms: call.arrived_at_ms,
    };
    if hold.to_s < hold.from_s {
        return Err(ApiError::bad_request(COMBINATION, "EndTime must not be earlier than StartTime."));
    }
    let changed = change(trail, call, RetentionChange::Place(hold.clone())).await?;
    Ok(Answer::empty().with("LegalHold", view(&hold)).with_optional("ExpiredUntil", gap(&changed.after, &hold)))
}

/// What was kept by the hold alone is not shown any more, and leaves.
pub(crate) async fn release_legal_hold(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let name = name(call)?;
    let changed = change(trail, call, RetentionChange::Release(name.clone())).await?;
    let released = changed.before.holds.iter().find(|hold| hold.name == name).map(view);
    Ok(Answer::empty().with_optional("LegalHold", released))
}

/// By name.
pub(crate) async fn list_legal_holds(trail: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let rules = trail.store.rules(&stream(call));
    Ok(Answer::empty().with_wrapped_list("LegalHolds", "LegalHold", rules.holds.iter().map(view).collect()))
}

/// Events of the range may have left before the hold was placed: the time up to which.
fn gap(rules: &StreamRules, hold: &Hold) -> Option<Value> {
    rules.expired_until_s.filter(|until_s| hold.from_s <= *until_s).and_then(time)
}

fn view(hold: &Hold) -> Value {
    let mut fields = Map::new();
    fields.insert("Name".to_owned(), hold.name.as_str().into());
    fields.extend(time(hold.from_s).map(|time| ("StartTime".to_owned(), time)));
    fields.extend(time(hold.to_s).map(|time| ("EndTime".to_owned(), time)));
    fields.insert("Reason".to_owned(), hold.reason.as_str().into());
    fields.insert("PlacedBy".to_owned(), hold.placed_by.as_str().into());
    fields.extend(time(hold.placed_at_ms.div_euclid(1_000)).map(|time| ("PlacedTime".to_owned(), time)));
    Value::Object(fields)
}

/// Names go into commands, so they are plain.
fn name(call: &Call) -> Result<String, ApiError> {
    let name = call.text("Name").unwrap_or_default();
    let is_plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    if name.is_empty() || !name.chars().all(is_plain) || name.starts_with('-') {
        return Err(invalid("Name", "letters, digits, dashes, underscores and dots"));
    }
    Ok(name.to_owned())
}

fn reason(call: &Call) -> Result<String, ApiError> {
    let reason = call.text("Reason").unwrap_or_default();
    if reason.chars().any(char::is_control) {
        return Err(invalid("Reason", "one line of text"));
    }
    Ok(reason.to_owned())
}

pub(super) fn refused(refused: ChangeRefused) -> ApiError {
    let message = refused.to_string();
    match refused {
        ChangeRefused::HoldExists => ApiError::bad_request(EXISTS, message),
        ChangeRefused::TooManyHolds => ApiError::new(403, TOO_MANY, message),
        ChangeRefused::NoSuchHold => ApiError::not_found(NOT_FOUND, message),
    }
}
