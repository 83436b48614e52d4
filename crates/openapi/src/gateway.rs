//! The way of one call through the gateway.
//!
//! ```text
//! parse → who is it → may it → how often → good parameters? → can it be audited? → handler → record → reply
//! ```
//!
//! From the moment the caller is known every outcome is recorded, and the reply leaves only after the recorder has
//! it. The caller of [`Gateway::handle`] must drive the future to its end even when the client is gone: an operation
//! that was done must be recorded.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures::FutureExt;
use serde_json::{Map, Value};
use uuid::Uuid;

use crate::answer::Answer;
use crate::authenticate::{Claim, authenticate, is_v3, read_claim};
use crate::call::{Call, Caller, Principal};
use crate::directory::Directory;
use crate::error::ApiError;
use crate::limits::MAX_CLAIM_BYTES;
use crate::nonce::NonceStore;
use crate::operation::{Access, EventType, NameFrom, OperationSpec, Permission};
use crate::params::Params;
use crate::product::{Product, Service};
use crate::recorder::{CallRecord, Category, DataCall, DataPlace, Recorder, RecorderFault, RejectedCall};
use crate::reply::{CallLabel, Format, Reply, failure, success, success_body};
use crate::request::RawRequest;
use crate::throttle::{Throttle, Throttling};
use crate::{check, describe, faults, permission, region};

/// Settings of a gateway.
#[derive(Debug, Clone)]
pub struct GatewaySettings {
    /// Region of calls that name none.
    pub default_region: String,
    /// Home region of services without regions: their events have it as `acsRegion`.
    pub global_region: String,
    /// Which rate limits apply.
    pub throttling: Throttling,
}

/// The gateway over its services.
pub struct Gateway {
    services: Vec<Box<dyn Service>>,
    directory: Arc<dyn Directory>,
    recorder: Arc<dyn Recorder>,
    settings: GatewaySettings,
    nonces: NonceStore,
    throttle: Throttle,
}

/// A call whose caller is known, and where it leads.
struct Routed<'a> {
    service: Option<&'a dyn Service>,
    operation: Option<&'static OperationSpec>,
    claim: Claim,
    call: Call,
    format: Format,
}

impl Gateway {
    /// Puts a gateway together.
    pub fn new(
        services: Vec<Box<dyn Service>>,
        directory: Arc<dyn Directory>,
        recorder: Arc<dyn Recorder>,
        settings: GatewaySettings,
    ) -> Self {
        let throttle = Throttle::new(settings.throttling);
        Self { services, directory, recorder, settings, nonces: NonceStore::new(), throttle }
    }

    /// The services, for documentation.
    pub fn services(&self) -> &[Box<dyn Service>] {
        &self.services
    }

    /// An error for a request that could not even be read (too large, too slow). It is noted as rejected.
    pub fn refuse_unread(&self, request: &RawRequest, error: &ApiError) -> Reply {
        self.reject(request, &Claim::default(), &new_request_id(), Format::Json, error)
    }

    /// Answers one request.
    pub async fn handle(&self, request: RawRequest) -> Reply {
        let request_id = new_request_id();
        let parameters = match request.parameters() {
            Ok(parameters) => parameters,
            Err(error) => return self.reject(&request, &Claim::default(), &request_id, Format::Json, &error),
        };
        let claim = read_claim(&request, &parameters.merged);
        let format = match format_of(&request, parameters.merged.get("Format").map(String::as_str)) {
            Ok(format) => format,
            Err(error) => return self.reject(&request, &claim, &request_id, Format::Json, &error),
        };
        let owner = match authenticate(&request, &parameters, &claim, self.directory.as_ref(), &self.nonces) {
            Ok(owner) => owner,
            Err(error) => return self.reject(&request, &claim, &request_id, format, &error),
        };
        let region_id = parameters.merged.get("RegionId").map(String::as_str);
        let region = region::of_call(request.host(), region_id, &self.settings.default_region);
        let routed = self.route(
            &request,
            request_id,
            claim,
            owner.caller,
            region,
            describe::business(parameters.merged),
            format,
        );
        let outcome = self.run(&routed).await;
        self.record_and_reply(routed, outcome).await
    }

