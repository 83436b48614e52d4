//! Insights: which an account and its trails want. This server finds none yet, and its answers have none.
//!
//! Public documents: ActionTrail, "EnableInsight", "DisableInsight", "GetInsightTypes", "PutInsightSelectors",
//! "GetInsightSelectors", "GetInsightsEventsCount", "LookupInsightEvents" (2020-07-06).

use openapi::clock::parse_utc;
use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Map, Value, json};

use crate::limits::{MAX_ATTRIBUTES, MAX_PAGE, MAX_TOKEN_BYTES};
use crate::operations::{ActionTrail, invalid};
use crate::trail::{EventRw, TRAIL, Trail, database, owned};
use crate::{account_settings, dates};

/// The types.
const TYPES: [&str; 7] = [
    "IpInsight",
    "ApiCallRateInsight",
    "ApiErrorRateInsight",
    "AkInsight",
    "PolicyChangeInsight",
    "PasswordChangeInsight",
    "TrailConcealmentInsight",
];

/// Keys of LookupInsightEvents.
const KEYS: [&str; 7] =
    ["ServiceName", "EventName", "SourceIpAddress", "InsightType", "EventId", "AccessKeyId", "InsightObject"];

const LOOKUP_ATTRIBUTE: &[Parameter] = &[Parameter::text("Key"), Parameter::text("Value")];
const TRAIL_NAME: Parameter = Parameter::text("TrailName").required();

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::write("EnableInsight")
            .takes(&[Parameter::text("InsightType")])
            .fails_with(&["InsightTypeNotAvailable"])
            .vendor_limit(5),
        handler: |audit, call| Box::pin(enable(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("DisableInsight")
            .takes(&[Parameter::text("InsightType")])
            .fails_with(&["InsightTypeNotValid"]),
        handler: |audit, call| Box::pin(disable(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetInsightTypes").answers(&["InsightTypes"]),
        handler: |audit, call| Box::pin(get_types(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("PutInsightSelectors")
            .touches(TRAIL, "TrailName")
            .takes(&[TRAIL_NAME, Parameter::json("InsightSelectors")])
            .answers(&["InsightSelectors", "TrailArn"])
            .fails_with(&[
                "InvalidTrailNameException",
                "TrailNotFoundException",
                "InsightTypeNotValid",
                "TrailNotValid",
                "InvalidQueryParameter",
            ]),
        handler: |audit, call| Box::pin(put_selectors(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetInsightSelectors")
            .touches(TRAIL, "TrailName")
            .takes(&[TRAIL_NAME])
            .answers(&["InsightSelectors", "TrailArn"])
            .fails_with(crate::trail::TRAIL_ERRORS),
        handler: |audit, call| Box::pin(get_selectors(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetInsightsEventsCount")
            .takes(&[Parameter::text("Date"), Parameter::text("StartTime"), Parameter::text("EndTime")])
            .answers(&["Data", "NextToken"])
            .fails_with(&["InvalidQueryParameter", "InvalidParameterCombination"]),
        handler: |audit, call| Box::pin(count(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("LookupInsightEvents")
            .takes(&[
                Parameter::text("StartTime"),
                Parameter::text("EndTime"),
                Parameter::integer("MaxResults", 1, MAX_PAGE),
                Parameter::text_of("NextToken", 0, MAX_TOKEN_BYTES),
                Parameter::structures("LookupAttribute", LOOKUP_ATTRIBUTE, MAX_ATTRIBUTES),
            ])
            .answers(&["Events", "NextToken"])
            .fails_with(&[
                "InvalidQueryParameter",
                "InvalidParameterCombination",
                "InvalidParameterStartTime",
                "InvalidParameterEndTime",
                "InvalidLookupAttributesException",
                "LookupEventsParameterError",
                "InvalidNextToken",
            ]),
        handler: |audit, call| Box::pin(lookup(audit, call)),
    },
];

fn known_type<'a>(call: &'a Call, code: &'static str) -> Result<&'a str, ApiError> {
    let wanted = call.text("InsightType").unwrap_or_default();
    if TYPES.contains(&wanted) { Ok(wanted) } else { Err(unknown_type(code)) }
}

fn unknown_type(code: &'static str) -> ApiError {
    ApiError::bad_request(code, format!("The insight type is not known: use one of {}.", TYPES.join(", ")))
}

async fn enable(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let wanted = known_type(call, "InsightTypeNotAvailable")?;
    account_settings::change(audit.database(), &call.caller.account_id, |settings| {
        if !settings.insight_types.iter().any(|known| known == wanted) {
            settings.insight_types.push(wanted.to_owned());
        }
    })
    .await?;
    Ok(Answer::empty())
}

async fn disable(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let wanted = known_type(call, "InsightTypeNotValid")?;
    account_settings::change(audit.database(), &call.caller.account_id, |settings| {
        settings.insight_types.retain(|known| known != wanted);
    })
    .await?;
    Ok(Answer::empty())
}

async fn get_types(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let settings = account_settings::read(audit.database(), &call.caller.account_id).await?;
    let is_enabled = |name: &str| settings.insight_types.iter().any(|known| known == name);
    let types: Map<String, Value> =
        TYPES.iter().map(|name| ((*name).to_owned(), json!({"enabled": is_enabled(name)}))).collect();
    Ok(Answer::empty().with("InsightTypes", types))
}

/// Insights go to trails over all regions and all events of one account.
async fn put_selectors(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let types: Vec<String> = match call.text("InsightSelectors") {
        None => Vec::new(),
        Some(text) => serde_json::from_str(text)
            .map_err(|_| invalid("InsightSelectors", "it must be the JSON text of an array of insight types"))?,
    };
    if types.iter().any(|wanted| !TYPES.contains(&wanted.as_str())) {
        return Err(unknown_type("InsightTypeNotValid"));
    }
    let known = owned(audit, call, "TrailName")?;
    if !types.is_empty() && !takes_insights(&known) {
        return Err(ApiError::bad_request(
            "TrailNotValid",
            "Insights go to trails of one account over all regions and all events: update the trail, or choose another.",
        ));
    }
    let mut write = audit.trails.write().await.map_err(database)?;
    let current = write.before().iter().find(|trail| trail.id == known.id).cloned();
    let mut trail = Trail::clone(&*current.ok_or_else(|| crate::trail::not_found(&known.name))?);
    trail.insight_types = types;
    trail.insight_types.sort_unstable();
    trail.insight_types.dedup();
    trail.update_time_ms = call.arrived_at_ms;
    write.update(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(selectors(&trail))
}

fn takes_insights(trail: &Trail) -> bool {
    !trail.is_organization_trail && trail.trail_region == "All" && trail.event_rw == EventRw::All
}

async fn get_selectors(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    Ok(selectors(&*owned(audit, call, "TrailName")?))
}

fn selectors(trail: &Trail) -> Answer {
    Answer::empty().with("InsightSelectors", trail.insight_types.as_slice()).with("TrailArn", trail.arn())
}

/// `Date` counts before the times.
async fn count(_audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    if let Some(date) = call.text("Date") {
        dates::parse(date).ok_or_else(|| invalid("Date", "a day as yyyy-MM-dd"))?;
    } else {
        check_times(call)?;
    }
    Ok(Answer::empty().with("Data", Vec::<Value>::new()))
}

/// Ranges that are too long are cut, not refused.
async fn lookup(_audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    check_times(call)?;
    check_attributes(call)?;
    if call.text("NextToken").is_some() {
        return Err(ApiError::bad_request(
            "InvalidNextToken",
            "The specified NextToken is not valid: no page was answered with one.",
        ));
    }
    Ok(Answer::empty().with("Events", Vec::<Value>::new()))
}

fn check_times(call: &Call) -> Result<(), ApiError> {
    let time = |name: &str, code: &'static str| match call.text(name) {
        None => Ok(None),
        Some(text) => parse_utc(text).map(Some).ok_or_else(|| {
            ApiError::bad_request(code, format!("{name} is not a time: use UTC as yyyy-MM-ddTHH:mm:ssZ."))
        }),
    };
    let start = time("StartTime", "InvalidParameterStartTime")?;
    let end = time("EndTime", "InvalidParameterEndTime")?;
    match (start, end) {
        (Some(start), Some(end)) if end <= start => {
            Err(ApiError::bad_request("InvalidParameterCombination", "EndTime must be later than StartTime."))
        }
        (Some(_), None) | (None, Some(_)) => Err(ApiError::bad_request(
            "InvalidParameterCombination",
            "StartTime and EndTime must both be given or both be left out.",
        )),
        _ => Ok(()),
    }
}

/// One key, or `ServiceName` with `EventName`; more than two attributes are all ignored.
fn check_attributes(call: &Call) -> Result<(), ApiError> {
    let sent = call.structures("LookupAttribute");
    if sent.len() > 2 {
        return Ok(());
    }
    let mut keys = Vec::new();
    for fields in &sent {
        let field = |name: &str| fields.get(name).copied().filter(|text| !text.is_empty());
        let (Some(key), Some(_)) = (field("Key"), field("Value")) else {
            return Err(ApiError::bad_request(
                "LookupEventsParameterError",
                "A LookupAttribute has a Key and a Value: give both.",
            ));
        };
        if !KEYS.contains(&key) {
            return Err(bad_attributes());
        }
        keys.push(key);
    }
    keys.sort_unstable();
    keys.dedup();
    if keys.len() == 2 && keys != ["EventName", "ServiceName"] { Err(bad_attributes()) } else { Ok(()) }
}

fn bad_attributes() -> ApiError {
    ApiError::bad_request(
        "InvalidLookupAttributesException",
        format!(
            "The lookup attributes are not supported: use one of {}, or ServiceName with EventName.",
            KEYS.join(", ")
        ),
    )
}
