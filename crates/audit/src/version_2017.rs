//! The API of 2017-12-04: nine operations on the same handlers, for scripts that nobody wants to touch.
//!
//! Public documents: ActionTrail, API reference of version 2017-12-04.

use std::borrow::Cow;

use openapi::{Answer, ApiError, Call, Operation, OperationSpec, Parameter, Params, Product};

use crate::describe_regions::describe_regions;
use crate::keys::LookupKey;
use crate::lookup::lookup_by;
use crate::operations::{ActionTrail, LOOKUP_ERRORS, PRODUCT, invalid};
use crate::trail;

/// The version.
pub(crate) const VERSION: &str = "2017-12-04";

/// ActionTrail as it was.
pub const PRODUCT_2017: Product = Product { versions: &[VERSION], ..PRODUCT };

/// Filters of LookupEvents and what they compare with.
const FILTERS: [(&str, LookupKey); 8] = [
    ("Event", LookupKey::EventId),
    // The id of the request is the id of its event.
    ("Request", LookupKey::EventId),
    ("EventType", LookupKey::EventType),
    ("ServiceName", LookupKey::ServiceName),
    ("EventName", LookupKey::EventName),
    ("User", LookupKey::User),
    ("ResourceType", LookupKey::ResourceType),
    ("ResourceName", LookupKey::ResourceName),
];

const CREATE_SPEC: OperationSpec = OperationSpec {
    parameters: &[
        Parameter::text("Name").required(),
        Parameter::text("RoleName").required(),
        Parameter::text("OssBucketName"),
        Parameter::text("OssKeyPrefix"),
        Parameter::text("SlsProjectArn"),
        Parameter::text("SlsWriteRoleArn"),
        Parameter::text("MnsTopicArn"),
        Parameter::one_of("EventRW", trail::EventRw::NAMES),
        Parameter::text("TrailRegion"),
    ],
    ..trail::CREATE_SPEC
};

const UPDATE_SPEC: OperationSpec = OperationSpec {
    parameters: &[
        Parameter::text("Name").required(),
        Parameter::text("RoleName"),
        Parameter::text("OssBucketName"),
        Parameter::text("OssKeyPrefix"),
        Parameter::text("SlsProjectArn"),
        Parameter::text("SlsWriteRoleArn"),
        Parameter::text("MnsTopicArn"),
        Parameter::one_of("EventRW", trail::EventRw::NAMES),
        Parameter::text("TrailRegion"),
    ],
    ..trail::UPDATE_SPEC
};

const LOOKUP_SPEC: OperationSpec = OperationSpec::read("LookupEvents")
    .takes(&[
        Parameter::text("StartTime"),
        Parameter::text("EndTime"),
        Parameter::integer("MaxResults", 0, crate::limits::MAX_PAGE),
        Parameter::text_of("NextToken", 0, crate::limits::MAX_TOKEN_BYTES),
        Parameter::text("Event"),
        Parameter::text("Request"),
        Parameter::text("EventType"),
        Parameter::text("ServiceName"),
        Parameter::text("EventName"),
        Parameter::text("User"),
        Parameter::text("ResourceType"),
        Parameter::text("ResourceName"),
        Parameter::one_of("EventRW", trail::EventRw::NAMES),
    ])
    .answers(&["StartTime", "EndTime", "NextToken", "Events"])
    .fails_with(LOOKUP_ERRORS)
    .vendor_limit(2);

/// The operations.
pub static OPERATIONS_2017: &[Operation<ActionTrail>] = &[
    Operation { spec: CREATE_SPEC, handler: |audit, call| Box::pin(create_trail(audit, call)) },
    Operation { spec: UPDATE_SPEC, handler: |audit, call| Box::pin(update_trail(audit, call)) },
    Operation { spec: trail::DELETE_SPEC, handler: |audit, call| Box::pin(trail::delete_trail(audit, call)) },
    Operation { spec: trail::DESCRIBE_SPEC, handler: |audit, call| Box::pin(trail::describe_trails(audit, call)) },
    Operation { spec: trail::STATUS_SPEC, handler: |audit, call| Box::pin(trail::get_trail_status(audit, call)) },
    Operation { spec: trail::START_SPEC, handler: |audit, call| Box::pin(trail::start_logging(audit, call)) },
    Operation { spec: trail::STOP_SPEC, handler: |audit, call| Box::pin(trail::stop_logging(audit, call)) },
    Operation { spec: LOOKUP_SPEC, handler: |audit, call| Box::pin(lookup_events(audit, call)) },
    Operation { spec: crate::describe_regions::SPEC, handler: |audit, call| Box::pin(describe_regions(audit, call)) },
];

async fn create_trail(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let call = with_role(call)?;
    Ok(trail::create_trail(audit, &call).await?.with("RoleName", call.required("RoleName")))
}

async fn update_trail(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let call = with_role(call)?;
    Ok(trail::update_trail(audit, &call).await?.with_optional("RoleName", call.text("RoleName")))
}

/// The role of the account became the roles of the destinations; the service's own role is none.
fn with_role(call: &Call) -> Result<Cow<'_, Call>, ApiError> {
    if call.text("MnsTopicArn").is_some() {
        return Err(invalid("MnsTopicArn", "this server does not notify message topics"));
    }
    let Some(role) = call.text("RoleName").filter(|role| !is_own_role(role)) else {
        return Ok(Cow::Borrowed(call));
    };
    let arn = format!("acs:ram::{}:role/{role}", call.caller.account_id);
    let mut params: std::collections::BTreeMap<String, String> =
        call.params.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
    for (destination, parameter) in [("OssBucketName", "OssWriteRoleArn"), ("SlsProjectArn", "SlsWriteRoleArn")] {
        if call.text(destination).is_some() && call.text(parameter).is_none() {
            params.insert(parameter.to_owned(), arn.clone());
        }
    }
    Ok(Cow::Owned(Call { params: Params::new(params), ..call.clone() }))
}

fn is_own_role(role: &str) -> bool {
    ["aliyunactiontraildefaultrole", "aliyunserviceroleforactiontrail"].contains(&role.to_ascii_lowercase().as_str())
}

/// Every filter must match. Without `EventRW` only writes are found.
async fn lookup_events(audit: &ActionTrail, call: &Call) -> Result<Answer, ApiError> {
    let mut attributes: Vec<(LookupKey, String)> =
        FILTERS.iter().filter_map(|(name, key)| Some((*key, call.text(name)?.to_owned()))).collect();
    match call.text("EventRW").unwrap_or("Write") {
        "All" => {}
        wanted => attributes.push((LookupKey::EventRw, wanted.to_owned())),
    }
    lookup_by(audit, call, attributes).await
}

/// A bucket name that is not valid had a code of its own.
pub(crate) fn bucket_name_error(call: &Call, error: ApiError) -> ApiError {
    if call.version == VERSION { ApiError::bad_request("InvalidBucketNameException", error.message) } else { error }
}