    #[allow(clippy::too_many_arguments, reason = "each is one fact of the call, joined here for the first time")]
    fn route(
        &self,
        request: &RawRequest,
        request_id: String,
        claim: Claim,
        caller: Caller,
        region: String,
        params: Params,
        format: Format,
    ) -> Routed<'_> {
        let service = self
            .services
            .iter()
            .map(AsRef::as_ref)
            .find(|service: &&dyn Service| service.product().versions.contains(&claim.version.as_str()));
        let operation = service.and_then(|service| service.find(&claim.operation));
        let call = Call {
            request_id,
            operation: operation.map_or("unknown", |operation| operation.name),
            version: claim.version.clone(),
            caller,
            region,
            host: request.host().to_owned(),
            source_ip: request.source_ip,
            user_agent: request.header("user-agent").to_owned(),
            secure: request.secure,
            arrived_at_ms: request.arrived_at_ms,
            params,
            hang_up: request.hang_up.clone(),
        };
        Routed { service, operation, claim, call, format }
    }

    async fn run(&self, routed: &Routed<'_>) -> Result<Answer, ApiError> {
        let call = &routed.call;
        let service = routed.service.ok_or_else(|| faults::unknown_version(&routed.claim.version))?;
        let operation = routed.operation.ok_or_else(faults::unknown_operation)?;
        permission::check(self.directory.as_ref(), service.product(), operation, call)?;
        self.throttle.take(&call.caller.account_id, operation, call.arrived_at_ms).map_err(faults::throttled)?;
        check::check(service.product(), operation, &call.params)?;
        self.recorder.ready().map_err(|fault| faults::not_recorded(&fault.to_string()))?;
        match AssertUnwindSafe(service.call(call)).catch_unwind().await {
            Ok(result) => result,
            Err(_) => {
                Err(ApiError::internal(&format!("handler of {} panicked in call {}", operation.name, call.request_id)))
            }
        }
    }

    async fn record_and_reply(&self, routed: Routed<'_>, outcome: Result<Answer, ApiError>) -> Reply {
        let product = routed.service.map(Service::product);
        let label = CallLabel {
            product: product.map_or("unknown", |product| product.code),
            operation: routed.call.operation,
            ..CallLabel::unknown()
        };
        let body = match (&outcome, product, routed.operation) {
            (Ok(answer), Some(product), Some(operation)) => {
                Some(success_body(product, operation, &routed.call.request_id, answer.body.clone()))
            }
            _ => None,
        };
        let record = self.describe(&routed, &outcome, body.as_ref());
        let error = match (self.record(&routed, record).await, outcome) {
            (Ok(()), Ok(_)) => None,
            (Ok(()), Err(error)) => Some(error),
            (Err(fault), _) => Some(faults::not_recorded(&fault.to_string())),
        };
        let Routed { call, format, .. } = routed;
        match (error, body) {
            (None, Some(body)) => success(format, call.operation, &call.request_id, &body, label),
            (error, _) => {
                let error = error.unwrap_or_else(faults::unknown_operation);
                failure(format, product, &call.request_id, &call.host, &error, label)
            }
        }
    }

    /// Records a call, and its data event if a trail asks for it.
    async fn record(&self, routed: &Routed<'_>, record: CallRecord) -> Result<(), RecorderFault> {
        let Some(copy) = self.data_copy(routed, &record) else { return self.recorder.record(record).await };
        futures::future::try_join(self.recorder.record(record), self.recorder.record(copy)).await.map(|_| ())
    }

    fn data_copy(&self, routed: &Routed<'_>, record: &CallRecord) -> Option<CallRecord> {
        let operation = routed.operation.filter(|operation| operation.is_data)?;
        let mut asked = DataCall {
            account_id: &record.caller.account_id,
            service_name: record.service_name,
            event_name: operation.name,
            access: operation.access,
            place: None,
        };
        if !self.recorder.wants_data(&asked) {
            return None;
        }
        let arn = match operation.permission {
            Permission::On(template) => permission::resource_arn(template, &routed.call),
            Permission::NotNeeded => "*".to_owned(),
        };
        asked.place = Some(DataPlace { region: &record.region, resource_arn: &arn });
        self.recorder.wants_data(&asked).then(|| record.data_copy(&arn))
    }

    fn describe(
        &self,
        routed: &Routed<'_>,
        outcome: &Result<Answer, ApiError>,
        body: Option<&Map<String, Value>>,
    ) -> CallRecord {
        let call = &routed.call;
        let product = routed.service.map(Service::product);
        let is_global = product.is_some_and(|product| product.is_global);
        let access = routed.operation.map_or(Access::Write, |operation| operation.access);
        let mut request_parameters = describe::flat(routed.operation, &call.params);
        add_gateway_facts(&mut request_parameters, call, product);
        CallRecord {
            category: Category::Management,
            event_id: call.request_id.clone(),
            request_id: call.request_id.clone(),
            arrived_at_ms: call.arrived_at_ms,
            caller: call.caller.clone(),
            operation: cut(&routed.claim.operation),
            version: cut(&routed.claim.version),
            service_name: product.map_or("Unknown", |product| product.service_name),
            product_code: product.map_or("", |product| product.code),
            is_global,
            event_type: routed.operation.map_or(EventType::ApiCall, |operation| operation.event_type).as_str(),
            event_rw: access.as_str(),
            region: if is_global { self.settings.global_region.clone() } else { call.region.clone() },
            host: call.host.clone(),
            scheme: if call.secure { "https" } else { "http" },
            source_ip: call.source_ip,
            user_agent: call.user_agent.clone(),
            request_parameters,
            request_structure: describe::structured(routed.operation, &call.params),
            response: body.filter(|_| access == Access::Write).cloned(),
            resources: resources(routed.operation, &call.params, outcome.as_ref().ok()),
            personal_resources: outcome.as_ref().map(|answer| answer.personal_references.clone()).unwrap_or_default(),
            event_data: outcome.as_ref().map(|answer| answer.event_data.clone()).unwrap_or_default(),
            error: outcome.as_ref().err().map(|error| (error.code.to_string(), error.message.to_string())),
        }
    }

    fn reject(&self, request: &RawRequest, claim: &Claim, request_id: &str, format: Format, error: &ApiError) -> Reply {
        self.recorder.reject(RejectedCall {
            request_id: request_id.to_owned(),
            arrived_at_ms: request.arrived_at_ms,
            code: error.code.to_string(),
            claimed_access_key_id: cut(&claim.access_key_id),
            claimed_operation: cut(&claim.operation),
            host: cut(request.host()),
            source_ip: request.source_ip,
            user_agent: cut(request.header("user-agent")),
        });
        let service = self.services.iter().find(|service| service.product().versions.contains(&claim.version.as_str()));
        let product = service.map(|service| service.product());
        let label = CallLabel {
            product: product.map_or("unknown", |product| product.code),
            rejected: true,
            ..CallLabel::unknown()
        };
        failure(format, product, request_id, request.host(), error, label)
    }
}

