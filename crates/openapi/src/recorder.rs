//! The seam to the audit: what the gateway tells of every call.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use serde_json::{Map, Value};
use uuid::Uuid;

use crate::call::Caller;
use crate::operation::Access;

/// Takes one record of every call.
pub trait Recorder: Send + Sync + 'static {
    /// Asked before an operation runs: an operation whose record could not be kept must not run.
    fn ready(&self) -> Result<(), RecorderFault>;

    /// Resolves when the record is durable. Only then does the caller get the answer.
    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>>;

    /// Whether a trail asks for a data event of this call. Asked of every such call, so it costs next to nothing when no
    /// trail asks for anything.
    fn wants_data(&self, _call: &DataCall<'_>) -> bool {
        false
    }

    /// Notes a call that could not be authenticated: it belongs to no account. Never blocks, may be rate-limited.
    fn reject(&self, rejected: RejectedCall);
}

/// Why a record cannot be kept. The text says what an operator has to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct RecorderFault(pub String);

/// A call that is a data event where a trail asks for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataCall<'a> {
    /// Account of the caller.
    pub account_id: &'a str,
    /// `Oss`
    pub service_name: &'a str,
    /// `GetObject`
    pub event_name: &'a str,
    /// Read or write.
    pub access: Access,
    /// Where it is done; without, the question is whether it may be asked for anywhere.
    pub place: Option<DataPlace<'a>>,
}

/// Where a call is done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DataPlace<'a> {
    /// Region.
    pub region: &'a str,
    /// ARN of what it is about.
    pub resource_arn: &'a str,
}

/// The event's `eventCategory`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Category {
    /// Every call that manages something, and what this server counts as such.
    Management,
    /// What is recorded because a trail asks for it.
    Data,
}

impl Category {
    /// The text in the event.
    pub fn as_str(self) -> &'static str {
        match self {
            Category::Management => "Management",
            Category::Data => "Data",
        }
    }
}

/// The entry of `additionalEventData` that says what a data event is about: what selectors are compared with.
pub const RESOURCE_ARN: &str = "ResourceArn";

/// One finished, failed or refused call of a known account.
#[derive(Debug, Clone)]
pub struct CallRecord {
    /// Kind of the event.
    pub category: Category,
    /// Id of the event: that of the request, unless the request has two events.
    pub event_id: String,
    /// Upper-case UUID.
    pub request_id: String,
    /// When the call arrived, Unix milliseconds.
    pub arrived_at_ms: i64,
    /// Who called.
    pub caller: Caller,
    /// Operation name as asked for.
    pub operation: String,
    /// API version as asked for.
    pub version: String,
    /// `CloudCallCenter`; for an unknown product the text `Unknown`.
    pub service_name: &'static str,
    /// `CCC`
    pub product_code: &'static str,
    /// The service has no regions (RAM, STS).
    pub is_global: bool,
    /// `ApiCall` or `ConsoleOperation`
    pub event_type: &'static str,
    /// Read or write; a call of an unknown operation counts as write.
    pub event_rw: &'static str,
    /// Region of the call.
    pub region: String,
    /// Host as received, without a scheme.
    pub host: String,
    /// `http` or `https`
    pub scheme: &'static str,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// Header as received.
    pub user_agent: String,
    /// Business parameters, dotted names, typed and JSON texts parsed as the table says. Not masked yet.
    pub request_parameters: Map<String, Value>,
    /// The same with lists rebuilt as arrays. Not masked yet.
    pub request_structure: Map<String, Value>,
    /// The answer, for writes that were done.
    pub response: Option<Map<String, Value>>,
    /// Resources by type: the operation's own first.
    pub resources: Vec<(&'static str, Vec<String>)>,
    /// Names among them that are telephone numbers. Not masked yet.
    pub personal_resources: Vec<String>,
    /// Extra entries for `additionalEventData`.
    pub event_data: Map<String, Value>,
    /// Code and message when the call failed or was refused.
    pub error: Option<(String, String)>,
}

/// Of a request to a service that is no table of operations: what its event takes as it came.
#[derive(Debug, Clone)]
pub struct Arrival {
    /// Upper-case UUID.
    pub request_id: String,
    /// When it arrived, Unix milliseconds.
    pub arrived_at_ms: i64,
    /// Host as received, without a scheme.
    pub host: String,
    /// The connection was encrypted.
    pub is_secure: bool,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// Header as received.
    pub user_agent: String,
}

impl CallRecord {
    /// A management call of such a service, done, about nothing yet.
    pub fn of_service(service: &'static str, version: &str, caller: Caller, arrival: Arrival) -> CallRecord {
        CallRecord {
            category: Category::Management,
            event_id: arrival.request_id.clone(),
            request_id: arrival.request_id,
            arrived_at_ms: arrival.arrived_at_ms,
            caller,
            operation: String::new(),
            version: version.to_owned(),
            service_name: service,
            product_code: service,
            is_global: false,
            event_type: "ApiCall",
            event_rw: Access::Write.as_str(),
            region: String::new(),
            host: arrival.host,
            scheme: if arrival.is_secure { "https" } else { "http" },
            source_ip: arrival.source_ip,
            user_agent: arrival.user_agent,
            request_structure: Map::new(),
            request_parameters: Map::new(),
            response: None,
            resources: Vec::new(),
            personal_resources: Vec::new(),
            event_data: Map::new(),
            error: None,
        }
    }

    /// The same call as a data event.
    pub fn into_data_event(mut self, resource_arn: &str) -> CallRecord {
        self.category = Category::Data;
        self.event_data.insert(RESOURCE_ARN.to_owned(), resource_arn.into());
        self
    }

    /// A data event beside the management event of the same call, with an id of its own.
    pub fn data_copy(&self, resource_arn: &str) -> CallRecord {
        let event_id = Uuid::new_v4().to_string().to_uppercase();
        CallRecord { event_id, ..self.clone() }.into_data_event(resource_arn)
    }
}

/// A call that failed authentication.
#[derive(Debug, Clone)]
pub struct RejectedCall {
    /// Upper-case UUID.
    pub request_id: String,
    /// When the call arrived, Unix milliseconds.
    pub arrived_at_ms: i64,
    /// Error code that was answered.
    pub code: String,
    /// Key id as claimed, cut to a sane length.
    pub claimed_access_key_id: String,
    /// Operation as claimed, cut to a sane length.
    pub claimed_operation: String,
    /// Host as received.
    pub host: String,
    /// Address of the client.
    pub source_ip: IpAddr,
    /// Header as received, cut to a sane length.
    pub user_agent: String,
}
