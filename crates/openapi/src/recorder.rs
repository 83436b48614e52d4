//! The seam to the audit: what the gateway tells of every call.

use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;

use serde_json::{Map, Value};

use crate::call::Caller;

/// Takes one record of every call.
pub trait Recorder: Send + Sync + 'static {
    /// Asked before an operation runs: an operation whose record could not be kept must not run.
    fn ready(&self) -> Result<(), RecorderFault>;

    /// Resolves when the record is durable. Only then does the caller get the answer.
    fn record(&self, record: CallRecord) -> Pin<Box<dyn Future<Output = Result<(), RecorderFault>> + Send + '_>>;

    /// Notes a call that could not be authenticated: it belongs to no account. Never blocks, may be rate-limited.
    fn reject(&self, rejected: RejectedCall);
}

/// Why a record cannot be kept. The text says what an operator has to do.
#[derive(Debug, Clone, thiserror::Error)]
#[error("{0}")]
pub struct RecorderFault(pub String);

/// One finished, failed or refused call of a known account.
#[derive(Debug, Clone)]
pub struct CallRecord {
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
