//! `GetAccessKeyLastUsedInfo` and its family.
//!
//! Public documents: ActionTrail, "GetAccessKeyLastUsedInfo", "GetAccessKeyLastUsedProducts",
//! "GetAccessKeyLastUsedEvents", "GetAccessKeyLastUsedIps", "GetAccessKeyLastUsedResources" (2020-07-06).

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter};
use serde_json::{Value as Json, json};

use super::fold::{Dimension, Group};
use super::rows::{self, KeptUse};
use super::service_names::names;
use crate::limits::{DEFAULT_LIST_PAGE, KEY_USE_KEPT_S, MAX_KEY_USE_VALUES, MAX_LIST_PAGE, MAX_TOKEN_BYTES};
use crate::list_token;
use crate::operations::{ActionTrail, invalid};

const ACCESS_KEY: Parameter = Parameter::text("AccessKey").required();
const LIST: &[Parameter] = &[
    ACCESS_KEY,
    Parameter::text("ServiceName").required(),
    Parameter::text_of("NextToken", 0, MAX_TOKEN_BYTES),
    // A text in the public API.
    Parameter::text("PageSize"),
];
const ERRORS: &[&str] = &["InvalidQueryParameter", "ServiceUnavailable"];
/// Calls of each second (public rule).
const CALLS_PER_SECOND: u32 = 50;

/// The operations.
pub(crate) static OPERATIONS: &[Operation<ActionTrail>] = &[
    Operation {
        spec: OperationSpec::read("GetAccessKeyLastUsedInfo")
            .takes(&[ACCESS_KEY])
            .answers(&[
                "AccessKeyId",
                "AccountId",
                "AccountType",
                "OwnerId",
                "UserName",
                "ServiceName",
                "ServiceNameCn",
                "ServiceNameEn",
                "Source",
                "UsedTimestamp",
                "Detail",
            ])
            .fails_with(ERRORS)
            .vendor_limit(CALLS_PER_SECOND),
        handler: |audit, call| Box::pin(info(audit, call)),
    },
    Operation {
        spec: OperationSpec::read("GetAccessKeyLastUsedProducts")
            .takes(&[ACCESS_KEY])
            .answers(&["Products"])
            .fails_with(ERRORS)
            .vendor_limit(CALLS_PER_SECOND),
        handler: |audit, call| Box::pin(products(audit, call)),
    },
    Operation {
        spec: list_spec("GetAccessKeyLastUsedEvents", &["Events", "NextToken"]),
        handler: |audit, call| Box::pin(list(audit, call, Dimension::Event, "Events")),
    },
    Operation {
        spec: list_spec("GetAccessKeyLastUsedIps", &["Ips", "NextToken"]),
        handler: |audit, call| Box::pin(list(audit, call, Dimension::Ip, "Ips")),
    },
    Operation {
        spec: list_spec("GetAccessKeyLastUsedResources", &["Resources", "NextToken"]),
        handler: |audit, call| Box::pin(list(audit, call, Dimension::Resource, "Resources")),
    },
];