/// What the cloud's gateway adds to the recorded parameters.
fn add_gateway_facts(parameters: &mut Map<String, Value>, call: &Call, product: Option<&Product>) {
    let mut add = |name: &str, value: &str| parameters.insert(name.to_owned(), value.into());
    add("AcsHost", &call.host);
    add("HostId", &call.host);
    add("AcsProduct", product.map_or("", |product| product.code));
    add("RegionId", &call.region);
    add("RequestId", &call.request_id);
    if let Principal::RoleSession { role_name, session_name, assumed_by, .. } = &call.caller.principal {
        add("stsTokenPrincipalName", &format!("{role_name}/{session_name}"));
        let player = assumed_by.parse::<u64>().map_or_else(|_| Value::from(assumed_by.as_str()), Value::from);
        parameters.insert("stsTokenPlayerUid".to_owned(), player);
    }
}

/// The operation's own resource first, then what the handler named.
fn resources(
    operation: Option<&OperationSpec>,
    params: &Params,
    answer: Option<&Answer>,
) -> Vec<(&'static str, Vec<String>)> {
    let mut resources: Vec<(&'static str, Vec<String>)> = Vec::new();
    if let Some(resource) = operation.and_then(|operation| operation.resource) {
        let named = answer.and_then(|answer| answer.resource_name.clone());
        let name = match resource.name_from {
            NameFrom::Parameter(parameter) => named.or_else(|| params.text(parameter).map(str::to_owned)),
            NameFrom::Handler => named,
        };
        resources.extend(name.map(|name| (resource.resource_type, vec![name])));
    }
    for (resource_type, name) in answer.map(|answer| answer.references.as_slice()).unwrap_or_default() {
        match resources.iter_mut().find(|(known, _)| known == resource_type) {
            Some((_, names)) if names.contains(name) => {}
            Some((_, names)) => names.push(name.clone()),
            None => resources.push((resource_type, vec![name.clone()])),
        }
    }
    resources
}

/// Generation V3 always gets JSON; V1 says what it wants.
fn format_of(request: &RawRequest, format: Option<&str>) -> Result<Format, ApiError> {
    match format {
        _ if is_v3(request) => Ok(Format::Json),
        None | Some("") => Ok(Format::Json),
        Some(text) if text.eq_ignore_ascii_case("json") => Ok(Format::Json),
        Some(text) if text.eq_ignore_ascii_case("xml") => Ok(Format::Xml),
        Some(other) => Err(faults::bad_format(other)),
    }
}

fn new_request_id() -> String {
    Uuid::new_v4().as_hyphenated().encode_upper(&mut Uuid::encode_buffer()).to_owned()
}

/// At most [`MAX_CLAIM_BYTES`], on a character boundary.
fn cut(text: &str) -> String {
    let mut end = text.len().min(MAX_CLAIM_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text[..end].to_owned()
}
