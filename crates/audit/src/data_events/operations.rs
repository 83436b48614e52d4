//! `PutDataEventSelector` and its family.

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Map, Value, json};

use super::selection::{self, DataDelivery, DataEventSelection, DataEventSelector};
use super::services::DataEventService;
use crate::limits::{DEFAULT_LIST_PAGE, MAX_LIST_PAGE, MAX_SELECTOR_TEXT_CHARS, MAX_TOKEN_BYTES};
use crate::list_token;
use crate::operations::{ActionTrail, invalid};
use crate::trail::{DataStatus, LogsWish, TRAIL, TRAIL_ERRORS, Trail, database, logs_refused, not_found, owned};

const TRAIL_NAME: Parameter = Parameter::text("TrailName").required();
const LIST_PARAMETERS: &[Parameter] =
    &[Parameter::integer("MaxResults", 1, MAX_LIST_PAGE), Parameter::text_of("NextToken", 0, MAX_TOKEN_BYTES)];

/// The operations.
///
/// Public documents: ActionTrail, "PutDataEventSelector", "GetDataEventSelector", "DeleteDataEventSelector",
/// "ListDataEventSelectors", "ListDataEventServices" (2020-07-06).
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::write("PutDataEventSelector")
            .touches(TRAIL, "TrailName")
            .takes(&[
                TRAIL_NAME,
                Parameter::text_of("EventSelectors", 0, MAX_SELECTOR_TEXT_CHARS).required(),
                Parameter::boolean("IsTrailAllRegion"),
                Parameter::text_of("TrailRegionIds", 0, 4_096),
            ])
            .answers(&["DataEventSelectors", "TrailArn"])
            .fails_with(&["InvalidTrailNameException", "TrailNotFoundException", "InvalidQueryParameter"]),
        handler: |audit, call| Box::pin(put(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetDataEventSelector")
            .touches(TRAIL, "TrailName")
            .takes(&[TRAIL_NAME])
            .answers(&["DataEventSelectors", "IsTrailAllRegion", "SlsDeliveryConfigs", "TrailArn"])
            .fails_with(TRAIL_ERRORS),
        handler: |audit, call| Box::pin(get(audit, call)),
    },
    Operation {
        spec: OperationSpec::write("DeleteDataEventSelector")
            .touches(TRAIL, "TrailName")
            .takes(&[TRAIL_NAME])
            .fails_with(TRAIL_ERRORS),
        handler: |audit, call| Box::pin(delete(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("ListDataEventSelectors")
            .takes(LIST_PARAMETERS)
            .answers(&["Data"])
            .fails_with(&["InvalidNextToken"]),
        handler: |audit, call| Box::pin(list(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("ListDataEventServices")
            .takes(LIST_PARAMETERS)
            .answers(&["Data"])
            .fails_with(&["InvalidNextToken"]),
        handler: |audit, call| Box::pin(list_services(audit, call)),
    },
];

/// Replaces what was there. A logstore of each region is made first; a failure is told by GetDataEventSelector.
async fn put(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let selectors =
        selection::parse(call.required("EventSelectors")).map_err(|problem| invalid("EventSelectors", &problem))?;
    check(&selectors, &audit.settings.data_event_services).map_err(|problem| invalid("EventSelectors", &problem))?;
    let is_all_regions = call.boolean("IsTrailAllRegion").unwrap_or(false);
    let regions = regions(call, is_all_regions)?;
    let known = owned(audit, call, "TrailName")?;
    let mut deliveries = Vec::new();
    let places = if is_all_regions { all_regions(audit, &known) } else { regions.clone() };
    for region in places {
        deliveries.push(prepare(audit, &known, region, call.arrived_at_ms).await);
    }
    let selection = DataEventSelection { selectors, is_all_regions, regions, deliveries };
    let trail = change(audit, call, &known, Some(selection)).await?;
    Ok(Answer::empty().with("DataEventSelectors", text_of(&trail)?).with("TrailArn", trail.arn()))
}

/// The error says which selector asks for what is not there.
fn check(selectors: &[DataEventSelector], services: &[DataEventService]) -> Result<(), String> {
    for selector in selectors {
        let service = services.iter().find(|service| service.name == selector.service_name);
        let service = service.ok_or_else(|| {
            format!("the service {:?} has no data events, see ListDataEventServices", selector.service_name)
        })?;
        let names = selector.event_name.iter().flat_map(|names| names.equals.iter().chain(&names.not_equals));
        let unknown = names.into_iter().find(|name| !service.events.contains(&name.as_str()));
        if let Some(name) = unknown.filter(|_| !service.has_more_in_cloud) {
            return Err(format!("{} has no data event {name:?}, see ListDataEventServices", service.name));
        }
    }
    Ok(())
}

/// The regions of the server. The trail's own comes first: its project gets what happens in regions that are not known.
fn all_regions(audit: &ActionTrail, trail: &Trail) -> Vec<String> {
    let others = audit.settings.regions.iter().filter(|region| **region != trail.home_region);
    [&trail.home_region].into_iter().chain(others).cloned().collect()
}

/// The regions that are named; without any, the one of the call.
fn regions(call: &Call, is_all_regions: bool) -> Result<Vec<String>, ApiError> {
    let named = call.text("TrailRegionIds").unwrap_or_default();
    let mut regions: Vec<String> =
        named.split(',').map(str::trim).filter(|region| !region.is_empty()).map(str::to_owned).collect();
    regions.sort_unstable();
    regions.dedup();
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if regions.iter().any(|region| region.len() > 64 || !region.bytes().all(is_plain)) {
        return Err(invalid("TrailRegionIds", "region ids joined with commas"));
    }
    if regions.is_empty() && !is_all_regions {
        regions.push(call.region.clone());
    }
    Ok(regions)
}

async fn prepare(audit: &ActionTrail, trail: &Trail, region: String, now_ms: i64) -> DataDelivery {
    let account_id = &trail.account_id;
    let project_arn = trail.data_project_arn(&region);
    let logstore = trail.logstore();
    let wish = LogsWish {
        account_id,
        trail_id: &trail.id,
        project_arn: &project_arn,
        logstore: &logstore,
        write_role_arn: "",
    };
    let problem = audit.destinations.prepare_data_logs(wish).await.err().map(logs_refused);
    DataDelivery {
        region,
        project_arn,
        create_time_ms: now_ms,
        error_code: problem.as_ref().map(|error| error.code.to_string()).unwrap_or_default(),
        problem: problem.map(|error| error.message.into_owned()).unwrap_or_default(),
    }
}

async fn get(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let trail = owned(audit, call, "TrailName")?;
    let is_all_regions = trail.data_events.as_ref().is_some_and(|wanted| wanted.is_all_regions);
    Ok(Answer::empty()
        .with("DataEventSelectors", text_of(&trail)?)
        .with("IsTrailAllRegion", is_all_regions)
        .with("SlsDeliveryConfigs", deliveries(audit, &trail))
        .with("TrailArn", trail.arn()))
}

async fn delete(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let known = owned(audit, call, "TrailName")?;
    change(audit, call, &known, None).await?;
    Ok(Answer::empty())
}

async fn change(
    audit: &ActionTrail,
    call: &Call,
    known: &Trail,
    selection: Option<DataEventSelection>,
) -> Result<Trail, ApiError> {
    let mut write = audit.trails.write().await.map_err(database)?;
    let current = write.before().iter().find(|trail| trail.id == known.id).cloned();
    let mut trail = Trail::clone(&*current.ok_or_else(|| not_found(&known.name))?);
    trail.data_events = selection;
    let marks = audit.data_marks(&trail);
    trail.renew_data_span(marks);
    trail.update_time_ms = call.arrived_at_ms;
    write.update(&trail).await.map_err(database)?;
    write.commit().await.map_err(database)?;
    Ok(trail)
}

async fn list(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let trails = audit.trails.trails();
    let is_shown = |trail: &&std::sync::Arc<Trail>| {
        trail.account_id == call.caller.account_id && trail.home_region == call.region && trail.data_events.is_some()
    };
    let infos: Vec<Value> = trails.iter().filter(is_shown).map(|trail| info(audit, trail)).collect::<Result<_, _>>()?;
    page(call, "DataEventSelectorInfos", infos)
}

fn info(audit: &ActionTrail, trail: &Trail) -> Result<Value, ApiError> {
    Ok(json!({
        "TrailName": trail.name,
        "TrailArn": trail.arn(),
        "EventSelectors": text_of(trail)?,
        "IsTrailAllRegion": trail.data_events.as_ref().is_some_and(|wanted| wanted.is_all_regions),
        "SlsDeliveryConfigs": deliveries(audit, trail),
    }))
}

async fn list_services(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let services = audit.settings.data_event_services.iter();
    let infos = services.map(|service| json!({"ServiceName": service.name, "EventNames": service.events}));
    page(call, "ServiceInfos", infos.collect())
}

fn page(call: &Call, name: &str, items: Vec<Value>) -> Result<Answer, ApiError> {
    let size = call.integer("MaxResults").unwrap_or(DEFAULT_LIST_PAGE);
    let (shown, next) = list_token::page(call, size.unsigned_abs() as usize, items)?;
    let mut data = Map::new();
    data.insert("MaxResults".to_owned(), size.into());
    data.extend(next.map(|next| ("NextToken".to_owned(), next.into())));
    data.insert(name.to_owned(), shown.into());
    Ok(Answer::empty().with("Data", data))
}

/// The selectors as JSON text.
fn text_of(trail: &Trail) -> Result<String, ApiError> {
    let selectors: &[DataEventSelector] = trail.data_events.as_ref().map_or(&[], |wanted| &wanted.selectors);
    serde_json::to_string(selectors).map_err(|error| ApiError::internal(&error))
}

fn deliveries(audit: &ActionTrail, trail: &Trail) -> Vec<Value> {
    let status = audit.delivery.status(trail).data;
    let deliveries = trail.data_events.iter().flat_map(|wanted| &wanted.deliveries);
    deliveries
        .map(|delivery| {
            let (code, problem) = problem(delivery, &status);
            json!({
                "TrailRegion": delivery.region,
                "RegionSlsProjectArn": delivery.project_arn,
                "Status": if problem.is_empty() { "success" } else { "failure" },
                "CreateTime": format_utc(delivery.create_time_ms.div_euclid(1_000)),
                "ErrorCode": code,
                "ErrorMessage": problem,
            })
        })
        .collect()
}

/// What is wrong with a region's project now: the failure of the last write, or of its making, unless something got there
/// since. Empty: nothing.
fn problem<'a>(delivery: &'a DataDelivery, status: &'a DataStatus) -> (&'a str, &'a str) {
    let is_here = status.failed_region.as_ref().is_none_or(|region| *region == delivery.region);
    match &status.status.latest_error {
        Some(error) if is_here => ("LogServiceException", error),
        _ if status.delivered_regions.contains(&delivery.region) => ("", ""),
        _ => (&delivery.error_code, &delivery.problem),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trail::DestinationStatus;

    #[test]
    fn selectors_ask_for_what_is_there() {
        let services = [
            DataEventService { has_more_in_cloud: true, ..DataEventService::new("Oss", vec!["GetObject"]) },
            DataEventService::new("Sls", vec!["PutLogs"]),
        ];
        for (text, is_good) in [
            (r#"[{"ServiceName":"Oss","EventName":{"Equals":["SelectObject"]}}]"#, true),
            (r#"[{"ServiceName":"Sls","EventName":{"Equals":["PutLogs"]}}]"#, true),
            (r#"[{"ServiceName":"Sls","EventName":{"NotEquals":["PutLog"]}}]"#, false),
            (r#"[{"ServiceName":"Ecs"}]"#, false),
        ] {
            let selectors = selection::parse(text).unwrap();
            assert_eq!(check(&selectors, &services).is_ok(), is_good, "{text}");
        }
    }

    #[test]
    fn a_region_tells_the_failure_that_is_its_own() {
        let delivery = DataDelivery {
            region: "a".to_owned(),
            project_arn: String::new(),
            create_time_ms: 0,
            error_code: "CreateLogStoreError".to_owned(),
            problem: "not made".to_owned(),
        };
        let mut status = DataStatus::default();
        assert_eq!(problem(&delivery, &status).1, "not made");
        status.delivered_regions.insert("a".to_owned());
        assert_eq!(problem(&delivery, &status), ("", ""));
        status.status = DestinationStatus { latest_error: Some("gone".to_owned()), ..DestinationStatus::default() };
        assert_eq!(problem(&delivery, &status), ("LogServiceException", "gone"));
        status.failed_region = Some("b".to_owned());
        assert_eq!(problem(&delivery, &status), ("", ""));
    }
}
