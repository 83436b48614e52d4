//! Events of calls: of those that manage always, of those that move objects where a trail asks for them.

use openapi::{CallRecord, DataCall, DataPlace};
use serde_json::{Map, Value};

use crate::fault::Fault;
use crate::operation::{Id, OPERATIONS, Operation};
use crate::service::{BucketService, Request};

const SERVICE_NAME: &str = "Oss";
const VERSION: &str = "2019-05-17";
/// What clients of the second version of a list ask for; it is recorded under a name of its own.
const LIST_OBJECTS_V2: &str = "ListObjectsV2";

/// What an event is about.
pub(crate) struct About {
    region: String,
    /// Of a data event: the ARN of the object or bucket.
    resource_arn: Option<String>,
}

/// Names of the calls that can be data events.
pub fn data_event_names() -> Vec<&'static str> {
    let data = OPERATIONS.iter().filter(|operation| operation.is_data);
    data.map(|operation| operation.name).chain([LIST_OBJECTS_V2]).collect()
}

/// What the event of a call is about; `None` when the call is none.
pub(crate) async fn about(
    service: &BucketService,
    operation: &Operation,
    request: &Request,
) -> Result<Option<About>, Fault> {
    if !operation.is_data {
        return Ok(Some(About { region: service.region(request).await?, resource_arn: None }));
    }
    let mut call = DataCall {
        account_id: &request.caller.account_id,
        service_name: SERVICE_NAME,
        event_name: name_of(operation, request),
        access: operation.access,
        place: None,
    };
    if !service.recorder.wants_data(&call) {
        return Ok(None);
    }
    let found = service.find_bucket(request.bucket()).await?;
    let owner = found.map_or_else(|| request.caller.account_id.clone(), |bucket| bucket.account_id);
    let region = service.region(request).await?;
    let slash = if request.key().is_empty() { "" } else { "/" };
    let arn = format!("acs:oss:{region}:{owner}:{}{slash}{}", request.bucket(), request.key());
    call.place = Some(DataPlace { region: &region, resource_arn: &arn });
    let is_wanted = service.recorder.wants_data(&call);
    Ok(is_wanted.then_some(About { region, resource_arn: Some(arn) }))
}

fn name_of(operation: &Operation, request: &Request) -> &'static str {
    let is_second = request.head.query.text("list-type") == Some("2");
    if operation.id == Id::ListObjects && is_second { LIST_OBJECTS_V2 } else { operation.name }
}

/// The event of a call. Bodies and signatures are not in it.
pub(crate) fn describe(
    operation: &Operation,
    request: &Request,
    request_id: &str,
    about: About,
    fault: Option<&Fault>,
) -> CallRecord {
    let (head, bucket) = (&request.head, request.bucket());
    let mut parameters: Map<String, Value> = head
        .query
        .pairs()
        .filter(|(name, _)| !is_secret(name))
        .map(|(name, value)| (name.to_owned(), value.into()))
        .collect();
    let copied = head.header("x-oss-copy-source");
    for (name, value) in [("BucketName", bucket), ("ObjectName", request.key()), ("CopySource", copied)] {
        if !value.is_empty() {
            parameters.insert(name.to_owned(), value.into());
        }
    }
    let resources = if bucket.is_empty() { Vec::new() } else { vec![("ACS::OSS::Bucket", vec![bucket.to_owned()])] };
    let record = CallRecord {
        operation: name_of(operation, request).to_owned(),
        event_rw: operation.access.as_str(),
        region: about.region,
        request_structure: parameters.clone(),
        request_parameters: parameters,
        resources,
        // That nothing changed is an answer.
        error: fault
            .filter(|fault| fault.code.status != 304)
            .map(|fault| (fault.code.name.to_owned(), fault.message.to_string())),
        ..CallRecord::of_service(SERVICE_NAME, VERSION, request.caller.clone(), head.arrival(request_id))
    };
    match about.resource_arn {
        Some(arn) => record.into_data_event(&arn),
        None => record,
    }
}

/// A link is a key for as long as it lives.
fn is_secret(parameter: &str) -> bool {
    matches!(parameter, "Signature" | "x-oss-signature" | "security-token" | "x-oss-security-token")
}
