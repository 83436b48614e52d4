//! `PutDataEventSelector` and its family.

use openapi::clock::format_utc;
use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Map, Value, json};

use super::selection::{self, DataDelivery, DataEventSelection, DataEventSelector};
use super::services::SERVICES;
use crate::limits::{DEFAULT_LIST_PAGE, MAX_LIST_PAGE, MAX_SELECTOR_TEXT_CHARS, MAX_TOKEN_BYTES};
use crate::list_token;
use crate::operations::{ActionTrail, invalid};
use crate::trail::{LogsWish, TRAIL, TRAIL_ERRORS, Trail, database, logs_refused, not_found, owned};

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
            .fails_with(&[
                "InvalidTrailNameException",
                "TrailNotFoundException",
                "InvalidQueryParameter",
                "TrailNotValid",
            ]),
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
    if let Some(unknown) =
        selectors.iter().find(|selector| !SERVICES.iter().any(|(name, _)| *name == selector.service_name))
    {
        return Err(invalid(
            "EventSelectors",
            &format!("the service {:?} has no data events, see ListDataEventServices", unknown.service_name),
        ));
    }
    let is_all_regions = call.boolean("IsTrailAllRegion").unwrap_or(false);
    let regions = regions(call, is_all_regions)?;
    let known = owned(audit, call, "TrailName")?;
    if known.is_organization_trail {
        return Err(ApiError::bad_request("TrailNotValid", "A trail over all accounts takes no data events."));
    }
    let mut deliveries = Vec::new();
    let places = if is_all_regions { audit.settings.regions.clone() } else { regions.clone() };
    for region in places {
        deliveries.push(prepare(audit, &known, region, call.arrived_at_ms).await);
    }
    let selection = DataEventSelection { selectors, is_all_regions, regions, deliveries };
    let trail = change(audit, call, &known, Some(selection)).await?;
    Ok(Answer::empty().with("DataEventSelectors", text_of(&trail)?).with("TrailArn", trail.arn()))
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
    let project_arn = format!("acs:log:{region}:{account_id}:project/actiontrail-log-{account_id}-{region}");
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
        .with("SlsDeliveryConfigs", deliveries(&trail))
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
    let infos: Vec<Value> = trails.iter().filter(is_shown).map(|trail| info(trail)).collect::<Result<_, _>>()?;
    page(call, "DataEventSelectorInfos", infos)
}

fn info(trail: &Trail) -> Result<Value, ApiError> {
    Ok(json!({
        "TrailName": trail.name,
        "TrailArn": trail.arn(),
        "EventSelectors": text_of(trail)?,
        "IsTrailAllRegion": trail.data_events.as_ref().is_some_and(|wanted| wanted.is_all_regions),
        "SlsDeliveryConfigs": deliveries(trail),
    }))
}

async fn list_services(_audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let infos = SERVICES.iter().map(|(name, events)| json!({"ServiceName": name, "EventNames": events}));
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

fn deliveries(trail: &Trail) -> Vec<Value> {
    let deliveries = trail.data_events.iter().flat_map(|wanted| &wanted.deliveries);
    deliveries
        .map(|delivery| {
            json!({
                "TrailRegion": delivery.region,
                "RegionSlsProjectArn": delivery.project_arn,
                "Status": if delivery.problem.is_empty() { "success" } else { "failure" },
                "CreateTime": format_utc(delivery.create_time_ms.div_euclid(1_000)),
                "ErrorCode": delivery.error_code,
                "ErrorMessage": delivery.problem,
            })
        })
        .collect()
}