const fn list_spec(name: &'static str, answers: &'static [&'static str]) -> OperationSpec {
    OperationSpec::read(name).takes(LIST).answers(answers).fails_with(ERRORS).vendor_limit(CALLS_PER_SECOND)
}

/// A key of which no use is known, or that is another account's, has no fields.
async fn info(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let used = read(audit, call, Dimension::Product, "", 0, 1).await?;
    let Some(newest) = used.first() else {
        return Ok(Answer::empty());
    };
    let account_id = &call.caller.account_id;
    let is_root = newest.owner_id == *account_id;
    let (chinese, english) = names(&newest.value.name);
    Ok(Answer::empty()
        .with("AccessKeyId", call.required("AccessKey"))
        .with("AccountId", account_id.as_str())
        .with("AccountType", if is_root { "root-account" } else { "ram-user" })
        .with("OwnerId", newest.owner_id.as_str())
        .with("UserName", if is_root { "root" } else { &newest.user_name })
        .with("ServiceName", newest.value.name.as_str())
        .with("ServiceNameCn", chinese)
        .with("ServiceNameEn", english)
        .with("Source", newest.source.as_str())
        .with("UsedTimestamp", newest.used_s * 1_000)
        .with("Detail", newest.detail.as_str()))
}

async fn products(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let used = read(audit, call, Dimension::Product, "", 0, MAX_KEY_USE_VALUES).await?;
    let items: Vec<Json> = used.iter().map(|kept| item(kept, Dimension::Product)).collect();
    Ok(Answer::empty().with("Products", items))
}

async fn list(audit: &ActionTrail, call: &Call, dimension: Dimension, name: &str) -> Result<Answer, ApiError> {
    let size = page_size(call)?;
    let bad_token = || invalid("NextToken", "use the one of the page before, with all other parameters unchanged");
    let from = match call.text("NextToken") {
        None => 0,
        Some(token) => list_token::read(token).filter(|from| *from < MAX_KEY_USE_VALUES).ok_or_else(bad_token)?,
    };
    let mut used = read(audit, call, dimension, call.required("ServiceName"), from, size + 1).await?;
    if used.is_empty() && from > 0 {
        return Err(bad_token());
    }
    let next = (used.len() > size).then(|| list_token::write(from + size));
    used.truncate(size);
    let items: Vec<Json> = used.iter().map(|kept| item(kept, dimension)).collect();
    Ok(Answer::empty().with(name, items).with_optional("NextToken", next))
}

/// 0 is allowed, and is the same as none: a page without items could never be followed by another.
fn page_size(call: &Call) -> Result<usize, ApiError> {
    let text = call.text("PageSize").unwrap_or("0");
    let size = text.parse::<i64>().ok().filter(|size| (0..=MAX_LIST_PAGE).contains(size));
    let size = size.ok_or_else(|| invalid("PageSize", &format!("a number from 0 to {MAX_LIST_PAGE}")))?;
    Ok(if size == 0 { DEFAULT_LIST_PAGE } else { size }.unsigned_abs() as usize)
}

async fn read(
    audit: &ActionTrail,
    call: &Call,
    dimension: Dimension,
    service: &str,
    from: usize,
    count: usize,
) -> Result<Vec<KeptUse>, ApiError> {
    if !audit.key_use.catch_up().await {
        let behind = audit.key_use.behind();
        let problem = format!("the use of access keys is {behind} records behind; try again in a moment");
        return Err(ApiError::unavailable(problem));
    }
    // PostgreSQL has no NUL in texts, and no key or service has one.
    if call.required("AccessKey").contains('\0') || service.contains('\0') {
        return Ok(Vec::new());
    }
    let oldest_s = call.arrived_at_ms.div_euclid(1_000) - KEY_USE_KEPT_S;
    let group = Group::of(&call.caller.account_id, call.required("AccessKey"), dimension, service);
    let used = rows::list(audit.key_use.database(), &group, oldest_s, from, count).await;
    used.map_err(|error| ApiError::internal(&error))
}

fn item(kept: &KeptUse, dimension: Dimension) -> Json {
    let name = kept.value.name.as_str();
    let mut item = match dimension {
        Dimension::Product => {
            let (chinese, english) = names(name);
            json!({"ServiceName": name, "ServiceNameCn": chinese, "ServiceNameEn": english})
        }
        Dimension::Event => json!({"EventName": name}),
        Dimension::Ip => json!({"Ip": name}),
        Dimension::Resource => json!({"ResourceType": kept.value.kind, "ResourceName": name}),
    };
    item["Source"] = kept.source.as_str().into();
    item["UsedTimestamp"] = (kept.used_s * 1_000).into();
    item["Detail"] = kept.detail.as_str().into();
    item
}
